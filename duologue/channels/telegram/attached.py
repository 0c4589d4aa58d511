"""Files in a message: photos in several sizes, films, voices, papers, stickers."""

from collections.abc import Callable

from msgspec.structs import replace

from duologue.channels.contract import Content, Kind, Media
from duologue.channels.shared.strict import Object, Odd, fact, facts, thing, things, words
from duologue.channels.telegram.wording import FACT_WORDS, wording

FILE = "telegram-file:"
"""Before a file's id, where a web address would stand: the real one holds the token, and lives for an hour."""


def _file(kind: Kind) -> Callable[[Object, str], Content]:
    def read(message: Object, name: str) -> Content:
        return _with_file(message, thing(message, name), kind, name)

    return read


def _with_file(message: Object, file: Object, kind: Kind, raw: str) -> Content:
    text = wording(message)
    found = media(file, kind)
    if found is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=raw, text=text)
    return Content(kind=kind, text=text, media=(found,))


def media(file: Object, kind: Kind) -> Media | None:
    """The file, to be fetched by its id; None where it has none."""
    number = file.get("file_id")
    if not isinstance(number, str) or not number.isascii() or not number or len(number) > 500:
        return None
    return Media(kind=kind, url=FILE + number, name=fact(file, "file_name", 200), mime=fact(file, "mime_type", 100))


def _photo(message: Object, name: str) -> Content:
    """Several sizes of one picture: the largest is taken."""
    sizes = things(message, name)
    if not sizes:
        raise Odd("a photo has no sizes")
    return _with_file(message, max(sizes, key=_area), Kind.IMAGE, name)


def _live_photo(message: Object, name: str) -> Content:
    """A picture that moves: the moving part, or the still one where that has no file of its own."""
    live = thing(message, name)
    if media(live, Kind.VIDEO) is None and isinstance(live.get("photo"), list):
        return _photo({**message, **live}, "photo")
    return _with_file(message, live, Kind.VIDEO, name)


def _area(size: Object) -> int:
    sides = [size.get(name) for name in ("width", "height")]
    whole = [side for side in sides if isinstance(side, int)]
    return whole[0] * whole[1] if len(whole) == 2 else 0


def _sticker(message: Object, name: str) -> Content:
    sticker = thing(message, name)
    found = media(sticker, Kind.STICKER)
    return Content(
        kind=Kind.STICKER if found else Kind.UNKNOWN,
        raw_kind=None if found else name,
        text=words(sticker, "emoji"),
        media=(found,) if found else (),
    )


def _voice(message: Object, name: str) -> Content:
    said = _with_file(message, thing(message, name), Kind.AUDIO, name)
    return replace(said, facts=_length(thing(message, name)))


def _length(file: Object) -> dict[str, str]:
    seconds = file.get("duration")
    if not isinstance(seconds, int) or not 0 < seconds < 100_000:
        return {}
    return {FACT_WORDS["length"]: f"{seconds // 60}:{seconds % 60:02}"}


def _paid_media(message: Object, name: str) -> Content:
    """What costs something is shown only to who has paid; a bot sees the pictures it may see."""
    paid = thing(message, name)
    found = []
    for one in things(paid, "paid_media"):
        sizes = things(one, "photo") if isinstance(one.get("photo"), list) else []
        file = max(sizes, key=_area) if sizes else thing(one, "video")
        found.append(media(file, Kind.IMAGE if sizes else Kind.VIDEO))
    shown = tuple(one for one in found if one)
    kind = shown[0].kind if shown else Kind.UNKNOWN
    about = facts(paid, {"star_count": "stars"})
    return Content(kind=kind, raw_kind=name, text=wording(message), media=shown, facts=about)


FILES: dict[str, Callable[[Object, str], Content]] = {
    "live_photo": _live_photo,
    "paid_media": _paid_media,
    "photo": _photo,
    "animation": _file(Kind.VIDEO),  # before `document`, which stands beside it for old clients
    "video": _file(Kind.VIDEO),
    "video_note": _file(Kind.VIDEO),
    "audio": _file(Kind.AUDIO),
    "voice": _voice,
    "document": _file(Kind.FILE),
    "sticker": _sticker,
}
