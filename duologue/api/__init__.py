"""What programs may do: REST under /api/v1, described by OpenAPI 3.1 at /api/openapi.json."""
