"""Which events there are, found in the product itself: one that is added is found."""

import ast
from collections.abc import Iterator
from pathlib import Path

import duologue

_NEWS, _ACTS = {"Entry", "told"}, {"record", "_record", "_told"}


def acts() -> set[str]:
    """ "noun.done" of everything that is written down as somebody's act."""
    return {name for caller, name in _named() if caller in _ACTS}


def kinds() -> set[str]:
    """Of all entries that the journal can have."""
    return {name for caller, name in _named() if caller in _NEWS} | {f"{act.split('.')[0]}.changed" for act in acts()}


def _named() -> Iterator[tuple[str, str]]:
    """What each call that tells or records something calls it; one that is put together elsewhere is not named here."""
    for file in sorted(Path(duologue.__file__).parent.rglob("*.py")):
        for call in (one for one in ast.walk(ast.parse(file.read_text())) if isinstance(one, ast.Call)):
            caller = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if caller in _NEWS | _ACTS:
                yield from ((caller, one) for one in _words(call))


def _words(call: ast.Call) -> Iterator[str]:
    for given in [*call.args, *(one.value for one in call.keywords if one.arg == "kind")]:
        for one in ast.walk(given):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                noun, dot, done = one.value.partition(".")
                if dot and noun.isidentifier() and done.isidentifier():
                    yield one.value


def told_in(tests: Path) -> set[str]:
    """The kinds that the stories in this file say they take."""
    calls = (one for one in ast.walk(ast.parse(tests.read_text())) if isinstance(one, ast.Call))
    ends = (one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == "ends")
    return {str(given.value) for one in ends for given in one.args if isinstance(given, ast.Constant)}
