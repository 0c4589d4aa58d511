"""Is the number connected? Each step is tried for real."""

from duologue.channels.contract import Account, Check
from duologue.channels.meta.graph import facts, rows
from duologue.channels.shared.answers import unheard
from duologue.channels.whatsapp.errors import judge
from duologue.channels.whatsapp.graph import graph
from duologue.channels.whatsapp.keys import FIELDS
from duologue.channels.whatsapp.settings import Settings, app_secrets, missing
from duologue.kernel.egress import Answer, Blocked, NoAnswer

_RECONNECT = "Make a new token of a system user at Meta (the connect page says how) and fill it in."
_PERMIT = "Give the system user the account with full control, and the token both permissions of the connect page."


async def check(account: Account) -> list[Check]:
    """Token and number; leave to manage the account; subscription (made here where it is not there yet); webhook."""
    lacking = missing(account.settings)
    if lacking:
        return [Check(name="Settings", ok=False, words=f"Still empty: {', '.join(lacking)}.", todo="Fill them in.")]
    try:
        token, number = await _token(account)
        if not token.ok:
            return [token]
        steps = [token, number, await _management(account), await _subscription(account)]
        return [*steps, *await _webhook(account)]
    except (Blocked, NoAnswer) as error:
        words = f"WhatsApp cannot be reached: {unheard(error).reason}"
        return [Check(name="Connection", ok=False, words=words, todo="Check the network, and the Graph address.")]


async def _token(account: Account) -> tuple[Check, Check]:
    """Whether it opens the number, and whether the number can be used."""
    answer = await graph(account).get(account.settings.phone_id, fields=FIELDS)
    if answer.status != 200:
        failed = Check(name="Access token", ok=False, words=_why(answer), todo=_RECONNECT)
        return failed, failed
    told = facts(answer)
    shown = f"{told.get('verified_name') or '?'} ({told.get('display_phone_number') or '?'})"
    opened = Check(name="Access token", ok=True, words=f"It opens the number of {shown}.")
    state = str(told.get("status") or "CONNECTED")
    if state == "CONNECTED":
        return opened, Check(name="Number", ok=True, words="The number is registered and can be used.")
    todo = "Register the number at Meta: WhatsApp Manager → Phone numbers."
    return opened, Check(name="Number", ok=False, words=f"WhatsApp reports: {state}.", todo=todo)


async def _management(account: Account) -> Check:
    settings: Settings = account.settings
    answer = await graph(account).get(f"{settings.account_id}/phone_numbers", fields="id", limit="100")
    if answer.status != 200:
        return Check(name="Permissions", ok=False, words=_why(answer), todo=_PERMIT)
    if settings.phone_id not in {str(row.get("id")) for row in rows(facts(answer))}:
        words = "The number does not belong to this WhatsApp Business Account."
        return Check(name="Permissions", ok=False, words=words, todo="Fill in the account ID that stands beside it.")
    return Check(name="Permissions", ok=True, words="The token may manage the account and its templates.")


async def _subscription(account: Account) -> Check:
    answer = await graph(account).post(f"{account.settings.account_id}/subscribed_apps")
    if answer.status != 200 or facts(answer).get("success") is not True:
        return Check(name="Subscription", ok=False, words=_why(answer), todo=_PERMIT)
    return Check(name="Subscription", ok=True, words="The account's events are sent to the app.")


async def _webhook(account: Account) -> list[Check]:
    """Where the app sends them; asked as the app, so only where its number is filled in."""
    settings: Settings = account.settings
    if not settings.app_id:
        return []
    token = f"{settings.app_id}|{app_secrets(settings)[0]}"
    answer = await graph(account).get(f"{settings.app_id}/subscriptions", access_token=token)
    mine = [row for row in rows(facts(answer)) if row.get("object") == "whatsapp_business_account"]
    todo = "At Meta, under “WhatsApp → Configuration”, set the callback URL and subscribe to “messages”."
    if not mine:
        return [Check(name="Webhook", ok=False, words="The app has no webhook for WhatsApp.", todo=todo)]
    fields = {str(one.get("name")) for row in mine for one in row.get("fields") or [] if isinstance(one, dict)}
    if "messages" not in fields:
        return [Check(name="Webhook", ok=False, words="The webhook is not subscribed to messages.", todo=todo)]
    here = str(account.id) in str(mine[0].get("callback_url"))
    words = "Events come here." if here else "Events go to another address, which must pass them on."
    return [Check(name="Webhook", ok=True, words=words)]


def _why(answer: Answer) -> str:
    return getattr(judge(answer, 1), "reason", f"the answer was {answer.status}")
