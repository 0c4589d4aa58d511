"""The rules of the house that a reader relies on, held by the machine."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from duologue.channels.registry import channels

ROOT = Path(__file__).parent.parent.parent
HOUSE = ROOT / "duologue"
CEILING_FILE, CEILING_FUNCTION = 500, 50
_SQL = re.compile(
    r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|GRANT)\b.*\b(FROM|INTO|SET|AS|TABLE|ON)\b", re.S
)


@cache
def sources() -> list[Path]:
    return sorted(path for path in HOUSE.rglob("*.py") if "__pycache__" not in path.parts)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(), ids=_name)
def test_a_file_and_its_functions_fit_in_a_head(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= CEILING_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and path.name.startswith("store") is False:
            assert (node.end_lineno or 0) - node.lineno < CEILING_FUNCTION, f"{node.name} in {path.name}"


def test_sql_stands_in_stores_and_in_the_kernel_only() -> None:
    astray = [
        f"{_name(path)}:{node.lineno}"
        for path in sources()
        if not path.name.startswith("store") and (HOUSE / "kernel") not in path.parents and path.name != "care.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value)
        if node.value.isupper() is False and re.search(r"\b(FROM|INTO|SET)\s+[a-z_]+", node.value)
    ]
    assert astray == []


def test_no_platform_is_named_outside_its_folder() -> None:
    kinds = [kind for kind in channels() if kind not in {"web", "email", "line"}]  # words of everybody's
    assert kinds
    named = re.compile("|".join([*kinds, "whatsapp", "instagram", "wechat", "telegram", "facebook"]), re.I)
    elsewhere = [
        f"{_name(path)}:{number}"
        for path in [*HOUSE.rglob("*.py"), *HOUSE.rglob("*.html"), *HOUSE.rglob("*.js"), *HOUSE.rglob("*.sql")]
        if (HOUSE / "channels") not in path.parents or path.parent == HOUSE / "channels"
        if "vendor" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if named.search(line)
    ]
    assert elsewhere == []


def test_channels_do_not_know_each_other() -> None:
    folders = [path for path in (HOUSE / "channels").iterdir() if (path / "__init__.py").exists()]
    strangers = [
        f"{_name(path)} knows {other.name}"
        for folder in folders
        for path in folder.rglob("*.py")
        for other in folders
        if other != folder and other.name in channels()  # a folder that is no channel is shared by several
        if re.search(rf"duologue\.channels\.{other.name}\b", path.read_text())
    ]
    assert len(folders) >= 3
    assert strangers == []


def test_every_channel_folder_is_whole() -> None:
    for kind in channels():
        folder = HOUSE / "channels" / kind
        for name in ("README.md", "icon.svg", "connect.html"):
            assert (folder / name).exists(), f"{kind} lacks {name}"


def test_nothing_is_left_undone_and_nothing_is_swallowed() -> None:
    wrong = re.compile(r"\bTODO\b|\bFIXME\b|\bXXX\b|NotImplementedError|except Exception:\s*\n\s*pass\b|except:\s")
    assert [_name(path) for path in sources() if wrong.search(path.read_text())] == []


def test_every_room_says_what_it_is_for_in_three_lines() -> None:
    for path in HOUSE.glob("*/__init__.py"):
        doc = ast.get_docstring(ast.parse(path.read_text())) or ""
        assert doc, f"{_name(path)} says nothing"
        assert len(doc.splitlines()) <= 3, f"{_name(path)} says too much"


def test_only_the_kernel_reads_the_clock_and_chance() -> None:
    reads = re.compile(r"datetime\.now\(|datetime\.utcnow\(|\btime\.time\(|\buuid4\(|\buuid1\(")
    allowed = {"kernel/clock.py", "kernel/ids.py", "care.py"}
    found = [str(path.relative_to(HOUSE)) for path in sources() if reads.search(path.read_text())]
    simulated = [name for name in found if "simulate" in name or "double" in name]
    assert set(found) - set(simulated) - allowed == set()


def test_secrets_are_compared_in_constant_time() -> None:
    careless = re.compile(r"(signature|digest|hmac|token|secret)\w*\s*(==|!=)\s*(?!None|\"\"|'')", re.I)
    found = [
        f"{_name(path)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if careless.search(line) and "simulate" not in str(path) and "double" not in str(path)
    ]
    assert found == []


def test_the_ten_largest_files_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = sorted(((len(path.read_text().splitlines()), _name(path)) for path in sources()), reverse=True)[:10]
    with capsys.disabled():
        print("\n" + "\n".join(f"{lines:5} {name}" for lines, name in sizes))
    assert sizes[0][0] <= CEILING_FILE
