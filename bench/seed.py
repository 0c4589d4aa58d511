"""A long history, written straight into the database: real keys and seals, made without the verbs to be quick."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from msgspec import Struct

from bench.site import Site, new_uuid
from duologue.channels.contract import Content
from duologue.conversations import content
from duologue.kernel.vault import KEY_BYTES, Safe, Seal, Vault, master_key

CONTENT = Content(text="I ordered the blue ones in 42 on Friday and they have not come yet; could you look? Thank you!")
SPAN = timedelta(days=700)


class Keys(Struct, frozen=True):
    """Everybody of this history has the same key, wrapped for each: opening a message costs what it always does."""

    workspace: UUID
    channel: UUID
    safe: Safe
    key: bytes
    seal: Seal


class Talks(Struct, frozen=True):
    """The conversations that are there now, each with a person and an address of its own."""

    ids: list[UUID]
    addresses: list[UUID]
    contacts: list[UUID]


def history(site: Site, messages: int, *, each: int = 100) -> list[UUID]:
    """Adds so many messages, `each` in a conversation; the ids of the conversations, the last spoken last."""
    keys = _keys(site, os.urandom(KEY_BYTES))
    count = max(1, messages // each)
    first = datetime.now(UTC) - SPAN
    step = (SPAN - timedelta(hours=1)) / messages
    talks = Talks(*([new_uuid(_ms(first)) for _ in range(count)] for _ in range(3)))
    with psycopg.connect(site.server.url) as connection:
        connection.execute("SET session_replication_role = replica")  # foreign keys hold by construction
        connection.execute("SET maintenance_work_mem = '512MB'")
        later = _without_indexes(connection)
        _copy(connection, "contact (workspace_id, id, key_sealed, name_sealed)", _contacts(keys, talks))
        _copy(connection, _ADDRESS, _addresses(keys, talks))
        last = _messages(connection, keys, talks, messages, first, step)
        _copy(connection, _CONVERSATION, _conversations(keys, talks, last, each))
        for index in later:
            connection.execute(index.encode())
    site.run("VACUUM ANALYZE")
    return talks.ids


_ADDRESS = "address (workspace_id, id, channel_id, contact_id, external_index, external_sealed, profiled_at)"
_CONVERSATION = (
    "conversation (workspace_id, id, channel_id, contact_id, address_id, state, last_seq, last_at, last_in_at,"
    " last_message_id, preview_sealed)"
)
_MESSAGE = (
    "message (workspace_id, id, conversation_id, channel_id, contact_id, seq, direction, author, kind, content_sealed,"
    " external_id, provider_time, received_time, status)"
)


def keys_of(site: Site) -> tuple[UUID, Safe]:
    """The only workspace, and its keys."""
    ((workspace, wrapped),) = site.run("SELECT workspace_id, key_sealed FROM workspace")
    return workspace, Vault(master_key(Path(site.data) / "key", make="never")).safe(workspace, wrapped)


def _keys(site: Site, key: bytes) -> Keys:
    workspace, safe = keys_of(site)
    ((channel,),) = site.run("SELECT id FROM channel ORDER BY id LIMIT 1")
    return Keys(workspace, channel, safe, key, Seal(key, workspace))


def _without_indexes(connection: psycopg.Connection) -> list[str]:
    """Takes those of `message` away that no constraint needs; how to make them again."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'message' AND indexname NOT LIKE '%pkey'"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in found]


def _copy(connection: psycopg.Connection, into: str, rows: Iterator[str]) -> None:
    with connection.cursor().copy(f"COPY {into} FROM STDIN".encode()) as copy:
        part: list[str] = []
        for row in rows:
            part.append(row)
            if len(part) == 2000:
                copy.write("".join(part))
                part.clear()
        copy.write("".join(part))


def _contacts(keys: Keys, talks: Talks) -> Iterator[str]:
    for number, contact in enumerate(talks.contacts):
        wrapped = keys.safe.own.seal("contact|key", contact, keys.key)
        name = keys.seal.seal_text("contact|name", contact, f"Mia Santos {number}")
        yield f"{keys.workspace}\t{contact}\t{_bytes(wrapped)}\t{_bytes(name)}\n"


