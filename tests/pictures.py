"""Pictures to send: real ones, of any format, with whatever a camera or a stranger writes into them."""

from io import BytesIO
from typing import Any

from PIL import Image

GPS = (52.0, 31.0, 12.34)
PLACE = "canary-place"


def picture(form: str = "PNG", size: tuple[int, int] = (64, 40), mode: str = "RGB", **how: Any) -> bytes:
    """Red, and its first corner blue, so that one sees which way up it is."""
    image = Image.new(mode, size, (210, 20, 30) if mode == "RGB" else 0)
    if mode == "RGB":
        image.paste((10, 20, 220), (0, 0, size[0] // 2, size[1] // 2))
    return written(image, form, **how)


def moving(form: str, frames: int = 6, **how: Any) -> bytes:
    first, *others = [Image.new("RGB", (40, 30), (index * 40 % 256, 0, 90)) for index in range(frames)]
    return written(first, form, save_all=True, append_images=others, duration=70, loop=0, **how)


def written(image: Image.Image, form: str, **how: Any) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def telling(turned: int = 1) -> Image.Exif:
    """Where and by whom it was taken, and which way the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010E] = PLACE
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", GPS, "E", (13.0, 24.0, 56.78)
    return exif


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image
