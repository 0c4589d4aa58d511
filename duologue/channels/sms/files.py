"""The file behind a message: to be had with the account's keys, which then lead to an address that needs none."""

from urllib.parse import urljoin

from msgspec.structs import replace

from duologue.channels.contract import Account, Media
from duologue.channels.sms.api import authorization
from duologue.kernel.egress import Answer, NoAnswer

LARGEST = 50 * 1024 * 1024
STEPS = 3  # redirects that are followed


async def fetch(account: Account, media: Media) -> Media:
    """With the file in it; without, where it was deleted at Twilio. Raises `Blocked`, and `NoAnswer` to be asked again.

    The keys go to Twilio's own address only, and never along a redirect.
    """
    url = media.url or ""
    own = url.startswith(account.settings.base_url.rstrip("/") + "/")
    answer = await _get(account, url, {"Authorization": authorization(account.settings)} if own else {})
    for _ in range(STEPS):
        if answer.status not in {301, 302, 303, 307, 308} or not answer.headers.get("location"):
            break
        url = urljoin(url, answer.headers["location"])
        answer = await _get(account, url, {})
    if answer.status in {404, 410}:
        return media
    if answer.status != 200 or not answer.body:
        raise NoAnswer(f"the file cannot be had now: {answer.status}", sent=True)
    mime = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return replace(media, data=answer.body, mime=media.mime or mime or None)


async def _get(account: Account, url: str, headers: dict[str, str]) -> Answer:
    return await account.egress.request("GET", url, headers=headers, seconds=60, limit=LARGEST)
