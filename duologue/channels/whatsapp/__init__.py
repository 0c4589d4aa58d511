"""WhatsApp: a business number's messages, through the Cloud API and signed webhooks."""

from datetime import timedelta

from duologue.channels.contract import Abilities, Channel, Kind, Spacing
from duologue.channels.policy import Policy, Rule
from duologue.channels.whatsapp.acts import SIGNS, react
from duologue.channels.whatsapp.connection import check
from duologue.channels.whatsapp.keys import health
from duologue.channels.whatsapp.media import LARGEST, fetch
from duologue.channels.whatsapp.people import seen
from duologue.channels.whatsapp.read import read
from duologue.channels.whatsapp.send import BUTTON_LIMIT, ROWS, TEXT_LIMIT, send
from duologue.channels.whatsapp.settings import Settings, fresh, missing, own_address
from duologue.channels.whatsapp.templates import PROPOSALS, templates
from duologue.channels.whatsapp.verify import verify

_WINDOW = "WhatsApp Cloud API: customer service windows (November 2025)"
_PAIR = "WhatsApp Cloud API: pair rate limits (November 2025)"
_TEMPLATES = "WhatsApp Business Platform: messaging limits and templates (November 2025)"

CHANNEL = Channel(
    kind="whatsapp",
    title="WhatsApp",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE, Kind.STICKER, Kind.TEMPLATE}),
        text_limit=TEXT_LIMIT,
        file_limit=LARGEST,
        choices=ROWS,
        choice_limit=BUTTON_LIMIT,
        policy=Policy(
            rules=(
                Rule(within=timedelta(hours=24), source=_WINDOW),
                Rule(template=True, first=True, source=_TEMPLATES),
            ),
            source=_WINDOW,
        ),
        delivered=True,
        read=True,
        quotes=True,
        reactions=SIGNS,
        sends_per_second=15,  # 80 by default; 20 where the number is used in the app as well (coexistence)
        burst=20,
        spacing=Spacing(burst=45, each=timedelta(seconds=6), source=_PAIR),
        source="WhatsApp Cloud API: throughput, messages, media (November 2025 to July 2026)",
    ),
    read=read,
    send=send,
    missing=missing,
    verify=verify,
    check=check,
    fetch=fetch,
    templates=templates,
    proposals=PROPOSALS,
    health=health,
    seen=seen,
    react=react,
    own_address=own_address,
    secret=fresh,
)
