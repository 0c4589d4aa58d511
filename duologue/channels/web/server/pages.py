"""What a browser loads: the widget's one script, the frame's document with its files, and a sample shop."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

import msgspec
from msgspec import Struct

from duologue.channels.web.questions import questions
from duologue.channels.web.server.bundle import bare, joined, tight
from duologue.channels.web.server.call import Answer, Call
from duologue.channels.web.server.limits import FILE_LIMIT, FILES_EACH, MESSAGE_LIMIT, TEXT_LIMIT
from duologue.channels.web.server.origins import frame_ancestors, own_origin
from duologue.channels.web.server.visit import Visit
from duologue.channels.web.server.words import language, words
from duologue.channels.web.settings import Settings, colour
from duologue.errors import NotFound

_FOLDER = Path(__file__).parent.parent / "frame"
_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_HOUR, _YEAR = 3600, 31_536_000
_MARK = re.compile(r"\[\[([a-z_]+)\]\]")

FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors "
)
SAMPLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'self'"
)


class File(Struct, frozen=True):
    name: str
    body: bytes
    packed: bytes
    type: str
    tag: str


@cache
def files() -> dict[str, File]:
    """The two scripts and the style sheets, packed once."""
    styles = [_file(path.name, tight(path.read_text(encoding="utf-8")).encode()) for path in _FOLDER.glob("*.css")]
    loader = _file("widget.js", bare((_FOLDER / "widget.js").read_text(encoding="utf-8")).encode())
    return {file.name: file for file in [loader, _file("frame.js", joined(_FOLDER, "main.js")), *styles]}


@cache
def version() -> str:
    """Changes whenever any of the files does, so that they may be kept for ever under it."""
    return hashlib.sha256("".join(sorted(file.tag for file in files().values())).encode()).hexdigest()[:16]


def widget(call: Call) -> Answer:
    """The one script of a host page. Any page may load it; only a listed one can show the chat."""
    headers = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    return _served(call, "widget.js", {**headers, "cache-control": f"public, max-age={_HOUR}"})


def asset(call: Call, under: str, name: str) -> Answer:
    """A file of the frame, to be kept for ever under the present version, and not at all under another."""
    keep = f"public, max-age={_YEAR}, immutable" if under == version() else "no-cache"
    return _served(call, name, {"cross-origin-resource-policy": "same-origin", "cache-control": keep})


def frame(visit: Visit) -> Answer:
    """The chat itself. The policy names the websites that may frame it, so a page elsewhere shows nothing."""
    tongue = language(visit.call.headers.get("accept-language", ""))
    settings = visit.settings
    config = {
        "channel": str(visit.account.id),
        "title": settings.title,
        "greeting": settings.greeting,
        "accent": colour(settings),
        "origins": [own_origin(visit.account.public_url), *visit.places],
        "limits": {"text": TEXT_LIMIT, "files": FILES_EACH, "file": FILE_LIMIT, "all": MESSAGE_LIMIT},
        "words": words(tongue),
        "questions": questions(settings),
        "privacy": {"text": settings.privacy.strip()[:500], "link": _privacy_link(settings)},
    }
    values = {
        "language": tongue,
        "title": settings.title,
        "version": version(),
        "config": msgspec.json.encode(config).decode(),
    }
    policy = FRAME_POLICY + frame_ancestors(visit.places)
    return _document("frame.html", {**values, **words(tongue)}, policy)


def _privacy_link(settings: Settings) -> str:
    link = settings.privacy_link.strip()
    return link if re.fullmatch(r"https?://[^\s<>\"']{3,500}", link) else ""


def sample(visit: Visit) -> Answer:
    """A small shop that carries the widget under a policy as strict as any host page's."""
    settings = visit.settings
    values = {"channel": str(visit.account.id), "accent": colour(settings), "version": version()}
    return _document("sample.html", values, SAMPLE_POLICY)


def _file(name: str, body: bytes) -> File:
    kind = _TYPES[name.rpartition(".")[2]]
    return File(name, body, gzip.compress(body, 9, mtime=0), kind, hashlib.sha256(body).hexdigest()[:16])


def _served(call: Call, name: str, headers: dict[str, str]) -> Answer:
    file = files().get(name)
    if file is None:
        raise NotFound("There is no such file.")
    tagged = {**headers, "etag": f'"{file.tag}"', "vary": "Accept-Encoding"}
    if call.headers.get("if-none-match", "").removeprefix("W/") == tagged["etag"]:
        return Answer(status=304, headers=tagged)
    typed = {**tagged, "content-type": file.type}
    if "gzip" in call.headers.get("accept-encoding", ""):
        return Answer(body=file.packed, headers={**typed, "content-encoding": "gzip"})
    return Answer(body=file.body, headers=typed)


def _document(name: str, values: Mapping[str, str], policy: str) -> Answer:
    """Fills `[[name]]` with escaped text: the only mark a page of ours has, and it is always inside quotes or text."""
    text = _MARK.sub(lambda mark: escape(values[mark[1]]), _template(name))
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "cache-control": "no-store",
        "vary": "Accept-Language",
    }
    return Answer(body=text.encode(), headers=headers)


@cache
def _template(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
