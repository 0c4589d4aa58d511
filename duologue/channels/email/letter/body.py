"""What was written: plain text and HTML out of the tree of parts, everything else as a list of files."""

import html as mark_up
import re
from collections.abc import Iterable

from msgspec import Struct

from duologue.channels.email.letter.charsets import text_of
from duologue.channels.email.letter.files import has_name
from duologue.channels.email.letter.parse import Part
from duologue.channels.email.letter.words import storable

LONGEST = 2_000_000  # characters of body that are kept


class Body(Struct, frozen=True):
    """Either text may be None; `files` are the parts that are not body, in order."""

    text: str | None = None
    html: str | None = None
    files: tuple[Part, ...] = ()


def body_of(part: Part) -> Body:
    """What a mail client would show of this part."""
    if part.kind == "multipart/alternative":
        return _best([body_of(one) for one in part.parts])
    if part.kind == "multipart/related":
        return _related(part)
    if part.kind.startswith("multipart/"):
        return _one_after_another([body_of(one) for one in part.parts])
    if part.kind not in {"text/plain", "text/html"} or part.disposition == "attachment" or has_name(part):
        return Body(files=(part,))
    words = storable(text_of(part.data(), part.param("charset")))[:LONGEST]
    if part.kind == "text/html":
        return Body(html=words)
    if part.param("format") == "flowed":
        words = unflowed(words, delsp=part.param("delsp") == "yes")
    return Body(text=words)


def unflowed(text: str, *, delsp: bool) -> str:
    """Lines that were broken for transport put together again (RFC 3676)."""
    lines: list[list[str]] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        flows = words.endswith(" ") and words != "-- "
        if depth != open_depth or words == "-- ":
            lines.append([">" * depth + " "] if depth else [])
        lines[-1].append(words[:-1] if flows and delsp else words)
        open_depth = depth if flows else -1
    return "\n".join("".join(pieces) for pieces in lines)


def _best(choices: list[Body]) -> Body:
    """The last of each kind is the richest; files of every choice are kept, a calendar entry is one."""
    text = next((one.text for one in choices if one.text and one.text.strip()), None)
    html = next((one.html for one in reversed(choices) if one.html), None)
    return Body(text, html, tuple(file for one in choices for file in one.files))


def _related(part: Part) -> Body:
    """The first part, or the one named by `start`, is the body; the others are what it shows."""
    parts = part.parts
    start = part.param("start").strip("<> ")
    named = (one for one in parts if start and str(one.message.get("Content-ID", "")).strip("<> ").lower() == start)
    root = next(named, parts[0] if parts else None)
    if root is None:
        return Body()
    shown = body_of(root)
    return Body(shown.text, shown.html, shown.files + tuple(_leaves(one for one in parts if one is not root)))


def _leaves(parts: Iterable[Part]) -> list[Part]:
    return [leaf for one in parts for leaf in (_leaves(one.parts) if one.parts else [one])]


def _one_after_another(pieces: list[Body]) -> Body:
    files = tuple(file for one in pieces for file in one.files)
    texts = [one for one in pieces if one.text or one.html]
    if not any(one.html for one in texts):
        return Body("\n".join(one.text or "" for one in texts) or None, None, files)
    html = "\n".join(one.html or f"<p>{_as_html(one.text or '')}</p>" for one in texts)
    text = "\n".join(one.text or "" for one in texts) if all(one.text for one in texts) else None
    return Body(text, html[:LONGEST], files)


def _as_html(text: str) -> str:
    return re.sub(r"\n", "<br>\n", mark_up.escape(text))
