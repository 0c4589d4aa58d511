"""A settings struct becomes a form and comes back from it."""

from typing import Annotated

import msgspec
import pytest

from duologue.channels.contract import setting
from duologue.web import forms, render
from tests.screens import gallery, things
from tests.screens import people as cast

STORED = things.Settings(page_id="12", page_token="hush-hush", origins=("https://a.example",), signed=True)


def posted(**fields: str) -> dict[str, str]:
    return {"page_id": "12", "port": "993", "security": "tls", "origins": "", "base_url": "https://b.example"} | fields


def test_each_field_knows_how_it_is_drawn() -> None:
    drawn = {field.name: field for field in forms.fields(things.Settings, STORED)}
    assert {name: field.kind for name, field in drawn.items()} == {
        "page_id": "text",
        "page_token": "text",
        "port": "number",
        "security": "choice",
        "origins": "list",
        "signed": "switch",
        "base_url": "text",
    }
    assert drawn["security"].choices == ("tls", "starttls", "none")
    assert drawn["origins"].value == "https://a.example"
    assert drawn["base_url"].advanced
    assert drawn["page_id"].example == "1200300400"


def test_a_secret_is_never_in_a_page() -> None:
    field = next(field for field in forms.fields(things.Settings, STORED) if field.secret)
    assert (field.value, field.kept) == ("", True)
    page = gallery.draw(
        "channels/connect.html", **(things.connected() | {"fields": forms.fields(things.Settings, STORED)})
    )
    assert "hush-hush" not in page


def test_an_empty_secret_keeps_what_is_stored() -> None:
    assert forms.read(things.Settings, posted(), STORED).page_token == "hush-hush"
    assert forms.read(things.Settings, posted(page_token="new"), STORED).page_token == "new"


def test_every_kind_is_read_back() -> None:
    read = forms.read(
        things.Settings,
        posted(port="143", security="none", origins="https://a.example\n\n https://b.example ", signed="on"),
    )
    assert read == things.Settings(
        page_id="12",
        port=143,
        security="none",
        origins=("https://a.example", "https://b.example"),
        signed=True,
        base_url="https://b.example",
    )


def test_an_unticked_switch_is_off() -> None:
    assert forms.read(things.Settings, posted(), STORED).signed is False


def test_what_cannot_be_used_is_said_by_field() -> None:
    with pytest.raises(forms.Wrong) as told:
        forms.read(things.Settings, posted(port="many", security="rot13"))
    assert set(told.value.words) == {"port", "security"}


def test_an_empty_optional_field_is_none() -> None:
    class Optional(msgspec.Struct):
        seconds: Annotated[int | None, setting("Seconds")] = None

    assert forms.read(Optional, {"seconds": ""}) == Optional()
    assert forms.read(Optional, {"seconds": "5"}) == Optional(5)


def test_strangers_names_cannot_leave_their_place() -> None:
    hostile = '"><script>alert(1)</script>'
    row = cast.row(1, hostile, hostile, assignee_name=hostile, assignee_id=cast.ANA.id)
    for drawn in (
        render.fragment("conversations/row.html", row=row, now=cast.NOW),
        render.fragment("conversations/head.html", row=row, address=hostile, now=cast.NOW),
        render.fragment(
            "conversations/bubble.html",
            b=cast.theirs(
                1,
                hostile,
                cast.NOW,
                raw_kind=hostile,
                facts={hostile: hostile},
                link=f"javascript:{hostile}",
                warning=hostile,
            ),
            now=cast.NOW,
        ),
    ):
        assert "<script" not in drawn
        assert "javascript:" not in drawn
