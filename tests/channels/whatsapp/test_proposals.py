"""New templates: checked before they are sent in, taken, decided about, taken away."""

from typing import Any

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Account, Content, Filled, Kind, Media, Receipt, Refused, Sign
from duologue.channels.meta.proposed import Desk, put
from duologue.channels.proposal import Button, Code, NotTaken, Proposal, flaws, read_with
from duologue.channels.shared.double.samples import PAPER, PIXEL
from duologue.channels.whatsapp import CHANNEL
from duologue.channels.whatsapp.graph import graph
from duologue.channels.whatsapp.send import send
from duologue.channels.whatsapp.simulate.double import Double
from duologue.channels.whatsapp.templates import PROPOSALS, propose, templates, withdraw
from duologue.conversations.templates import fill
from duologue.kernel.egress import NoAnswer

from .conftest import House

READY = Proposal(
    name="table_ready",
    language="en_US",
    category="utility",
    header=Kind.TEXT,
    header_text="Table {{table}}",
    body="Hello {{first_name}}, your table is ready from {{time}} on.",
    footer="Lume Tea",
    buttons=(
        Button(kind="reply", text="On my way"),
        Button(kind="link", text="See it", target="https://lume.example/t/{{1}}"),
        Button(kind="phone", text="Ring us", target="+1 415 555-0199"),
    ),
    samples={
        "header.table": "7",
        "body.first_name": "Ana",
        "body.time": "18:00",
        "button.1.url": "7",
    },
)
PLAIN = Proposal(name="plain", language="de", category="utility", body="Ihr Tisch ist bereit.")


def found(given: Proposal, app_id: str = "1") -> list[str]:
    """The fields in which something is wrong."""
    assert PROPOSALS.flaws
    settings = replace(CHANNEL.settings(), app_id=app_id)
    return [one.field for one in [*flaws(PROPOSALS.takes, given), *PROPOSALS.flaws(settings, given)]]


async def state_of(account: Account, name: str) -> tuple[str, str | None]:
    return next((one.state, one.reason) for one in await templates(account) if one.name == name)


async def test_one_with_all_its_parts_is_taken_and_waits(double: Double, account: Account):
    assert found(READY) == []
    made = await propose(account, READY)
    assert (made.name, made.state, made.usable) == ("table_ready", "pending", False)
    (kept,) = [row for row in double.world.templates.values() if row["name"] == "table_ready"]
    assert kept["id"] == made.id
    assert kept["parameter_format"] == "NAMED"
    assert kept["components"] == [
        {
            "type": "HEADER",
            "format": "TEXT",
            "text": "Table {{table}}",
            "example": {"header_text_named_params": [{"param_name": "table", "example": "7"}]},
        },
        {
            "type": "BODY",
            "text": READY.body,
            "example": {
                "body_text_named_params": [
                    {"param_name": "first_name", "example": "Ana"},
                    {"param_name": "time", "example": "18:00"},
                ]
            },
        },
        {"type": "FOOTER", "text": "Lume Tea"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "On my way"},
                {"type": "URL", "text": "See it", "url": "https://lume.example/t/{{1}}", "example": ["7"]},
                {"type": "PHONE_NUMBER", "text": "Ring us", "phone_number": "+14155550199"},
            ],
        },
    ]


async def test_numbered_blanks_bring_their_examples_in_the_order_of_their_numbers(double: Double, account: Account):
    given = replace(PLAIN, body="Am {{2}} um {{1}} Uhr steht er bereit.", samples={"body.1": "18", "body.2": "Montag"})
    assert found(given) == []
    await propose(account, given)
    (kept,) = [row for row in double.world.templates.values() if row["name"] == "plain"]
    assert kept["parameter_format"] == "POSITIONAL"
    assert kept["components"][0]["example"] == {"body_text": [["18", "Montag"]]}


async def test_it_is_approved_told_and_sent(double: Double, account: Account, house: House, answer: Any):
    await propose(account, READY)
    await double.command("approve_templates")
    await double.settled()
    (sign,) = [one for one in house.of(Sign) if isinstance(one, Sign)]
    made = next(one for one in await templates(account) if one.name == "table_ready")
    assert (sign.about, sign.name, sign.level) == ("template", made.sign, "good")
    assert made.usable
    values = {"header.table": "9", "body.first_name": "Greta", "body.time": "20:00", "button.1.url": "9"}
    assert isinstance(await send(account, answer(content=fill(made, values), last_in_at=None)), Receipt)
    assert "Hello Greta, your table is ready from 20:00 on." in double.screen("Greta Lindner")[-1].text


CODE = Proposal(name="sign_in", language="de", category="authentication", body="", code=Code(minutes=10))


