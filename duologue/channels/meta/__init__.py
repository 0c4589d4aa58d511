"""What several platforms of one house share: signed hooks, the Graph API, its errors, strict reading of JSON."""
