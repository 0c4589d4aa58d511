"""A call's body as names and values: XML without any declaration of its own, or JSON.

Document types and entities are refused by the parser itself, in whatever encoding they come, so nothing is expanded
and nothing is looked up.
"""

from typing import Any
from xml.parsers import expat

from duologue.channels.shared.strict import Object, parse

DEEPEST, MOST = 12, 2000


def fields(body: bytes) -> Object:
    """Raises `ValueError` or `RecursionError` where there is nothing to be had."""
    if body.lstrip()[:1] == b"{":
        found = parse(body)
        if not isinstance(found, dict):
            raise ValueError("it is not an object")
        return found
    return _Reading().read(body)


class _Reading:
    """Builds nested names and values; a name that comes again makes a list."""

    def __init__(self) -> None:
        self._open: list[tuple[str, Object, list[str]]] = []
        self._root: Object | None = None
        self._count = 0

    def read(self, body: bytes) -> Object:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = _refuse
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            raise ValueError(f"not XML: {error}") from None
        if self._root is None:
            raise ValueError("there is nothing in it")
        return self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST:
            raise ValueError("it is nested too deeply, or too long")
        self._open.append((name, {}, []))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def _end(self, name: str) -> None:
        _, inner, texts = self._open.pop()
        if not self._open:
            self._root = inner
            return
        _put(self._open[-1][1], name, inner or "".join(texts))


def _put(holder: Object, name: str, value: Any) -> None:
    known = holder.get(name)
    if name not in holder:
        holder[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        holder[name] = [known, value]


def _refuse(*_: object) -> int:
    raise ValueError("declarations are not taken: no document type, no entities")
