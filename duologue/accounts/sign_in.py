"""An administrator signs in at a platform: led there with a state of our own, taken back once, in the same session."""

import base64
import secrets
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.accounts import connect, store_sign_in
from duologue.accounts.connected import account
from duologue.accounts.model import Connected, Unusable
from duologue.accounts.settings import without
from duologue.channels import grant
from duologue.channels.contract import Grant, Leaving, NotGranted, Returned
from duologue.errors import Conflict, NotFound
from duologue.kernel.egress import Blocked, NoAnswer
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import forms
from duologue.web.sessions import Viewer

LASTS = timedelta(minutes=10)
_PLACE = "sign_in_begun|verifier"


class Back(Struct, frozen=True):
    """What a platform's redirect brings along."""

    state: str = ""
    code: str = ""
    error: str = ""
    description: str = ""


def redirect(house: House) -> str:
    """The address that is to be entered at the platform."""
    return house.settings.url + grant.PATH


async def begin(house: House, viewer: Viewer, channel: UUID) -> str:
    """The address at the platform to send the browser to. Raises `NotFound`, `Conflict`."""
    connected = await _account(house, viewer, channel)
    its = _grant(connected)
    if its.ready(connected.account.settings):
        raise Conflict("Fill in what the sign-in needs, and save, before you go there.")
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    now = house.now()
    async with work(house, viewer.workspace_id) as open_work:
        sealed = open_work.safe.own.seal(_PLACE, channel, f"{verifier} {_set_up(connected)}".encode())
        begun = store_sign_in.Begun(
            state_hash=_hash(state), channel_id=channel, session_id=viewer.session_id, verifier_sealed=sealed,
            begun_at=now,
        )  # fmt: skip
        await store_sign_in.begin(open_work.tx, begun, stale=now - LASTS)
    leaving = Leaving(redirect=redirect(house), state=state, challenge=_challenge(verifier))
    to = its.begin(connected.account.settings, leaving)
    if urlsplit(to).scheme not in {"https", "http"}:  # an administrator may have entered it; others click on it
        raise Conflict("The address of the sign-in is no web address.")
    return to


async def finish(house: House, viewer: Viewer, back: Back) -> UUID:
    """The account that is signed in now. Raises `Conflict` with the reason; nothing is changed then."""
    async with work(house, viewer.workspace_id) as open_work:
        begun = await store_sign_in.take(open_work.tx, _hash(back.state), viewer.session_id)
    if begun is None or house.now() - begun.begun_at > LASTS:
        raise Conflict("This sign-in was not begun here, is used up, or took longer than ten minutes. Begin it again.")
    connected = await _account(house, viewer, begun.channel_id)
    safe = await house.safe(viewer.workspace_id)
    verifier, _, was = safe.own.unseal(_PLACE, begun.channel_id, begun.verifier_sealed).decode().partition(" ")
    if was != _set_up(connected):
        raise Conflict(connect.CHANGED)
    returned = Returned(
        redirect=redirect(house), verifier=verifier, code=back.code, error=back.error, description=back.description
    )
    fresh = await _granted(connected, returned)
    async with work(house, viewer.workspace_id) as open_work:
        await connect.signed_in(
            open_work, begun.channel_id, fresh, was=connected.account.settings, by=viewer.member_id
        )  # fmt: skip
    return begun.channel_id


class Denied(Conflict):
    """The platform has given no key for this account."""

    def __init__(self, words: str, channel: UUID) -> None:
        super().__init__(words)
        self.channel = channel


async def _granted(connected: Connected, returned: Returned) -> Struct:
    try:
        return await _grant(connected).finish(connected.account, returned)
    except NotGranted as error:
        raise Denied(str(error), connected.account.id) from error
    except (Blocked, NoAnswer) as error:
        raise Denied(f"The platform could not be asked for the key: {error}", connected.account.id) from error


async def _account(house: House, viewer: Viewer, channel: UUID) -> Connected:
    try:
        connected = await account(house, viewer.workspace_id, channel)
    except Unusable as error:
        raise Conflict(str(error)) from error
    if connected is None:
        raise NotFound("There is no such channel.")
    return connected


def _grant(connected: Connected) -> Grant:
    its = connected.channel.grant
    if its is None or not its.wanted(connected.account.settings):
        raise Conflict("This channel is not connected by signing in.")
    return its


def _set_up(connected: Connected) -> str:
    """What was entered for the account. A code belongs to the provider it was asked of, and goes to no other."""
    channel, settings = connected.channel, connected.account.settings
    kept = set(settings.__struct_fields__) - {field.name for field in forms.fields(channel.settings)}
    return sha256(msgspec.json.encode(without(channel, settings, kept))).hexdigest()


def _hash(state: str) -> bytes:
    return sha256(state.encode("utf-8", "replace")).digest()


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
