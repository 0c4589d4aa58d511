"""People, and the addresses at which they write."""
