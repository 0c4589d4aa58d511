"""The pages about oneself, the team and the keys of programs."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.errors import Invalid, NotSignedIn, Told
from duologue.kernel.acts import Act
from duologue.kernel.house import House
from duologue.team import door, invite, keys, passwords, profile, roles, sign_in, store
from duologue.team.model import Profile, Role
from duologue.team.sign_in import Patience
from duologue.web import answers, render, sessions, words
from duologue.web.gate import Policy
from duologue.web.lines import email as mail_address
from duologue.web.lines import line
from duologue.web.sessions import Viewer
from duologue.web.shell import Frame

Page = Response[Any]
SAVED = "Saved."


class ProfileInput(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""
    language: str = "en"
    theme: Literal["auto", "light", "dark"] = "auto"
    undo_seconds: int = 0
    zone: str = ""
    password: str = ""
    new_password: str = ""


class InviteInput(Struct, frozen=True, forbid_unknown_fields=True):
    email: str = ""
    role: Role = Role.AGENT


class RoleInput(Struct, frozen=True, forbid_unknown_fields=True):
    role: Role


class KeyInput(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""


ProfileForm = Annotated[ProfileInput, Body(media_type=RequestEncodingType.URL_ENCODED)]
InviteForm = Annotated[InviteInput, Body(media_type=RequestEncodingType.URL_ENCODED)]
RoleForm = Annotated[RoleInput, Body(media_type=RequestEncodingType.URL_ENCODED)]
KeyForm = Annotated[KeyInput, Body(media_type=RequestEncodingType.URL_ENCODED)]


def routes(house: House) -> list[ControllerRouterHandler]:
    """All pages of the team. Attempts to sign in are counted per house."""
    patience = Patience(house.now)
    handlers: list[ControllerRouterHandler] = [*door.HANDLERS, *HANDLERS]
    provide = {"patience": Provide(lambda: patience, sync_to_thread=False)}
    return [Router(path="/", route_handlers=handlers, dependencies=provide)]


# Oneself --------------------------------------------------------------------------------------------------------------


@get("/settings/profile", policy=Policy.SIGNED_IN)
async def profile_page(house: House, viewer: Viewer, frame: Frame, saved: bool = False) -> Page:
    return await _profile_page(house, viewer, frame, _values(viewer), saved=SAVED if saved else None)


@post("/settings/profile", policy=Policy.SIGNED_IN)
async def save_profile(house: House, viewer: Viewer, frame: Frame, patience: Patience, data: ProfileForm) -> Page:
    try:
        wanted = _profile(data)
        known, new_hash = await _new_password(house, viewer, patience, data)
        async with house.db.workspace(viewer.workspace_id) as tx:
            await profile.change(tx, _act(house, viewer), viewer, wanted)
            if known:
                await profile.change_password(tx, _act(house, viewer), viewer, known, new_hash)
    except Told as error:
        values = {name: getattr(data, name) for name in ("name", "language", "theme", "undo_seconds", "zone")}
        errors = {getattr(error, "field", None) or "password": str(error)}
        return await _profile_page(
            house, viewer, frame, {**values, "email": viewer.email}, errors=errors, status=error.status
        )
    return answers.see("/settings/profile?saved=true", cookies=sessions.zone_cookie(data.zone, house.settings))


@post("/settings/sessions/{id:uuid}/end", policy=Policy.SIGNED_IN)
async def end_session(house: House, viewer: Viewer, id: UUID) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        await profile.end_session(tx, _act(house, viewer), viewer, id)
    return answers.see("/settings/profile")


# The team -------------------------------------------------------------------------------------------------------------


@get("/settings/team", policy=Policy.ADMINISTRATOR)
async def team_page(house: House, viewer: Viewer, frame: Frame) -> Page:
    return await _team_page(house, viewer, frame)


@post("/settings/team", policy=Policy.ADMINISTRATOR)
async def make_invite(house: House, viewer: Viewer, frame: Frame, data: InviteForm) -> Page:
    try:
        address = mail_address(data.email)
        async with house.db.workspace(viewer.workspace_id) as tx:
            token = await invite.make(tx, _act(house, viewer), data.role, address)
    except Invalid as error:
        values = {"email": data.email, "role": data.role}
        return await _team_page(house, viewer, frame, values=values, errors={error.field: str(error)}, status=422)
    return await _team_page(house, viewer, frame, invite_link=f"{house.settings.url}/join/{token}")


@post("/settings/team/{id:uuid}/role", policy=Policy.ADMINISTRATOR)
async def change_role(house: House, viewer: Viewer, id: UUID, data: RoleForm) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        await roles.change(tx, _act(house, viewer), id, data.role)
    return answers.see("/settings/team")


@post("/settings/team/{id:uuid}/deactivate", policy=Policy.ADMINISTRATOR)
async def deactivate(house: House, viewer: Viewer, id: UUID) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        await roles.deactivate(tx, _act(house, viewer), id)
    return answers.see("/settings/team")


@post("/settings/team/{id:uuid}/activate", policy=Policy.ADMINISTRATOR)
async def activate(house: House, viewer: Viewer, id: UUID) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        await roles.activate(tx, _act(house, viewer), id)
    return answers.see("/settings/team")


@post("/settings/team/invites/{id:uuid}/withdraw", policy=Policy.ADMINISTRATOR)
async def withdraw_invite(house: House, viewer: Viewer, id: UUID) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        await invite.withdraw(tx, _act(house, viewer), id)
    return answers.see("/settings/team")


# Keys -----------------------------------------------------------------------------------------------------------------


@get("/settings/keys", policy=Policy.ADMINISTRATOR)
async def keys_page(house: House, viewer: Viewer, frame: Frame) -> Page:
    return await _keys_page(house, viewer, frame)


@post("/settings/keys", policy=Policy.ADMINISTRATOR)
async def make_key(house: House, viewer: Viewer, frame: Frame, data: KeyForm) -> Page:
    try:
        async with house.db.workspace(viewer.workspace_id) as tx:
            made = await keys.make(tx, _act(house, viewer), data.name)
    except Invalid as error:
        errors = {error.field: str(error)}
        return await _keys_page(house, viewer, frame, values={"name": data.name}, errors=errors, status=422)
    return await _keys_page(house, viewer, frame, made=made)


@post("/settings/keys/{id:uuid}/revoke", policy=Policy.ADMINISTRATOR)
async def revoke_key(house: House, viewer: Viewer, id: UUID) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        await keys.revoke(tx, _act(house, viewer), id)
    return answers.see("/settings/keys")


HANDLERS: list[ControllerRouterHandler] = [
    profile_page, save_profile, end_session, team_page, make_invite, change_role, deactivate, activate,
    withdraw_invite, keys_page, make_key, revoke_key,
]  # fmt: skip


def _act(house: House, viewer: Viewer) -> Act:
    return Act(by=viewer.member_id, now=house.now(), wake=house.wake)


def _values(viewer: Viewer) -> dict[str, Any]:
    return {
        "name": viewer.name, "email": viewer.email, "language": viewer.language, "theme": viewer.theme,
        "undo_seconds": viewer.undo_seconds, "zone": viewer.zone,
    }  # fmt: skip


def _profile(data: ProfileInput) -> Profile:
    if data.language not in words.languages():
        raise Invalid("This language is not known here.", "language")
    if not 0 <= data.undo_seconds <= 30:
        raise Invalid("Between 0 and 30 seconds, please.", "undo_seconds")
    return Profile(name=line(data.name, "name"), locale=data.language, theme=data.theme, undo_seconds=data.undo_seconds)


async def _new_password(house: House, viewer: Viewer, patience: Patience, data: ProfileInput) -> Any:
    """The member's proven credentials and the hash of the new password; (None, "") where it stays."""
    if not data.new_password:
        return None, ""
    patience.take(str(viewer.member_id), viewer.email)
    async with house.db.workspace(viewer.workspace_id) as tx:
        known = await store.own_credentials(tx, viewer.member_id)
    try:
        proven = await sign_in.proven([known] if known else [], data.password)
    except NotSignedIn:
        raise Invalid("This is not your present password.", "password") from None
    patience.give_back(str(viewer.member_id), viewer.email)
    try:
        return proven, await passwords.hashed(data.new_password, (viewer.email, data.name))
    except Invalid as error:
        raise Invalid(str(error), "new_password") from None


