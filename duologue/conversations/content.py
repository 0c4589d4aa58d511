"""What a message says, sealed and unsealed; and the few words of it that fit into a list."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from duologue.channels.contract import Content, Kind
from duologue.kernel.vault import Seal

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Content).decode

PREVIEW = 160  # characters


class Preview(msgspec.Struct, frozen=True):
    """The last message as one line. Without text, screens say its kind in the reader's language."""

    text: str | None
    kind: Kind
    out: bool


def seal(key: Seal, message: UUID, content: Content) -> bytes:
    """Files are not part of it; they are kept beside."""
    return key.seal("message|content", message, _encode(msgspec.structs.replace(content, media=())))


def unseal(key: Seal, message: UUID, sealed: bytes) -> Content:
    return _decode(key.unseal("message|content", message, sealed))


def seal_preview(key: Seal, conversation: UUID, content: Content, *, out: bool) -> bytes:
    preview = Preview(_first_words(content), content.kind, out)
    return key.seal("conversation|preview", conversation, msgspec.msgpack.encode(preview))


def unseal_preview(key: Seal, conversation: UUID, sealed: bytes) -> Preview:
    return msgspec.msgpack.decode(key.unseal("conversation|preview", conversation, sealed), type=Preview)


def seal_told(key: Seal, message: UUID, told: Mapping[str, str]) -> bytes:
    """What a platform tells about a delivery may name prices and campaigns, so it is sealed like the words."""
    return key.seal("message|told", message, msgspec.msgpack.encode(dict(told)))


def unseal_told(key: Seal, message: UUID, sealed: bytes) -> dict[str, str]:
    return msgspec.msgpack.decode(key.unseal("message|told", message, sealed), type=dict[str, str])


def _first_words(content: Content) -> str | None:
    words = content.text or content.subject or (content.place.label if content.place else None) or content.link
    if not words and content.media and content.kind is Kind.FILE:
        words = content.media[0].name
    return " ".join(words[: PREVIEW * 4].split())[:PREVIEW] if words else None
