"""What is measured: each path of the house beside its limit, in the same run, on a fresh data directory."""
