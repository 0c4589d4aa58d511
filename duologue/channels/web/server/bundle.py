"""The frame's small modules as one script: joined in the order in which they need each other, without their comments.

A visitor waits for one file instead of ten in a row. The modules keep plain forms for this to be simple: one line an
`import`, `export` only before a function or class, and no two top-level names alike.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |function |async function |class )", re.MULTILINE)
_BLOCK = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_ASIDE = re.compile(r"(?<=[;{,)]) // [^\n\"'`]*$", re.MULTILINE)
_AROUND = re.compile(r"\s*([{};,])\s*")
_BREAK = re.compile(r"(?<=[;{,(])\n|\n(?=[})])")
_MARGIN = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


def joined(folder: Path, name: str) -> bytes:
    """The module of this name behind all it imports, each once."""
    order: list[str] = []
    _gather(folder, name, order)
    return "".join(_alone((folder / module).read_text(encoding="utf-8")) for module in order).encode()


def bare(text: str) -> str:
    """The same without comments and margins, and without line breaks where neither a script nor a style needs one."""
    return _BREAK.sub("", _MARGIN.sub("", _ASIDE.sub("", _LINE.sub("", _BLOCK.sub("", text)))))


def tight(style: str) -> str:
    """A style sheet that says the same with fewer spaces; ours has none inside quotes that count."""
    return _AROUND.sub(r"\1", bare(style)).replace(": ", ":").replace(";}", "}")


def _gather(folder: Path, name: str, order: list[str]) -> None:
    for needed in _IMPORT.findall((folder / name).read_text(encoding="utf-8")):
        if needed not in order:
            _gather(folder, needed, order)
    order.append(name)


def _alone(module: str) -> str:
    return bare(_EXPORT.sub("", _IMPORT.sub("", module)))
