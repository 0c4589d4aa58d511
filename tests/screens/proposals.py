"""What the pages of templates show in the gallery."""

from typing import Any

from msgspec.structs import replace

from duologue.accounts.model import SignRow
from duologue.channels.contract import Kind, Template
from duologue.channels.proposal import Button, Code, Proposal, places, read_with
from duologue.channels.registry import channel
from duologue.conversations.proposal_form import HEADERS, rows
from duologue.conversations.proposal_pages import Listed
from tests.screens.people import ago, uid

READY = Template(
    id="1689", name="order_ready", language="en_US", category="utility", state="approved", buttons=("On my way",),
    text="Your tea\n\nHello Greta, your order L-204 is ready to be collected.\n\nLume Tea",
)  # fmt: skip
WAITS = replace(
    READY, id="1690", name="table_ready", usable=False, state="pending",
    reason="Meta has not decided about this template yet.",
)  # fmt: skip
REJECTED = replace(
    READY, id="1691", name="winter_sale", usable=False, state="rejected", category="utility",
    reason="Meta has rejected this template. It advertises something. (PROMOTIONAL)",
)  # fmt: skip
PAUSED = replace(READY, id="1692", name="first_flush", usable=False, state="paused", category="marketing")
TOLD = SignRow(
    name="x", words="Quality: Medium: people have begun to complain.", level="warn", until=None, at=ago(minutes=95)
)
GIVEN = Proposal(
    name="table_ready", language="en", category="utility", header=Kind.TEXT, header_text="Your table",
    body="Hello {{first_name}}, your table is ready from {{time}}", footer="Lume Tea",
    buttons=(
        Button(kind="reply", text="On my way"),
        Button(kind="link", text="See it", target="https://lume.example/t/{{1}}"),
    ),
    samples={"body.first_name": "Ana", "button.1.url": "7"},
)  # fmt: skip
CODE = Proposal(name="sign_in", language="en", category="authentication", body="", code=Code(minutes=10))
ERRORS = {
    "name": "The name has small letters a–z, digits and _ only.",
    "body": "The text must not begin or end with a blank.",
    "body.time": "The platform wants an example of what will stand here.",
}


def states(**more: Any) -> dict[str, Any]:
    listed = [Listed(one, one.text, TOLD if one is PAUSED else None) for one in (READY, WAITS, REJECTED, PAUSED)]
    return {"channel": uid(5), "listed": listed, "words": None, "waiting": True, "made_here": True} | more


def around(**more: Any) -> dict[str, Any]:
    return {"channel": uid(5), "name": "Lume Tea", "kind": "whatsapp", "title": "WhatsApp", "made_here": True} | more


def form(given: Proposal = GIVEN, errors: dict[str, str] | None = None) -> dict[str, Any]:
    desk = channel("whatsapp").proposals
    assert desk
    return around(
        takes=desk.takes, headers=list(HEADERS), rows=rows(desk.takes, given), given=given, places=places(given),
        shown=read_with(given, places(given), desk.takes.codes), errors=ERRORS if errors is None else errors,
        is_code=desk.takes.codes is not None and given.category == desk.takes.codes.category,
    )  # fmt: skip
