# ruff: noqa: F811 (fixtures are asked for by name)
"""Pictures that a mail names elsewhere: fetched when somebody asks, by the server alone, and never from inside."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from duologue.app import Program as Whole
from duologue.conversations.pictures import remote
from duologue.kernel import ids
from duologue.kernel.egress import Egress
from duologue.kernel.house import House
from duologue.web.headers import policy
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.channels.email.email_letters import mail
from tests.kernel.test_egress_walls import Listener, listener  # noqa: F401
from tests.mailroom.test_mail_in_the_house import Post, double, post  # noqa: F401
from tests.pictures import PLACE, picture, telling

PNG = picture("PNG")
MANY = remote.MOST + 5


class Elsewhere:
    """Somebody's picture server: keeps what it was asked, byte for byte."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        writer.write(self.answers.get(head.split(" ")[1], b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))
        await writer.drain()
        writer.close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def gives(self, path: str, data: bytes, *, kind: str = "image/png", more: str = "") -> str:
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{more}Connection: close\r\n\r\n"
        )
        self.answers[path] = head.encode() + data
        return self.url(path)

    def leads(self, path: str, to: str, status: int = 302) -> str:
        self.answers[path] = f"HTTP/1.1 {status} Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
        return self.url(path)


@pytest.fixture
async def elsewhere(house: House) -> AsyncIterator[Elsewhere]:
    """The one place that counts as outside here; every other address of this machine is inside, as always."""
    one = Elsewhere()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    await house.outside.close()
    house.outside = Egress([f"127.0.0.1:{one.port}"])
    yield one
    server.close()
    await server.wait_closed()


@pytest.fixture
async def front(house: House) -> AsyncIterator[Any]:
    whole = Whole(house)
    yield whole.web()
    await whole.accounts.close()


@pytest.fixture
async def agent(front: Any, ben: Colleague) -> AsyncIterator[Browser]:
    async with Browser(front) as browser:
        await browser.sign_in(ben)
        yield browser


@pytest.fixture
def letter(post: Post) -> Callable[..., Any]:
    async def comes(*urls: str) -> str:
        """A mail with these pictures has come; the path of its message."""
        shown = "".join(f'<img src="{url}" alt="x">' for url in urls)
        raw = mail(f"<p>Look</p>{shown}", Content_Type="text/html", Message_ID=f"<{ids.new().hex}@mail.example>")
        await post.arrive(raw)
        async with post.house.db.workspace(post.workspace) as tx:
            (message,) = await tx.rows(str, "SELECT id::text FROM message ORDER BY id DESC LIMIT 1")
        return f"/messages/{message}"

    return comes


async def drawn(agent: Browser, path: str) -> list[str]:
    """The pictures in the frame."""
    answer = await agent.get(f"{path}/body")
    assert answer.headers["Content-Security-Policy"] == policy.FRAME
    return re.findall(r'<img[^>]* src="([^"]+)"', answer.text)


async def test_nothing_is_fetched_before_somebody_asks(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any]
) -> None:
    path = await letter(elsewhere.gives("/logo.png", PNG))
    assert await drawn(agent, path) == []
    assert "1 remote picture was not loaded." in (await agent.get(f"{path}/body")).text
    assert elsewhere.asked == []


async def test_who_asks_sees_them_from_here_and_the_sender_learns_nothing_else(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any], ben: Colleague
) -> None:
    path = await letter(elsewhere.gives("/logo.png?for=ben", PNG, more="Set-Cookie: seen=1; Path=/\r\n"))
    bubble = await agent.post(f"{path}/pictures")
    assert (bubble.status_code, "/body?pictures=1" in bubble.text) == (200, True)
    (shown,) = await drawn(agent, path)
    assert shown.startswith(f"{path}/pictures/")
    got = await agent.get(shown)
    assert got.content == PNG
    assert (got.headers["Content-Type"], got.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    await agent.post(f"{path}/pictures")
    (asked,) = elsewhere.asked
    names = {line.partition(":")[0].lower() for line in asked.strip().split("\r\n")[1:]}
    assert names <= {"host", "accept", "accept-encoding", "user-agent"}, "no cookie, no referrer, nobody's name"
    assert "not loaded" not in (await agent.get(f"{path}/body")).text


async def test_they_lie_sealed_and_without_what_they_tell_in_secret(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any], house: House
) -> None:
    photo = picture("JPEG", exif=telling())
    assert PLACE.encode() in photo
    path = await letter(elsewhere.gives("/photo.jpg", photo, kind="image/jpeg"))
    await agent.post(f"{path}/pictures")
    (shown,) = await drawn(agent, path)
    served = (await agent.get(shown)).content
    assert PLACE.encode() not in served
    assert Image.open(BytesIO(served)).format == "JPEG"
    on_disk = [file.read_bytes() for file in (house.settings.data / "files").rglob("*") if file.is_file()]
    assert on_disk
    assert not any(b"JFIF" in one or one[:2] == b"\xff\xd8" for one in on_disk)


