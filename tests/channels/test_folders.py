"""What every channel's folder brings along besides code: a guide, an icon, words for settings, sources for rules."""

import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as Xml

import msgspec
import pytest

from duologue.channels.contract import Channel
from duologue.channels.registry import channels
from duologue.web import render

HOOK = "https://dm.example.test/in/1?a&b"


@pytest.fixture(params=sorted(channels()))
def its(request: pytest.FixtureRequest) -> Channel:
    return channels()[request.param]


def folder(its: Channel) -> Path:
    place = importlib.import_module(f"duologue.channels.{its.kind}").__file__
    assert place
    return Path(place).parent


def guide(its: Channel, settings: Any) -> str:
    return render.fragment(
        f"guide/{its.kind}/connect.html", settings=settings, webhook_url=HOOK, channel=SimpleNamespace(id=UUID(int=1)),
        public_url="https://dm.example.test",
    )  # fmt: skip


def test_the_guide_shows_what_is_to_be_copied_to_the_platform(its: Channel) -> None:
    settings = its.secret() if its.secret else its.settings()
    shown = guide(its, settings)
    if its.verify is None:
        pytest.skip("nothing calls us")
    assert HOOK.replace("&", "&amp;") in shown
    for made in (v for name in settings.__struct_fields__ if (v := getattr(settings, name)) and _is_made(its, name)):
        assert made in shown


def _is_made(its: Channel, name: str) -> bool:
    """Whether the program makes this word up: two accounts never have the same."""
    return its.secret is not None and getattr(its.secret(), name) != getattr(its.secret(), name)


def test_no_sentence_of_the_guide_is_hidden_from_translation(its: Channel) -> None:
    source = (folder(its) / "connect.html").read_text()
    pieces = re.split(
        r"<(?:pre|code|summary)\b.*?</(?:pre|code|summary)>|<[^>]*>|\{[{%#].*?[}%#]\}", source, flags=re.DOTALL
    )
    assert [one for one in pieces if re.search(r"[^\W\d_]{2,}\W+[a-z]{2,}\b", one)] == []


def test_the_icon_is_drawn_in_the_colour_of_the_text(its: Channel) -> None:
    icon = Xml.fromstring((folder(its) / "icon.svg").read_text())  # noqa: S314 -- our own file
    drawn = {name: icon.get(name) for name in ("viewBox", "fill", "stroke", "stroke-width")}
    assert drawn == {"viewBox": "0 0 24 24", "fill": "none", "stroke": "currentColor", "stroke-width": "1.75"}


def test_every_setting_has_a_title_and_is_told_of_in_the_readme(its: Channel) -> None:
    readme = (folder(its) / "README.md").read_text()
    for field in msgspec.structs.fields(its.settings):
        told = msgspec.inspect.type_info(field.type)
        assert isinstance(told, msgspec.inspect.Metadata), field.name
        if not (told.extra or {}).get("kept"):
            assert told.extra_json_schema
            assert told.extra_json_schema["title"]
        assert f"`{field.name}`" in readme


def test_every_rule_that_limits_says_where_it_is_from(its: Channel) -> None:
    assert its.abilities.policy.rules
    assert [rule for rule in its.abilities.policy.rules if (rule.within or rule.most) and not rule.source] == []
    assert its.abilities.source
