"""The bridge's protocol: the standard's own vector, every event, every answer, and whatever is not right."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from duologue.channels.bridge import CHANNEL, signing
from duologue.channels.bridge.read import read
from duologue.channels.bridge.settings import Settings, fresh, key, missing
from duologue.channels.bridge.simulate import Double
from duologue.channels.bridge.verify import verify
from duologue.channels.content import Content, Kind
from duologue.channels.contract import (
    Accepted,
    Account,
    Outgoing,
    Raw,
    Receipt,
    Refusal,
    Refused,
    Reply,
    Request,
    TryLater,
    Unknown,
    Unreadable,
)
from duologue.channels.events import Edited, Moved, Opted, Progress, Reacted, Said, Sign, Trouble, Unsent
from duologue.kernel import clock
from duologue.kernel.egress import Egress

# Standard Webhooks 1.0, the vector of its reference libraries
SECRET, ID, STAMP = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
BODY, SIGNATURE = b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
THEN = datetime.fromtimestamp(int(STAMP), UTC)
AT = "2026-11-24T09:00:00Z"


def _key() -> bytes:
    found = key(SECRET)
    assert found
    return found


def _headers(**other: str) -> dict[str, str]:
    return {"webhook-id": ID, "webhook-timestamp": STAMP, "webhook-signature": SIGNATURE} | other


def test_the_standards_own_vector_is_made_and_accepted() -> None:
    assert signing.headers(_key(), ID, THEN, BODY)["webhook-signature"] == SIGNATURE
    assert signing.genuine([_key()], _headers(), BODY, now=THEN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook-signature": ""},
        {"webhook-signature": SIGNATURE[:-3]},
        {"webhook-signature": SIGNATURE.replace("v1,", "v1a,")},
        {"webhook-signature": "v1,é"},
        {"webhook-id": ID + "x"},
        {"webhook-id": ""},
        {"webhook-id": "i" * 300},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "-1614265330"},
        {"webhook-timestamp": "٣"},
    ],
)
def test_whatever_is_not_signed_so_is_refused(wrong: dict[str, str]) -> None:
    assert not signing.genuine([_key()], _headers(**wrong), BODY, now=THEN)


def test_an_old_call_a_changed_body_and_another_key_are_refused_and_one_of_several_signatures_is_enough() -> None:
    assert not signing.genuine([_key()], _headers(), BODY, now=THEN + timedelta(seconds=301))
    assert not signing.genuine([_key()], _headers(), BODY, now=THEN - timedelta(seconds=301))
    assert not signing.genuine([_key()], _headers(), BODY + b" ", now=THEN)
    assert not signing.genuine([b"x" * 32], _headers(), BODY, now=THEN)
    assert not signing.genuine([], _headers(), BODY, now=THEN)
    several = {"webhook-signature": f"v1,{'A' * 43}= {SIGNATURE}"}
    assert signing.genuine([b"x" * 32, _key()], _headers(**several), BODY, now=THEN)


def _request(body: bytes, secret: str, method: str = "POST") -> Request:
    signed = signing.headers(key(secret) or b"", "told-1", clock.now(), body)
    return Request(method=method, path="/in/1", query=b"", headers=signed, body=body)


def test_the_door_takes_a_signed_call_under_the_present_and_a_former_secret() -> None:
    former, present = fresh().secret, fresh()
    both = replace(present, former_secrets=(former,))
    for secret in (present.secret, former):
        taken = verify(both, _request(b'{"events":[]}', secret))
        assert isinstance(taken, Accepted)
        assert taken.raws == (Raw(body=b'{"events":[]}'),)
    refused = verify(present, _request(b'{"events":[]}', former))
    assert isinstance(refused, Reply)
    assert refused.status == 401


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64!", "whsec_" + "A" * 200])
def test_without_a_usable_secret_everything_is_refused_and_the_channel_is_not_switched_on(secret: str) -> None:
    known = Settings(url="https://bridge.example.com", secret=secret)
    assert missing(known) == ["secret"]
    answer = verify(known, _request(b"{}", SECRET))
    assert isinstance(answer, Reply)
    assert answer.status == 401


def told(*events: Any) -> list[Any]:
    return read(Settings(), Raw(body=json.dumps({"events": list(events)}).encode()))


def message(**more: Any) -> dict[str, Any]:
    return {"type": "message", "id": "m1", "address": "noor", "at": AT, **more}


def test_a_message_with_everything_in_it() -> None:
    ours = str(uuid4())
    (said,) = told(
        message(
            text="Hello", subject="Order", by="brand", link="https://lume.example", payload="YES", reply_to="m0",
            person={"name": "Noor", "email": "noor@example.com", "phone": "+49", "locale": "ar"}, correlation=ours,
            facts={"order": "2041"}, aliases=["+49"], automatic=True,
        )
    )  # fmt: skip
    assert isinstance(said, Said)
    assert (said.id, said.address, said.by, said.reply_to, said.aliases) == ("m1", "noor", "brand", "m0", ("+49",))
    assert (said.content.text, said.content.subject, said.content.payload) == ("Hello", "Order", "YES")
    assert (said.person.name, said.correlation, said.automatic) == ("Noor", UUID(ours), True)
    assert said.content.facts == {"order": "2041"}


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"text": "Hi"}, Kind.TEXT),
        ({"files": [{"url": "https://x.example/a.jpg", "kind": "image"}]}, Kind.IMAGE),
        ({"files": [{"url": "https://x.example/a"}]}, Kind.FILE),
        ({"place": {"latitude": 1, "longitude": 2}}, Kind.LOCATION),
        ({"link": "https://x.example"}, Kind.LINK),
        ({"kind": "comment", "text": "Price?"}, Kind.COMMENT),
    ],
)
def test_a_message_is_of_the_kind_that_is_in_it(more: dict[str, Any], kind: Kind) -> None:
    (said,) = told(message(**more))
    assert said.content.kind is kind


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"type": "edit", "id": "m1", "address": "noor", "at": AT, "text": "new"}, Edited),
        ({"type": "unsend", "id": "m1", "address": "noor", "at": AT}, Unsent),
        ({"type": "reaction", "id": "m1", "address": "noor", "at": AT, "emoji": None}, Reacted),
        ({"type": "status", "status": "read", "at": AT, "ids": ["o1"]}, Progress),
        ({"type": "opt", "address": "noor", "at": AT, "stopped": True}, Opted),
        ({"type": "move", "address": "noor", "to": "noor2", "at": AT}, Moved),
        ({"type": "health", "name": "Quota", "words": "12 left", "level": "warn"}, Sign),
        ({"type": "trouble", "reason": "the platform is closed"}, Trouble),
    ],
)
def test_every_other_event(event: dict[str, Any], kind: type) -> None:
    assert isinstance(told(event)[0], kind)


@pytest.mark.parametrize(
    "broken",
    [
        7, None, "message", [], {}, {"type": "unheard-of"}, message(id=""), message(id="i" * 201),
        message(at="yesterday"), message(at="2026-11-24T09:00:00"), message(txt="misspelt"),
        message(place={"latitude": 91, "longitude": 0}),
        message(files=[{"url": "x"}] * 31), {"type": "reaction", "id": "m", "address": "a", "at": AT, "emoji": ""},
    ],
)  # fmt: skip
def test_a_broken_event_is_set_aside_alone(broken: Any) -> None:
    before, odd, after = told(message(id="a", text="before"), broken, message(id="b", text="after"))
    assert isinstance(odd, Unreadable)
    assert odd.reason
    assert (before.id, after.id) == ("a", "b")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"events":7}', b'{"events":[],"more":1}', b"\xff\xfe", b"[" * 5000]
)
def test_a_body_that_is_no_batch_is_kept_with_its_reason(body: bytes) -> None:
    (odd,) = read(Settings(), Raw(body=body))
    assert isinstance(odd, Unreadable)
    assert odd.item == body


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda of: st.lists(of) | st.dictionaries(st.text(), of)
    )
)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_reading_never_raises_and_loses_no_neighbour(odd: Any) -> None:
    body = b'{"events":[' + json.dumps(message(text="whole")).encode() + b"," + json.dumps(odd).encode() + b"]}"
    found = read(Settings(), Raw(body=body))
    assert isinstance(found[0], Said | Unreadable)
    if len(found) == 2:
        assert isinstance(found[0], Said)


@pytest.mark.parametrize("odd", [b"NaN", b"-Infinity", b'"\\ud800"', b"1e999"])
def test_an_item_that_is_no_json_by_the_letter_takes_no_neighbour_with_it(odd: bytes) -> None:
    whole = json.dumps(message(text="whole")).encode()
    found = read(Settings(), Raw(body=b'{"events":[' + whole + b"," + odd + b"," + whole + b"]}"))
    assert [isinstance(one, Said) for one in found] == [True, False, True]


def test_a_thousand_events_in_one_call_are_all_there() -> None:
    found = told(*(message(id=f"m{n}", text=str(n)) for n in range(500)), 7, *(message(id=f"n{n}") for n in range(499)))
    assert sum(isinstance(one, Said) for one in found) == 999


@pytest.fixture
async def double() -> AsyncIterator[Double]:
    double = Double()
    await double.start()
    yield double
    await double.close()


@pytest.fixture
async def account(double: Double) -> AsyncIterator[Account]:
    async with Egress(allow=list(double.places())) as egress:
        yield Account(id=uuid4(), workspace=uuid4(), name="Parrot post", settings=double.settings(), egress=egress,
                      clock=clock.now, public_url="https://inbox.lume.example")  # fmt: skip


def answer(text: str = "It is.", address: str = "noor", **more: Any) -> Outgoing:
    return Outgoing(id=uuid4(), conversation=uuid4(), address=address, content=Content(text=text), attempt=1,
                    queued_at=clock.now(), **more)  # fmt: skip


async def test_an_answer_arrives_and_a_second_copy_of_it_does_not(double: Double, account: Account) -> None:
    one = answer()
    first, second = await CHANNEL.send(account, one), await CHANNEL.send(account, one)
    assert first == second
    assert isinstance(first, Receipt)
    assert [bubble.text for bubble in double.screen("noor")] == ["It is."]


async def test_what_each_refusal_comes_to(double: Double, account: Account) -> None:
    nobody = await CHANNEL.send(account, answer(address="nobody"))
    assert isinstance(nobody, Refused)
    assert nobody.why is Refusal.NO_SUCH_PERSON
    await double.command("block")
    blocked = await CHANNEL.send(account, answer(address="wen"))
    assert isinstance(blocked, Refused)
    assert blocked.why is Refusal.UNREACHABLE
    await double.command("revoke_token")
    stranger = await CHANNEL.send(account, answer())
    assert isinstance(stranger, Refused)
    assert stranger.why is Refusal.AUTH
    await double.command("restore_token")
    await double.command("throttle")
    assert await CHANNEL.send(account, answer()) == TryLater(
        after=2, reason="The bridge answered 429.", whole_account=True
    )


async def test_where_no_answer_comes_it_is_known_only_whether_anything_left(double: Double, account: Account) -> None:
    await double.command("lost_response")
    assert isinstance(await CHANNEL.send(account, answer()), Unknown)
    await double.command("down")
    assert isinstance(await CHANNEL.send(account, answer()), TryLater)


async def test_its_check_tells_what_to_do(double: Double, account: Account) -> None:
    assert CHANNEL.check
    assert [one.ok for one in await CHANNEL.check(account)] == [True]
    await double.command("revoke_token")
    (failed,) = await CHANNEL.check(account)
    assert (failed.ok, bool(failed.todo)) == (False, True)


async def test_typing_and_reading_are_told_and_a_bridge_that_is_away_is_no_trouble(
    double: Double, account: Account
) -> None:
    assert CHANNEL.typing
    assert CHANNEL.seen
    await CHANNEL.typing(account, "noor")
    await CHANNEL.seen(account, "noor", "in-1")
    await double.command("down")
    await CHANNEL.typing(account, "noor")


async def test_a_bridge_without_a_history_brings_nothing(double: Double, account: Account) -> None:
    assert CHANNEL.history
    long_ago = clock.now() - timedelta(days=1)
    await double.say("noor", "Hello")
    assert len([raw async for raw in CHANNEL.history(account, long_ago)]) == 1
    double.keeps_history = False
    assert [raw async for raw in CHANNEL.history(account, long_ago)] == []
