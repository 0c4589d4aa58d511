"""A message of ours goes out, part by part.

There is no key that makes a second sending harmless, and a bot cannot look up what it has said: what may have been sent
is `Unknown`, for a person to decide. So is a message of which a part has gone out.
"""

from typing import Any

from msgspec.structs import replace

from duologue.channels.contract import Account, Outcome, Outgoing, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.outbound import unfit_file
from duologue.channels.shared.strict import clean
from duologue.channels.telegram.addresses import Chat, chat_of
from duologue.channels.telegram.api import Bot, Failure, bot, failure, result, went_well
from duologue.channels.telegram.errors import judge
from duologue.channels.telegram.parts import FILE_LIMIT, TEXT_LIMIT, Part, as_document, parts
from duologue.kernel.egress import Answer, Blocked, NoAnswer

_NO_PHOTO = ("PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "PHOTO_SAVE_FILE_INVALID")


async def send(account: Account, out: Outgoing) -> Outcome:
    """Takes one message out. `Receipt.id` is that of the last part, `also` those of the parts before it."""
    chat = chat_of(out.address)
    if chat is None:
        return Refused(why=Refusal.NO_SUCH_PERSON, reason="this is not the address of a chat")
    unfit = _unfit(out)
    if unfit:
        return unfit
    outcome = await _all(bot(account), chat, parts(account.settings, out, chat), out.attempt)
    if chat.connection and isinstance(outcome, Refused):
        return replace(outcome, stopped="")  # that the bot may write again is told of its own chats only
    return outcome


def _unfit(out: Outgoing) -> Refused | None:
    said = out.content
    text = clean(said.text or "").strip()
    if not text and not said.media and not said.place:
        return Refused(why=Refusal.CONTENT, reason=f"Telegram cannot take a message of kind “{said.kind}”")
    if len(text) > TEXT_LIMIT:
        return Refused(why=Refusal.CONTENT, reason=f"the text has {len(text)} characters, Telegram takes {TEXT_LIMIT}")
    return next((unfit for file in said.media if (unfit := unfit_file(file, FILE_LIMIT))), None)


async def _all(api: Bot, chat: Chat, calls: list[Part], attempt: int) -> Outcome:
    taken: list[str] = []
    for number, part in enumerate(calls, 1):
        outcome = await _one(api, chat, part, attempt)
        if isinstance(outcome, Receipt):
            taken += [*outcome.also, *([outcome.id] if outcome.id else [])]
        elif number == 1:
            return outcome
        else:
            return _half_done(number - 1, len(calls), outcome)
    return Receipt(id=taken[-1], also=tuple(taken[:-1])) if taken else Receipt(id=None)


async def _one(api: Bot, chat: Chat, part: Part, attempt: int) -> Outcome:
    """One call. What is refused for a reason that can be mended is worded otherwise and tried again at once."""
    tried: set[str] = set()
    while True:
        try:
            answer = await (api.upload(part.method, part.form()) if part.files else api.call(part.method, part.params))
        except (Blocked, NoAnswer) as error:
            return unheard(error)
        if went_well(answer):
            return _receipt(chat, answer)
        found = failure(answer)
        mended = _mended(part, found) if found else None
        if mended is None or mended[0] in tried:
            return judge(answer, attempt)
        tried.add(mended[0])
        part = mended[1]


def _mended(part: Part, found: Failure) -> tuple[str, Part] | None:
    """The same in other words, and what was mended; None where there is nothing to be mended."""
    if found.migrate_to is not None:
        return "moved", replace(part, params=part.params | {"chat_id": found.migrate_to})
    if found.code != 400:
        return None
    if found.says("message to be replied not found", "replied message not found") and "reply_parameters" in part.params:
        return "quote", replace(part, params={k: v for k, v in part.params.items() if k != "reply_parameters"})
    if part.method == "sendPhoto" and found.says(*_NO_PHOTO):
        return "photo", as_document(part)
    return None


def _receipt(chat: Chat, answer: Answer) -> Receipt:
    told: Any = result(answer)
    messages = told if isinstance(told, list) else [told]
    numbers = [one.get("message_id") for one in messages if isinstance(one, dict)]
    names = [chat.message(one) for one in numbers if isinstance(one, int) and not isinstance(one, bool)]
    return Receipt(id=names[-1], also=tuple(names[:-1])) if names else Receipt(id=None)


def _half_done(gone: int, count: int, outcome: TryLater | Refused | Unknown) -> Unknown:
    sure = "may have been sent" if isinstance(outcome, Unknown) else "was not sent"
    return Unknown(
        reason=f"{gone} of {count} parts were sent; the next one {sure}: {outcome.reason}. Send only what is missing."
    )
