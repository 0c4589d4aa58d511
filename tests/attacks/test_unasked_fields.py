# ruff: noqa: F811 (fixtures are asked for by name)
"""Nobody sets what was not asked for: every body of the API and every form of the pages takes its own fields alone."""

from typing import Any

import msgspec
import pytest

from duologue.api.routes import HANDLERS
from duologue.kernel.house import House
from tests.api.conftest import app, program, talk  # noqa: F401
from tests.api.programs import Program
from tests.parrot import mailroom, parrot  # noqa: F401

BODIES = sorted(
    {handler.parsed_fn_signature.parameters["data"].annotation for handler in HANDLERS
     if "data" in handler.parsed_fn_signature.parameters},
    key=lambda one: one.__name__,
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda one: one.__name__)
def test_every_body_of_the_api_refuses_a_field_it_does_not_know(body: type) -> None:
    fields = {field.encode_name: None for field in msgspec.structs.fields(body)}
    with pytest.raises(msgspec.ValidationError, match=r"unknown field|null"):
        msgspec.json.decode(msgspec.json.encode({**fields, "role": "administrator"}), type=body)
    assert body.__struct_config__.forbid_unknown_fields  # pyrefly: ignore


async def _columns(house: House, table: str) -> list[str]:
    async with house.db.hall() as tx:
        return await tx.rows(
            str,
            """
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
            """,
            {"table": table},
        )


@pytest.mark.parametrize(
    ("path", "body", "table", "own"),
    [
        ("/conversations/{talk}/messages", {"text": "Hello"}, "message", {"reply_to"}),
        ("/conversations/{talk}/assign", {"assignee": None}, "conversation", set()),
        ("/conversations/{talk}/snooze", {"until": "2026-12-01T09:00:00Z"}, "conversation", set()),
        ("/keys", {"name": "scripts"}, "api_key", set()),
        ("/channels", {"kind": "parrot"}, "channel", {"name"}),
    ],
)
async def test_no_column_of_a_table_can_be_set_from_outside(
    program: Program, talk: dict[str, Any], house: House, path: str, body: dict[str, Any], table: str, own: set[str]
) -> None:
    for column in await _columns(house, table):
        if column not in body and column not in own:
            said = await program.post(path.format(talk=talk["id"]), json={**body, column: "1"})
            assert said.status_code in (400, 422), f"{column} was taken: {said.text}"
            assert column in said.text


@pytest.mark.parametrize("filter", ["open'--", "all; DROP TABLE message", "' OR '1'='1", "$1", "%27", "\\", "{}"])
@pytest.mark.parametrize("place", ["filter", "cursor", "assignee", "limit"])
async def test_words_of_another_language_in_a_filter_are_only_wrong(
    program: Program, talk: dict[str, Any], house: House, filter: str, place: str
) -> None:
    said = await program.get("/conversations", params={place: filter})
    assert said.status_code in (400, 422), said.text
    async with house.db.hall() as tx:
        assert await tx.row(int, "SELECT count(*)::int FROM conversation") == 1
