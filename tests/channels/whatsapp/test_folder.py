"""What the folder brings along besides code."""

from datetime import timedelta
from pathlib import Path

import jinja2
import msgspec

import duologue.channels.whatsapp
from duologue.channels.policy import Writer
from duologue.channels.registry import channel
from duologue.channels.whatsapp import CHANNEL
from duologue.channels.whatsapp.settings import fresh
from duologue.consent.verdict import Standing, verdict
from duologue.kernel.clock import Turned

FOLDER = Path(duologue.channels.whatsapp.__file__).parent


def test_the_registry_finds_it():
    assert channel("whatsapp") is CHANNEL


def test_the_guide_shows_the_hook_and_the_token():
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        (FOLDER / "connect.html").read_text()
    )
    settings = fresh()
    shown = page.render(_=str.upper, settings=settings, webhook_url="https://dm.example.test/in/1?a&b", channel=1)
    assert "https://dm.example.test/in/1?a&amp;b" in shown
    assert settings.verify_token in shown


def test_every_setting_is_explained_in_the_readme_and_secrets_are_marked():
    readme = (FOLDER / "README.md").read_text()
    fields = msgspec.structs.fields(CHANNEL.settings)
    assert [field.name for field in fields if f"`{field.name}`" not in readme] == []
    secret = {
        field.name
        for field in fields
        if (msgspec.inspect.type_info(field.type).extra or {}).get("secret")  # type: ignore[union-attr]
    }
    assert secret == {"token", "app_secret", "verify_token"}


def test_a_day_is_free_for_everybody_then_and_before_only_a_template():
    policy, now = CHANNEL.abilities.policy, Turned()()
    for writer in Writer:
        answers = [
            verdict(policy, Standing(last_in_at=at), writer=writer, now=now).may
            for at in (now - timedelta(hours=23), now - timedelta(hours=24), None)
        ]
        assert answers == ["yes", "template", "template"]
    assert all(rule.source for rule in policy.rules)
