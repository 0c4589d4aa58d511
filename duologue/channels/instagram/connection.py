"""Is the account connected? Each step is tried for real."""

from duologue.channels.contract import Account, Check
from duologue.channels.instagram.errors import judge
from duologue.channels.instagram.graph import graph, node
from duologue.channels.instagram.settings import Settings, by_page, missing
from duologue.channels.meta.graph import facts
from duologue.channels.shared.answers import unheard
from duologue.kernel.egress import Answer, Blocked, NoAnswer

FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "message_reactions",
    "message_edit",
    "messaging_referral",
    "messaging_optins",
    "messaging_handover",
    "standby",
    "comments",
    "live_comments",
)
PAGE_FIELDS = ("messages",)  # the account's own fields are chosen in the dashboard, under “Webhooks → Instagram”
_RECONNECT = "Make a new access token at Meta (the connect page says how) and fill it in."
_PERMIT = "Give the app the permissions that the connect page names, and make the token again."


async def check(account: Account) -> list[Check]:
    """Token and account; subscription (made here where it is not there yet); leave to read messages."""
    lacking = missing(account.settings)
    if lacking:
        return [Check(name="Settings", ok=False, words=f"Still empty: {', '.join(lacking)}.", todo="Fill them in.")]
    try:
        token = await _token(account)
        return [token, await _subscription(account), await _messages(account)] if token.ok else [token]
    except (Blocked, NoAnswer) as error:
        words = f"Instagram cannot be reached: {unheard(error).reason}"
        return [Check(name="Connection", ok=False, words=words, todo="Check the network, and the Graph address.")]


async def _token(account: Account) -> Check:
    settings: Settings = account.settings
    through_page = by_page(settings)
    fields = "id,name,instagram_business_account{id,username}" if through_page else "id,user_id,username"
    answer = await graph(account).get(node(settings), fields=fields)
    if answer.status != 200:
        return Check(name="Access token", ok=False, words=_why(answer), todo=_RECONNECT)
    found = facts(answer)
    linked = found.get("instagram_business_account") if through_page else found
    shown = linked if isinstance(linked, dict) else {}
    ids = {str(shown[key]) for key in ("user_id", "id") if shown.get(key)}
    if settings.account_id not in ids:
        number = shown.get("user_id") or shown.get("id")
        words = f"The token belongs to another account: {shown.get('username')} ({number})."
        return Check(name="Access token", ok=False, words=words, todo="Fill in that account's ID, or its own token.")
    return Check(name="Access token", ok=True, words=f"It opens the account “{shown.get('username')}”.")


async def _subscription(account: Account) -> Check:
    fields = ",".join(PAGE_FIELDS if by_page(account.settings) else FIELDS)
    answer = await graph(account).post(f"{node(account.settings)}/subscribed_apps", subscribed_fields=fields)
    if answer.status != 200 or facts(answer).get("success") is not True:
        return Check(name="Subscription", ok=False, words=_why(answer), todo=_PERMIT)
    return Check(name="Subscription", ok=True, words="The account's messages are sent to the app.")


async def _messages(account: Account) -> Check:
    way = graph(account)
    answer = await way.get(f"{node(account.settings)}/conversations", platform="instagram", fields="id", limit="1")
    if answer.status != 200:
        todo = "Allow access to messages: in the Instagram app, Settings → Messages → Connected tools."
        return Check(name="Messages", ok=False, words=_why(answer), todo=todo)
    return Check(name="Messages", ok=True, words="The app may read and answer the account's messages.")


def _why(answer: Answer) -> str:
    return getattr(judge(answer, 1), "reason", f"the answer was {answer.status}")
