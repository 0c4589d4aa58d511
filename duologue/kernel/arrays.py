"""Lists go to PostgreSQL as binary arrays, made in one piece: a batch of rows is a handful of them.

The driver's own way asks Python about every element, and writes bytes out in hex. What is not known here goes its way.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import AsyncConnection, pq
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat
from psycopg.types.array import ListDumper

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_HEAD = struct.Struct("!IIIII")  # dimensions, whether there are nulls, type of the elements, how many, first index
_length = struct.Struct("!i").pack
_long = struct.Struct("!iq").pack
_double = struct.Struct("!id").pack
_NULL = _length(-1)


class _Kind(Struct, frozen=True):
    """A type of elements: PostgreSQL's numbers of it and of its array, and how one is written, length first."""

    element: int
    array: int
    write: Callable[[Any], bytes]


def _moment(at: datetime) -> bytes:
    since = at - _EPOCH
    return _long(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _length(len(encoded)) + encoded


_KINDS: dict[type, _Kind] = {
    UUID: _Kind(2950, 2951, lambda value: b"\0\0\0\x10" + value.bytes),
    bytes: _Kind(17, 1001, lambda value: _length(len(value)) + value),
    str: _Kind(25, 1009, _text),
    bool: _Kind(16, 1000, lambda value: b"\0\0\0\1" + (b"\1" if value else b"\0")),
    int: _Kind(20, 1016, lambda value: _long(8, value)),
    float: _Kind(701, 1022, lambda value: _double(8, value)),
    datetime: _Kind(1184, 1185, _moment),
}


class _Array(ListDumper):
    """Of one kind, None among them."""

    format = pq.Format.BINARY
    kind: _Kind

    def get_key(self, obj: list[Any], format: PyFormat) -> Any:
        return type(self)

    def upgrade(self, obj: list[Any], format: PyFormat) -> "_Array":
        return self

    def dump(self, obj: list[Any]) -> Buffer:
        return packed(self.kind, obj)


def packed(kind: Any, values: Sequence[Any]) -> bytes:
    write = kind.write
    elements = b"".join([_NULL if value is None else write(value) for value in values])
    return _HEAD.pack(1, None in values, kind.element, len(values), 1) + elements


_ARRAYS = {
    type_: type(f"_{type_.__name__.title()}Array", (_Array,), {"kind": kind, "oid": kind.array})
    for type_, kind in _KINDS.items()
}


class _Lists(ListDumper):
    """Finds out what a list is made of."""

    def get_key(self, obj: list[Any], format: PyFormat) -> Any:
        return _array_of(obj) or super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> Any:
        own = _array_of(obj)
        return own(self.cls, self._tx) if own else super().upgrade(obj, format)


def _array_of(values: list[Any]) -> type[_Array] | None:
    """None for what is empty, mixed, nested, or of a type of its own."""
    types = set(map(type, values))
    types.discard(type(None))
    if len(types) != 1:
        return None
    only = types.pop()
    return _ARRAYS.get(str if issubclass(only, StrEnum) else only)


def teach(connection: AsyncConnection[Any]) -> None:
    """From now on this connection sends lists so."""
    connection.adapters.register_dumper(list, _Lists)
