"""Whoever may change where an account's platform is reached does not read by that what is secret about it.

Secrets are taken and never given. So a place that is another than before gets none of what was entered for the former.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from msgspec.structs import asdict, fields, replace

from duologue.accounts import connect, settings, show
from duologue.accounts.model import State, Wanted, WrongSettings
from duologue.accounts.settings import ANEW, merged, opened
from duologue.channels import registry
from duologue.channels.contract import Channel
from duologue.channels.email.settings import Pass
from duologue.errors import Conflict
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import forms
from tests.accounts.test_connect import row
from tests.cast import Colleague

NOTHING_SENT = {
    ("email", "authorize_url"): "only the browser goes there",
    ("bridge", "url"): "what is sent is signed with the secret, which stays here",
    ("line", "sticker_url"): "anybody's pictures",
}
SECRET = "a-secret-of-43-signs-as-they-are-made-here1"
MINE = "https://mine.example"


def _kinds() -> list[str]:
    return sorted(registry.channels())


def _sent() -> Iterator[tuple[str, str, str]]:
    """Each channel, each of its settings that names a place, and each secret that is sent there."""
    for kind in _kinds():
        for field in forms.fields(registry.channel(kind).settings):
            for name in field.takes:
                yield kind, field.name, name


def _filled(channel: Channel) -> object:
    """An account of it with something in every secret."""
    fresh = settings.fresh(channel)
    secrets = {f.name: SECRET for f in forms.fields(channel.settings) if f.secret and f.kind == "text"}
    return replace(fresh, **secrets)


def _another(channel: Channel, name: str) -> str:
    field = next(one for one in forms.fields(channel.settings) if one.name == name)
    return next(one for one in field.choices if one != field.value) if field.choices else MINE


@pytest.mark.parametrize("kind", _kinds())
def test_every_place_says_what_is_sent_there(kind: str) -> None:
    channel = registry.channel(kind)
    known = {one.name for one in fields(channel.settings)}
    for field in forms.fields(channel.settings):
        names_a_place = field.name.endswith(("url", "host", "server", "endpoint"))
        assert not names_a_place or field.takes or (kind, field.name) in NOTHING_SENT, field.name
        assert set(field.takes) <= known, field.name


@pytest.mark.parametrize(("kind", "place", "secret"), list(_sent()))
def test_another_place_is_given_no_secret_unasked(kind: str, place: str, secret: str) -> None:
    channel = registry.channel(kind)
    base, elsewhere = _filled(channel), {place: _another(channel, place)}
    if secret not in {one.name for one in forms.fields(channel.settings)}:
        return  # kept by the program itself: below
    with pytest.raises(WrongSettings) as refused:
        merged(channel, base, elsewhere)
    assert refused.value.fields[secret] == ANEW
    anew = {one.name: "entered-again" for one in forms.fields(channel.settings) if one.secret and one.kind == "text"}
    assert asdict(merged(channel, base, elsewhere | anew))[secret] == "entered-again"
    assert asdict(merged(channel, base, {place: asdict(base)[place]}))[secret] == SECRET, "the same place"


GIVEN = {
    "login": "other", "address": "a@lume.example", "client_id": "c", "client_secret": SECRET, "imap_user": "a",
    "token_url": "https://id.example/token", "authorize_url": "https://id.example/", "scopes": "mail",
    "imap_host": "imap.example", "smtp_host": "smtp.example",
}  # fmt: skip
SIGNED_IN = Pass(access="access", until=2e9, refresh="refresh")


@pytest.fixture(autouse=True)
def _real(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (settings, show):
        monkeypatch.setattr(module, "channels", registry.channels)


async def _signed_in(house: House, workspace: UUID, by: UUID) -> UUID:
    async with work(house, workspace) as open_work:
        account = (await connect.make(open_work, Wanted(kind="email", given=GIVEN), by=by)).id
    was = await _settings(house, workspace, account)
    async with work(house, workspace) as open_work:
        await connect.signed_in(open_work, account, replace(was, signed_in=SIGNED_IN), was=was, by=by)
    return account


async def _settings(house: House, workspace: UUID, account: UUID) -> object:
    return opened(await house.safe(workspace), await row(house, workspace, account))[1]


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("token_url", {"client_secret": "again"}),
        ("imap_host", {}),
        ("smtp_host", {}),
        ("login", {"client_secret": "x"}),
    ],
)
async def test_what_a_sign_in_gave_goes_to_no_other_place(
    house: House, workspace: UUID, ana: Colleague, place: str, more: dict[str, str]
) -> None:
    account = await _signed_in(house, workspace, ana.id)
    assert (await row(house, workspace, account)).state is State.ACTIVE
    given = {place: "microsoft" if place == "login" else "https://mine.example"} | more
    async with work(house, workspace) as open_work:
        await connect.change(open_work, account, "", given, by=ana.id)
    assert asdict(await _settings(house, workspace, account))["signed_in"] is None


async def test_a_sign_in_or_a_renewal_that_ends_after_the_place_was_changed_is_void(
    house: House, workspace: UUID, ana: Colleague
) -> None:
    """The key is of the former place; the account would show it to the new one."""
    account = await _signed_in(house, workspace, ana.id)
    was = await _settings(house, workspace, account)
    fresh = replace(was, signed_in=replace(SIGNED_IN, refresh="another"))
    async with work(house, workspace) as open_work:
        await connect.change(open_work, account, "", {"token_url": MINE, "client_secret": "again"}, by=ana.id)
    with pytest.raises(Conflict):
        async with work(house, workspace) as open_work:
            await connect.signed_in(open_work, account, fresh, was=was, by=ana.id)
    async with work(house, workspace) as open_work:
        now = await connect.renewed(open_work, account, fresh, was=was)
    assert asdict(now)["signed_in"] is None