async def _profile_page(
    house: House, viewer: Viewer, frame: Frame, values: dict[str, Any], *, status: int = 200, **context: Any
) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        own = await profile.own_sessions(tx, _act(house, viewer), viewer)
    shown = {"saved": None, "errors": {}, "zones": sessions.zones(), "sessions": own, "values": values} | context
    return _page(house, viewer, frame, "team/profile.html", status, shown)


async def _team_page(house: House, viewer: Viewer, frame: Frame, *, status: int = 200, **context: Any) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        members = await store.members(tx)
        invites = await store.open_invites(tx, now=house.now())
    shown = {"members": members, "invites": invites, "invite_link": None, "values": {}, "errors": {}} | context
    return _page(house, viewer, frame, "team/members.html", status, shown)


async def _keys_page(house: House, viewer: Viewer, frame: Frame, *, status: int = 200, **context: Any) -> Page:
    async with house.db.workspace(viewer.workspace_id) as tx:
        known = await store.keys(tx)
    shown = {"keys": known, "made": None, "values": {}, "errors": {}} | context
    return _page(house, viewer, frame, "team/keys.html", status, shown)


def _page(house: House, viewer: Viewer, frame: Frame, template: str, status: int, context: dict[str, Any]) -> Page:
    whole = {"saved": None, **frame, **context}
    return answers.html(render.page(template, viewer=viewer, now=house.now(), **whole), status=status)
