"""E-mail: read by IMAP, sent by SMTP. Quirks, sources and dates are in README.md."""

from duologue.channels.contract import Abilities, Channel, Grant, Kind
from duologue.channels.email import access
from duologue.channels.email.check import check
from duologue.channels.email.health import health, signed_in
from duologue.channels.email.limits import limits
from duologue.channels.email.listen import listen
from duologue.channels.email.read import read
from duologue.channels.email.send import find, send
from duologue.channels.email.settings import Settings, before_sign_in, fresh, missing, own_address
from duologue.channels.policy import ANY_TIME

CHANNEL = Channel(
    kind="email",
    title="Email",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        text_limit=200_000,
        files_each=10,
        file_limit=20 * 1024 * 1024,
        policy=ANY_TIME,
        threads=True,
        carries=True,
        quotes=True,
        resend_is_safe=True,
        automated_an_hour=10,
        sends_per_second=2,
        burst=20,
        source="RFC 5321, RFC 5322; size and rate as the large providers have them, 2026-08 (README)",
    ),
    read=read,
    send=send,
    missing=missing,
    listen=listen,
    check=check,
    find=find,
    health=health,
    refresh=access.refresh,
    grant=Grant(
        wanted=lambda settings: settings.by_sign_in,
        ready=before_sign_in,
        begin=access.begin,
        finish=access.finish,
        standing=signed_in,
    ),
    limits=limits,
    own_address=own_address,
    secret=fresh,
)
