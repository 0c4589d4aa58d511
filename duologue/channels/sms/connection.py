"""Is the number connected, and how is the account? Each step is tried for real."""

from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from duologue.channels.contract import Account, Check, Sign
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.strict import fact
from duologue.channels.sms.api import api, facts, messaging, rows
from duologue.channels.sms.errors import told
from duologue.channels.sms.settings import Settings, is_service, missing
from duologue.kernel.egress import Answer, Blocked, NoAnswer

AGAIN = "#rc=5&rp=all"  # Twilio repeats no call by itself; five times is the most that may be asked for
_DEMO = "demo.twilio.com"


class Sender(Struct, frozen=True, kw_only=True):
    """The number or service, and where Twilio calls for what is written to it."""

    path: str  # in its API
    name: str
    url: str
    files: bool
    by_number: bool = False  # a service that leaves this to each of its numbers


async def check(account: Account) -> list[Check]:
    """Keys and account; the sender; the webhook's address, which is entered here where none is yet."""
    lacking = missing(account.settings)
    if lacking:
        return [Check(name="Settings", ok=False, words=f"Still empty: {', '.join(lacking)}.", todo="Fill them in.")]
    try:
        keys = await _keys(account)
        if not keys.ok:
            return [keys]
        sender = await _sender(account)
        return (
            [keys, sender]
            if isinstance(sender, Check)
            else [keys, _found(account, sender), await _webhook(account, sender)]
        )
    except (Blocked, NoAnswer) as error:
        words = f"Twilio cannot be reached: {unheard(error).reason}"
        return [Check(name="Connection", ok=False, words=words, todo="Check the network, and the API address.")]


async def health(account: Account) -> list[Sign]:
    """The account's state and balance, and whether Twilio calls here at all. Raises `Blocked`, `NoAnswer`."""
    answer = await api(account).get(".json")
    if answer.status != 200:
        return [Sign(name="Account", words=told(answer), level="bad" if answer.status in {401, 404} else "warn")]
    return [_state(facts(answer)), *await _balance(account), *await _calls(account)]


async def _keys(account: Account) -> Check:
    answer = await api(account).get(".json")
    if answer.status != 200:
        todo = "Copy the account SID and the auth token from the first page of Twilio's console again."
        return Check(name="Keys", ok=False, words=told(answer), todo=todo)
    found = facts(answer)
    name, state = fact(found, "friendly_name") or account.settings.account_sid, fact(found, "status")
    if state != "active":
        words = f"They open the account “{name}”, but it is {state}."
        return Check(name="Keys", ok=False, words=words, todo="Ask Twilio to open the account again.")
    if fact(found, "type") == "Trial":
        words = f"They open the trial account “{name}”: it writes only to numbers verified in Twilio's console."
        return Check(name="Keys", ok=True, words=words)
    return Check(name="Keys", ok=True, words=f"They open the account “{name}”.")


async def _sender(account: Account) -> Sender | Check:
    settings: Settings = account.settings
    if is_service(settings):
        return await _service(account)
    answer = await api(account).get("/IncomingPhoneNumbers.json", PhoneNumber=settings.sender)
    found = rows(facts(answer), "incoming_phone_numbers")
    if answer.status != 200 or not found:
        todo = "Fill in a number as it stands under “Phone Numbers → Active numbers”, with + and the country."
        words = f"The account has no number {settings.sender}." if answer.status == 200 else told(answer)
        return Check(name="Sender", ok=False, words=words, todo=todo)
    able = found[0].get("capabilities")
    able = able if isinstance(able, dict) else {}
    if not (able.get("sms") or able.get("SMS")):
        todo = "Choose another number, or buy one that can."
        return Check(name="Sender", ok=False, words=f"{settings.sender} is a number without messages.", todo=todo)
    return Sender(
        path=f"/IncomingPhoneNumbers/{found[0].get('sid')}.json",
        name=settings.sender,
        url=fact(found[0], "sms_url", 2000) or "",
        files=bool(able.get("mms") or able.get("MMS")),
    )


