"""Lines as a visitor's screen receives them: a shape of its own, so that nothing else can slip out."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import FileLine, Line


class ShownFile(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    mime: str
    size: int


class Shown(Struct, frozen=True, kw_only=True):
    """`mine`: the id the visitor's own side gave the message, where it was the visitor who wrote it."""

    id: UUID
    seq: int
    by: str
    author: str | None
    at: datetime
    text: str
    mine: str | None
    status: str
    files: tuple[ShownFile, ...]
    edited: bool
    gone: bool
    sign: str


def shown(line: Line) -> Shown:
    return Shown(
        id=line.id,
        seq=line.seq,
        by=line.by,
        author=line.author,
        at=line.at,
        text=line.text or "",
        mine=line.client_id.rpartition("/")[2] if line.by == "person" and line.client_id else None,
        status=line.status,
        files=tuple(_file(file) for file in line.files),
        edited=line.edited,
        gone=line.gone,
        sign=line.sign,
    )


def _file(file: FileLine) -> ShownFile:
    return ShownFile(id=file.id, name=file.name, mime=file.mime, size=file.size)
