"""One file a path. Each has `measure(scale)`, which gives rows of the table."""
