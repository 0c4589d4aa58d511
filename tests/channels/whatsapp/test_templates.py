"""Templates: listed, filled in, sent, paused."""

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.accounts.templates import preview
from duologue.channels.contract import Account, Content, Filled, Kind, Receipt, Refusal, Refused, Sign, Template
from duologue.channels.meta.filled import BadBlank, components
from duologue.channels.meta.filled import template as worded
from duologue.channels.meta.templates import template
from duologue.channels.whatsapp.send import send
from duologue.channels.whatsapp.simulate.double import Double
from duologue.channels.whatsapp.templates import templates
from duologue.conversations.templates import fill

from .conftest import House


async def named(account: Account, name: str) -> Template:
    return next(one for one in await templates(account) if one.name == name)


def shown(double: Double) -> str:
    return double.screen("Greta Lindner")[-1].text


async def test_all_of_them_are_listed_page_by_page(double: Double, account: Account, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.modules["duologue.channels.meta.templates"], "EACH", 2)
    found = await templates(account)
    assert [(one.name, one.usable, one.state) for one in found] == [
        ("order_ready", True, "approved"),
        ("bestellung_unterwegs", True, "approved"),
        ("first_flush", True, "approved"),
        ("winter_sale", False, "paused"),
        ("free_tea", False, "rejected"),
    ]
    assert all(bool(one.reason) is not one.usable for one in found)
    assert "PROMOTIONAL" in (found[-1].reason or "")
    assert len([one for one in double.requests if one.path.endswith("message_templates")]) == 3


async def test_named_blanks_are_asked_for_and_filled_in(double: Double, account: Account, answer):
    one = await named(account, "order_ready")
    assert [(blank.name, blank.title, blank.example) for blank in one.blanks] == [
        ("body.first_name", "First name", "Greta"),
        ("body.order", "Order", "L-204"),
    ]
    assert one.buttons == ("On my way",)
    assert preview(one) == "Your tea\n\nHello Greta, your order L-204 is ready to be collected.\n\nLume Tea"
    content = fill(one, {"body.first_name": "Ana", "body.order": "7"})
    assert isinstance(await send(account, answer(content=content, last_in_at=None)), Receipt)
    assert shown(double) == "Hello Ana, your order 7 is ready to be collected.\n▸ On my way"


async def test_blanks_by_number_and_the_end_of_an_address(double: Double, account: Account, answer):
    one = await named(account, "bestellung_unterwegs")
    assert [blank.name for blank in one.blanks] == ["body.1", "body.2", "button.0.url"]
    content = fill(one, {"body.1": "Ana", "body.2": "L-9", "button.0.url": "L-9"})
    assert isinstance(await send(account, answer(content=content)), Receipt)
    assert shown(double) == "Hallo Ana, Ihr Paket L-9 ist unterwegs."


async def test_a_picture_above(double: Double, account: Account, answer):
    one = await named(account, "first_flush")
    assert [(blank.name, blank.kind) for blank in one.blanks] == [("header.image", Kind.IMAGE), ("body.1", Kind.TEXT)]
    content = fill(one, {"header.image": "https://lume.example/x.jpg", "body.1": "Ana"})
    assert isinstance(await send(account, answer(content=content)), Receipt)
    bad = await send(account, answer(content=fill(one, {"header.image": "my picture", "body.1": "Ana"})))
    assert isinstance(bad, Refused)
    assert bad.why is Refusal.CONTENT


async def test_who_wants_no_marketing_gets_none(double: Double, account: Account, answer):
    double.world.thread("Greta Lindner").no_marketing = True
    one = await named(account, "first_flush")
    content = fill(one, {"header.image": "https://lume.example/x.jpg", "body.1": "Ana"})
    outcome = await send(account, answer(content=content))
    assert isinstance(outcome, Refused)
    assert "no marketing messages any more" in outcome.reason


@pytest.mark.parametrize(
    "name, values, code",
    [
        ("order_ready", {"body.first_name": "Ana"}, "132000"),
        ("order_ready", {"body.1": "Ana", "body.2": "x"}, "132012"),
        ("bestellung_unterwegs", {"body.1": "Ana", "body.2": "x"}, "131008"),
        ("winter_sale", {}, "132015"),
        ("free_tea", {}, "132001"),
        ("nowhere", {}, "132001"),
    ],
)
async def test_what_the_platform_refuses(account: Account, answer, name: str, values: dict, code: str):
    language = "de" if name == "bestellung_unterwegs" else "en_US"
    filled = Filled(id="1", name=name, language=language, values=values)
    outcome = await send(account, answer(content=Content(kind=Kind.TEMPLATE, template=filled)))
    assert isinstance(outcome, Refused)
    assert code in outcome.reason


