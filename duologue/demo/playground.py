"""The playground's pages: phones side by side, and the doors into the inbox. They exist with `--demo` only."""

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.demo.doors import Doors
from duologue.demo.phones import Phone, Phones
from duologue.kernel.house import House
from duologue.web import answers, render, sessions
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer
from duologue.web.shell import Frame

Page = Response[Any]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)


class Said(Struct, frozen=True):
    person: str
    text: str = ""


class Sent(Struct, frozen=True):
    person: str
    what: str


class Chosen(Struct, frozen=True):
    person: str


class Command(Struct, frozen=True):
    name: str


def routes(phones: Phones, doors: Doors) -> list[ControllerRouterHandler]:
    """All of them."""
    provide = {
        "phones": Provide(lambda: phones, sync_to_thread=False),
        "doors": Provide(lambda: doors, sync_to_thread=False),
    }
    return [Router(path="/playground", route_handlers=[page, say, send, command, give, enter], dependencies=provide)]


@get("/", policy=Policy.SIGNED_IN)
async def page(house: House, viewer: Viewer, frame: Frame, phones: Phones) -> Page:
    return answers.html(
        render.page("web/playground.html", viewer=viewer, now=house.now(), **frame, phones=phones.all())
    )


@post("/{kind:str}/say", policy=Policy.SIGNED_IN, status_code=200)
async def say(
    request: Request[Any, Any, Any],
    house: House,
    viewer: Viewer,
    phones: Phones,
    kind: str,
    data: Annotated[Said, Form],
) -> Page:
    phone = await phones.say(kind, data.person, data.text)
    return _drawn(request, house, viewer, "web/phone_screen.html", phone)


@post("/{kind:str}/send", policy=Policy.SIGNED_IN, status_code=200)
async def send(
    request: Request[Any, Any, Any],
    house: House,
    viewer: Viewer,
    phones: Phones,
    kind: str,
    data: Annotated[Sent, Form],
) -> Page:
    phone = await phones.send(kind, data.person, data.what)
    return _drawn(request, house, viewer, "web/phone_screen.html", phone)


@post("/{kind:str}/command", policy=Policy.SIGNED_IN, status_code=200)
async def command(
    request: Request[Any, Any, Any],
    house: House,
    viewer: Viewer,
    phones: Phones,
    kind: str,
    data: Annotated[Command, Form],
) -> Page:
    return _drawn(request, house, viewer, "web/phone.html", await phones.command(kind, data.name))


@post("/{kind:str}/person", policy=Policy.SIGNED_IN, status_code=200)
async def give(request: Request[Any, Any, Any], phones: Phones, kind: str, data: Annotated[Chosen, Form]) -> Page:
    """The stream brings it to every open page, this one too; a second copy would take away what is being typed."""
    phones.give(kind, data.person)
    return answers.html("") if request.headers.get("hx-request") else answers.see("/playground")


@get("/enter/{token:str}", policy=Policy.PUBLIC)
async def enter(request: Request[Any, Any, Any], house: House, doors: Doors, token: str) -> Page:
    session = await doors.enter(request.scope, token)
    return answers.see("/", cookies=[sessions.cookie(session, house.settings)])


def _drawn(request: Request[Any, Any, Any], house: House, viewer: Viewer, template: str, phone: Phone) -> Page:
    if not request.headers.get("hx-request"):
        return answers.see("/playground")
    return answers.html(render.fragment(template, viewer=viewer, now=house.now(), phone=phone))
