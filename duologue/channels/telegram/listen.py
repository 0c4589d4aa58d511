"""Asks for updates, where the platform cannot call. What was fetched is forgotten there once the next is asked for.

The cursor is the bot and the number of the next update. After an empty answer nothing is left to be forgotten, so the
number is dropped: after a week of silence the platform begins to count anew, perhaps lower (Bot API, August 2026).
"""

import asyncio
from typing import Any

import msgspec
from msgspec import Struct

from duologue.channels.contract import Account, Deliver, Raw
from duologue.channels.shared.guard import written
from duologue.channels.telegram.api import Bot, bot, failure, result, went_well
from duologue.channels.telegram.settings import Settings, bot_id
from duologue.channels.telegram.updates import ALLOWED
from duologue.kernel.egress import Answer, Blocked, NoAnswer

WAIT = 25  # seconds that the platform holds a question open until something happens
MOST = 100
_PAUSES = (0.2, 1.0, 3.0)  # seconds before an outage is told
_LONGEST = 300.0


class CannotListen(Exception):
    """Updates cannot be fetched until somebody does something; the words say what."""


class Cursor(Struct, frozen=True):
    bot: str = ""
    next: int | None = None


async def listen(account: Account, cursor: bytes | None, deliver: Deliver) -> None:
    """Runs until cancelled. Raises `CannotListen` where it is refused, and the network's errors where they last."""
    settings: Settings = account.settings
    if not settings.poll:
        await asyncio.Event().wait()  # the platform calls; there is nothing to be asked
    place, failures, known = _decoded(cursor, bot_id(settings)), 0, False
    while True:
        try:
            answer = await _ask(bot(account), place)
        except (Blocked, NoAnswer):
            if failures == len(_PAUSES):
                raise
            await asyncio.sleep(_PAUSES[failures])
            failures += 1
            continue
        if pause := _to_wait(answer):
            await asyncio.sleep(pause)
            continue
        updates = _updates(answer)
        ahead = _after(place, updates)
        if updates or not known or ahead != place:
            await deliver([_raw(one, account) for one in updates], msgspec.json.encode(ahead))
            known = True
        place, failures = ahead, 0
        await _answer_taps(bot(account), updates)


async def _ask(api: Bot, place: Cursor) -> Answer:
    asked: dict[str, Any] = {"timeout": WAIT, "limit": MOST, "allowed_updates": ALLOWED}
    if place.next is not None:
        asked["offset"] = place.next
    return await api.call("getUpdates", asked, seconds=WAIT + 15)


def _to_wait(answer: Answer) -> float:
    """Seconds to wait; 0 where updates came. Raises `CannotListen`."""
    if went_well(answer):
        return 0
    found = failure(answer)
    if found is None or found.code >= 500:
        raise CannotListen(f"Telegram gives no usable answer ({answer.status}).")
    if found.code == 429:
        return min(found.retry_after or 5.0, _LONGEST)
    if found.code == 409 and found.says("webhook"):
        raise CannotListen(
            "A webhook is set for this bot, so messages cannot be fetched: run the test of this channel."
        )
    if found.code == 409:
        raise CannotListen("Another program fetches this bot's messages at the same time: switch it off.")
    if found.code in {401, 404}:
        raise CannotListen("Telegram no longer accepts the bot's token: fill in a new one.")
    raise CannotListen(f"Telegram refuses to give messages: {found.words}")


def _updates(answer: Answer) -> list[Any]:
    told = result(answer)
    return told if isinstance(told, list) else []


def _after(place: Cursor, updates: list[Any]) -> Cursor:
    numbers = [one["update_id"] for one in updates if isinstance(one, dict) and isinstance(one.get("update_id"), int)]
    if updates and not numbers:
        raise CannotListen("Telegram gives updates without numbers.")
    return Cursor(place.bot, max(numbers) + 1 if numbers else None)


def _raw(update: Any, account: Account) -> Raw:
    received = {"received": account.clock().isoformat()}
    return Raw(body=written(update), kind="update", headers=received)


async def _answer_taps(api: Bot, updates: list[Any]) -> None:
    """Buttons stop turning. A tap that is too old to be answered, or a call that fails, changes nothing."""
    queries = [one.get("callback_query") for one in updates if isinstance(one, dict)]
    for query in queries:
        if isinstance(query, dict) and isinstance(query.get("id"), str):
            try:
                await api.call("answerCallbackQuery", {"callback_query_id": query["id"]})
            except (Blocked, NoAnswer):
                return


def _decoded(cursor: bytes | None, own: str) -> Cursor:
    """A cursor of another bot says nothing about this one."""
    try:
        found = msgspec.json.decode(cursor, type=Cursor) if cursor else Cursor(own)
    except msgspec.DecodeError:
        found = Cursor(own)
    return found if found.bot == own else Cursor(own)
