"""SMS and MMS by Twilio: one number or messaging service, through signed webhooks and the Messages resource."""

from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.policy import Policy, Rule, Writer
from duologue.channels.sms.connection import check, health
from duologue.channels.sms.files import fetch
from duologue.channels.sms.find import find
from duologue.channels.sms.past import history
from duologue.channels.sms.price import measure
from duologue.channels.sms.read import read
from duologue.channels.sms.send import FILE_LIMIT, FILES, TEXT_LIMIT, send
from duologue.channels.sms.settings import BURST, Settings, missing, own_address, speed
from duologue.channels.sms.verify import verify

_POLICY = "Twilio Messaging Policy: consent of who is written to; STOP ends it (September 2026)"
_WROTE = (
    "Twilio Messaging Policy: advertising needs a consent that can be shown; who has written is known (September 2026)"
)

CHANNEL = Channel(
    kind="sms",
    title="SMS",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        text_limit=TEXT_LIMIT,
        files_each=FILES,
        file_limit=FILE_LIMIT,
        policy=Policy(
            rules=(
                Rule(writers=frozenset({Writer.PERSON, Writer.AUTOMATION}), first=True, source=_POLICY),
                Rule(writers=frozenset({Writer.BULK}), source=_WROTE),
            ),
            source=_POLICY,
        ),
        delivered=True,
        takes_links=True,
        sends_per_second=1,  # a long code's carrier takes about one a second; other numbers more (`speed`)
        burst=BURST,
        source="Twilio: Messages resource, message limits, MMS (September 2026)",
    ),
    read=read,
    send=send,
    missing=missing,
    verify=verify,
    check=check,
    find=find,
    fetch=fetch,
    history=history,
    health=health,
    measure=measure,
    speed=speed,
    own_address=own_address,
)
