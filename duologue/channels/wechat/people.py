"""Who somebody is, as far as WeChat still tells: names and pictures are kept from accounts since December 2021."""

from duologue.channels.contract import Account, Person
from duologue.channels.shared.strict import fact
from duologue.channels.wechat.api import NoKey, call, code, facts
from duologue.kernel.egress import Blocked, NoAnswer


async def profile(account: Account, address: str) -> Person | None:
    """The language, and the name that the account's own people have noted. Raises `Blocked`, `NoAnswer`."""
    try:
        answer = await call(account, "user/info", openid=address, lang="zh_CN")
    except NoKey as error:
        raise NoAnswer("WeChat gave no key", sent=True) from error
    if code(answer):
        return None
    told = facts(answer)
    return Person(name=fact(told, "remark", 100), locale=fact(told, "language", 20))


async def typing(account: Account, address: str) -> None:
    """Shown for about 15 seconds. Whether it may be shown just now (45080, 45081) is of no consequence."""
    try:
        await call(account, "message/custom/typing", {"touser": address, "command": "Typing"})
    except (Blocked, NoAnswer, NoKey):
        return  # a hint that did not arrive: nothing depends on it
