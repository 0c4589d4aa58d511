"""A page in memory, on which the stream's events are applied as the browser's script does it."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.live.conftest import Heard

PARTS = ".row, .talk > header, .verdict, .msg, .sys, .about, #no-rows"
"""What is put in its place from a page that was fetched anew."""


class Screen:
    """`html` is the page as it was drawn for `me`, at `path`."""

    def __init__(self, html: str, path: str, me: str) -> None:
        self._tree = LexborHTMLParser(html)
        self._path = path
        self._me = me

    def hear(self, heard: Heard, fresh: str | None = None) -> None:
        """`fresh` is the page as it would be drawn now, for whoever is told to look again."""
        if heard.name == "swap":
            for element in _elements(LexborHTMLParser(heard.data).body):
                self._place(element)
            self._mark()
        elif heard.name == "gone":
            self._leave(heard.data)
        elif heard.name == "again":
            assert fresh
            self._look_again(fresh, theirs=self._me in heard.data)
        else:
            raise AssertionError(f"{heard.name}: {heard.data}")

    def _look_again(self, fresh: str, *, theirs: bool) -> None:
        if theirs:  # their name, language and looks stand everywhere
            self._tree = LexborHTMLParser(fresh)
            return
        for element in LexborHTMLParser(fresh).css(PARTS):
            self._place(element)
        self._mark()

    def drawn(self) -> str:
        """The page's body, without what is made afresh whenever a page is drawn."""
        assert self._tree.body
        html = re.sub(r'(name="key" value)="[^"]*"', r'\1=""', self._tree.body.html or "")
        html = re.sub(r"<title>.*?</title>", "", html)  # of the window: the script writes it anew
        html = re.sub(r'<div id="msg-[^>]* hidden(="")?></div>', "", html)  # nobody sees where it was taken back
        return re.sub(r"\s*(<[^>]*>)\s*", r"\n\1\n", re.sub(r"\s+", " ", html)).replace("\n\n", "\n")

    def _place(self, element: LexborNode) -> None:
        old = self._by_id(element.id or "")
        into = self._tree.css_first(element.attributes["data-into"]) if element.attributes.get("data-into") else None
        if into and into.attributes.get("data-filter") and not self._belongs(into.attributes["data-filter"], element):
            self._leave(element.id or "")
        elif old:
            self._swap(old, element)
        elif into and not _beyond(into, element):
            _insert(into, element)

    def _swap(self, old: LexborNode, element: LexborNode) -> None:
        moved = old.attributes.get("data-order") != element.attributes.get("data-order")
        parent = old.parent
        old.replace_with(element)
        if moved and parent:
            again = self._by_id(element.id or "")
            assert again
            again.remove()
            _insert(parent, element)

    def _mark(self) -> None:
        """The conversation that is open stands out in the list, also where it has come back."""
        for row in self._tree.css("#rows .row"):
            if row.attributes["href"] == self._path:
                row.attrs["aria-current"] = "true"

    def _leave(self, id: str) -> None:
        if old := self._by_id(id):
            old.remove()

    def _by_id(self, id: str) -> LexborNode | None:
        return self._tree.css_first(f'[id="{id}"]') if id else None

    def _belongs(self, filter: str | None, element: LexborNode) -> bool:
        state, assignee = element.attributes["data-state"], element.attributes["data-assignee"]
        if filter in {"closed", "snoozed"}:
            return state == filter
        return state == "open" and {
            "open": True, "mine": assignee == self._me, "unassigned": not assignee
        }[filter or ""]  # fmt: skip


def _elements(within: LexborNode | None) -> list[LexborNode]:
    return list(within.iter(include_text=False)) if within else []


def _order(element: LexborNode) -> float:
    """Nothing stands before or after what has no order."""
    return float(element.attributes.get("data-order") or "nan")


def _spot(element: LexborNode) -> tuple[float, int, str]:
    return _order(element), int(element.attributes.get("data-seq") or 0), element.id or ""


def _others(into: LexborNode) -> list[LexborNode]:
    return [one for one in _elements(into) if one.attributes.get("data-order")]


def _insert(into: LexborNode, element: LexborNode) -> None:
    falling = element.attributes.get("data-at") == "start"
    others = _others(into)
    for other in others:
        if _spot(other) < _spot(element) if falling else _spot(other) > _spot(element):
            other.insert_before(element)
            return
    if others:
        others[-1].insert_after(element)
    elif falling:
        elements = _elements(into)
        elements[0].insert_before(element) if elements else into.insert_child(element)
    else:
        typing = into.css_first(".typing")
        assert typing
        typing.insert_before(element)


def _beyond(into: LexborNode, element: LexborNode) -> bool:
    orders = [_order(other) for other in _others(into)]
    more = into.css_first("#more, #earlier")
    return bool(more and orders and element.attributes.get("data-order")) and _order(element) < min(orders)
