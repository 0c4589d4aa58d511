"""HTML as plain words, and where in it the correspondence of before begins."""

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser, LexborNode

from duologue.web import weight

_LONGEST = 2_000_000
_MOST_NODES = 50_000
_SILENT = {"script", "style", "head", "title", "template", "noscript", "-comment", "-doctype", "svg", "math"}
_BLOCKS = {
    "p", "div", "br", "tr", "table", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre",
    "section", "article", "header", "footer", "dl", "dt", "dd",
}  # fmt: skip
# A node that holds the quote: what follows it is the writer's again.
_HOLDS = ", ".join(
    (
        "div.gmail_quote",
        "blockquote.gmail_quote",
        "blockquote[type=cite]",
        "div.yahoo_quoted",
        "div.protonmail_quote",
        "div.moz-cite-prefix",
        "#mail-editor-reference-message-container",
        "div.ntes-mailmaster-quote",
        "includetail",
    )
)
# A node after which all is quote.
_OPENS = ", ".join(
    (
        "#appendonsend",
        "#divRplyFwdMsg",
        "#ms-outlook-mobile-reference-message",
        'div[style*="border-top:solid #"] > p.MsoNormal > b',
        'div[style*="border-top: solid #"] > p.MsoNormal > b',
    )
)


class Reading(Struct, frozen=True):
    """`reply` is what the writer wrote; `quoted` is empty where nothing can be folded away."""

    reply: str
    quoted: str


def read_html(html: str) -> Reading:
    """The words of an HTML body, divided at a quote that nothing of the writer's follows."""
    if weight.is_too_heavy(html[:_LONGEST]):
        return Reading(weight.words_of(html[:_LONGEST]), "")
    tree = LexborHTMLParser(html[:_LONGEST])
    if tree.body is None:
        return Reading("", "")
    holds = {node.mem_id for node in tree.css(_HOLDS)}
    opens = {node.mem_id for node in tree.css(_OPENS)}
    writer = _Writer(holds, opens)
    writer.walk(tree.body)
    return writer.reading()


class _Writer:
    """Walks the tree without recursion, for a hostile one is deep."""

    def __init__(self, holds: set[int], opens: set[int]) -> None:
        self._holds, self._opens = holds, opens
        self._pieces: list[tuple[bool, str]] = []  # (quoted, words)
        self._quoting = 0

    def walk(self, root: LexborNode) -> None:
        waiting: list[tuple[LexborNode, bool]] = [(root, False)]
        for _ in range(_MOST_NODES * 2):
            if not waiting:
                return
            node, leaving = waiting.pop()
            if leaving:
                self._leave(node)
            elif node.tag == "-text":
                self._pieces.append((self._quoting > 0, node.text_content or ""))
            elif node.tag not in _SILENT and not _is_hidden(node):
                self._enter(node)
                waiting.append((node, True))
                waiting.extend((child, False) for child in reversed(_children(node)))

    def reading(self) -> Reading:
        last = max((number for number, (quoted, _) in enumerate(self._pieces) if quoted), default=-1)
        after = "".join(words for quoted, words in self._pieces[last + 1 :] if not quoted)
        reply = _tidy([words for quoted, words in self._pieces if not quoted])
        if last < 0 or after.strip() or not reply:
            return Reading(_tidy([words for _, words in self._pieces]), "")
        return Reading(reply, _tidy([words for quoted, words in self._pieces if quoted]))

    def _enter(self, node: LexborNode) -> None:
        if node.mem_id in self._holds:
            self._quoting += 1
        if node.mem_id in self._opens:
            self._quoting += 1_000_000  # never closed again
        if node.tag in _BLOCKS:
            self._pieces.append((self._quoting > 0, "\n- " if node.tag == "li" else "\n"))

    def _leave(self, node: LexborNode) -> None:
        if node.tag in _BLOCKS and node.tag not in {"br", "li"}:
            self._pieces.append((self._quoting > 0, "\n\n" if node.tag in {"p", "blockquote"} else "\n"))
        if node.mem_id in self._holds:
            self._quoting -= 1


def _is_hidden(node: LexborNode) -> bool:
    style = node.attributes.get("style") or ""
    return "none" in style and "display:none" in style.lower().replace(" ", "")


def _children(node: LexborNode) -> list[LexborNode]:
    found, child = [], node.first_child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def _tidy(pieces: list[str]) -> str:
    """Spaces as a browser shows them, at most one empty line."""
    words = "".join(
        piece if piece.strip("\n- ") == "" and "\n" in piece else " ".join(_spaced(piece)) for piece in pieces
    )
    lines = [" ".join(line.split()) for line in words.split("\n")]
    tidy: list[str] = []
    for line in lines:
        if line or (tidy and tidy[-1]):
            tidy.append(line)
    return "\n".join(tidy).strip()


def _spaced(piece: str) -> list[str]:
    """Words of a text node; a space at its edge is kept, for the next node goes on in the same line."""
    words = piece.split()
    if not words:
        return ["", ""] if piece else []
    return ([""] if piece[0].isspace() else []) + words + ([""] if piece[-1].isspace() else [])
