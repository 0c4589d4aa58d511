"""What the folder brings along besides code."""

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import jinja2
import msgspec

import duologue.channels.telegram
from duologue.channels.registry import channel
from duologue.channels.telegram import CHANNEL
from duologue.channels.telegram.settings import fresh

FOLDER = Path(duologue.channels.telegram.__file__).parent


def test_the_registry_finds_it():
    assert channel("telegram") is CHANNEL


def test_the_guide_shows_the_hook_and_the_token_and_hides_no_text_from_translation():
    source = (FOLDER / "connect.html").read_text()
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(source)
    settings = fresh()
    hook = "https://dm.example.test/in/telegram/1?a&b"
    shown = page.render(_=str.upper, settings=settings, webhook_url=hook, channel=object())
    assert "https://dm.example.test/in/telegram/1?a&amp;b" in shown
    assert settings.secret_token in shown
    untranslated = re.sub(r"<[^>]*>|\{\{.*?\}\}", "", source)
    assert untranslated.split() == []


def test_the_icon_is_drawn_in_the_colour_of_the_text():
    icon = Xml.fromstring((FOLDER / "icon.svg").read_text())  # noqa: S314 -- our own file
    drawn = {name: icon.get(name) for name in ("viewBox", "fill", "stroke", "stroke-width")}
    assert drawn == {"viewBox": "0 0 24 24", "fill": "none", "stroke": "currentColor", "stroke-width": "1.75"}


def test_every_setting_is_explained_on_the_form_and_in_the_readme():
    readme = (FOLDER / "README.md").read_text()
    for field in msgspec.structs.fields(CHANNEL.settings):
        told = msgspec.inspect.type_info(field.type)
        assert isinstance(told, msgspec.inspect.Metadata)
        assert told.extra_json_schema
        assert told.extra_json_schema["title"]
        assert f"`{field.name}`" in readme


def test_secrets_are_marked_as_secrets():
    secret = {
        field.name
        for field in msgspec.structs.fields(CHANNEL.settings)
        if (msgspec.inspect.type_info(field.type).extra or {}).get("secret")  # type: ignore[union-attr]
    }
    assert secret == {"token", "secret_token"}
