"""Instagram: a professional account's private messages and comments, through the Graph API and signed webhooks."""

from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.instagram.acts import NAMES, react
from duologue.channels.instagram.connection import check
from duologue.channels.instagram.find import find
from duologue.channels.instagram.keys import health, refresh
from duologue.channels.instagram.past import history
from duologue.channels.instagram.people import profile, seen, typing
from duologue.channels.instagram.read import read
from duologue.channels.instagram.send import (
    CHOICE_LIMIT,
    CHOICES,
    COMMENT_WINDOW,
    FILE_LIMIT,
    HUMAN_WINDOW,
    REPLY_WINDOW,
    TEXT_LIMIT,
    send,
)
from duologue.channels.instagram.settings import Settings, fresh, missing, own_address
from duologue.channels.instagram.verify import verify
from duologue.channels.meta.files import fetch
from duologue.channels.policy import Policy, Rule, Writer

_WINDOWS = "Instagram Platform: messaging windows and policy (2 July 2026)"
_COMMENTS = "Instagram Platform: private replies (2 July 2026)"

CHANNEL = Channel(
    kind="instagram",
    title="Instagram",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        text_limit=TEXT_LIMIT,
        text_unit="bytes",
        caption=False,
        files_each=1,
        file_limit=FILE_LIMIT,
        choices=CHOICES,
        choice_limit=CHOICE_LIMIT,
        policy=Policy(
            rules=(
                Rule(within=REPLY_WINDOW, source=_WINDOWS),
                Rule(writers=frozenset({Writer.PERSON}), within=HUMAN_WINDOW, source=_WINDOWS),
                Rule(after="comment", within=COMMENT_WINDOW, most=1, source=_COMMENTS),
            ),
            source=_WINDOWS,
        ),
        read=True,
        typing_out=True,
        quotes=True,
        reactions=tuple(NAMES),
        sends_per_second=40,  # one page says 300, another 100; files 10; a linked page's inbox freezes beyond 40
        burst=40,
        source="Instagram Platform: Send a message, Rate limits (2 July 2026)",
    ),
    read=read,
    send=send,
    missing=missing,
    verify=verify,
    check=check,
    find=find,
    profile=profile,
    fetch=fetch,
    history=history,
    health=health,
    refresh=refresh,
    typing=typing,
    seen=seen,
    react=react,
    own_address=own_address,
    secret=fresh,
)
