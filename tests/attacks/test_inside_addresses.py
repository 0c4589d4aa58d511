"""Whatever address a person or a stranger can write down, nothing on the inside is ever connected to."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

import duologue
from duologue.channels.contract import Account, Channel
from duologue.channels.registry import channels
from duologue.kernel import ids
from duologue.kernel.clock import now
from duologue.kernel.egress import Blocked, Egress
from tests.kernel.test_egress_walls import Listener, Names, listener

__all__ = ["listener"]

FORMS = ["127.0.0.1", "127.0.0.1.", "127.1", "127.1.", "2130706433", "0x7f000001", "017700000001", "0", "0.0.0.0",  # noqa: S104
         "localhost", "LOCALHOST", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127。0。0。1",
         "①②⑦.0.0.1", "169.254.169.254", "[fe80::1%25lo]", "[64:ff9b::7f00:1]", "rebound.example",
         "rebound.example."]  # fmt: skip
PLACES = ("host", "url", "server", "address")
NOT_CONNECTED_TO = {"email.address", "email.plus_address", "line.sticker_url", "line.data_url"}


class Rebound(AbstractResolver):
    """A name of the attacker's: a neighbour for whoever asks first, this machine for whoever asks again."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        self.asked += 1
        inside = Names(["127.0.0.1"]) if self.asked > 1 else Names(["10.255.255.1"])
        return await inside.resolve(host, port, family)

    async def close(self) -> None: ...


def _fields(channel: Channel) -> list[str]:
    """Settings in which an administrator names a place."""
    names = channel.settings.__struct_fields__
    return [
        name
        for name in names
        if any(place in name for place in PLACES) and f"{channel.kind}.{name}" not in NOT_CONNECTED_TO
    ]


CONNECTED = [(kind, name) for kind, one in channels().items() for name in _fields(one)]


def test_the_fields_that_name_places_are_found() -> None:
    assert {("email", "imap_host"), ("email", "smtp_host"), ("messenger", "base_url")} <= set(CONNECTED)


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(names=Rebound()) as one:
        yield one


@pytest.mark.parametrize(("kind", "field"), CONNECTED)
async def test_no_setting_leads_inside(listener: Listener, egress: Egress, kind: str, field: str) -> None:
    """The whole test of a connection is made with it, as the administrator's button does."""
    channel = channels()[kind]
    assert channel.check
    for form in FORMS:
        checks = await channel.check(_account(_pointed(channel, field, form, listener.port), egress))
        assert not all(check.ok for check in checks), form
    assert listener.connections == 0


AFTER_ANOTHER = {("sms", "messaging_url")}
"""Asked only where the account has answered at its first address: there their channels' own tests go there."""


@pytest.mark.parametrize(("kind", "field"), [one for one in CONNECTED if one not in AFTER_ANOTHER])
async def test_every_such_setting_would_have_led_there(listener: Listener, kind: str, field: str) -> None:
    channel = channels()[kind]
    assert channel.check
    async with Egress(["127.0.0.1"]) as egress:
        await channel.check(_account(_pointed(channel, field, "127.0.0.1", listener.port), egress))
    assert listener.connections > 0


def _account(settings: Any, egress: Egress) -> Account:
    return Account(
        id=ids.new(), workspace=ids.new(), name="Ours", settings=settings, egress=egress, clock=now,
        public_url="http://duologue.test",
    )  # fmt: skip


def _pointed(channel: Channel, field: str, form: str, port: int) -> Any:
    known = channel.settings()
    values: dict[str, Any] = {name: "1234567" * 6 for name in known.__struct_fields__ if getattr(known, name) == ""}
    values |= {"address": "support@brand.example"} if "address" in values else {}
    values |= {name: port for name in known.__struct_fields__ if name.endswith("_port")}
    values |= {"authority": ""} if "authority" in values else {}
    values |= {name: "tls" for name in known.__struct_fields__ if name.endswith("_security")}
    values |= {name: "127.0.0.1" for name in values if name.endswith("_host")}
    values[field] = f"http://{form}:{port}" if "url" in field else form.strip("[]")
    return msgspec.structs.replace(known, **values)


@pytest.mark.parametrize("form", FORMS)
async def test_no_file_named_by_a_stranger_is_fetched_from_inside(
    listener: Listener, egress: Egress, form: str
) -> None:
    for scheme in ("http", "https", "gopher", "ftp", "file", "ws"):
        with pytest.raises(Blocked):
            await egress.request("GET", f"{scheme}://{form}:{listener.port}/picture.png", seconds=2)
    assert listener.connections == 0


async def test_what_the_client_takes_for_no_address_was_certainly_not_sent(listener: Listener) -> None:
    """A form that is read as an address by one reader and refused by the next must not count as perhaps sent."""
    async with Egress(["rebound.example"], names=Names(["127.0.0.1"])) as egress:
        for form in ("1.2.3.4.5", "256.256.256.256", "1e3.1", "0x7g", "127.0.0.1.1", "999999999999"):
            with pytest.raises(Blocked):
                await egress.request("GET", f"http://{form}:{listener.port}/", seconds=2)
    assert listener.connections == 0


def test_nothing_but_the_way_out_opens_connections() -> None:
    """Whoever opens one has asked the way out for the address first."""
    root = Path(duologue.__file__).parent
    means = (
        "aiohttp.ClientSession",
        "open_connection(",
        "urlopen(",
        "httpx.",
        "import smtplib",
        "import imaplib",
        "create_connection(",
    )
    own = {"kernel/egress.py", "kernel/embedded.py"}
    users = [
        file.relative_to(root).as_posix()
        for file in root.rglob("*.py")
        if any(one in file.read_text(encoding="utf-8") for one in means)
        and not {"double", "simulate"} & set(file.with_suffix("").parts)
    ]
    for user in set(users) - own:
        assert "egress.resolve(" in (root / user).read_text(encoding="utf-8"), user
