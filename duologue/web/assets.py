"""The files that the browser gets: style sheets, scripts, fonts. One hash over all of them stands in every address.

One hash for the whole tree, not one a file, so that modules and style sheets can name their neighbours relatively and
still be kept for ever: a change anywhere makes every address new. An address with another hash is answered with
nothing, never with content that a cache would then keep under the wrong name.
"""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
CACHE = "public, max-age=31536000, immutable"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}


def asset(path: str) -> str:
    """The address of a file below `static/`. Raises `KeyError` where there is none: no page links to nothing."""
    if path not in _FILES:
        raise KeyError(path)
    return f"/assets/{HASH}/{path}"


def find(url_path: str) -> tuple[bytes, str] | None:
    """Body and content type of an address that `asset` made (with or without the leading `/assets/`), else None."""
    hashed, _, path = url_path.removeprefix("/assets/").lstrip("/").partition("/")
    if hashed != HASH or path not in _FILES:
        return None
    return _FILES[path], TYPES[Path(path).suffix]


def text(path: str) -> str:
    """What is in a text file below `static/`."""
    return _FILES[path].decode()


def _read() -> dict[str, bytes]:
    found = sorted(path for path in FOLDER.rglob("*") if path.suffix in TYPES)
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in found}


def _hash(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path, body in files.items():
        whole.update(f"{path}\0{len(body)}\0".encode() + body)
    return whole.hexdigest()[:16]


_FILES = _read()
HASH = _hash(_FILES)
