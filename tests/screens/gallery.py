"""Every screen, drawn from the cast: for looking at, and for the tests that look with a browser.

`python -m tests.screens.gallery` serves them; `python -m tests.screens.shoot FOLDER` takes their pictures.
"""

import asyncio
import sys
from collections.abc import Callable

from aiohttp import web

from duologue.web import assets, policy, render, texts, words
from tests.screens import people as cast
from tests.screens import proposals
from tests.screens import things as more

PICTURE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="520" height="300">
<rect width="520" height="300" fill="#c9a184"/><circle cx="380" cy="120" r="90" fill="#b47c66"/></svg>"""
MAIL = """<p>Dear Lume,</p><p>could you send <b>invoice 2041</b> again?
The total of <a href="https://example.org/pay">R$ 289</a> is right.</p>
<img src="https://tracker.example/p.gif" onerror="alert(1)">
<table><tr><th>Pair<th>Price<tr><td>Runner, blue, 38<td>R$ 289</table>
<script>alert(1)</script><blockquote>On Monday you wrote: thank you for your order.</blockquote>"""


def inbox(**context: object) -> str:
    plain = {
        "filter": "open",
        "rows": cast.rows(),
        "next": None,
        "channels_connected": True,
        "selected": None,
        "talk": None,
        "contact": None,
        "team": cast.TEAM,
    }
    return draw("conversations/inbox.html", **(plain | context))


def draw(template: str, /, *, viewer: render.Viewer | None = cast.ANA, **context: object) -> str:
    always = {"brand": "Lume", "counts": cast.COUNTS, "position": "812-4711"}
    return render.page(template, viewer=viewer, now=cast.NOW, **(always | context))


def opened(**context: object) -> str:
    return inbox(**({"selected": cast.MIA, "talk": cast.talk(), "contact": cast.contact()} | context))


def _states(**context: object) -> str:
    return render.fragment("conversations/proposal_states.html", viewer=cast.ANA, now=cast.NOW, **context)


SCREENS: dict[str, Callable[[], str]] = {
    "inbox": inbox,
    "inbox-first": lambda: inbox(rows=[], channels_connected=False, counts=None),
    "inbox-done": lambda: inbox(rows=[], filter="mine"),
    "talk": opened,
    "talk-everything": lambda: opened(
        talk=cast.talk(cast.everything(), verdict=cast.PAUSED, draft="Yes, Mia. Two pairs are left.")
    ),
    "talk-closed-window": lambda: opened(talk=cast.talk(verdict=cast.CLOSED)),
    "talk-tapped": lambda: opened(talk=cast.talk(verdict=cast.TAPPED)),
    "talk-shut": lambda: opened(talk=cast.talk(verdict=cast.SHUT)),
    "snoozed": lambda: inbox(filter="snoozed", rows=cast.snoozed(), next="cursor"),
    "sign-in": lambda: draw(
        "team/sign_in.html",
        viewer=None,
        error="Email or password is not right.",
        email="ana@lume.example",
        next="/",
        nobody=True,
    ),
    "first": lambda: draw(
        "team/first.html", viewer=None, errors={"password": "Take at least 12 characters."}, values={"name": "Ana"}
    ),
    "invite": lambda: draw(
        "team/invite.html", viewer=None, email="ben@lume.example", role="agent", errors={}, values={}
    ),
    "profile": lambda: draw("team/profile.html", values=cast.ANA, sessions=more.sessions(), errors={}, saved="Saved."),
    "team": lambda: draw("team/members.html", **more.team()),
    "keys": lambda: draw("team/keys.html", **more.keys()),
    "keys-none": lambda: draw("team/keys.html", keys=[], made=None, errors={}, values={}),
    "channels": lambda: draw("channels/list.html", channels=more.channels()),
    "channels-none": lambda: draw("channels/list.html", channels=[]),
    "channel-new": lambda: draw("channels/new.html", kinds=more.KINDS, about=more.ABOUT),
    "connect": lambda: draw("channels/connect.html", **more.connect_new()),
    "channel": lambda: draw("channels/connect.html", **more.connected()),
    "proposals": lambda: draw("conversations/proposals.html", **proposals.around(states=_states(**proposals.states()))),
    "proposals-none": lambda: draw(
        "conversations/proposals.html", **proposals.around(states=_states(**proposals.states(listed=[], waiting=False)))
    ),
    "proposal": lambda: draw("conversations/proposal.html", **proposals.form()),
    "proposal-code": lambda: draw("conversations/proposal.html", **proposals.form(proposals.CODE, errors={})),
    "quarantine": lambda: draw("mailroom/quarantine.html", items=more.quarantine(), next="cursor"),
    "quarantine-none": lambda: draw("mailroom/quarantine.html", items=[], next=None),
    "playground": lambda: draw("web/playground.html", phones=more.phones(), playground=True),
    "talk-german": lambda: opened(viewer=cast.DORA, talk=cast.talk(cast.everything()[-9:])),
    "profile-german": lambda: draw(
        "team/profile.html", viewer=cast.DORA, values=cast.DORA, sessions=more.sessions(), errors={}
    ),
    "error": lambda: render.page(
        "web/error.html",
        now=cast.NOW,
        title=words.say(words.SOURCE, "Not found"),
        words=words.say(words.SOURCE, "There is nothing at this address."),
        status=404,
        back="/",
    ),
}


async def screen(request: web.Request) -> web.Response:
    drawn = SCREENS.get(request.match_info["name"])
    if drawn is None:
        raise web.HTTPNotFound
    return web.Response(text=drawn(), content_type="text/html", headers=policy.page_headers())


async def asset(request: web.Request) -> web.Response:
    found = assets.find(request.path)
    if found is None:
        raise web.HTTPNotFound
    return web.Response(body=found[0], headers={"Content-Type": found[1], "Cache-Control": assets.CACHE})


async def body(request: web.Request) -> web.Response:
    clean = texts.sanitise(MAIL)
    page = render.page(
        "web/mail.html",
        now=cast.NOW,
        body=clean.html,
        held_back=clean.held_back,
    )
    return web.Response(text=page, content_type="text/html", headers=policy.frame_headers())


async def picture(_: web.Request) -> web.Response:
    return web.Response(body=PICTURE, content_type="image/svg+xml")


async def index(_: web.Request) -> web.Response:
    links = "".join(f'<li><a href="/screens/{name}">{name}</a>' for name in SCREENS)
    return web.Response(text=f"<!doctype html><title>Screens</title><ul>{links}</ul>", content_type="text/html")


def application() -> web.Application:
    app = web.Application()
    app.add_routes(
        [
            web.get("/", index),
            web.get("/screens/{name}", screen),
            web.get("/assets/{rest:.*}", asset),
            web.get("/messages/{id}/body", body),
            web.get("/files/{id}", picture),
        ]
    )
    return app


async def serve(port: int) -> None:
    runner = web.AppRunner(application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(*(f"http://{host}:{port}/" for host, port in runner.addresses))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
