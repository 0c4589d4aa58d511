"""A picture made fit to be kept: readable, upright, without anything but the picture; and its small copy.

What strangers send is decoded here, so room is made only for what says beforehand how large it is, a few pictures at a
time, in threads of their own: nobody who answers requests waits for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from msgspec import Struct
from PIL import Image, ImageOps, ImageSequence, JpegImagePlugin

from duologue.conversations.pictures import formats

MOST_PIXELS = 50_000_000
"""What more than this has, with all frames that must be turned, is not opened."""
LONGEST = 480
"""Pixels of the small copy's longer side."""
_HANDS = ThreadPoolExecutor(2, thread_name_prefix="picture")
_OPENS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
_ORIENTATION = 0x0112
_MOST_PROFILE = 64 * 1024  # bytes of a colour profile that the small copy bears on
SMALL_MIME = "image/webp"


class Picture(Struct, frozen=True, kw_only=True):
    data: bytes
    width: int
    height: int
    small: bytes  # of the type `SMALL_MIME`


def is_picture(mime: str) -> bool:
    """Whether it is of a type that is cleaned here; a browser is shown no other."""
    return mime in _OPENS


async def clean(data: bytes, mime: str) -> Picture | None:
    """The picture, or None where it cannot be read: broken, too large, or something else by its inside."""
    return await asyncio.get_running_loop().run_in_executor(_HANDS, cleaned, data, mime)


def cleaned(data: bytes, mime: str) -> Picture | None:
    try:
        return _cleaned(data, mime)
    except Exception:  # decoders fail on hostile bytes in every way there is: it cannot be read
        return None


def _cleaned(data: bytes, mime: str) -> Picture | None:
    if mime == "image/webp" and _pixels(formats.webp_size(data)) > MOST_PIXELS:
        return None  # its decoder makes room as soon as it is opened
    bare = formats.STRIP[mime](data)  # first of all: what is made of endless parts is not decoded
    with Image.open(BytesIO(data), formats=[_OPENS[mime]]) as image:
        if not 0 < _pixels(image.size) <= MOST_PIXELS:
            return None
        turned = image.getexif().get(_ORIENTATION, 1) in range(2, 9)
        upright = _turned(image, mime) if turned else bare
    with Image.open(BytesIO(upright), formats=[_OPENS[mime]]) as image:
        width, height = image.size
        return Picture(data=upright, width=width, height=height, small=_small(image))


def _pixels(size: formats.Size) -> int:
    return size[0] * size[1]


def _turned(image: Any, mime: str) -> bytes:
    """Upright, written anew with the same colours and as much care as it was written with."""
    keep: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if mime == "image/jpeg":
        keep |= {"qtables": image.quantization, "progressive": bool(image.info.get("progressive"))}
        if (sampling := JpegImagePlugin.get_sampling(image)) >= 0:
            keep["subsampling"] = sampling
    if mime == "image/webp":
        keep |= {"lossless": b"VP8L" in image.fp.getvalue()[:64], "quality": 90}
    frames = [image]
    if getattr(image, "is_animated", False):
        if _pixels(image.size) * image.n_frames > MOST_PIXELS:
            raise ValueError("too many frames to turn")
        turn = image.getexif().get(_ORIENTATION, 1)
        frames = [_with_orientation(frame, turn) for frame in ImageSequence.Iterator(image)]
        lasts = [frame.info.get("duration", 100) for frame in frames]
        keep |= {"save_all": True, "duration": lasts, "loop": image.info.get("loop", 0)}
    first, *others = [ImageOps.exif_transpose(frame) for frame in frames]
    for one in (first, *others):
        one.info.clear()
    return formats.STRIP[mime](_written(first, _OPENS[mime], **keep, **({"append_images": others} if others else {})))


def _with_orientation(frame: Any, turn: int) -> Any:
    one = frame.copy()
    one.getexif()[_ORIENTATION] = turn
    return one


def _small(image: Any) -> bytes:
    """The first frame, no side longer than `LONGEST`. Reads all of it, so that what is broken is found."""
    profile = image.info.get("icc_profile") or b""
    image.draft("RGB", (LONGEST, LONGEST))
    image.load()
    shown = _plain_colours(image)
    shown.thumbnail((LONGEST, LONGEST))
    keeps = image.mode in {"RGB", "RGBA"} and len(profile) <= _MOST_PROFILE
    return _written(shown, "WEBP", quality=78, method=3, icc_profile=profile if keeps else b"")


def _plain_colours(image: Any) -> Any:
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    clear = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")


def _written(image: Any, form: str, **how: Any) -> bytes:
    out = BytesIO()
    save: Callable[..., None] = image.save
    save(out, form, **how)
    return out.getvalue()
