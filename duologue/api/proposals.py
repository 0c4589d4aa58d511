"""Templates of an account: how they fare, new ones put before the platform, old ones taken away."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from duologue.accounts import templates as having
from duologue.accounts.connected import Connected, account
from duologue.accounts.model import Unusable
from duologue.accounts.templates import Shelf
from duologue.api.model import Input, Output, Page
from duologue.api.templates import Template, shown
from duologue.channels.contract import Filled, Kind, Media
from duologue.channels.proposal import Button, ButtonKind, Code, Proposal
from duologue.conversations import files
from duologue.errors import Conflict, Invalid, NotFound
from duologue.kernel.house import House
from duologue.web.gate import KeyHolder


class ProposedButton(Input, frozen=True, kw_only=True):
    """`target` is a web address, which may end in `{{1}}`, or a phone number; an answer has none."""

    kind: ButtonKind
    text: str
    target: str = ""


class ExampleFile(Input, frozen=True, kw_only=True):
    """What may stand above a template, as an example: its bytes in Base64."""

    name: str
    data: str


class ProposedCode(Input, frozen=True, kw_only=True):
    """Of a one-time code: the platform words it itself. `minutes`: so long it holds, 0 where that is not told."""

    button: str = ""
    warns: bool = True
    minutes: int = 0


class Proposed(Input, frozen=True, kw_only=True):
    """A new template. Blanks are `{{name}}` or `{{1}}`; `samples` has an example for each.

    Samples are named by their place: `header.1`, `body.first_name`, `button.0.url`. In the category of one-time codes
    (`authentication`) only `code` is chosen.
    """

    name: str
    language: str
    category: str
    body: str = ""
    header: Literal["text", "image", "video", "file"] | None = None
    header_text: str = ""
    header_file: ExampleFile | None = None
    footer: str = ""
    buttons: tuple[ProposedButton, ...] = ()
    samples: Mapping[str, str] = {}
    code: ProposedCode = ProposedCode()


class Withdrawn(Input, frozen=True, kw_only=True):
    """A template in one of its languages."""

    id: str
    language: str


class Gone(Output, frozen=True, kw_only=True):
    """What is there no more."""

    id: str
    language: str


@get("/channels/{id:uuid}/templates")
async def of_account(house: House, key: KeyHolder, shelf: Shelf, id: UUID) -> Page[Template]:
    """All templates of the account, those that can be used first; there is one page. The platform is asked anew.

    `state` is the platform's word: pending, approved, rejected … 409: this platform has none, or does not answer.
    """
    connected = await _connected(house, key, id)
    shelf.forget(str(id))
    return Page(items=[shown(one) for one in await shelf.of(connected)], next=None)


@post("/channels/{id:uuid}/templates")
async def propose(house: House, key: KeyHolder, id: UUID, data: Proposed) -> Template:
    """Puts a template before the platform; it can be used once its `state` is approved.

    422 says in `fields`, part by part, what the platform would turn down; 409 is the platform's own refusal.
    """
    connected = await _connected(house, key, id)
    return shown(await having.propose(house, connected, await _proposal(data), by=key.key_id))


@post("/channels/{id:uuid}/templates/withdraw", status_code=200)
async def withdraw(house: House, key: KeyHolder, shelf: Shelf, id: UUID, data: Withdrawn) -> Gone:
    """Deletes it at the platform. Its name may stay taken there for some weeks."""
    connected = await _connected(house, key, id)
    template = await shelf.any(connected, Filled(id=data.id, name="", language=data.language))
    await having.withdraw(house, connected, template, by=key.key_id)
    return Gone(id=template.id, language=template.language)


async def _proposal(data: Proposed) -> Proposal:
    return Proposal(
        name=data.name.strip(),
        language=data.language,
        category=data.category,
        body=data.body.strip(),
        header=Kind(data.header) if data.header else None,
        header_text=data.header_text,
        header_file=await _file(data.header_file) if data.header_file else None,
        footer=data.footer.strip(),
        buttons=tuple(Button(kind=one.kind, text=one.text, target=one.target) for one in data.buttons),
        samples=data.samples,
        code=Code(button=data.code.button.strip(), warns=data.code.warns, minutes=data.code.minutes),
    )


async def _file(given: ExampleFile) -> Media:
    try:
        data = b64decode(given.data, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("The file is not in Base64.", "header_file.data") from None
    mime, kind = files.judge(data, None)
    ready = await files.ready(Media(kind=kind, name=files.safe_name(given.name), mime=mime, data=data))
    return Media(kind=ready.kind, name=ready.name, mime=ready.mime, data=ready.data)


async def _connected(house: House, key: KeyHolder, id: UUID) -> Connected:
    try:
        connected = await account(house, key.workspace_id, id)
    except Unusable as error:
        raise Conflict(str(error)) from error
    if connected is None:
        raise NotFound("There is no such channel.")
    return connected


HANDLERS: list[HTTPRouteHandler] = [of_account, propose, withdraw]
