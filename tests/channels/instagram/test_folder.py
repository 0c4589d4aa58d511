"""What the folder brings along besides code."""

from pathlib import Path

import jinja2
import msgspec

import duologue.channels.instagram
from duologue.channels.instagram import CHANNEL
from duologue.channels.instagram.settings import fresh
from duologue.channels.policy import Writer
from duologue.channels.registry import channel

FOLDER = Path(duologue.channels.instagram.__file__).parent


def test_the_registry_finds_it_and_not_what_it_shares():
    assert channel("instagram") is CHANNEL


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


def test_a_comment_is_answered_once_and_a_program_stops_after_a_day():
    policy = CHANNEL.abilities.policy
    (after_comment,) = policy.of(Writer.AUTOMATION, "comment")
    assert (after_comment.most, after_comment.within and after_comment.within.days) == (1, 7)
    assert [rule.within.days for rule in policy.of(Writer.AUTOMATION, "message") if rule.within] == [1]
    assert [rule.within.days for rule in policy.of(Writer.PERSON, "message") if rule.within] == [1, 7]
    assert all(rule.source for rule in policy.rules)
