"""The file behind a message. LINE deletes it after a time that it does not tell, so it is fetched at once."""

from msgspec.structs import replace

from duologue.channels.contract import Account, Media
from duologue.channels.line.api import data, facts
from duologue.kernel.egress import Answer, NoAnswer

LARGEST = 50 * 1024 * 1024


async def fetch(account: Account, media: Media) -> Media:
    """With the file in it; without, where LINE no longer has it. Raises `Blocked`, and `NoAnswer` to be asked again."""
    url, base = media.url or "", account.settings.data_url.rstrip("/") + "/"
    if not url.startswith(base):  # the sender's own server, or the sticker shop: the token does not go there
        answer = await account.egress.request("GET", url, seconds=60, limit=LARGEST)
    else:
        answer = await data(account).get(url.removeprefix(base), seconds=60, limit=LARGEST)
        if answer.status == 202:
            return await _not_yet(account, media, url.removeprefix(base))
    return _with_file(media, answer)


async def _not_yet(account: Account, media: Media, path: str) -> Media:
    """Videos and recordings are converted first; a conversion that failed will not come right."""
    answer = await data(account).get(f"{path}/transcoding")
    if facts(answer).get("status") == "failed":
        return media
    raise NoAnswer("LINE is still preparing this file", sent=True)


def _with_file(media: Media, answer: Answer) -> Media:
    if answer.status in {404, 410}:
        return media
    if answer.status != 200 or not answer.body:
        raise NoAnswer(f"the file cannot be had now: {answer.status}", sent=True)
    mime = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return replace(media, data=answer.body, mime=media.mime or mime or None)
