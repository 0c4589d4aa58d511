"""What several platforms have in common: strangers' values, items set aside alone, files on their way out."""
