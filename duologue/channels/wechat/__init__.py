"""WeChat Official Accounts: signed and encrypted webhooks in, customer-service and template messages out."""

from datetime import timedelta

from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.policy import Policy, Rule
from duologue.channels.wechat.connection import check, health
from duologue.channels.wechat.files import fetch
from duologue.channels.wechat.parts import CHOICE_LIMIT, CHOICES, LARGEST, TEXT_LIMIT
from duologue.channels.wechat.people import profile, typing
from duologue.channels.wechat.read import read
from duologue.channels.wechat.send import send
from duologue.channels.wechat.settings import Settings, missing, own_address
from duologue.channels.wechat.templates import templates
from duologue.channels.wechat.verify import verify

_QUOTA = "WeChat: customer-service messages, five within 48 hours of the person's message (since 12 June 2023)"
_TAPS = "WeChat: customer-service messages, three within a minute of a menu's tap, a scan or a follow (12 June 2023)"
_TEMPLATE = "WeChat: template messages to followers, at any time (August 2026)"

CHANNEL = Channel(
    kind="wechat",
    title="WeChat",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.TEMPLATE}),
        text_limit=TEXT_LIMIT,
        text_unit="bytes",
        caption=False,
        files_each=1,
        file_limit=LARGEST,
        policy=Policy(
            rules=(
                Rule(within=timedelta(hours=48), most=5, source=_QUOTA),
                Rule(after="tap", within=timedelta(minutes=1), most=3, source=_TAPS),
                Rule(template=True, first=True, source=_TEMPLATE),
            ),
            source=_QUOTA,
        ),
        typing_out=True,
        choices=CHOICES,
        choice_limit=CHOICE_LIMIT,
        sends_per_second=20,  # WeChat counts by the day (500,000) and by an untold number a minute (45011)
        burst=40,
        source="developers.weixin.qq.com: customer-service messages, temporary media (August 2026)",
    ),
    read=read,
    send=send,
    missing=missing,
    verify=verify,
    check=check,
    profile=profile,
    fetch=fetch,
    templates=templates,
    health=health,
    typing=typing,
    own_address=own_address,
)
