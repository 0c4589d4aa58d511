"""Pictures that tell more than they show, and pictures that are none: what is kept, what is drawn, what it costs."""

import zlib
from time import monotonic, process_time
from uuid import UUID

import pytest

from duologue.channels.contract import Content, Event, Kind, Media, Person, Said
from duologue.conversations import files, receive, show
from duologue.conversations.pictures import formats
from duologue.conversations.pictures.clean import LONGEST, MOST_PIXELS, SMALL_MIME, cleaned
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom.fetch import Fetcher
from tests.parrot import Mailroom, squawk
from tests.pictures import PLACE, moving, opened, picture, telling

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
HTML = b"<html><script>alert(document.domain)</script></html>"


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)


def bomb_png() -> bytes:
    """30,000 pixels wide and high, in a few bytes."""
    head = (30_000).to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress(b"\0" * (30_001 * 3_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb_webp(kind: bytes) -> bytes:
    side = (16_383).to_bytes(3, "little")
    body = {
        b"VP8X": bytes(4) + (16_382).to_bytes(3, "little") * 2,
        b"VP8L": b"\x2f" + (16_382 | 16_382 << 14).to_bytes(4, "little") + bytes(9),
        b"VP8 ": b"\x10\0\0\x9d\x01\x2a" + side[:2] * 2 + bytes(6),
    }[kind]
    inner = b"WEBP" + kind + len(body).to_bytes(4, "little") + body
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turned", [1, 3, 6, 8])
def test_nothing_but_the_picture_is_kept_and_it_stands_upright(form: str, turned: int) -> None:
    exif = telling(turned)
    more = {"xmp": b"<x:xmpmeta>" + PLACE.encode() + b"</x:xmpmeta>"} if form != "PNG" else {}
    told = picture(form, exif=exif, **more)
    assert PLACE.encode() in told
    found = cleaned(told, FORMATS[form])
    assert found
    image = opened(found.data)
    assert (dict(image.getexif()), image.info.get("xmp"), image.info.get("comment")) == ({}, None, None)
    assert PLACE.encode() not in found.data + found.small
    assert image.size == ((40, 64) if turned in {6, 8} else (64, 40)) == (found.width, found.height)
    corner = {1: (2, 2), 3: (-3, -3), 6: (-3, 2), 8: (2, -3)}[turned]
    x, y = corner[0] % image.width, corner[1] % image.height
    red, _, blue = image.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    assert blue > 150 > 80 > red


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turned", [1, 6])
def test_the_colour_profile_stays(form: str, turned: int) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = cleaned(picture(form, exif=telling(turned), icc_profile=profile), FORMATS[form])
    assert found
    assert opened(found.data).info["icc_profile"] == profile


@pytest.mark.parametrize(("form", "turned"), [("GIF", 1), ("WEBP", 1), ("PNG", 1), ("WEBP", 6), ("PNG", 6)])
def test_what_moves_goes_on_moving(form: str, turned: int) -> None:
    more = {"comment": PLACE.encode()} if form == "GIF" else {"exif": telling(turned)}
    found = cleaned(moving(form, **more), FORMATS[form])
    assert found
    image = opened(found.data)
    assert (image.n_frames, PLACE.encode() in found.data) == (6, False)  # type: ignore[attr-defined]
    assert image.info["duration"] == 70
    assert image.info["loop"] == 0
    assert image.size == ((30, 40) if turned == 6 else (40, 30))


@pytest.mark.parametrize("form", list(FORMATS))
def test_a_picture_that_tells_nothing_is_left_as_it_is(form: str) -> None:
    """Taken apart and put together again, not painted anew: no pixel differs."""
    told = picture(form, (300, 200))
    found = cleaned(told, FORMATS[form])
    assert found
    assert opened(found.data).convert("RGB").tobytes() == opened(told).convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *[("PNG", mode) for mode in ("RGBA", "I;16", "P", "1")],
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("WEBP", "RGBA"),
        ("GIF", "P"),
    ],
)
def test_every_kind_of_colours_has_a_small_copy(form: str, mode: str) -> None:
    found = cleaned(picture(form, (1200, 300), mode), FORMATS[form])
    assert found
    small = opened(found.small)
    assert (small.size, small.format) == ((LONGEST, LONGEST // 4), "WEBP")


@pytest.mark.parametrize("form", list(FORMATS))
def test_whatever_stands_beside_the_picture_is_left_out(form: str) -> None:
    """A polyglot: mark-up in a comment, in a part of no meaning, and behind the end."""
    plain = picture(form)
    spoiled = {
        "JPEG": plain[:2] + b"\xff\xfe" + (len(HTML) + 2).to_bytes(2) + HTML + plain[2:],
        "PNG": plain[:33] + chunk(b"tEXt", b"Comment\0" + HTML) + chunk(b"heLL", HTML) + plain[33:],
        "WEBP": plain[:4] + (len(plain) + len(HTML) % 2 + len(HTML)).to_bytes(4, "little") + plain[8:]
        + b"hell" + len(HTML).to_bytes(4, "little") + HTML + b"\0" * (len(HTML) % 2),
        "GIF": plain[:-1] + b"\x21\xfe" + bytes([len(HTML)]) + HTML + b"\0;",
    }[form] + HTML  # fmt: skip
    found = cleaned(spoiled, FORMATS[form])
    assert found
    assert b"<script" not in found.data + found.small
    assert opened(found.data).tobytes() == opened(plain).tobytes()


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", HTML, b"", b"GIF89a" + HTML]
)
@pytest.mark.parametrize("claimed", [*FORMATS.values(), "image/svg+xml"])
async def test_what_is_none_is_a_file_to_download_whatever_it_claims(data: bytes, claimed: str) -> None:
    ready = await files.ready(Media(kind=Kind.IMAGE, name="cat.png", mime=claimed, data=data))
    assert (ready.kind, ready.shown, ready.small, ready.data) == (Kind.FILE, files.OTHER, None, data)


@pytest.mark.parametrize("form", list(FORMATS))
def test_what_breaks_off_is_never_drawn(form: str) -> None:
    whole = picture(form, (300, 200), quality=95) if form in {"JPEG", "WEBP"} else picture(form, (300, 200))
    for part in (0.02, 0.3, 0.6, 0.9):
        assert cleaned(whole[: int(len(whole) * part)], FORMATS[form]) is None


@pytest.mark.parametrize(
    ("bomb", "mime"),
    [(bomb_png(), "image/png"), *[(bomb_webp(kind), "image/webp") for kind in (b"VP8X", b"VP8L", b"VP8 ")]],
)
def test_no_room_is_made_for_a_bomb(bomb: bytes, mime: str) -> None:
    assert len(bomb) < 200_000
    begun = monotonic()
    assert cleaned(bomb, mime) is None
    assert monotonic() - begun < 2  # to open it takes some ten


LOTS = 24 * 1024 * 1024
ENDLESS = [
    (b"\xff\xd8\xff\xda\x00\x02" + b"\xff\x00" * (LOTS // 2), "image/jpeg"),
    (b"\xff\xd8\xff\xda\x00\x02" + b"\xff" * LOTS, "image/jpeg"),
    (b"\xff\xd8" + b"\xff" * LOTS, "image/jpeg"),
    (b"\xff\xd8" + b"\xff\xda\x00\x02" * (LOTS // 4), "image/jpeg"),
    (b"\xff\xd8" + b"\xff\xfe\x00\x02" * (LOTS // 4), "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IDAT\0\0\0\0" * (LOTS // 12), "image/png"),
    (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0teXt\0\0\0\0" * (LOTS // 12), "image/png"),
    (b"GIF89a" + b"\0" * 7 + b"\x21\xfe\0" * (LOTS // 3), "image/gif"),
    (b"RIFF" + LOTS.to_bytes(4, "little") + b"WEBP" + b"VP8 \0\0\0\0" * (LOTS // 8), "image/webp"),
]


@pytest.mark.parametrize(("data", "mime"), ENDLESS, ids=range(len(ENDLESS)))
def test_what_is_made_of_endless_parts_costs_no_time(data: bytes, mime: str) -> None:
    """Of the processor's time, which other work on the machine does not lengthen."""
    began = process_time()
    assert cleaned(data, mime) is None
    assert process_time() - began < 1


def test_a_picture_that_is_drawn_over_and_over_is_not_drawn_at_all() -> None:
    """Each scan of a JPEG goes over the whole picture, in a few bytes: minutes of work in a file of a megabyte."""
    usual = picture("JPEG", size=(2000, 2000), progressive=True)
    assert cleaned(usual, "image/jpeg")
    last = usual[usual.rindex(b"\xff\xda") : -2]
    began = process_time()
    assert cleaned(usual[:-2] + last * 3_000 + b"\xff\xd9", "image/jpeg") is None
    assert process_time() - began < 1


def test_ten_thousand_frames_cost_what_one_costs() -> None:
    frame = moving("GIF", 2)
    image = formats.gif(frame)
    head, body = image[: 13 + 3 * 2 ** ((image[10] & 7) + 1)], image[13 + 3 * 2 ** ((image[10] & 7) + 1) : -1]
    bomb = head + body * 5_000 + b";"
    begun = monotonic()
    found = cleaned(bomb, "image/gif")
    assert found
    assert monotonic() - begun < 2
    assert found.data.count(b"\x21\xf9\x04") == 10_000


def test_a_picture_as_large_as_allowed_is_taken() -> None:
    side = int(MOST_PIXELS**0.5)
    assert cleaned(picture("PNG", (side, 100), "L"), "image/png")
    assert cleaned(picture("PNG", (MOST_PIXELS // 100 + 1, 100), "1"), "image/png") is None


# ------------------------------------------------------------------------------------------------ in the whole house


async def _comes(mailroom: Mailroom, house: House, media: Media) -> None:
    await mailroom.keep(b"")
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    source = receive.Source(mailroom.channel, connected.channel.abilities)
    event: Event = Said(
        id="a",
        address="mia",
        at=house.now(),
        content=Content(kind=media.kind, media=(media,)),
        person=Person(name="Mia"),
    )
    async with work(house, mailroom.workspace) as open_work:
        (arrival, *_) = await open_work.tx.rows(UUID, "SELECT id FROM arrival")
        await receive.receive(open_work, source, [receive.Item(event, arrival)])
    await Fetcher(house, mailroom.accounts).fetch()


async def _files(house: House, workspace: UUID) -> list[tuple[show.FileView, bytes, bytes]]:
    async with work(house, workspace) as open_work:
        ((row,), _) = await show.rows(open_work, "all", member=None)
        bubbles, _ = await show.page(open_work, row.id, before=None)
        found = [file for bubble in bubbles for file in bubble.files]
        return [
            (
                one,
                (await show.file(open_work, one.id))[1],
                (await show.small(open_work, one.id))[1] if one.width else b"",
            )
            for one in found
        ]


async def test_where_a_picture_was_taken_is_nowhere_whoever_sent_it(
    house: House, workspace: UUID, mailroom: Mailroom, parrot: object
) -> None:
    told = picture("JPEG", (1600, 900), exif=telling(6))
    media = Media(kind=Kind.IMAGE, name="beach.jpg", mime="image/jpeg", data=told)
    await _comes(mailroom, house, media)
    async with work(house, workspace) as open_work:
        ((row,), _) = await show.rows(open_work, "all", member=None)
        abilities = await show.abilities(open_work, row.id)
        await reply(open_work, row.id, Draft(key=ids.new(), files=(media,)), Sender(), abilities)
    await mailroom.deliver()
    kept = await _files(house, workspace)
    assert [(one.kind, one.width, one.height, one.state) for one, _, _ in kept] == [
        (Kind.IMAGE, 900, 1600, "stored")
    ] * 2
    (sent,) = parrot.SENT[-1].content.media  # type: ignore[attr-defined]
    for data in [data for _, data, _ in kept] + [small for _, _, small in kept] + [sent.data]:
        image = opened(data)
        assert dict(image.getexif().get_ifd(0x8825)) == {} == dict(image.getexif())
        assert PLACE.encode() not in data
        assert b"Exif" not in data
    assert [opened(small).size for _, _, small in kept] == [(270, 480)] * 2
    assert kept[0][0].within(320) == (180, 320)


async def test_what_cannot_be_read_is_offered_for_download(house: House, workspace: UUID, mailroom: Mailroom) -> None:
    broken = picture("JPEG", (300, 200))[:900]
    await _comes(mailroom, house, Media(kind=Kind.IMAGE, name="x.jpg", mime="image/jpeg", data=broken))
    ((file, data, _),) = await _files(house, workspace)
    assert (file.kind, file.mime, file.state, data) == (Kind.FILE, files.OTHER, "stored", broken)


async def test_taken_back_both_copies_go(house: House, workspace: UUID, mailroom: Mailroom) -> None:
    from duologue.channels.contract import Unsent
    from duologue.conversations import news

    await _comes(mailroom, house, Media(kind=Kind.IMAGE, name="x.png", mime="image/png", data=picture()))
    folder = house.settings.data / "files"
    assert len([one for one in folder.rglob("*") if one.is_file()]) == 2
    async with work(house, workspace) as open_work:
        await news.hear(open_work, mailroom.channel, [Unsent(id="a", address="mia", at=house.now())])
    assert [one for one in folder.rglob("*") if one.is_file()] == []


async def test_a_colleague_sees_the_small_copy_with_its_size_and_nothing_jumps(
    house: House, workspace: UUID, mailroom: Mailroom
) -> None:
    from duologue.web import render

    await _comes(
        mailroom, house, Media(kind=Kind.IMAGE, name="x.png", mime="image/png", data=picture("PNG", (1000, 500)))
    )
    ((file, _, _),) = await _files(house, workspace)
    async with work(house, workspace) as open_work:
        ((row,), _) = await show.rows(open_work, "all", member=None)
        ((bubble,), _) = await show.page(open_work, row.id, before=None)
    drawn = render.fragment("conversations/bubble.html", now=house.now(), b=bubble)
    assert f'src="/files/{file.id}/small" width="320" height="160"' in drawn
    assert SMALL_MIME == "image/webp"
    assert squawk("b", at=house.now())


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_picture_a_little_larger_than_allowed_is_not_opened(form: str) -> None:
    """By our own limit, which is far below the library's."""
    assert cleaned(picture(form, size=(MOST_PIXELS // 8_000 + 8, 8_000)), FORMATS[form]) is None
