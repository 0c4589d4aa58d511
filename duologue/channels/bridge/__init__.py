"""Any platform over HTTP: a bridge of your own speaks a small signed JSON protocol with this house, both ways."""

from duologue.channels.bridge.acts import SIGNS, edit, react, unsend
from duologue.channels.bridge.check import check
from duologue.channels.bridge.read import read
from duologue.channels.bridge.send import history, seen, send, typing
from duologue.channels.bridge.settings import Settings, fresh, missing, own_address
from duologue.channels.bridge.verify import verify
from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.policy import ANY_TIME

CHANNEL = Channel(
    kind="bridge",
    title="Bridge (HTTP)",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        text_limit=10_000,
        files_each=10,
        file_limit=25 * 1024 * 1024,
        policy=ANY_TIME,
        delivered=True,
        read=True,
        typing_out=True,
        takes_links=True,
        choices=10,
        choice_limit=40,
        quotes=True,
        edits=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        unsends=True,
        reactions=SIGNS,
        resend_is_safe=True,  # the bridge recognises a second copy by `webhook-id`, as it must
        sends_per_second=20,
        burst=40,
        source="the protocol of this house (docs/channels/bridge.md); a platform's own rules are its bridge's to tell",
    ),
    read=read,
    send=send,
    missing=missing,
    verify=verify,
    check=check,
    history=history,
    typing=typing,
    seen=seen,
    edit=edit,
    unsend=unsend,
    react=react,
    own_address=own_address,
    secret=fresh,
)
