"""The answers that pages give."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from litestar import MediaType, Response
from litestar.datastructures import Cookie


def html(body: str, *, status: int = 200, cookies: Sequence[Cookie] = ()) -> Response[str]:
    return Response(body, status_code=status, media_type=MediaType.HTML, cookies=list(cookies))


def see(path: str, *, cookies: Sequence[Cookie] = (), headers: Mapping[str, str] | None = None) -> Response[Any]:
    """Leads on to a page of ours (303)."""
    leads = {"Location": path, **(headers or {})}
    return Response(b"", status_code=303, media_type=MediaType.TEXT, headers=leads, cookies=list(cookies))


def local_path(wanted: str, otherwise: str = "/") -> str:
    """`wanted`, where it is a path on this installation and nothing that leads a browser elsewhere."""
    stays = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if stays and wanted.isascii() and wanted.isprintable() else otherwise


def file(data: bytes, *, name: str, mime: str, inline: bool) -> Response[bytes]:
    """A file that a stranger may have sent: shown in place only where `inline`, and never as anything that runs."""
    shown = "inline" if inline else "attachment"
    ascii_name = "".join(c if c.isascii() and c.isprintable() and c not in '"\\;' else "_" for c in name) or "file"
    headers = {
        "Content-Disposition": f"{shown}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600",
    }
    kind = mime if inline else "application/octet-stream"
    return Response(data, media_type=kind, headers=headers)