def _addresses(keys: Keys, talks: Talks) -> Iterator[str]:
    for address, contact in zip(talks.addresses, talks.contacts, strict=True):
        sealed = keys.seal.seal_text("address|external", address, address.hex)
        yield (
            f"{keys.workspace}\t{address}\t{keys.channel}\t{contact}\t{_bytes(os.urandom(16))}\t"
            f"{_bytes(sealed)}\t2026-01-01T00:00:00Z\n"
        )


def _messages(
    connection: psycopg.Connection, keys: Keys, talks: Talks, messages: int, first: datetime, step: timedelta
) -> list[tuple[UUID, datetime]]:
    """Around all conversations, one message at a time; the last of each."""
    last: list[tuple[UUID, datetime]] = []

    def rows() -> Iterator[str]:
        count = len(talks.ids)
        last.extend([(talks.ids[0], first)] * count)
        for number in range(messages):
            at = first + step * number
            id_, place, when = new_uuid(_ms(at)), number % count, at.isoformat()
            last[place] = (id_, at)
            way = "out\tmember" if number // count % 3 == 2 else "in\tcontact"
            yield (
                f"{keys.workspace}\t{id_}\t{talks.ids[place]}\t{keys.channel}\t{talks.contacts[place]}\t"
                f"{number // count + 1}\t{way}\ttext\t{_bytes(content.seal(keys.seal, id_, CONTENT))}\t"
                f"seed.{id_.hex}\t{when}\t{when}\t"
                f"{'read' if way[0] == 'o' else 'received'}\n"
            )

    _copy(connection, _MESSAGE, rows())
    return last


def _conversations(keys: Keys, talks: Talks, last: list[tuple[UUID, datetime]], each: int) -> Iterator[str]:
    """One in ten is open."""
    for number, (id_, address) in enumerate(zip(talks.ids, talks.addresses, strict=True)):
        message, at = last[number]
        preview = content.seal_preview(keys.seal, id_, CONTENT, out=False)
        state = "open" if number % 10 == 0 else "closed"
        yield (
            f"{keys.workspace}\t{id_}\t{keys.channel}\t{talks.contacts[number]}\t{address}\t{state}\t{each}\t{at.isoformat()}\t"
            f"{at.isoformat()}\t{message}\t{_bytes(preview)}\n"
        )


def _bytes(value: bytes) -> str:
    return "\\\\x" + value.hex()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def queue(site: Site, talks: list[UUID], number: int, lane: str, *, due: str = "now()") -> None:
    """So many messages of ours wait to be sent, spread over these conversations."""
    ((contact, wrapped),) = site.run("SELECT id, key_sealed FROM contact LIMIT 1")
    _, safe = keys_of(site)
    keys = _keys(site, safe.own.unseal("contact|key", contact, wrapped))
    of = dict(site.run("SELECT id, contact_id FROM conversation"))
    base = site.run("SELECT coalesce(max(seq), 0) FROM message")[0][0]
    at = datetime.now(UTC)
    later = at.isoformat() if due == "now()" else due

    def rows() -> Iterator[str]:
        for each in range(number):
            id_ = new_uuid(_ms(at))
            yield (
                f"{keys.workspace}\t{id_}\t{talks[each % len(talks)]}\t{keys.channel}\t{of[talks[each % len(talks)]]}\t"
                f"{base + 1 + each // len(talks)}\tout\tautomation\ttext\t"
                f"{_bytes(content.seal(keys.seal, id_, CONTENT))}\t{at.isoformat()}\tqueued\t{lane}\t{later}\n"
            )

    with psycopg.connect(site.server.url) as connection:
        _copy(
            connection,
            "message (workspace_id, id, conversation_id, channel_id, contact_id, seq, direction, author, kind,"
            " content_sealed, provider_time, status, lane, due_at)",
            rows(),
        )
        connection.execute("UPDATE conversation SET last_seq = %s", (base + 1 + number // len(talks),))
    site.run("VACUUM ANALYZE message")
    site.run("NOTIFY duologue, 'outbox'")
