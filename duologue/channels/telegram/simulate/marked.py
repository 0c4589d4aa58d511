"""Words with marks in them: what is written as HTML or MarkdownV2 becomes plain words and entities, or an error."""

import re
from html.parser import HTMLParser
from typing import Any

from duologue.channels.telegram.simulate.call import wrong

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler",
}  # fmt: skip
_RESERVED = re.compile(r"(?<!\\)[>#+\-=|{}.!]")
_MARKS = re.compile(r"\\(.)|[*_~`]|\[([^\]]*)\]\([^)]*\)", re.DOTALL)

Words = tuple[str, list[dict[str, Any]]]


def plain(text: str, mode: str | None) -> Words:
    """The words as the person sees them. Raises the platform's error where the marks are wrong."""
    match (mode or "").lower():
        case "":
            return text, []
        case "html":
            return _html(text)
        case "markdownv2":
            return _markdown(text), []
        case _:
            raise wrong("unsupported parse_mode")


def _html(text: str) -> Words:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise wrong(f"can't parse entities: Can't find end tag corresponding to start tag \"{reader.open[-1][0]}\"")
    return reader.text, reader.entities


def _markdown(text: str) -> str:
    found = _RESERVED.search(re.sub(r"\]\([^)]*\)", "]()", text))
    if found:
        words = f"Character '{found[0]}' is reserved and must be escaped with the preceding '\\'"
        raise wrong(f"can't parse entities: {words}")
    return _MARKS.sub(lambda mark: mark[1] or mark[2] or "", text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.entities = "", list[dict[str, Any]]()
        self.open: list[tuple[str, int, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise wrong(f'can\'t parse entities: Unsupported start tag "{tag}"')
        url = dict(attrs).get("href")
        self.open.append((tag, self._end(), {"url": url} if tag == "a" and url else {}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise wrong(f'can\'t parse entities: Unexpected end tag "{tag}"')
        _, start, more = self.open.pop()
        if self._end() > start:
            self.entities.append({"type": _TAGS[tag], "offset": start, "length": self._end() - start, **more})

    def handle_data(self, data: str) -> None:
        self.text += data

    def _end(self) -> int:
        """Offsets count UTF-16 units."""
        return len(self.text.encode("utf-16-le")) // 2
