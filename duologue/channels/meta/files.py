"""The file behind a message."""

from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from duologue.channels.contract import Account, Media
from duologue.kernel.egress import NoAnswer

LARGEST = 50 * 1024 * 1024


async def fetch(account: Account, media: Media) -> Media:
    """Its address dies after hours or days, so it is fetched at once.

    The account's token does not go along: these are other servers. Raises `Blocked`, `NoAnswer`.
    """
    url = media.url or ""
    answer = await account.egress.request("GET", url, seconds=60, limit=LARGEST)
    if answer.status != 200 or not answer.body:
        raise NoAnswer(f"the file is not there any more: {answer.status}", sent=True)
    mime = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    name = media.name or unquote(urlsplit(url).path.rpartition("/")[2])[:200]
    return replace(media, data=answer.body, mime=media.mime or mime or None, name=name or None)
