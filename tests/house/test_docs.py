"""What the pages say is there, and what is there the pages say."""

import re
from pathlib import Path

import pytest

from duologue.__main__ import app
from duologue.channels.contract import Abilities
from duologue.channels.registry import channels
from duologue.settings import Settings

ROOT = Path(__file__).parent.parent.parent
OPERATE = (ROOT / "docs" / "operate.md").read_text()
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("duologue/**/README.md")]


@pytest.mark.parametrize("name", [name for name in Settings.__struct_fields__ if name != "data"])
def test_every_setting_is_told(name: str) -> None:
    assert f"`{name}`" in OPERATE


def test_every_command_is_told() -> None:
    told = OPERATE + (ROOT / "README.md").read_text() + (ROOT / "docs" / "api.md").read_text()
    commands = [name for name in app if not name.startswith("-")]
    assert len(commands) > 8
    assert [name for name in commands if not re.search(rf"(duologue|bin)[/ ]{name}\b", told)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_ability_is_used_or_shown_somewhere() -> None:
    sources = "\n".join(
        path.read_text()
        for path in (ROOT / "duologue").rglob("*")
        if path.suffix in {".py", ".html"} and "channels" not in path.parts
    )
    idle = [
        name for name in Abilities.__struct_fields__ if not re.search(rf"(abilities|able|source)\.{name}\b", sources)
    ]
    assert idle == []


def test_every_channel_says_where_its_limits_are_from() -> None:
    assert [kind for kind, channel in channels().items() if not channel.abilities.source] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_proof_that_a_page_names_is_there(page: Path) -> None:
    lost = []
    for path, name in re.findall(r"`(?:tests/)?([a-z_]+/[\w/]*test_\w+\.py)(?:::(test_\w+))?`", page.read_text()):
        proof = ROOT / "tests" / path
        if not proof.exists() or (name and f"def {name}(" not in proof.read_text()):
            lost.append(f"{path} {name}")
    assert lost == []