async def test_a_one_time_code_is_worded_by_the_platform_and_filled_in_once(
    double: Double, account: Account, answer: Any
):
    """It stands in the text, and behind the button that copies it (documents of 24 June 2026)."""
    assert found(CODE) == []
    made = await propose(account, CODE)
    assert (made.state, [blank.name for blank in made.blanks]) == ("pending", ["code"])
    body = next(one.body for one in double.requests if one.path.endswith("/message_templates"))
    assert body["category"] == "AUTHENTICATION"
    assert body["components"] == [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 10},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
    ]
    await double.command("approve_templates")
    listed = next(one for one in await templates(account) if one.name == "sign_in")
    assert (listed.usable, [blank.name for blank in listed.blanks]) == (True, ["code"])
    assert listed.text.startswith("*{{code}}* is your verification code.")
    assert listed.text.endswith("This code expires in 10 minutes.")
    outcome = await send(account, answer(content=fill(listed, {"code": " 481516 "}), last_in_at=None))
    assert isinstance(outcome, Receipt)
    sent = next(one.body for one in double.requests[::-1] if one.path.endswith("/messages"))
    given = [{"type": "text", "text": "481516"}]
    assert sent["template"]["components"] == [
        {"type": "body", "parameters": given},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": given},
    ]
    assert "*481516* is your verification code." in double.screen("Greta Lindner")[-1].text


@pytest.mark.parametrize("code", ["", "   ", "1234 5678", "1" * 16, "12\n34"])
async def test_what_is_no_code_is_refused_before_it_is_sent(double: Double, account: Account, answer: Any, code: str):
    content = Content(kind=Kind.TEMPLATE, template=Filled(id="1", name="sign_in", language="de", values={"code": code}))
    outcome = await send(account, answer(content=content))
    assert isinstance(outcome, Refused)
    assert "1 to 15 characters" in outcome.reason
    assert double.requests == []


@pytest.mark.parametrize(
    "given, fields",
    [
        (replace(CODE, body="Your code is {{1}}."), ["body"]),
        (replace(CODE, footer="Lume"), ["body"]),
        (replace(CODE, code=Code(minutes=91)), ["code_minutes"]),
        (replace(CODE, code=Code(minutes=-1)), ["code_minutes"]),
        (replace(CODE, code=Code(button="x" * 26)), ["code_button"]),
        (replace(CODE, code=Code(button="Copy {{1}}")), ["code_button"]),
        (replace(CODE, name="Sign in"), ["name"]),
    ],
)
def test_what_is_wrong_with_a_one_time_code(given: Proposal, fields: list[str]):
    assert found(given) == fields


async def test_a_one_time_code_of_other_words_would_be_turned_down(double: Double, account: Account):
    assert PROPOSALS.takes.codes
    reads = read_with(replace(CODE, code=Code(button="Kopieren", warns=False)), {}, PROPOSALS.takes.codes)
    assert (reads.text, reads.buttons) == ("123456 is your verification code.", ("Kopieren",))
    words = {"type": "BODY", "text": "Your code is {{1}}, thanks.", "example": {"body_text": [["1"]]}}
    with pytest.raises(NotTaken, match="own text"):
        await put(Desk(graph=graph(account), node=account.settings.account_id, app_id=""), CODE, [words])


async def test_it_is_rejected_with_a_reason_that_both_ways_tell(double: Double, account: Account, house: House):
    await propose(account, PLAIN)
    await double.command("reject_templates")
    await double.settled()
    (sign,) = [one for one in house.of(Sign) if isinstance(one, Sign)]
    assert sign.level == "bad"
    assert "It advertises" in sign.words
    state, reason = await state_of(account, "plain")
    assert (state, "INCORRECT_CATEGORY" in (reason or "")) == ("rejected", True)


@pytest.mark.parametrize(
    ("body", "category", "state"),
    [
        ("Your parcel is on its way.", "utility", "approved"),
        ("Everything in our sale, today only.", "utility", "rejected"),
        ("Everything in our sale, today only.", "marketing", "approved"),
        ("Pay at once, or else we come.", "utility", "rejected"),
    ],
)
async def test_by_rule_it_is_judged_by_what_it_says(
    double: Double, account: Account, body: str, category: str, state: str
):
    await double.command("judge_templates")
    await propose(account, replace(PLAIN, body=body, category=category))
    assert (await state_of(account, "plain"))[0] == state


@pytest.mark.parametrize(
    ("kind", "mime", "data", "form"),
    [(Kind.IMAGE, "image/png", PIXEL, "IMAGE"), (Kind.FILE, "application/pdf", PAPER, "DOCUMENT")],
)
async def test_a_file_above_is_uploaded_as_its_example(
    double: Double, account: Account, kind: Any, mime: str, data: bytes, form: str
):
    given = replace(PLAIN, header=kind, header_file=Media(kind=kind, mime=mime, data=data, name="one.bin"))
    assert found(given) == []
    assert found(given, app_id="") == ["header"]
    await propose(account, given)
    (kept,) = [row for row in double.world.templates.values() if row["name"] == "plain"]
    assert kept["components"][0]["format"] == form
    assert kept["components"][0]["example"]["header_handle"] == list(double.world.handles)


