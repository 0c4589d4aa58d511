"""Is the account connected? Each step is tried for real."""

from duologue.channels.contract import Account, Check, Refusal, Refused, Sign
from duologue.channels.wechat.api import NoKey, call, code, facts
from duologue.channels.wechat.errors import keyless, told
from duologue.channels.wechat.settings import aes_keys, missing
from duologue.kernel.egress import Answer, Blocked, NoAnswer

_TODO = "Copy AppID and AppSecret again from “Settings and Development → Basic Configuration”."
_ALLOW = (
    "Put this server's public IP address on the “IP allow-list” in “Settings and Development → Basic Configuration”."
)


async def check(account: Account) -> list[Check]:
    """The key, and whether customer-service messages may be sent; how calls that come in are protected."""
    lacking = missing(account.settings)
    if lacking:
        return [Check(name="Settings", ok=False, words=f"Still empty: {', '.join(lacking)}.", todo="Fill them in.")]
    try:
        return [await _right(account), _door(account)]
    except NoKey as error:
        return [_no_key(account, error.answer)]
    except (Blocked, NoAnswer) as error:
        words = f"WeChat cannot be reached: {error}"
        return [Check(name="Connection", ok=False, words=words, todo="Check the network, and the API address.")]


async def health(account: Account) -> list[Sign]:
    """Whether the key is accepted, and how much of the day's messages is used. Raises `Blocked`, `NoAnswer`."""
    try:
        answer = await call(account, "openapi/quota/get", {"cgi_path": "/cgi-bin/message/custom/send"})
    except NoKey as error:
        found = keyless(error.answer, 1, account.clock())
        bad = isinstance(found, Refused)
        return [Sign(name="Token", words=found.reason, level="bad" if bad else "warn")]
    return [Sign(name="Token", words="The key is accepted."), _quota(answer)]


def _quota(answer: Answer) -> Sign:
    quota = facts(answer).get("quota")
    most, left = (quota.get("daily_limit"), quota.get("remain")) if isinstance(quota, dict) else (None, None)
    if not isinstance(most, int) or not isinstance(left, int):
        return Sign(name="Quota", words=f"WeChat does not tell it ({told(answer)}).", level="warn")
    words = f"{left} of {most} messages of this day are left."
    return Sign(name="Quota", words=words, level="bad" if left <= 0 else "warn" if left < most * 0.2 else "good")


async def _right(account: Account) -> Check:
    answer = await call(account, "customservice/getkflist")
    if code(answer) == 48001:
        todo = "Customer-service messages need a verified service account: see “Interface permissions”."
        return Check(name="Customer-service messages", ok=False, words=f"Not granted ({told(answer)}).", todo=todo)
    if code(answer):
        return _no_key(account, answer)
    return Check(name="Customer-service messages", ok=True, words="The key opens the account, and it may answer.")


def _door(account: Account) -> Check:
    if aes_keys(account.settings):
        return Check(name="Calls from WeChat", ok=True, words="Only encrypted and signed calls are taken.")
    words = "Calls are taken in plain mode, in which WeChat does not sign the message itself."
    return Check(name="Calls from WeChat", ok=True, words=words)


def _no_key(account: Account, answer: Answer) -> Check:
    found = keyless(answer, 1, account.clock())
    todo = _ALLOW if code(answer) == 40164 else _TODO
    if not isinstance(found, Refused) or found.why is not Refusal.AUTH:
        todo = "Try again later."
    return Check(name="Token", ok=False, words=found.reason, todo=todo)
