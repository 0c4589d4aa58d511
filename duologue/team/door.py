"""The pages before the house: signing in and out, the first administrator, joining by invitation."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Struct

from duologue.errors import Invalid, NotFound, NotSignedIn, Told, TooMany
from duologue.kernel.acts import Act
from duologue.kernel.house import House
from duologue.team import invite, passwords, sign_in, store
from duologue.team.model import Credentials, Invite, Newcomer
from duologue.team.sign_in import Patience
from duologue.web import answers, client, render, sessions, words
from duologue.web.gate import Policy
from duologue.web.lines import email as mail_address
from duologue.web.lines import line
from duologue.web.sessions import Viewer

Page = Response[Any]


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    email: str = ""
    password: str = ""
    next: str = "/"
    zone: str = ""


class First(Struct, frozen=True, forbid_unknown_fields=True):
    brand: str = ""
    name: str = ""
    email: str = ""
    password: str = ""
    zone: str = ""


class Join(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""
    password: str = ""
    email: str = ""
    username: str = ""  # for password managers only; the invitation says whose it is
    zone: str = ""


SignInForm = Annotated[SignIn, Body(media_type=RequestEncodingType.URL_ENCODED)]
FirstForm = Annotated[First, Body(media_type=RequestEncodingType.URL_ENCODED)]
JoinForm = Annotated[Join, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/sign-in", policy=Policy.PUBLIC)
async def sign_in_page(request: Request, house: House, visitor: Viewer | None, next: str = "/") -> Page:
    """Whoever is signed in already is led on."""
    if visitor:
        return answers.see(answers.local_path(next))
    async with house.db.hall() as tx:
        nobody = await store.nobody(tx)
    return _sign_in_page(request, house, SignIn(next=answers.local_path(next)), nobody=nobody)


@post("/sign-in", policy=Policy.PUBLIC)
async def sign_in_now(request: Request, house: House, patience: Patience, data: SignInForm) -> Page:
    caller = client.client_address(request.scope, house.settings)
    try:
        patience.take(caller, data.email.strip().lower())
        async with house.db.hall() as tx:
            known = await sign_in.known(tx, data.email)
        member = await sign_in.proven(known, data.password)
        patience.give_back(caller, data.email.strip().lower())
        return await _enter(request, house, member, zone=data.zone, path=answers.local_path(data.next))
    except (NotSignedIn, TooMany) as error:
        return _sign_in_page(request, house, data, error)


@post("/sign-out", policy=Policy.PUBLIC)
async def sign_out(request: Request, house: House) -> Page:
    async with house.db.hall() as tx:
        await sessions.end(tx, request.scope, house.settings)
        tx.after_commit(lambda: house.wake.tell("team"))
    clear = {"Clear-Site-Data": '"storage"'}
    return answers.see("/sign-in", cookies=[sessions.cookie("", house.settings)], headers=clear)


@get("/welcome/{token:str}", policy=Policy.PUBLIC)
async def welcome_page(request: Request, house: House, token: str) -> Page:
    async with house.db.hall() as tx:
        await _first(house, tx, token)
    return _form(request, house, "team/first.html", values={}, errors={})


@post("/welcome/{token:str}", policy=Policy.PUBLIC)
async def welcome(request: Request, house: House, token: str, data: FirstForm) -> Page:
    """Makes the first administrator, names the workspace, and signs in."""
    async with house.db.hall() as tx:
        await _first(house, tx, token)
    values = {"brand": data.brand, "name": data.name, "email": data.email}
    try:
        brand = line(data.brand, "brand")
        new = await _newcomer(request, data.name, data.email, data.password)
        async with house.db.hall() as tx:
            found = await _first(house, tx, token)
            member = await invite.accept_first(tx, _nobody(house), found, new, brand)
    except Invalid as error:
        errors = {error.field or "brand": str(error)}
        return _form(request, house, "team/first.html", values=values, errors=errors, status=422)
    return await _enter(request, house, member, zone=data.zone, path="/")


@get("/join/{token:str}", policy=Policy.PUBLIC)
async def join_page(request: Request, house: House, token: str) -> Page:
    found = await _invited(house, token)
    return _form(request, house, "team/invite.html", email=found.email, role=found.role, values={}, errors={})


@post("/join/{token:str}", policy=Policy.PUBLIC)
async def join(request: Request, house: House, token: str, data: JoinForm) -> Page:
    """Makes the invited member, and signs in."""
    found = await _invited(house, token)
    try:
        new = await _newcomer(request, data.name, found.email or data.email, data.password)
        async with house.db.hall() as tx:
            member = await invite.accept(tx, _nobody(house), await invite.behind(tx, token, _nobody(house)), new)
    except Told as error:
        if isinstance(error, NotFound):
            raise
        errors = {getattr(error, "field", None) or "name": str(error)}
        values = {"name": data.name, "email": data.email}
        return _form(request, house, "team/invite.html", email=found.email, role=found.role, values=values,
                     errors=errors, status=error.status)  # fmt: skip
    return await _enter(request, house, member, zone=data.zone, path="/")


HANDLERS = [sign_in_page, sign_in_now, sign_out, welcome_page, welcome, join_page, join]


async def _enter(request: Request, house: House, member: Credentials, *, zone: str, path: str) -> Page:
    """A fresh session; the one that the browser had before, if any, is over."""
    act = Act(by=member.id, now=house.now(), wake=house.wake)
    async with house.db.hall() as tx:
        await sessions.end(tx, request.scope, house.settings)
        tx.enter(member.workspace_id)
        token = await sign_in.begin(tx, act, member, client.device(request.headers.get("user-agent", "")))
    cookies = [sessions.cookie(token, house.settings), *sessions.zone_cookie(zone, house.settings)]
    return answers.see(path, cookies=cookies)


async def _first(house: House, tx: Any, token: str) -> Invite:
    found = await invite.behind(tx, token, _nobody(house))
    if not await invite.is_first(tx, found):
        raise NotFound("This link has been used or has run out. Sign in instead.")
    return found


async def _invited(house: House, token: str) -> Invite:
    async with house.db.hall() as tx:
        return await invite.behind(tx, token, _nobody(house))


async def _newcomer(request: Request, name: str, email: str, password: str) -> Newcomer:
    language = words.choose(request.headers.get("accept-language", ""))
    clean, address = line(name, "name"), mail_address(email)
    return Newcomer(
        name=clean, email=address, password_hash=await passwords.hashed(password, (address, clean)), locale=language
    )


def _nobody(house: House) -> Act:
    return Act(by=None, now=house.now(), wake=house.wake)


def _sign_in_page(
    request: Request, house: House, data: SignIn, error: Told | None = None, *, nobody: bool = False
) -> Page:
    told = words.say(_locale(request), str(error)) if error else None
    return _form(request, house, "team/sign_in.html", error=told, email=data.email,
                 nobody=nobody, next=answers.local_path(data.next), status=error.status if error else 200)  # fmt: skip


def _form(request: Request, house: House, template: str, *, status: int = 200, **context: Any) -> Page:
    body = render.page(template, viewer=None, now=house.now(), locale=_locale(request), **context)
    return answers.html(body, status=status)


def _locale(request: Request) -> str:
    return words.choose(request.headers.get("accept-language", ""))
