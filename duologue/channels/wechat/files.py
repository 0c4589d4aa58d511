"""The file behind a message. WeChat keeps it for three days."""

from urllib.parse import unquote

from msgspec.structs import replace

from duologue.channels.contract import Account, Media
from duologue.channels.wechat.api import NoKey, call, code, facts
from duologue.channels.wechat.content import GET
from duologue.channels.wechat.errors import told
from duologue.kernel.egress import Answer, NoAnswer

LARGEST = 50 * 1024 * 1024
_GONE = {40007, 40003}


async def fetch(account: Account, media: Media) -> Media:
    """With the file in it; without, where WeChat no longer has it. Raises `Blocked`, and `NoAnswer` to be asked again.

    The key goes to the API alone: a video's own address, which comes as JSON, is asked without it.
    """
    url = media.url or ""
    start = account.settings.base_url.rstrip("/") + GET
    if not url.startswith(start):
        answer = await account.egress.request("GET", url, seconds=60, limit=LARGEST)
        return _with_file(media, answer)
    try:
        answer = await call(account, "media/get", limit=LARGEST, media_id=unquote(url.removeprefix(start)))
    except NoKey as error:
        raise NoAnswer("WeChat gave no key", sent=True) from error
    if code(answer) in _GONE:
        return media
    if code(answer):
        raise NoAnswer(f"the file cannot be had now: {told(answer)}", sent=True)
    video = facts(answer).get("video_url")
    if isinstance(video, str) and video:
        answer = await account.egress.request("GET", video, seconds=60, limit=LARGEST)
    return _with_file(media, answer)


def _with_file(media: Media, answer: Answer) -> Media:
    if answer.status in {404, 410}:
        return media
    if answer.status != 200 or not answer.body:
        raise NoAnswer(f"the file cannot be had now: {answer.status}", sent=True)
    mime = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return replace(media, data=answer.body, mime=media.mime or mime or None)