async def _service(account: Account) -> Sender | Check:
    answer = await messaging(account).get(f"/{account.settings.sender}")
    found = facts(answer)
    if answer.status != 200:
        todo = "Fill in the service's SID as it stands under “Messaging → Services”."
        return Check(name="Sender", ok=False, words=told(answer), todo=todo)
    return Sender(
        path=f"/{account.settings.sender}",
        name=fact(found, "friendly_name") or account.settings.sender,
        url=fact(found, "inbound_request_url", 2000) or "",
        files=True,
        by_number=found.get("use_inbound_webhook_on_number") is True,
    )


def _found(account: Account, sender: Sender) -> Check:
    if account.settings.mms and not sender.files:
        todo = "Switch “Files can be sent” off here, so that nobody tries."
        return Check(name="Sender", ok=False, words=f"{sender.name} sends texts, but no files.", todo=todo)
    return Check(name="Sender", ok=True, words=f"Messages leave by {sender.name}.")


async def _webhook(account: Account, sender: Sender) -> Check:
    """An address that leads here by another name (a tunnel, say) is left as it is; a stranger's too, and told."""
    if _leads_here(account, sender.url):
        return Check(name="Webhook", ok=True, words=f"Twilio calls {sender.url.partition('#')[0]}.")
    todo = "In Twilio's console, enter the webhook URL of this page for messages that come in."
    if sender.by_number:
        words = "The service leaves it to each of its numbers where messages are told."
        return Check(name="Webhook", ok=False, words=words, todo=todo)
    if sender.url and _DEMO not in sender.url:
        return Check(name="Webhook", ok=False, words=f"Twilio calls another address: {sender.url}", todo=todo)
    url = f"{account.public_url}/in/{account.id}{AGAIN}"
    answer = await _enter(account, sender, url)
    if answer.status not in {200, 201}:
        return Check(name="Webhook", ok=False, words=told(answer), todo=todo)
    return Check(name="Webhook", ok=True, words=f"It was entered now: Twilio calls {url.partition('#')[0]}.")


async def _enter(account: Account, sender: Sender, url: str) -> Answer:
    if is_service(account.settings):
        return await messaging(account).post(sender.path, [("InboundRequestUrl", url), ("InboundMethod", "POST")])
    return await api(account).post(sender.path, [("SmsUrl", url), ("SmsMethod", "POST")])


def _leads_here(account: Account, url: str) -> bool:
    try:
        return urlsplit(url).path.endswith(f"/in/{account.id}")
    except ValueError:
        return False


def _state(found: dict[str, Any]) -> Sign:
    state = fact(found, "status") or "?"
    if state != "active":
        return Sign(name="Account", words=f"The account at Twilio is {state}.", level="bad")
    if fact(found, "type") == "Trial":
        words = "This is a trial account: it writes only to numbers verified in Twilio's console."
        return Sign(name="Account", words=words, level="warn")
    return Sign(name="Account", words="The account at Twilio is active.")


async def _balance(account: Account) -> list[Sign]:
    """Subaccounts have none of their own, and API keys may not see it: then there is nothing to tell."""
    answer = await api(account).get("/Balance.json")
    found = facts(answer)
    try:
        left = float(str(found["balance"]))
    except (KeyError, ValueError):
        return []
    currency, low = fact(found, "currency") or "USD", left < account.settings.low_balance
    return [
        Sign(
            name="Balance",
            words=f"{left:.2f} {currency} are left.",
            level="bad" if left <= 0 else "warn" if low else "good",
        )
    ]


async def _calls(account: Account) -> list[Sign]:
    sender = await _sender(account)
    if isinstance(sender, Check):
        return [Sign(name="Sender", words=sender.words, level="bad")]
    if sender.by_number or _leads_here(account, sender.url):
        return [Sign(name="Webhook", words="Twilio calls here.")]
    return [
        Sign(
            name="Webhook",
            words="Twilio does not call here: messages come in an hour late, from its list.",
            level="bad",
        )
    ]
