"""A mail, taken apart: headers, body, quotes, files, and what kind of mail it is. Nothing in here ever raises."""
