# ruff: noqa: F811 (fixtures are asked for by name)
"""A file that a platform fetches by itself: under a signed address, for a while, and nothing else with it."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from duologue.channels.contract import Kind, Media
from duologue.conversations import show
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from duologue.mailroom.lend import LASTS, Lender
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401
from tests.pictures import picture

PICTURE = picture("PNG")


async def _lent(room: Mailroom, parrot: Any) -> str:
    """The path under which the platform was told to fetch a picture."""
    await room.arrive(squawk("in-1", who="mia", at=room.house.now()))
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        (row,), _ = await show.rows(open_work, "all", member=None)
        draft = Draft(key=ids.new(), files=(Media(kind=Kind.IMAGE, name="shop.png", data=PICTURE),))
        await reply(open_work, row.id, draft, Sender(), connected.channel.abilities)
    await room.deliver()
    (media,) = parrot.SENT[-1].content.media
    assert media.url.startswith(connected.account.public_url + "/lent/")
    return urlsplit(media.url).path


async def _ask(room: Mailroom, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    await Lender(room.house)({"path": path, "method": method}, None, send)
    headers = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], headers, told[1]["body"]


async def test_the_platform_fetches_the_file_and_no_browser_would_run_it(mailroom: Mailroom, parrot: Any) -> None:
    status, headers, body = await _ask(mailroom, await _lent(mailroom, parrot))
    assert (status, body, headers["content-type"]) == (200, PICTURE, "image/png")
    assert headers["content-disposition"] == "attachment"
    assert headers["content-security-policy"].startswith("sandbox")


async def test_asking_for_the_head_gives_the_size_alone(mailroom: Mailroom, parrot: Any) -> None:
    status, headers, body = await _ask(mailroom, await _lent(mailroom, parrot), "HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(PICTURE)))


async def test_after_its_time_the_address_is_worth_nothing(mailroom: Mailroom, parrot: Any, clock: Turned) -> None:
    path = await _lent(mailroom, parrot)
    clock.turn(seconds=LASTS.total_seconds() + 1)
    assert (await _ask(mailroom, path))[0] == 404


@pytest.mark.parametrize("part", [2, 3, 4, 5])
async def test_an_address_changed_in_any_part_opens_nothing(mailroom: Mailroom, parrot: Any, part: int) -> None:
    parts = (await _lent(mailroom, parrot)).split("/")
    parts[part] = str(int(parts[part]) + 1) if part == 4 else ("0" if parts[part][0] != "0" else "1") + parts[part][1:]
    assert (await _ask(mailroom, "/".join(parts)))[0] == 404


async def test_the_neighbours_workspace_lends_nothing_under_our_signature(
    mailroom: Mailroom, parrot: Any, other_workspace: UUID
) -> None:
    parts = (await _lent(mailroom, parrot)).split("/")
    parts[2] = other_workspace.hex
    assert (await _ask(mailroom, "/".join(parts)))[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/lent",
        "/lent/",
        "/lent/a/b/c/d",
        "/lent/a/b/c",
        f"/lent/{'0' * 32}/{'0' * 32}/99999999999999999999/x",
        "/lent/é/é/é/é",
    ],
)
async def test_nonsense_is_not_here(mailroom: Mailroom, path: str) -> None:
    assert (await _ask(mailroom, path))[0] == 404
