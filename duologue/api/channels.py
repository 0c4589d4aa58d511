"""Connected accounts: connecting, trying, pausing. What is secret about them is taken and never given."""

from collections.abc import Mapping
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from duologue.accounts import connect, store
from duologue.accounts.check import look
from duologue.accounts.condition import Condition, condition
from duologue.accounts.connected import account
from duologue.accounts.model import Unusable, Wanted
from duologue.api import views
from duologue.api.model import Channel, Checked, Input, Page
from duologue.channels.registry import channels as kinds
from duologue.errors import Conflict, Invalid, NotFound
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.web.gate import KeyHolder

Setting = str | bool | int | float | list[str]


class Connect(Input, frozen=True, kw_only=True):
    """`settings` are those of the kind's connect page, by their names; what is left out keeps its default."""

    kind: str
    name: str = ""
    settings: Mapping[str, Setting] = {}


@get("/channels")
async def channels(house: House, key: KeyHolder) -> Page[Channel]:
    """All accounts, by name; there is one page."""
    async with work(house, key.workspace_id) as open_work:
        rows = await store.all_of(open_work.tx)
        return Page(items=[views.channel_of(house, open_work.safe, row) for row in rows], next=None)


@get("/channels/{id:uuid}")
async def channel(house: House, key: KeyHolder, id: UUID) -> Channel:
    """One account. Its settings are not shown."""
    async with work(house, key.workspace_id) as open_work:
        return await _channel(house, open_work, id)


@get("/channels/{id:uuid}/health")
async def health(house: House, key: KeyHolder, id: UUID) -> Condition:
    """Trouble and since when, signs of life, what waits, what its platform says, errors of 24 hours by class."""
    async with work(house, key.workspace_id) as open_work:
        row = await store.one(open_work.tx, id)
        if row is None:
            raise _unknown()
        return await condition(open_work.tx, row, open_work.now)


@post("/channels")
async def add(house: House, key: KeyHolder, data: Connect) -> Channel:
    """Connects an account. It is switched on at once where nothing is `missing`; `check` tries it for real."""
    if data.kind not in kinds():
        raise Invalid("There is no such kind of channel.", "kind")
    given = {name: _text(value) for name, value in data.settings.items()}
    async with work(house, key.workspace_id) as open_work:
        row = await connect.make(open_work, Wanted(kind=data.kind, name=data.name, given=given), by=key.key_id)
        return await _channel(house, open_work, row.id)


@post("/channels/{id:uuid}/check", status_code=200)
async def check(house: House, key: KeyHolder, id: UUID) -> Checked:
    """Tries the connection for real, step by step; this may take some seconds. Trouble begins or ends with it."""
    try:
        connected = await account(house, key.workspace_id, id)
    except Unusable as error:
        raise Conflict(str(error)) from error
    if connected is None:
        raise _unknown()
    checks = await look(house, connected)
    return Checked(ok=all(one.ok for one in checks), checks=checks)


@post("/channels/{id:uuid}/pause", status_code=200)
async def pause(house: House, key: KeyHolder, id: UUID) -> Channel:
    """Nothing is fetched and nothing is sent until it goes on; what waits, waits. 409: it is not switched on."""
    async with work(house, key.workspace_id) as open_work:
        await connect.pause(open_work, id, by=key.key_id)
        return await _channel(house, open_work, id)


@post("/channels/{id:uuid}/resume", status_code=200)
async def resume(house: House, key: KeyHolder, id: UUID) -> Channel:
    """Goes on, after a pause or a trouble. 409: something is still to be filled in."""
    async with work(house, key.workspace_id) as open_work:
        await connect.resume(open_work, id, by=key.key_id)
        return await _channel(house, open_work, id)


HANDLERS: list[HTTPRouteHandler] = [channels, channel, health, add, check, pause, resume]


async def _channel(house: House, open_work: Work, id: UUID) -> Channel:
    row = await store.one(open_work.tx, id)
    if row is None:
        raise _unknown()
    return views.channel_of(house, open_work.safe, row)


def _unknown() -> NotFound:
    return NotFound("There is no such channel.")


def _text(value: Setting) -> str:
    """As forms and command lines have it."""
    if isinstance(value, bool):
        return "on" if value else ""
    return "\n".join(value) if isinstance(value, list) else str(value)
