"""The platforms where people write, one folder each. A channel translates; it knows no database and no other room."""
