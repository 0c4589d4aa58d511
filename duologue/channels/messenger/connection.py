"""Is the page connected? Each step is tried for real."""

from collections.abc import Sequence

from duologue.channels.contract import Account, Check
from duologue.channels.messenger.errors import judge
from duologue.channels.messenger.graph import graph
from duologue.channels.messenger.settings import missing
from duologue.channels.meta.graph import facts
from duologue.channels.shared.answers import unheard
from duologue.kernel.egress import Answer, Blocked, NoAnswer

FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_reactions",
    "message_edits",
    "messaging_referrals",
    "messaging_optins",
    "messaging_handovers",
    "standby",
    "messaging_policy_enforcement",
    "response_feedback",
    "feed",
)
TEMPLATE_NEWS = "message_template_status_update"
_RECONNECT = "Make a new page access token at Meta (the connect page says how) and fill it in."
_PERMIT = "Give the app the permissions pages_messaging and pages_manage_metadata, and make the token again."


async def check(account: Account) -> list[Check]:
    """Token, page and app secret; subscription (made here where it is not there yet); leave to read messages."""
    lacking = missing(account.settings)
    if lacking:
        return [Check(name="Settings", ok=False, words=f"Still empty: {', '.join(lacking)}.", todo="Fill them in.")]
    try:
        token = await _token(account)
        return [token, await _subscription(account), await _messages(account)] if token.ok else [token]
    except (Blocked, NoAnswer) as error:
        words = f"Facebook cannot be reached: {unheard(error).reason}"
        return [Check(name="Connection", ok=False, words=words, todo="Check the network, and the Graph address.")]


async def _token(account: Account) -> Check:
    answer = await graph(account).get("me", fields="id,name")
    page = facts(answer)
    if answer.status != 200:
        return Check(name="Access token", ok=False, words=_why(answer), todo=_RECONNECT)
    if str(page.get("id")) != account.settings.page_id:
        words = f"The token belongs to another page: {page.get('name')} ({page.get('id')})."
        return Check(name="Access token", ok=False, words=words, todo="Fill in that page's ID, or this page's token.")
    return Check(name="Access token", ok=True, words=f"It opens the page “{page.get('name')}”.")


async def _subscription(account: Account) -> Check:
    answer = await _subscribe(account, [*FIELDS, TEMPLATE_NEWS])
    if answer.status == 400 or answer.status == 403:
        answer = await _subscribe(account, FIELDS)  # the app may lack the permission for utility templates
    if answer.status != 200 or facts(answer).get("success") is not True:
        return Check(name="Subscription", ok=False, words=_why(answer), todo=_PERMIT)
    return Check(name="Subscription", ok=True, words="The page's messages are sent to the app.")


async def _subscribe(account: Account, fields: Sequence[str]) -> Answer:
    body = {"subscribed_fields": ",".join(fields)}
    return await graph(account).post(f"{account.settings.page_id}/subscribed_apps", body)


async def _messages(account: Account) -> Check:
    page = account.settings.page_id
    answer = await graph(account).get(f"{page}/conversations", platform="messenger", fields="id", limit="1")
    if answer.status != 200:
        return Check(name="Messages", ok=False, words=_why(answer), todo=_PERMIT)
    return Check(name="Messages", ok=True, words="The app may read and answer the page's messages.")


def _why(answer: Answer) -> str:
    return getattr(judge(answer, 1), "reason", f"the answer was {answer.status}")