TWO = {"body.1": "a", "body.2": "b", "body.name": "c", "header.1": "d", "header.2": "e", "button.0.url": "f"}
GIF = Media(kind=Kind.IMAGE, mime="image/gif", data=b"GIF")


def but(**changes: Any) -> Proposal:
    return replace(PLAIN, **changes)


def says(text: str) -> Button:
    return Button(kind="reply", text=text)


def link(text: str, target: str) -> Button:
    return Button(kind="link", text=text, target=target)


def phone(text: str, target: str) -> Button:
    return Button(kind="phone", text=text, target=target)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (but(name="Table Ready"), ["name"]),
        (but(language="xx"), ["language"]),
        (but(category="love_letter"), ["category"]),
        (but(body=" "), ["body"]),
        (but(body="x" * 1025), ["body"]),
        (but(body="{{1}} ist Ihr Tisch heute", samples={"body.1": "7"}), ["body"]),
        (but(body="Ihr Tisch heute ist {{1}}", samples={"body.1": "7"}), ["body"]),
        (but(body="Ihr Tisch {{1}} {{2}} ist heute gern bereit.", samples=TWO), ["body"]),
        (but(body="Ihr {{2}} ist bereit.", samples={"body.2": "a"}), ["body"]),
        (but(body="Ihr {{1}} und Ihr {{name}} sind heute bereit.", samples=TWO), ["body"]),
        (but(body="Ihr {{Tisch}} ist bereit.", samples={"body.Tisch": "a"}), ["body"]),
        (but(body="Ihr {{tisch} ist bereit."), ["body"]),
        (but(body="Ihr {{tisch}} ist bereit."), ["body.tisch"]),
        (but(body="a {{1}} b.", samples={"body.1": "x"}), []),
        (but(body="a {{1}} b {{2}} c.", samples={"body.1": "x", "body.2": "y"}), ["body"]),
        (but(body="Eins\n\n\n\nZwei"), ["body"]),
        (but(header=Kind.TEXT), ["header_text"]),
        (but(header=Kind.TEXT, header_text="x" * 61), ["header_text"]),
        (but(header=Kind.TEXT, header_text="*Neu*"), ["header_text"]),
        (but(header=Kind.TEXT, header_text="{{1}} und {{2}}", samples=TWO), ["header_text"]),
        (but(header=Kind.LOCATION), ["header"]),
        (but(header=Kind.IMAGE), ["header_file"]),
        (but(header=Kind.IMAGE, header_file=GIF), ["header_file"]),
        (but(footer="x" * 61), ["footer"]),
        (but(footer="Ihr {{1}}"), ["footer"]),
        (but(buttons=(says(""),)), ["button.0"]),
        (but(buttons=(says("x" * 26),)), ["button.0"]),
        (but(buttons=(says("Ja"), says("ja"))), ["buttons"]),
        (but(buttons=tuple(says(f"{n}") for n in range(11))), ["buttons", "buttons"]),
        (but(buttons=(link("Hin", "lume.example"),)), ["button.0"]),
        (but(buttons=(link("Hin", "https://x.example/{{1}}/b"),), samples=TWO), ["button.0"]),
        (but(buttons=(link("Hin", "https://x.example/{{1}}"),)), ["button.0.url"]),
        (but(buttons=(phone("Ring", "call us"),)), ["button.0"]),
        (but(buttons=(phone("A", "+49301234"), phone("B", "+49301235"))), ["buttons"]),
        (
            but(
                buttons=(
                    says("A"),
                    phone("B", "+49301234"),
                    says("C"),
                )
            ),
            ["buttons"],
        ),
    ],
)
def test_what_would_be_turned_down_is_told_before_with_its_field(given: Proposal, fields: list[str]):
    assert found(given) == fields


async def test_what_the_platform_does_not_take_is_told_in_its_words(double: Double, account: Account):
    await propose(account, PLAIN)
    with pytest.raises(NotTaken, match="already content in this language"):
        await propose(account, PLAIN)
    double.world.revoked = True
    with pytest.raises(NotTaken, match="190/460"):
        await propose(account, replace(PLAIN, name="other"))
    await double.command("down")
    with pytest.raises(NoAnswer):
        await propose(account, replace(PLAIN, name="other"))


async def test_one_language_is_taken_away_and_the_others_stay(double: Double, account: Account):
    await propose(account, PLAIN)
    await propose(account, replace(PLAIN, language="en"))
    (german,) = [one for one in await templates(account) if (one.name, one.language) == ("plain", "de")]
    await withdraw(account, german)
    assert [one.language for one in await templates(account) if one.name == "plain"] == ["en"]
    with pytest.raises(NotTaken, match="not found"):
        await withdraw(account, german)


def test_it_reads_with_its_examples_before_it_is_sent_in():
    shown = read_with(READY, {"body.first_name": "Ana"})
    assert shown.text == "Table …\n\nHello Ana, your table is ready from … on.\n\nLume Tea"
    assert shown.buttons == ("On my way", "See it", "Ring us")
