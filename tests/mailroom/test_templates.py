# ruff: noqa: F811 (fixtures are asked for by name)
"""Templates: filled in as they ask, sent where nothing else may be, and nothing but what is approved."""

from typing import Any

import pytest
from msgspec.structs import replace

from duologue.accounts.templates import FRESH, Shelf, preview
from duologue.channels.contract import Blank, Filled, Kind, Template
from duologue.channels.policy import Policy, Rule
from duologue.conversations.reply import Draft, Sender, reply
from duologue.conversations.show import rows
from duologue.conversations.templates import fill
from duologue.errors import Conflict, Invalid
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import NoAnswer
from duologue.kernel.work import work
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

READY = Template(
    id="1689", name="order_ready", language="en", text="Hi {{body.first_name}}, order {{body.2}} is ready.",
    blanks=(Blank(name="body.first_name", title="First name", example="Ada"), Blank(name="body.2", title="Order")),
    buttons=("Thanks",),
)  # fmt: skip
PAUSED = replace(READY, id="1690", name="a_paused_one", usable=False, state="paused", reason="It was paused.")


def test_it_is_filled_in_and_reads_so() -> None:
    said = fill(READY, {"body.first_name": " Mia ", "body.2": "2041"})
    assert (said.kind, said.text, said.choices) == (Kind.TEMPLATE, "Hi Mia, order 2041 is ready.", ("Thanks",))
    assert said.template == Filled(
        id="1689", name="order_ready", language="en", values={"body.first_name": "Mia", "body.2": "2041"}
    )


def test_before_that_it_reads_with_its_examples() -> None:
    assert preview(READY) == "Hi Ada, order Order is ready."


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"body.first_name": "Mia"}, "body.2"),
        ({"body.first_name": "  ", "body.2": "2041"}, "body.first_name"),
        ({"body.first_name": "M" * 1001, "body.2": "2041"}, "body.first_name"),
        ({"body.first_name": "Mia", "body.2": "2041", "header.1": "x"}, "values"),
    ],
)
def test_what_is_missing_or_too_much_is_told_with_its_name(values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as told:
        fill(READY, values)
    assert told.value.field == field


def test_a_value_that_looks_like_a_blank_is_only_a_value() -> None:
    assert fill(READY, {"body.first_name": "{{body.2}}", "body.2": "7"}).text == "Hi {{body.2}}, order 7 is ready."


async def test_the_platform_is_asked_once_in_a_while_and_what_cannot_be_used_is_not(
    mailroom: Mailroom, clock: Turned
) -> None:
    asked: list[int] = []

    async def templates(account: Any) -> list[Template]:
        asked.append(1)
        return [PAUSED, READY]

    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    connected = replace(connected, channel=replace(connected.channel, templates=templates))
    shelf = Shelf(clock)
    assert [one.name for one in await shelf.of(connected)] == ["order_ready", "a_paused_one"]
    assert await shelf.one(connected, Filled(id="1689", name="", language="en")) == READY
    for wanted in (Filled(id="1690", name="", language="en"), Filled(id="1689", name="", language="de")):
        with pytest.raises(Invalid):
            await shelf.one(connected, wanted)
    assert len(asked) == 1
    clock.turn(seconds=FRESH.total_seconds())
    await shelf.of(connected)
    assert len(asked) == 2


async def test_a_platform_that_does_not_answer_is_a_conflict_in_plain_words(mailroom: Mailroom, clock: Turned) -> None:
    async def templates(account: Any) -> list[Template]:
        raise NoAnswer("it sleeps", sent=False)

    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    with pytest.raises(Conflict, match="cannot be had now"):
        await Shelf(clock).of(replace(connected, channel=replace(connected.channel, templates=templates)))
    with pytest.raises(Conflict, match="no templates"):
        await Shelf(clock).of(connected)


async def test_where_only_a_template_may_be_sent_a_template_is(mailroom: Mailroom, parrot: Any, clock: Turned) -> None:
    abilities = replace(parrot.CHANNEL.abilities, policy=Policy(rules=(Rule(template=True),)))
    await mailroom.arrive(squawk("1", at=clock()))
    async with work(mailroom.house, mailroom.workspace) as open_work:
        (row,), _ = await rows(open_work, "all", member=None)
        with pytest.raises(Conflict, match="choose a template"):
            await reply(open_work, row.id, Draft(key=ids.new(), text="Hello"), Sender(), abilities)
        said = fill(READY, {"body.first_name": "Mia", "body.2": "2041"})
        await reply(open_work, row.id, Draft(key=ids.new(), template=said), Sender(), abilities)
    await mailroom.deliver()
    content = parrot.SENT[-1].content
    assert (content.kind, content.text, content.template.id) == (Kind.TEMPLATE, "Hi Mia, order 2041 is ready.", "1689")
