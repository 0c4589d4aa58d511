"""Telegram: a bot's private chats, through the Bot API, called or polled."""

from datetime import timedelta

from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.policy import Policy, Rule
from duologue.channels.telegram.acts import SIGNS, edit, react, unsend
from duologue.channels.telegram.addresses import branch_of
from duologue.channels.telegram.connection import check, health
from duologue.channels.telegram.files import fetch
from duologue.channels.telegram.listen import listen
from duologue.channels.telegram.parts import ALBUM, CHOICE_LIMIT, CHOICES, FILE_LIMIT, TEXT_LIMIT
from duologue.channels.telegram.people import profile, seen, typing
from duologue.channels.telegram.read import read
from duologue.channels.telegram.send import send
from duologue.channels.telegram.settings import Settings, fresh, missing, own_address
from duologue.channels.telegram.verify import verify

_SOURCE = "Telegram Bot API 10.3 and Bots FAQ (August 2026)"
_BUSINESS = "Telegram Bot API 10.3: BusinessBotRights.can_reply, chats with messages of the last 24 hours (August 2026)"

CHANNEL = Channel(
    kind="telegram",
    title="Telegram",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE, Kind.STICKER, Kind.LOCATION}),
        text_limit=TEXT_LIMIT,
        caption=True,
        files_each=ALBUM,
        file_limit=FILE_LIMIT,
        choices=CHOICES,
        choice_limit=CHOICE_LIMIT,
        policy=Policy(
            rules=(Rule(), Rule(branch=True, within=timedelta(hours=24), source=_BUSINESS)),
            source=_SOURCE,
        ),
        typing_out=True,
        quotes=True,
        edits=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        unsends=True,
        unsend_within=timedelta(hours=48),
        reactions=SIGNS,
        sends_per_second=25,  # "about 30 in a second" in all, and one in a second to one person
        burst=25,
        source=_SOURCE,
    ),
    read=read,
    send=send,
    missing=missing,
    verify=verify,
    listen=listen,
    check=check,
    profile=profile,
    fetch=fetch,
    health=health,
    typing=typing,
    seen=seen,
    edit=edit,
    unsend=unsend,
    react=react,
    branch=branch_of,
    own_address=own_address,
    secret=fresh,
)
