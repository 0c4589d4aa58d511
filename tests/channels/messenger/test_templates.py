"""Utility templates: what may still be sent when the time to answer is over."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.accounts.templates import preview
from duologue.channels.contract import Account, Kind, Media, Receipt, Refused, Said, Sign
from duologue.channels.messenger import CHANNEL
from duologue.channels.messenger.send import send
from duologue.channels.messenger.simulate.double import Double
from duologue.channels.messenger.templates import PROPOSALS, propose, templates, withdraw
from duologue.channels.meta.templates import template
from duologue.channels.policy import Writer
from duologue.channels.proposal import Button, NotTaken, Proposal, flaws
from duologue.channels.shared.double.samples import PIXEL
from duologue.consent.verdict import Standing, verdict
from duologue.conversations.templates import fill

from .conftest import House

PARCEL = Proposal(
    name="parcel",
    language="en",
    category="utility",
    body="Your parcel {{number}} is on its way to you.",
    buttons=(
        Button(kind="link", text="Follow it", target="https://lark.example/p/{{1}}"),
        Button(kind="reply", text="Ok"),
    ),
    samples={"body.number": "L-7", "button.0.url": "L-7"},
)


async def named(account: Account, name: str) -> Any:
    return next(one for one in await templates(account) if one.name == name)


async def test_after_the_window_an_approved_one_is_sent_and_its_echo_is_ours(
    double: Double, account: Account, house: House, answer: Any
):
    await double.command("close_windows")
    ready = await named(account, "order_ready")
    assert [blank.name for blank in ready.blanks] == ["body.first_name", "body.order", "button.0.url"]
    values = {"body.first_name": "Mia", "body.order": "L-9", "button.0.url": "L-9"}
    long_ago = account.clock() - timedelta(days=60)
    outcome = await send(account, answer(content=fill(ready, values), last_in_at=long_ago, automated=True))
    assert isinstance(outcome, Receipt)
    assert "Good news, Mia: your order L-9 is ready" in double.screen("Mia Santos")[-1].text
    await double.settled()
    assert outcome.id in {one.id for one in house.of(Said) if isinstance(one, Said)}
    sent = next(one.body for one in double.requests if "message" in one.body)
    assert sent["messaging_type"] == "UTILITY"
    assert sent["message"]["template"]["components"][-1] == {
        "type": "buttons",
        "parameters": [{"type": "URL", "url": "L-9"}],
    }


async def test_without_a_template_the_same_is_refused(double: Double, account: Account, answer: Any):
    outcome = await send(account, answer("Hello", last_in_at=account.clock() - timedelta(days=60)))
    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("writer", list(Writer))
def test_the_verdict_says_that_a_template_may_be_sent(account: Account, writer: Writer):
    standing = Standing(last_in_at=account.clock() - timedelta(days=60))
    said = verdict(CHANNEL.abilities.policy, standing, writer=writer, now=account.clock())
    assert (said.may, "utility" in said.source) == ("template", True)
    never = verdict(CHANNEL.abilities.policy, Standing(), writer=writer, now=account.clock())
    assert never.may == "no"


async def test_a_new_one_is_decided_within_seconds(double: Double, account: Account, house: House):
    assert flaws(PROPOSALS.takes, PARCEL) == []
    made = await propose(account, PARCEL)
    assert made.usable
    await double.settled()
    (sign,) = [one for one in house.of(Sign) if isinstance(one, Sign)]
    assert (sign.about, sign.name, sign.level) == ("template", made.sign, "good")
    assert preview(await named(account, "parcel")) == "Your parcel L-7 is on its way to you."


async def test_one_that_advertises_is_rejected_and_says_why(double: Double, account: Account):
    made = await propose(account, replace(PARCEL, body="Your parcel {{number}} comes with a discount today."))
    assert not made.usable
    one = await named(account, "parcel")
    assert (one.state, "advertises" in (one.reason or "")) == ("rejected", True)


async def test_one_that_waits_is_approved_or_rejected_on_command(double: Double, account: Account, house: House):
    await double.command("hold_templates")
    assert (await propose(account, PARCEL)).state == "pending"
    await double.command("approve_templates")
    assert (await named(account, "parcel")).usable
    assert (await propose(account, replace(PARCEL, name="second"))).state == "pending"
    await double.command("reject_templates")
    await double.settled()
    assert not (await named(account, "second")).usable
    assert [one.level for one in house.of(Sign) if isinstance(one, Sign)] == ["good", "bad"]


async def test_a_picture_above_is_uploaded_first(double: Double, account: Account):
    picture = Media(kind=Kind.IMAGE, mime="image/png", data=PIXEL, name="one.png")
    await propose(account, replace(PARCEL, header=Kind.IMAGE, header_file=picture))
    assert len(double.world.handles) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (replace(PARCEL, category="marketing"), "category"),
        (replace(PARCEL, footer="Bakery Lark"), "footer"),
        (replace(PARCEL, header=Kind.VIDEO), "header"),
        (replace(PARCEL, buttons=(Button(kind="phone", text="Ring", target="+49301234"),)), "buttons"),
        (replace(PARCEL, buttons=tuple(Button(kind="reply", text=f"{n}") for n in range(4))), "buttons"),
        (replace(PARCEL, buttons=(Button(kind="reply", text="x" * 21),)), "button.0"),
    ],
)
def test_what_this_platform_does_not_take(given: Proposal, field: str):
    assert field in [one.field for one in flaws(PROPOSALS.takes, given)]


async def test_one_is_taken_away(double: Double, account: Account):
    made = await propose(account, PARCEL)
    await withdraw(account, made)
    assert "parcel" not in [one.name for one in await templates(account)]
    with pytest.raises(NotTaken):
        await withdraw(account, made)


def test_one_of_the_platforms_own_library_is_listed_by_its_texts():
    row = {
        "name": "delivery_1",
        "language": "en",
        "category": "UTILITY",
        "body": "{{1}}, your order was delivered!",
        "body_params": ["Mark"],
        "id": "76",
    }
    made = template(row)
    assert made
    assert made.usable
    assert [(one.name, one.example) for one in made.blanks] == [("body.1", "Mark")]


async def test_an_app_without_the_permission_is_subscribed_to_all_the_rest(double: Double, account: Account):
    assert CHANNEL.check
    assert all(one.ok for one in await CHANNEL.check(account))
    everything = double.world.subscribed or set()
    double.world.permits_utility = False
    assert all(one.ok for one in await CHANNEL.check(account))
    assert everything - (double.world.subscribed or set()) == {"message_template_status_update"}
