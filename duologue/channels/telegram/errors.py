"""The API's errors, as decisions. What may have been sent is never called safe to repeat.

The descriptions are the only sub-code. Source: the official server's source, and what clients recorded (August 2026).
"""

from msgspec import Struct

from duologue.channels.contract import Outcome, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.shared.answers import backoff
from duologue.channels.telegram.api import Failure, failure
from duologue.kernel.egress import Answer

LONGEST_WAIT = 24 * 3600.0

_WORDS: dict[Refusal, str] = {
    Refusal.AUTH: "Telegram no longer accepts the bot's token: ask BotFather for it (/token)",
    Refusal.PERMISSION: "the bot lacks a right: the owner of the business account must let it answer",
    Refusal.WINDOW_CLOSED: "the business account may answer only for a day after the person's last word",
    Refusal.UNREACHABLE: "this person has blocked the bot, or cannot be reached: only they can change that",
    Refusal.NO_SUCH_PERSON: "Telegram knows no such chat for this bot: the person must press “Start” first",
    Refusal.MEDIA: "Telegram does not take this file",
    Refusal.CONTENT: "Telegram does not take this text",
    Refusal.BAD_REQUEST: "Telegram does not take this message",
}


class Row(Struct, frozen=True):
    """A part of a description, and what it decides."""

    words: str
    why: Refusal
    stops: bool = False  # nothing more is tried until Telegram tells that the bot may write again


FORBIDDEN = (
    Row("bot was blocked by the user", Refusal.UNREACHABLE, stops=True),
    Row("user is deactivated", Refusal.UNREACHABLE, stops=True),
    Row("bot was kicked", Refusal.UNREACHABLE),
    Row("bot is not a member", Refusal.UNREACHABLE),
    Row("bot can't initiate conversation", Refusal.UNREACHABLE),
    Row("bot can't send messages to", Refusal.UNREACHABLE),
    Row("not enough rights", Refusal.PERMISSION),
    Row("have no rights", Refusal.PERMISSION),
)
BAD = (
    Row("chat not found", Refusal.NO_SUCH_PERSON),
    Row("user not found", Refusal.NO_SUCH_PERSON),
    Row("PEER_ID_INVALID", Refusal.NO_SUCH_PERSON),
    Row("chat_id is empty", Refusal.NO_SUCH_PERSON),
    Row("BUSINESS_PEER_USAGE_MISSING", Refusal.WINDOW_CLOSED),
    Row("BUSINESS_CONNECTION_INVALID", Refusal.PERMISSION),
    Row("business connection not found", Refusal.PERMISSION),
    Row("not enough rights", Refusal.PERMISSION),
    Row("have no rights", Refusal.PERMISSION),
    Row("VOICE_MESSAGES_FORBIDDEN", Refusal.MEDIA),
    Row("message is too long", Refusal.CONTENT),
    Row("caption is too long", Refusal.CONTENT),
    Row("message text is empty", Refusal.CONTENT),
    Row("can't parse entities", Refusal.BAD_REQUEST),
    Row("BUTTON_", Refusal.BAD_REQUEST),
    Row("wrong file identifier", Refusal.MEDIA),
    Row("failed to get HTTP URL content", Refusal.MEDIA),
    Row("wrong type of the web page content", Refusal.MEDIA),
    Row("file is too big", Refusal.MEDIA),
    Row("file must be non-empty", Refusal.MEDIA),
    Row("PHOTO_", Refusal.MEDIA),
    Row("IMAGE_PROCESS_FAILED", Refusal.MEDIA),
    Row("STICKER_", Refusal.MEDIA),
    Row("can't upload file", Refusal.MEDIA),
)


def judge(answer: Answer, attempt: int) -> Outcome:
    """What an answer other than a success means for the message."""
    found = failure(answer)
    if found is None:
        return _without_words(answer, attempt)
    told = f"{found.code}: {found.words}"
    if found.code == 429:
        return _slower(found.retry_after, attempt)
    if found.code >= 500 or answer.status >= 500:
        return Unknown(reason=told)
    if found.code == 409:
        return TryLater(after=60, reason=told, whole_account=True)
    if found.says("message is not modified"):
        return Receipt(id=None)
    row = _row(found)
    return Refused(why=row.why, reason=f"{_WORDS[row.why]} ({told})", stopped="all" if row.stops else "")


def _row(found: Failure) -> Row:
    if found.code in {401, 404}:
        return Row("", Refusal.AUTH)
    if found.code == 403:
        return _first(FORBIDDEN, found, Refusal.UNREACHABLE)
    return _first(BAD, found, Refusal.BAD_REQUEST)


def _first(rows: tuple[Row, ...], found: Failure, otherwise: Refusal) -> Row:
    return next((row for row in rows if found.says(row.words)), Row("", otherwise))


def _slower(asked: float | None, attempt: int) -> TryLater:
    """A flood's wait grows with every call made during it, so everything waits."""
    after = asked if asked and asked > 0 else backoff(attempt)
    return TryLater(after=min(after, LONGEST_WAIT), reason="Telegram asks to slow down", whole_account=True)


def _without_words(answer: Answer, attempt: int) -> Outcome:
    """A proxy's page or a broken answer: only what certainly never reached the API itself is refused."""
    words = f"the answer was {answer.status} without an explanation"
    if answer.status == 429:
        return _slower(None, attempt)
    if answer.status >= 500 or answer.status == 408 or answer.status < 300:
        return Unknown(reason=words)
    return Refused(why=Refusal.BAD_REQUEST, reason=f"{words}; is the Bot API address right?")