async def test_no_inside_address_is_asked(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any], listener: Listener
) -> None:
    inside = [
        f"http://{host}:{listener.port}/x.png"
        for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]")  # noqa: S104
    ]
    path = await letter(*inside, "http://169.254.169.254/latest/meta-data")
    answer = await agent.post(f"{path}/pictures")
    assert (answer.status_code, "No picture could be fetched" in answer.text) == (409, True)
    assert listener.connections == 0


async def test_no_redirect_leads_inside(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any], listener: Listener
) -> None:
    there = f"//127.0.0.1:{listener.port}/x.png"
    path = await letter(
        elsewhere.leads("/a", f"http:{there}", 301), elsewhere.leads("/b", there, 302),
        elsewhere.leads("/c", elsewhere.leads("/d", f"http:{there}"), 307), elsewhere.leads("/e", "file:///etc/passwd"),
        elsewhere.leads("/f", "http://[::1"),
    )  # fmt: skip
    assert (await agent.post(f"{path}/pictures")).status_code == 409
    assert len(elsewhere.asked) == 6, "each was led on, and stopped there"
    assert listener.connections == 0
    assert await drawn(agent, path) == []


async def test_places_that_the_operator_opened_for_accounts_are_not_open_here(
    house: House, post: Post, agent: Browser, letter: Callable[..., Any], listener: Listener
) -> None:
    house.egress = house.egress.allowing([f"127.0.0.1:{listener.port}"])
    assert (await house.egress.request("GET", f"http://127.0.0.1:{listener.port}/")).status == 200
    path = await letter(f"http://127.0.0.1:{listener.port}/x.png")
    assert (await agent.post(f"{path}/pictures")).status_code == 409
    assert listener.connections == 1, "the one above"


async def test_an_honest_redirect_is_followed_and_an_endless_one_is_not(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any]
) -> None:
    elsewhere.gives("/real.png", PNG)
    path = await letter(elsewhere.leads("/there", "/real.png", 301), elsewhere.leads("/round", "/round"))
    assert (await agent.post(f"{path}/pictures")).status_code == 200
    assert len(await drawn(agent, path)) == 1
    assert "1 remote picture was not loaded." in (await agent.get(f"{path}/body")).text
    assert len([one for one in elsewhere.asked if one.startswith("GET /round")]) < 6


async def test_only_what_is_a_picture_by_its_content_is_kept(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any]
) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    path = await letter(
        elsewhere.gives("/page", b"<html><script>alert(1)</script>"),
        elsewhere.gives("/x.svg", svg, kind="image/svg+xml"),
        elsewhere.gives("/broken.png", PNG[:40]), elsewhere.gives("/none", b""), elsewhere.url("/missing"),
        elsewhere.gives("/large.png", PNG + b"\0" * remote.EACH),
    )  # fmt: skip
    assert (await agent.post(f"{path}/pictures")).status_code == 409
    assert await drawn(agent, path) == []


async def test_a_mail_of_a_thousand_pictures_asks_for_some(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any]
) -> None:
    path = await letter(*(elsewhere.gives(f"/{number}.png", PNG) for number in range(MANY)))
    await agent.post(f"{path}/pictures")
    assert len(elsewhere.asked) == remote.MOST
    assert len(await drawn(agent, path)) == remote.MOST


async def test_they_are_for_the_team_of_this_workspace_alone(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any], front: Any, nora: Colleague
) -> None:
    path = await letter(elsewhere.gives("/logo.png", PNG))
    async with Browser(front) as nobody, Browser(front) as other:
        await other.sign_in(nora)
        assert (await nobody.post(f"{path}/pictures")).status_code in {303, 401}
        assert (await other.post(f"{path}/pictures")).status_code == 404
        assert elsewhere.asked == []
        await agent.post(f"{path}/pictures")
        (shown,) = await drawn(agent, path)
        assert (await other.get(shown)).status_code == 404
        assert (await nobody.get(shown)).status_code in {303, 401}
    assert (await agent.get(f"{path}/pictures/{'0' * 32}")).status_code == 404


async def test_whoever_is_forgotten_takes_them_along(
    elsewhere: Elsewhere, agent: Browser, letter: Callable[..., Any], post: Post
) -> None:
    path = await letter(elsewhere.gives("/logo.png", PNG))
    await agent.post(f"{path}/pictures")
    (shown,) = await drawn(agent, path)
    async with post.house.db.workspace(post.workspace) as tx:
        await tx.run("UPDATE contact SET key_sealed = NULL")
    assert (await agent.get(shown)).status_code == 404


async def test_a_message_without_pictures_elsewhere_has_none_to_show(
    agent: Browser, letter: Callable[..., Any]
) -> None:
    path = await letter()
    assert (await agent.post(f"{path}/pictures")).status_code == 404
