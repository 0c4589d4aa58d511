"""The way to a platform's own sign-in and back."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from duologue.accounts import sign_in
from duologue.accounts.check import Results, try_out
from duologue.channels.contract import Check
from duologue.channels.grant import PATH
from duologue.kernel.house import House
from duologue.web import answers, render
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer
from duologue.web.shell import Frame

Page = Response[Any]


@post("/settings/channels/{id:uuid}/sign-in", policy=Policy.ADMINISTRATOR, status_code=200)
async def begin(house: House, viewer: Viewer, frame: Frame, id: UUID) -> Page:
    """A page of ours with the way on: our forms lead nowhere else, and whoever signs in should see where."""
    to = await sign_in.begin(house, viewer, id)
    context = {"saved": None, **frame, "to": to, "host": urlsplit(to).hostname or to, "id": id}
    return answers.html(render.page("channels/sign_in.html", viewer=viewer, now=house.now(), **context))


@get(PATH, policy=Policy.ADMINISTRATOR)
async def back(request: Request, house: House, viewer: Viewer, results: Results) -> Page:
    """What the platform's redirect brings along is a stranger's word until the state has proven it."""
    said = {name: request.query_params.get(name, "")[:4000] for name in ("state", "code", "error", "error_description")}
    came = sign_in.Back(said["state"], said["code"], said["error"], said["error_description"])
    try:
        channel = await sign_in.finish(house, viewer, came)
    except sign_in.Denied as denied:
        results.keep(denied.channel, [Check(name="Sign-in", ok=False, words=str(denied), todo="Begin it again.")])
        return answers.see(f"/settings/channels/{denied.channel}#checks")
    await try_out(house, viewer, results, channel)
    return answers.see(f"/settings/channels/{channel}#checks")


HANDLERS: list[ControllerRouterHandler] = [begin, back]
