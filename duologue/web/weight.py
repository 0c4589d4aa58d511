"""Whether a stranger's mark-up can be parsed at all, and its words where it cannot.

Parsers compare every element with all that are open, and every attribute with all of its tag: a mail of one megabyte
can keep them busy for minutes. Counted here without a tree.
"""

import html as mark_up
import re

_DEEPEST = 1000
_MOST_ELEMENTS = 10_000  # whatever seems to be closed: a closing tag may stand in a comment or an attribute
_MOST_ATTRIBUTES = 500
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{2000,}")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
# Elements without content, and those that the next of their kind closes.
_NEVER_DEEP = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "tr", "td", "th", "tbody", "thead", "tfoot", "option",
}  # fmt: skip


def is_too_heavy(html: str) -> bool:
    return _is_overloaded(html) or _is_too_deep(html)


def words_of(html: str) -> str:
    """What is left without the tags, line by line."""
    words = re.sub(r"(?is)<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>?", " ", html)
    return "\n".join(line for line in (" ".join(one.split()) for one in mark_up.unescape(words).split("\n")) if line)


def _is_overloaded(html: str) -> bool:
    """Whether a tag has more attributes than anybody writes."""
    return any(len(tag.split()) + tag.count('="') > _MOST_ATTRIBUTES for tag in _LONG_TAG.findall(html))


def _is_too_deep(html: str) -> bool:
    """Whether elements are nested deeper, or are more, than anybody writes. Only tags closed in the right order count
    as closed."""
    open_tags: list[str] = []
    opened = 0
    for closing, tag in _TAG.findall(html):
        tag = tag.lower()
        if closing:
            if open_tags and open_tags[-1] == tag:
                open_tags.pop()
        elif tag not in _NEVER_DEEP:
            open_tags.append(tag)
            opened += 1
            if len(open_tags) > _DEEPEST or opened > _MOST_ELEMENTS:
                return True
    return False
