"""Is the account connected? Each step is tried for real."""

from urllib.parse import urlsplit

from duologue.channels.contract import Account, Check, Sign
from duologue.channels.line.api import api, facts
from duologue.channels.line.errors import judge, told
from duologue.channels.line.settings import missing
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.strict import fact
from duologue.kernel.egress import Answer, Blocked, NoAnswer

_ENDPOINT = "v2/bot/channel/webhook/endpoint"


async def check(account: Account) -> list[Check]:
    """Token and account; the webhook's address (entered here where it is not there yet) and its test; the quota."""
    lacking = missing(account.settings)
    if lacking:
        return [Check(name="Settings", ok=False, words=f"Still empty: {', '.join(lacking)}.", todo="Fill them in.")]
    try:
        token = await _token(account)
        return [token, await _webhook(account), await _test(account)] if token.ok else [token]
    except (Blocked, NoAnswer) as error:
        words = f"LINE cannot be reached: {unheard(error).reason}"
        return [Check(name="Connection", ok=False, words=words, todo="Check the network, and the API address.")]


async def health(account: Account) -> list[Sign]:
    """How much of the month's messages is used, and whether LINE calls here at all. Raises `Blocked`, `NoAnswer`."""
    return [*await _quota(account), *await _calls(account)]


async def _token(account: Account) -> Check:
    answer = await api(account).get("v2/bot/info")
    if answer.status != 200:
        todo = "Issue a new long-lived channel access token in the console (“Messaging API”) and fill it in."
        return Check(name="Access token", ok=False, words=_why(answer), todo=todo)
    bot = facts(answer)
    own, known = fact(bot, "userId", 100), account.settings.bot_id
    if known and own != known:
        words = f"The token belongs to another account: {fact(bot, 'displayName')} ({own})."
        return Check(name="Access token", ok=False, words=words, todo="Fill in that bot user ID, or this one's token.")
    words = f"It opens the account “{fact(bot, 'displayName')}” ({fact(bot, 'basicId') or own})."
    return Check(name="Access token", ok=True, words=words)


async def _webhook(account: Account) -> Check:
    """An address that leads here by another name (a tunnel, say) is left as it is."""
    answer = await api(account).get(_ENDPOINT)
    found, path = facts(answer), f"/in/{account.id}"
    if not urlsplit(fact(found, "endpoint", 1000) or "").path.endswith(path):
        url = account.public_url + path
        put = await api(account).send(_ENDPOINT, {"endpoint": url}, method="PUT")
        if put.status != 200:
            todo = "Enter the webhook URL in the console yourself; it must begin with https://."
            return Check(name="Webhook", ok=False, words=_why(put), todo=todo)
        answer = await api(account).get(_ENDPOINT)
        found = facts(answer)
    if found.get("active") is not True:
        words = "LINE has the address, but does not use it."
        return Check(name="Webhook", ok=False, words=words, todo="In the console, switch “Use webhook” on.")
    return Check(name="Webhook", ok=True, words=f"LINE calls {fact(found, 'endpoint', 1000)}.")


async def _test(account: Account) -> Check:
    answer = await api(account).send("v2/bot/channel/webhook/test", {})
    found = facts(answer)
    if answer.status == 429:
        return Check(name="Test call", ok=True, words="LINE has tested enough for this hour.")
    if answer.status != 200 or found.get("success") is not True:
        words = (
            f"LINE's test call failed: {fact(found, 'reason') or _why(answer)} {fact(found, 'detail') or ''}".strip()
        )
        todo = "Check that this installation is reached from outside, and that the channel secret is this channel's."
        return Check(name="Test call", ok=False, words=words, todo=todo)
    return Check(name="Test call", ok=True, words="LINE has called here, and was answered.")


async def _quota(account: Account) -> list[Sign]:
    answer = await api(account).get("v2/bot/message/quota")
    if answer.status != 200:
        return [Sign(name="Quota", words=_why(answer), level="bad" if answer.status == 401 else "warn")]
    quota = facts(answer)
    most = quota.get("value")
    if quota.get("type") != "limited" or not isinstance(most, int):
        return [Sign(name="Quota", words="This account's plan has no monthly limit.")]
    used = facts(await api(account).get("v2/bot/message/quota/consumption")).get("totalUsage")
    if not isinstance(used, int):
        return []
    words = f"{used} of {most} messages of this month are used."
    return [Sign(name="Quota", words=words, level="bad" if used >= most else "warn" if used >= most * 0.8 else "good")]


async def _calls(account: Account) -> list[Sign]:
    answer = await api(account).get(_ENDPOINT)
    if answer.status != 200:
        return []
    if facts(answer).get("active") is not True:
        return [Sign(name="Webhook", words="LINE does not call here: “Use webhook” is off.", level="bad")]
    return [Sign(name="Webhook", words="LINE calls here.")]


def _why(answer: Answer) -> str:
    return getattr(judge(answer, 1), "reason", told(answer) or f"the answer was {answer.status}")
