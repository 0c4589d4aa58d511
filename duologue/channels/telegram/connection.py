"""Is the bot connected? Each step is tried for real. And how it is, as the platform tells."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from duologue.channels.contract import Account, Check, Sign
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.strict import fact, moment
from duologue.channels.telegram.api import Bot, bot, failure, result, went_well
from duologue.channels.telegram.settings import API, Settings, hook_secrets, missing
from duologue.channels.telegram.updates import ALLOWED
from duologue.kernel.egress import Answer, Blocked, NoAnswer

CONNECTIONS = 40
_NEW_TOKEN = "Ask BotFather for the token (/token) and fill it in."  # noqa: S105 -- words, no token
_MANY = 100  # updates that wait
_LATELY = timedelta(hours=1)


async def check(account: Account) -> list[Check]:
    """The token; then how messages come: the webhook is set here, or removed where messages are fetched."""
    lacking = missing(account.settings)
    if lacking:
        return [Check(name="Settings", ok=False, words=f"Still empty: {', '.join(lacking)}.", todo="Fill them in.")]
    try:
        token = await _token(account)
        return [token, *await _way_in(account)] if token.ok else [token]
    except (Blocked, NoAnswer) as error:
        words = f"Telegram cannot be reached: {unheard(error).reason}"
        return [Check(name="Connection", ok=False, words=words, todo="Check the network, and the Bot API address.")]


async def _token(account: Account) -> Check:
    answer = await bot(account).call("getMe")
    me = result(answer)
    if not isinstance(me, dict) or me.get("is_bot") is not True:
        return Check(name="Bot token", ok=False, words=_why(answer), todo=_NEW_TOKEN)
    return Check(name="Bot token", ok=True, words=f"It opens the bot “@{fact(me, 'username')}”.")


async def _way_in(account: Account) -> list[Check]:
    settings: Settings = account.settings
    told = result(await bot(account).call("getWebhookInfo"))
    url = (fact(told, "url", 2000) if isinstance(told, dict) else None) or ""
    if url and not _is_ours(account, url) and not settings.take_over:
        words = f"Another program receives this bot's messages, at {urlsplit(url).hostname}."
        todo = "Switch it off there, or switch on “Take the bot over” here."
        return [Check(name="Webhook", ok=False, words=words, todo=todo)]
    if settings.poll:
        return [await _fetching(bot(account), url)]
    return [await _set(account)]


async def _fetching(api: Bot, url: str) -> Check:
    if url:
        answer = await api.call("deleteWebhook", {"drop_pending_updates": False})
        if not went_well(answer):
            return Check(name="Fetching", ok=False, words=_why(answer), todo="Try again in a minute.")
    return Check(name="Fetching", ok=True, words="No webhook is set: messages are fetched from here.")


async def _set(account: Account) -> Check:
    """Telegram knows no screen for this: the webhook is set by the bot itself."""
    settings: Settings = account.settings
    if settings.base_url.rstrip("/") == API and not account.public_url.startswith("https://"):
        words = "Telegram calls only addresses that begin with https."
        todo = "Reach this installation by https, or switch on “Fetch messages”."
        return Check(name="Webhook", ok=False, words=words, todo=todo)
    wanted = {
        "url": hook(account),
        "secret_token": hook_secrets(settings)[0],
        "max_connections": CONNECTIONS,
        "allowed_updates": ALLOWED,
        "drop_pending_updates": False,
    }
    answer = await bot(account).call("setWebhook", wanted)
    if not went_well(answer):
        todo = "Telegram must reach this installation at port 443, 80, 88 or 8443, with a certificate that it knows."
        return Check(name="Webhook", ok=False, words=_why(answer), todo=todo)
    return Check(name="Webhook", ok=True, words=f"Telegram calls {urlsplit(hook(account)).hostname}.")


def hook(account: Account) -> str:
    return f"{account.public_url}/in/{account.id}"


def _is_ours(account: Account, url: str) -> bool:
    return urlsplit(url).path.rstrip("/").endswith(f"/in/{account.id}")


async def health(account: Account) -> list[Sign]:
    """The token, and how the platform gets on with calling here. Raises `Blocked`, `NoAnswer`."""
    answer = await bot(account).call("getWebhookInfo")
    told = result(answer)
    if not isinstance(told, dict):
        found = failure(answer)
        lost = found is not None and found.code in {401, 404}
        return [Sign(name="Bot token", words=_why(answer), level="bad" if lost else "warn")]
    signs = [Sign(name="Bot token", words="It is accepted and does not run out.")]
    return [*signs, _way(account, told), _waiting(told), *_last_error(account, told)]


def _way(account: Account, told: dict[str, Any]) -> Sign:
    settings: Settings = account.settings
    url = fact(told, "url", 2000) or ""
    if url and not _is_ours(account, url):
        words = f"Another program receives this bot's messages, at {urlsplit(url).hostname}."
        return Sign(name="Webhook", words=words, level="bad")
    if settings.poll:
        words = "A webhook is set, so messages cannot be fetched." if url else "Messages are fetched from here."
        return Sign(name="Webhook", words=words, level="bad" if url else "good")
    if not url:
        return Sign(name="Webhook", words="It is not set: run the test of this channel.", level="bad")
    lacking = [kind for kind in ALLOWED if kind not in (told.get("allowed_updates") or [])]
    if lacking:
        words = f"Some kinds do not come: {', '.join(lacking)}. Run the test of this channel."
        return Sign(name="Webhook", words=words, level="warn")
    return Sign(name="Webhook", words="It is set.")


def _waiting(told: dict[str, Any]) -> Sign:
    count = told.get("pending_update_count")
    waiting = count if isinstance(count, int) else 0
    return Sign(name="Waiting", words=f"{waiting} updates wait there.", level="warn" if waiting >= _MANY else "good")


def _last_error(account: Account, told: dict[str, Any]) -> list[Sign]:
    at, said = moment(told.get("last_error_date")), fact(told, "last_error_message")
    if at is None or said is None:
        return []
    recent = account.clock() - at < _LATELY
    words = f"{at:%d %b %H:%M} UTC: {said}"
    return [Sign(name="Last failed call", words=words, level="warn" if recent else "good")]


def _why(answer: Answer) -> str:
    if answer.status in {401, 404}:
        return "Telegram does not accept the bot token."
    found = failure(answer)
    return f"Telegram says: {found.words}" if found else f"the answer was {answer.status}"
