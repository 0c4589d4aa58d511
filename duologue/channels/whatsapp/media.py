"""Files, both ways: asked for by their id, uploaded before they are sent."""

from urllib.parse import urlsplit

import aiohttp
from msgspec.structs import replace

from duologue.channels.contract import Account, Kind, Media, Outcome, Refusal, Refused, TryLater, Unknown
from duologue.channels.meta.graph import Graph, facts
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.outbound import mime, name, unfit_file
from duologue.channels.shared.strict import address
from duologue.channels.whatsapp.content import MEDIA_ID
from duologue.channels.whatsapp.errors import judge
from duologue.channels.whatsapp.graph import graph
from duologue.channels.whatsapp.settings import Settings
from duologue.kernel.egress import Answer, Blocked, NoAnswer

MEGABYTE = 1024 * 1024
LARGEST = 100 * MEGABYTE

# Media reference (November 2025): what the platform takes, and how large
LIMITS = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": LARGEST,
    "sticker": 500 * 1024,
}
TAKES = {
    "image": {"image/jpeg", "image/png"},
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"},
    "video": {"video/mp4", "video/3gpp"},
    "document": {
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    },
    "sticker": {"image/webp"},
}
_TYPES = {Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.AUDIO: "audio", Kind.FILE: "document", Kind.STICKER: "sticker"}
_ALSO = {"audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/mp3": "audio/mpeg", "image/jpg": "image/jpeg"}
_SHOWN = "JPEG, PNG; AAC, AMR, MP3, M4A, OGG; MP4, 3GP; TXT, PDF and Office files; WebP as a sticker"


async def fetch(account: Account, media: Media) -> Media:
    """The file: its address is asked for by its id and lives five minutes. Only the platform's hosts see the token.

    Raises `Blocked`, `NoAnswer`.
    """
    place = media.url or ""
    for last in (False, True):
        url = await _address(account, place) if place.startswith(MEDIA_ID) else address(place)
        if url is None:
            raise NoAnswer("the platform tells no address of this file", sent=True)
        headers = {"Authorization": f"Bearer {account.settings.token}"} if _trusted(account.settings, url) else {}
        answer = await account.egress.request("GET", url, headers=headers, seconds=60, limit=LARGEST)
        if answer.status == 200 and answer.body:
            told = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return replace(media, data=answer.body, mime=media.mime or told or None)
        if last or not place.startswith(MEDIA_ID):
            break
    raise NoAnswer(f"the file cannot be had: {answer.status}", sent=True)  # a redirect is not followed with the token


async def _address(account: Account, place: str) -> str | None:
    answer = await graph(account).get(place.removeprefix(MEDIA_ID), phone_number_id=account.settings.phone_id)
    if answer.status != 200:
        raise NoAnswer(f"the file is not there any more: {getattr(judge(answer, 1), 'reason', '')}", sent=True)
    return address(facts(answer).get("url"))


def _trusted(settings: Settings, url: str) -> bool:
    """Whether the token may be shown to this place: the Graph address itself, or one of the hosts of files."""
    asked, own = urlsplit(url), urlsplit(settings.base_url)
    if (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
        return True
    host = asked.hostname or ""
    hosts = settings.files_from.replace(",", " ").lower().split()
    return asked.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in hosts)


def type_of(file: Media) -> str:
    """As what it goes out: a sticker that is none goes as a picture."""
    if file.kind is Kind.STICKER and real_mime(file) != "image/webp":
        return "image"
    return _TYPES[file.kind]


def real_mime(file: Media) -> str:
    return _ALSO.get(mime(file), mime(file))


def unfit(file: Media) -> Refused | None:
    """Why the platform would not take it."""
    kind = type_of(file)
    if real_mime(file) not in TAKES[kind]:
        words = f"WhatsApp does not take {file.name or 'the file'}; it takes {_SHOWN}"
        return Refused(why=Refusal.MEDIA, reason=words)
    if kind == "sticker" and file.data and len(file.data) > LIMITS[kind]:
        return Refused(why=Refusal.MEDIA, reason="the sticker is larger than 500 KB")
    return unfit_file(file, LIMITS[kind])


async def upload(account: Account, way: Graph, file: Media, attempt: int) -> str | Outcome:
    """The file's id there. Nobody sees an upload, so one of unknown outcome may be repeated."""
    form = aiohttp.FormData(quote_fields=False)  # else people would see "caf%C3%A9.pdf"
    form.add_field("messaging_product", "whatsapp")
    form.add_field("type", real_mime(file))
    form.add_field("file", file.data, filename=name(file), content_type=real_mime(file))
    try:
        answer = await way.upload(f"{account.settings.phone_id}/media", form)
    except (Blocked, NoAnswer) as error:
        return _repeatable(unheard(error))
    return _id(answer) or _repeatable(judge(answer, attempt))


def _id(answer: Answer) -> str | None:
    found = facts(answer).get("id")
    return str(found) if answer.status == 200 and isinstance(found, str | int) and found else None


def _repeatable(outcome: Outcome) -> Outcome:
    return TryLater(after=30, reason=outcome.reason) if isinstance(outcome, Unknown) else outcome
