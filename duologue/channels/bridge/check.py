"""Is the bridge there, and does it know the secret?"""

from duologue.channels.bridge.send import ping
from duologue.channels.contract import Account, Check
from duologue.kernel.egress import Blocked, NoAnswer

_SIGN = "Copy the signing secret into your bridge, and let it check the three webhook headers."


async def check(account: Account) -> list[Check]:
    """A signed `ping`, as answers are sent."""
    try:
        answer = await ping(account)
    except (Blocked, NoAnswer) as error:
        return [Check(name="Bridge", ok=False, words=f"{error}.", todo="Start the bridge, or check its address.")]
    if answer.status in (401, 403):
        return [Check(name="Bridge", ok=False, words="The bridge does not accept our signature.", todo=_SIGN)]
    if answer.status >= 300:
        words = f"The bridge answered {answer.status} to a ping."
        return [Check(name="Bridge", ok=False, words=words, todo="Let it answer 200 to an event of the type ping.")]
    return [Check(name="Bridge", ok=True, words="The bridge answers and accepts our signature.")]
