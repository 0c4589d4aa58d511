"""The file behind a message: asked for by its id, then fetched from an address that lives for an hour.

That address holds the bot's token. It is made here when it is needed, kept nowhere and told to nobody.
"""

from msgspec.structs import replace

from duologue.channels.contract import Account, Media
from duologue.channels.telegram.api import bot, failure, result
from duologue.channels.telegram.attached import FILE
from duologue.kernel.egress import NoAnswer, TooLarge

LARGEST = 20 * 1024 * 1024


async def fetch(account: Account, media: Media) -> Media:
    """The file with its bytes; without them where it is gone.

    Raises `Blocked`, `TooLarge` where Telegram gives it to no bot, and `NoAnswer` where it is worth asking again.
    """
    url = media.url or ""
    if not url.startswith(FILE):
        return media
    api = bot(account)
    answer = await api.call("getFile", {"file_id": url.removeprefix(FILE)})
    found = failure(answer)
    if found and found.says("file is too big"):
        raise TooLarge("Telegram gives bots files up to 20 MB", sent=True)
    if found and found.code == 400:
        return media
    told = result(answer)
    path = told.get("file_path") if isinstance(told, dict) else None
    if not isinstance(path, str) or not path or ".." in path.split("/") or path.startswith("/"):
        raise NoAnswer(f"where the file is was not told: {found.words if found else answer.status}", sent=True)
    given = await api.download(path)
    if given.status != 200 or not given.body:
        raise NoAnswer(f"the file is not there: {given.status}", sent=True)
    return replace(media, data=given.body, name=media.name or path.rpartition("/")[2][:200])
