"""Finds, in the program's text, what it says about messages and connections: reasons, steps of a test, warnings.

They are kept in English beside a message and said in the reader's language when they are drawn (`words.say`).
"""

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

_KEYWORDS = {"reason", "words", "todo", "warning"}
_NAMED = {"Check", "Sign", "Blank"}  # whose `name` and `title` are shown too
_NOT_ON_SCREEN = {"Stop", "Broken", "LookupError", "ValueError"}  # of the command line, and of the program's own faults
_SENTENCE = re.compile(r"[\w{“][^<>\n^]*[ .][^<>\n^]*")
_NO_SENTENCE = re.compile(r"default-src|charset=|^%|SELECT |, immutable")


def spoken(file: Path) -> Iterator[str]:
    """Each text, with {0}, {1} … for what is filled in."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Call():
                yield from texts_of(_arguments(node))
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) as raised) if name not in _NOT_ON_SCREEN:
                yield from _sentences(raised.args[:1])
            case ast.Assign(value=ast.Dict() as table) | ast.AnnAssign(value=ast.Dict() as table):
                yield from texts_of(table.values) if _tells(_target(node)) else ()
            case ast.Assign(value=value):
                yield from _sentences([value])
            case ast.Return(value=ast.expr() as value):
                yield from _sentences([value])


def spoken_by_double(file: Path) -> Iterator[str]:
    """What a double says on the playground: its buttons, and what is so once one was pressed."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Assign(value=ast.Dict() as table) | ast.AnnAssign(value=ast.Dict() as table):
                yield from texts_of(table.values) if "COMMANDS" in _target(node).upper() else ()
            case ast.FunctionDef(name="command") | ast.AsyncFunctionDef(name="command"):
                yield from texts_of(one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)
            case ast.FunctionDef(returns=ast.Name(id="str")):
                yield from _sentences(one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)


def texts_of(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """The texts that an expression may come to, as they stand."""
    for node in nodes:
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.JoinedStr(values=parts):
                filled = count()
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else f"{{{next(filled)}}}" for part in parts
                )
            case ast.IfExp(body=one, orelse=other):
                yield from texts_of([one, other])
            case ast.BoolOp(values=several) | ast.Tuple(elts=several):
                yield from texts_of(several)


def _arguments(call: ast.Call) -> list[ast.expr]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    wanted = _KEYWORDS | ({"name", "title"} if name in _NAMED else set())
    found = [one.value for one in call.keywords if one.arg in wanted]
    for table in [*call.args, *(one.value for one in call.keywords)]:
        if isinstance(table, ast.Dict) and name == "facts":
            found += table.values
    for one in call.keywords:
        if one.arg == "facts" and isinstance(one.value, ast.Dict):
            found += [key for key in one.value.keys if key]
    return found + [one for one in call.args[:1] if name in {"NoAnswer", "Blocked", "Lost"}]


def _sentences(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for text in texts_of(nodes):
        if text.count(" ") >= 2 and _SENTENCE.fullmatch(text) and not _NO_SENTENCE.search(text):
            yield text


def _tells(name: str) -> bool:
    """Whether a table of this name holds words for a screen: `…_WORDS`, and what doubles have in COMMON."""
    return "WORDS" in name.upper() or name == "COMMON"


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""
