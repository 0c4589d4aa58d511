"""Icons, drawn into the page so that they take its colours: our own small set, and one a channel brings with it."""

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from markupsafe import Markup

from duologue.web import assets

SHAPES = frozenset({"path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "g"})
NUMBERS = frozenset(
    {
        "d",
        "points",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "width",
        "height",
        "opacity",
        "transform",
    }
)
PAINT = frozenset({"fill", "stroke", "fill-rule", "clip-rule", "stroke-width", "stroke-linecap", "stroke-linejoin"})

_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)" viewBox="0 0 24 24">(.*)</symbol>')
_SYMBOLS = dict(_SYMBOL.findall(assets.text("vendor/lucide/icons.svg")))


@cache
def icon(name: str) -> Markup:
    """A drawing, silent to a screen reader: the words stand beside it. Raises `KeyError` for a name not in the set."""
    drawing = _SYMBOLS[name]
    return Markup(f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>')  # noqa: S704 - from our own file


class ChannelIcons:
    """The `icon.svg` of each channel folder. Only shapes and numbers are taken from the file, never its mark-up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drawn: dict[str, Markup] = {}

    def __call__(self, kind: str) -> Markup:
        """The channel's own icon; a speech bubble where the folder has none."""
        if kind not in self._drawn:
            self._drawn[kind] = self._draw(kind)
        return self._drawn[kind]

    def _draw(self, kind: str) -> Markup:
        file = self._folder / kind / "icon.svg"
        if not re.fullmatch(r"[a-z0-9_]+", kind) or not file.is_file():
            return icon("message-circle")
        root = ElementTree.fromstring(file.read_text())  # noqa: S314 - a file of the program itself
        box = root.get("viewBox", "0 0 24 24")
        if not re.fullmatch(r"[\d. -]+", box):
            return icon("message-circle")
        filled = " filled" if root.get("fill", "none") != "none" else ""
        inner = "".join(_shape(child) for child in root)
        return Markup(f'<svg class="i{filled}" viewBox="{box}" aria-hidden="true">{inner}</svg>')  # noqa: S704 - rebuilt from shapes


def _shape(element: ElementTree.Element) -> str:
    tag = element.tag.rpartition("}")[2]
    if tag not in SHAPES:
        return ""
    attributes = "".join(f' {name}="{value}"' for name, value in element.attrib.items() if _plain(name, value))
    return f"<{tag}{attributes}>{''.join(_shape(child) for child in element)}</{tag}>"


def _plain(name: str, value: str) -> bool:
    if name in NUMBERS:
        return re.fullmatch(r"[\w\s.,()+-]*", value) is not None
    return name in PAINT and re.fullmatch(r"none|currentColor|evenodd|nonzero|round|[\d.]+", value) is not None
