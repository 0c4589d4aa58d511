"""Errors of these platforms."""

from typing import Any


class GraphError(Exception):
    """An error as the Graph API words it; `data` is its `error_data`."""

    def __init__(
        self, code: int, subcode: int | None, message: str, status: int = 400, *, data: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.subcode, self.message, self.status, self.data = code, subcode, message, status, data