async def test_one_is_paused_told_and_reinstated(double: Double, account: Account, house: House):
    await double.command("pause_template")
    await double.settled()
    (sign,) = [one for one in house.of(Sign) if isinstance(one, Sign)]
    assert (sign.name, sign.level) == ("Template order_ready (en_US)", "bad")
    assert not (await named(account, "order_ready")).usable
    await double.command("reinstate_template")
    assert (await named(account, "order_ready")).usable


CAROUSEL: dict[str, Any] = {
    "id": "1",
    "name": "shelf",
    "language": "en",
    "status": "APPROVED",
    "components": [
        {"type": "BODY", "text": "See {{1}}", "example": {"body_text": [["these"]]}},
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Soon over", "has_expiration": True}},
        {
            "type": "BUTTONS",
            "buttons": [{"type": "COPY_CODE", "example": "TEA10"}, {"type": "PHONE_NUMBER", "text": "Ring"}],
        },
        {
            "type": "CAROUSEL",
            "cards": [
                {
                    "components": [
                        {"type": "HEADER", "format": "VIDEO"},
                        {"type": "BODY", "text": "{{1}} tea"},
                        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Buy", "url": "https://x.test/{{1}}"}]},
                    ]
                },
                {"components": [{"type": "BODY", "text": "{{1}} cup"}]},
            ],
        },
    ],
}


def test_codes_offers_and_cards():
    made = template(CAROUSEL)
    assert made
    assert [blank.name for blank in made.blanks] == [
        "body.1",
        "offer.until",
        "button.0.code",
        "card.0.header.video",
        "card.0.body.1",
        "card.0.button.0.url",
        "card.1.body.1",
    ]
    values = {
        "body.1": "this",
        "offer.until": "2026-12-24 18:00",
        "button.0.code": "TEA20",
        "card.0.header.video": "https://x.test/v.mp4",
        "card.0.body.1": "Green",
        "card.0.button.0.url": "green",
        "card.1.body.1": "Blue",
    }
    assert "Green tea" in preview(made, values)
    body, offer, code, cards = components(values)
    assert body == {"type": "body", "parameters": [{"type": "text", "text": "this"}]}
    assert offer["parameters"][0]["limited_time_offer"] == {"expiration_time_ms": 1798135200000}
    assert (code["sub_type"], code["index"]) == ("copy_code", "0")
    assert code["parameters"] == [{"type": "coupon_code", "coupon_code": "TEA20"}]
    first, second = cards["cards"]
    assert [one["type"] for one in first["components"]] == ["header", "body", "button"]
    assert first["components"][0]["parameters"] == [{"type": "video", "video": {"link": "https://x.test/v.mp4"}}]
    assert second == {
        "card_index": 1,
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Blue"}]}],
    }


def test_a_place_above():
    row = {**CAROUSEL, "components": [{"type": "HEADER", "format": "LOCATION"}]}
    made = template(row)
    assert made
    assert [blank.name for blank in made.blanks] == [
        f"header.{one}" for one in ("latitude", "longitude", "name", "address")
    ]
    (header,) = components({blank.name: blank.example for blank in made.blanks})
    assert header["parameters"][0]["location"]["name"] == "Tea house"


def test_ten_blanks_by_number_keep_their_order():
    (body,) = components({f"body.{number}": str(number) for number in (10, 2, 1)})
    assert [one["text"] for one in body["parameters"]] == ["1", "2", "10"]


def test_a_template_without_blanks_has_no_parts_and_a_time_that_is_none_is_refused():
    assert worded(Filled(id="1", name="n", language="de")) == {"name": "n", "language": {"code": "de"}}
    with pytest.raises(BadBlank):
        components({"offer.until": "soon"})


def test_one_that_needs_a_catalogue_cannot_be_used_here():
    row = {**CAROUSEL, "components": [{"type": "BUTTONS", "buttons": [{"type": "MPM", "text": "See"}]}]}
    made = template(row)
    assert made
    assert (made.usable, bool(made.reason)) == (False, True)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "format", "buttons", "cards", "components", "example", "url"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=4) | _JSON)
def test_however_odd_a_row_is_listing_goes_on(parts: Any):
    made = template({**CAROUSEL, "components": parts})
    assert made
    assert preview(made) is not None
