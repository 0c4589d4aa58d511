"""Facebook Messenger: one page's private messages, through Meta's Graph API and signed webhooks."""

from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.messenger.acts import NAMES, react
from duologue.channels.messenger.connection import check
from duologue.channels.messenger.find import find
from duologue.channels.messenger.keys import health
from duologue.channels.messenger.past import history
from duologue.channels.messenger.people import profile, seen, typing
from duologue.channels.messenger.read import read
from duologue.channels.messenger.send import (
    CHOICE_LIMIT,
    CHOICES,
    COMMENT_WINDOW,
    FILE_LIMIT,
    HUMAN_WINDOW,
    REPLY_WINDOW,
    TEXT_LIMIT,
    send,
)
from duologue.channels.messenger.settings import Settings, fresh, missing, own_address
from duologue.channels.messenger.templates import PROPOSALS, templates
from duologue.channels.messenger.verify import verify
from duologue.channels.meta.files import fetch
from duologue.channels.policy import Policy, Rule, Writer

_WINDOWS = "Messenger Platform: messaging windows and policy (April 2026)"
_COMMENTS = "Messenger Platform: private replies (16 April 2026)"
_TEMPLATES = "Messenger Platform: utility messages (13 March 2026)"

CHANNEL = Channel(
    kind="messenger",
    title="Messenger",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE, Kind.TEMPLATE}),
        text_limit=TEXT_LIMIT,
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
                Rule(template=True, source=_TEMPLATES),
            ),
            source=_WINDOWS,
        ),
        delivered=True,
        read=True,
        typing_out=True,
        quotes=True,
        reactions=tuple(NAMES),
        sends_per_second=40,  # with more than 40 messages a second a page's own inbox freezes, though the API takes 300
        burst=40,
        source="Messenger Platform: Send API, Rate limiting (23 March 2026)",
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
    templates=templates,
    proposals=PROPOSALS,
    health=health,
    typing=typing,
    seen=seen,
    react=react,
    own_address=own_address,
    secret=fresh,
)
