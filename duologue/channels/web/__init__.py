"""The brand's own chat: a widget on its website, and the small server that the widget talks to."""

from duologue.channels.contract import Abilities, Channel, Kind
from duologue.channels.web.check import check, own_address
from duologue.channels.web.read import read
from duologue.channels.web.send import act, seen, send, typing
from duologue.channels.web.server.app import app
from duologue.channels.web.server.limits import FILE_LIMIT, FILES_EACH, TEXT_LIMIT
from duologue.channels.web.settings import Settings, fresh, missing, onward

CHANNEL = Channel(
    kind="web",
    title="Web chat",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        text_limit=TEXT_LIMIT,
        files_each=FILES_EACH,
        file_limit=FILE_LIMIT,
        delivered=True,
        read=True,
        typing_out=True,
        resend_is_safe=True,
        edits=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
        unsends=True,
        reactions=("👍", "❤️", "😂", "😮", "😢", "🙏", "🎉", "✅"),
        sends_per_second=200,
        burst=400,
        source="your own chat on this installation, without limits of a platform",
    ),
    read=read,
    send=send,
    missing=missing,
    check=check,
    onward=onward,
    typing=typing,
    seen=seen,
    edit=act,
    unsend=act,
    react=act,
    app=app,
    own_address=own_address,
    secret=fresh,
)
