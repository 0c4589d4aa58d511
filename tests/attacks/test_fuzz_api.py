"""Whatever is sent to any way of the API, it answers, and with what its description says: no fault, no other shape.

The calls are made from the description itself, valid and broken ones; half of them bear ids of things that are there.
`DUOLOGUE_FUZZ=full` makes more of them, and others every time.
"""

import asyncio
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from duologue.api import described, limits
from duologue.api.routes import HANDLERS
from duologue.kernel.clock import now
from tests.api.programs import key_for
from tests.live.conftest import Served, served
from tests.parrot import Mailroom, connect, squawk

__all__ = ["served"]

FULL = os.environ.get("DUOLOGUE_FUZZ") == "full"
EACH = 300 if FULL else 7
"""So many calls a way, key and sort (valid, broken)."""
STILL = 60
"""So many more where none has gone well yet: what is asked for may be rare among what is made up."""
VALID, BROKEN = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
SORTS = [("theirs", VALID), ("theirs", BROKEN), ("another's", VALID)]
HELD = [
    *CHECKS.get_by_names(["not_a_server_error"]),
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ONLY_KNOWN = {"/channels/{id}/check"}
"""Reaches out to where an account is; those that are fuzzed into being are left alone."""

Known = dict[str, list[str]]


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pace of keys is proven elsewhere."""
    monkeypatch.setattr(limits, "BURST", 10**9)


@pytest.fixture
async def keys(mailroom: Mailroom, other_workspace: UUID) -> dict[str, str]:
    """Of who has everything that is known, and of somebody else."""
    await mailroom.arrive(
        squawk("a", "mia-7", "Is it open?", at=mailroom.house.now(), name="Mia Santos"),
        squawk("b", "tom-8", "Hello\n\n👋🏽", at=mailroom.house.now(), name="Tom"),
    )
    await connect(mailroom.house, mailroom.workspace)
    await connect(mailroom.house, other_workspace)
    return {
        "theirs": await key_for(mailroom.house, mailroom.workspace),
        "another's": await key_for(mailroom.house, other_workspace, "of somebody else"),
    }


async def known(mailroom: Mailroom) -> Known:
    """Ids of things that are there and may be used up, by the first step of the way to them."""
    tables = {"conversations": "conversation", "contacts": "contact", "channels": "channel", "messages": "message"}
    await key_for(mailroom.house, mailroom.workspace, "to be revoked")
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        found = {step: await tx.rows(UUID, f"SELECT id FROM {table}") for step, table in tables.items()}
        found["channels"] = [one for one in found["channels"] if one != mailroom.channel]  # it may be paused
        found["keys"] = await tx.rows(UUID, "SELECT id FROM api_key WHERE name = 'to be revoked'")
    return {step: [str(one) for one in ids] for step, ids in found.items()}


def ways() -> list[str]:
    paths = schemathesis.openapi.from_dict(_document())
    return sorted(one.ok().label for one in paths.get_all_operations())


def _document() -> dict[str, Any]:
    return msgspec.json.decode(described.document(tuple(HANDLERS)))


async def test_every_call_is_answered_as_described(served: Served, mailroom: Mailroom, keys: dict[str, str]) -> None:
    found = await known(mailroom)
    seen, wrong = await asyncio.to_thread(_all, served.base, keys, found)
    assert wrong == []
    assert set(seen) == set(ways())
    never = {way for way, statuses in seen.items() if not _well(statuses)}
    assert never == NEVER_WELL


WELL: dict[str, Any] = {
    "kind": "parrot", "settings": {"word": "hello"}, "until": (now() + timedelta(days=30)).isoformat(), "text": "Hello",
    "author": None, "reply_to": None, "template": None, "choices": [],
}  # fmt: skip
"""What is to be sent where something is to go well, by the name of the field."""
NEVER_WELL = {
    "GET /api/v1/conversations/{id}/templates", "GET /api/v1/channels/{id}/templates",
    "POST /api/v1/channels/{id}/templates", "POST /api/v1/channels/{id}/templates/withdraw",
    "GET /api/v1/files/{id}", "GET /api/v1/files/{id}/small", "POST /api/v1/files/{id}/again",
    "POST /api/v1/messages/{id}/retry", "POST /api/v1/messages/{id}/edit", "POST /api/v1/messages/{id}/unsend",
}  # fmt: skip
"""Ways that need what is not there: a platform with templates, a file, a message that has failed, one that was sent."""


def _well(statuses: set[int]) -> bool:
    return any(status < 300 for status in statuses)


def _all(base: str, keys: dict[str, str], found: Known) -> tuple[dict[str, set[int]], list[str]]:
    """What each way answered, and what was wrong with it: the first of every way, key and sort of calls."""
    seen: dict[str, set[int]] = {}
    wrong: list[str] = []
    for result in schemathesis.openapi.from_dict(_document()).get_all_operations():
        operation = result.ok()
        statuses = seen.setdefault(operation.label, set())
        for whose, mode in SORTS:
            try:
                _some(base, keys[whose], operation, mode, found, statuses)
                if mode is VALID and operation.label not in NEVER_WELL and not _well(statuses):
                    _some(base, keys["theirs"], operation, mode, found, statuses, most=STILL)
            except (FailureGroup, Failure) as error:
                each = error.exceptions if isinstance(error, FailureGroup) else [error]
                wrong += [f"{operation.label} ({whose}, {mode.value}): {one}" for one in each]
    return seen, wrong


def _some(base: str, key: str, operation: Any, mode: Any, found: Known, statuses: set[int], most: int = EACH) -> None:
    path = operation.path.removeprefix("/api/v1")
    ids = found.get(path.split("/")[1], [])

    def call(case: Any, real: bool, which: int) -> None:
        if ids and "id" in (case.path_parameters or {}) and (real or path in ONLY_KNOWN):
            case.path_parameters["id"] = ids[which % len(ids)]
        if real and isinstance(case.body, dict):
            case.body |= {name: value for name, value in WELL.items() if name in case.body}
        answer = case.call(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=20)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=HELD)

    _run(operation.as_strategy(generation_mode=mode), call, most)


def _run(cases: st.SearchStrategy[Any], call: Callable[[Any, bool, int], None], most: int) -> None:
    hushed = settings(
        max_examples=most, deadline=None, database=None, derandomize=not FULL, verbosity=Verbosity.quiet,
        phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    hushed(given(cases, st.booleans(), st.integers(0, 9))(call))()
