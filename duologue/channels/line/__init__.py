"""LINE Messaging API: one Official Account's chats, through signed webhooks, reply tokens and push messages."""

from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.line.connection import check, health
from duologue.channels.line.files import fetch
from duologue.channels.line.find import find
from duologue.channels.line.parts import CHOICE_LIMIT, CHOICES, FILES, RECORDING, TEXT_LIMIT
from duologue.channels.line.people import profile, seen, typing
from duologue.channels.line.read import read
from duologue.channels.line.send import send
from duologue.channels.line.settings import Settings, missing, own_address
from duologue.channels.line.verify import verify
from duologue.channels.policy import Policy, Rule

_FRIENDS = "LINE Messaging API: Send messages, no time limit, to friends (July 2026)"

CHANNEL = Channel(
    kind="line",
    title="LINE",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.LOCATION}),
        text_limit=TEXT_LIMIT,
        files_each=FILES,
        file_limit=RECORDING,
        policy=Policy(rules=(Rule(source=_FRIENDS),), source=_FRIENDS),
        typing_out=True,
        quotes=True,  # what the person said; a message of ours has no token here, and is answered without its quote
        takes_links=True,
        choices=CHOICES,
        choice_limit=CHOICE_LIMIT,
        sends_per_second=200,  # the API takes 2,000 a second; a house that sends more than this has other limits first
        burst=200,
        source="LINE Messaging API reference: message objects, rate limits (July 2026)",
    ),
    read=read,
    send=send,
    missing=missing,
    verify=verify,
    check=check,
    find=find,
    profile=profile,
    fetch=fetch,
    health=health,
    typing=typing,
    seen=seen,
    own_address=own_address,
)
