"""Whatever a browser sends to any way of the pages, it is answered: no fault of ours, on no field, in no encoding.

The ways, their fields and their ids come from the program itself, so a new form is in it. Each form is sent as it
should be but for one field, then torn, doubled, as another type, and with what no browser sends. By default each form
meets a part of that, every one another; `DUOLOGUE_FUZZ=full` sends all of it to all.
"""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_args
from urllib.parse import quote
from uuid import UUID

import httpx
import msgspec
import pytest

from duologue.app import Program as Whole
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.web import shell
from duologue.web.gate import Policy, Way
from tests.attacks.test_walls_of_every_way import ASKED, _furnish, _ids, _signed_in
from tests.cast import Colleague
from tests.parrot import Mailroom, squawk

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VALUES = [
    "", "\x00", "a\x00b", "%ff%fe", "%ed%a0%80", "%", "%u0041", "\u202e", "9" * 400, "-1", "NaN", "1e999", "null", "[]",
    "0001-01-01T00:00", "9999-12-31T23:59:59Z", "2026-02-30", "00000000-0000-0000-0000-000000000000", "{{7*7}}",
    "' OR 1=1 --", "e\u0301" * 3000, "\U000e0041", "a" * 70_000,
]  # fmt: skip
TORN = [
    b"",
    b"=",
    b"&&&=&",
    b"%00=%00",
    b"text",
    b"text=a&text=b",
    b"text[]=a&text[b]=c",
    b"\xff\xfe=\xff",
    b"{}",
    b"[" * 500,
]
TYPES = [
    "application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "application/xml",
    "multipart/form-data; boundary=" + "b" * 300, "application/x-www-form-urlencoded; charset=utf-7", "",
    "application/x-www-form-urlencoded; charset=nonsense", "multipart/form-data; boundary=b",
]  # fmt: skip
PARTS = [
    b"--b\r\n\r\n\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="text"; filename="\x00"\r\n\r\nx\r\n--b--\r\n',
    b"--b\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-7''%ff\r\nContent-Type: \r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="key"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nno end',
]
FULL = os.environ.get("DUOLOGUE_FUZZ") == "full"
EACH = 10**6 if FULL else 6
RAW_PARAMETERS = ("{name:str}", "{path:path}", "{token:str}", "{kind:str}")


@pytest.fixture
async def front(house: House, mailroom: Mailroom) -> AsyncIterator[Any]:
    whole = Whole(house)
    yield whole.web()
    await whole.accounts.close()


def _forms(front: Any) -> list[tuple[Way, list[str]]]:
    """The ways of the pages that take something, with the names of their fields."""
    found = []
    for route in front._pages.routes:
        for handler in getattr(route, "route_handlers", []):
            policy = handler.opt.get("policy")
            if policy in {Policy.API_KEY, Policy.OPERATOR} or "POST" not in handler.http_methods:
                continue
            data = handler.parsed_fn_signature.parameters.get("data")
            bare = next(iter(get_args(data.annotation)), data.annotation) if data else None
            known = isinstance(bare, type) and issubclass(bare, msgspec.Struct)
            fields = [one.encode_name for one in msgspec.structs.fields(bare)] if known else ["text", "name", "id"]
            found.append((Way(route.path, "POST", policy), fields))
    return found


def _some(all_: list[Any], turn: int) -> list[Any]:
    """So many of them, others at every turn."""
    return all_ if len(all_) <= EACH else [all_[(turn * EACH + each) % len(all_)] for each in range(EACH)]


def _bodies(fields: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in fields or ["x"]:
        for value in VALUES:
            text = value if value.startswith("%") else quote(value, safe="")
            yield FORM["Content-Type"], f"{name}={text}".encode()
    for torn in TORN:
        yield FORM["Content-Type"], torn
    for kind in TYPES:
        yield kind, b"text=a"
    for parts in PARTS:
        yield "multipart/form-data; boundary=b", parts


def _paths(way: Way, own: dict[str, UUID]) -> list[str]:
    """With each id that is there; with words where a word may stand."""
    ids = [str(one) for one in own.values()] if "{id:uuid}" in way.path else [""]
    paths = [way.path.replace("{id:uuid}", one) + ASKED.get(way.path, "") for one in ids]
    for parameter in RAW_PARAMETERS:
        paths = [one.replace(parameter, word) for one in paths for word in ("x", "%00", "%ff", "..%2f..", "a" * 3000)]
    return list(dict.fromkeys(paths))


async def test_no_form_brings_a_page_down(
    front: Any, house: House, workspace: UUID, mailroom: Mailroom, ana: Colleague, clock: Turned
) -> None:
    await mailroom.arrive(squawk("a", at=house.now()))
    await _furnish(house, workspace, ana.id)
    caller, own, failed, turn = await _signed_in(front, ana), await _ids(house, workspace), [], 0
    for way, fields in _forms(front):
        for path in _paths(way, own):
            first = await caller.post(path, content=b"", headers=FORM)
            _is_held(first)
            if first.status_code in {404, 405}:
                continue  # nothing of this kind has this id
            turn += 1
            for kind, body in _some(list(_bodies(fields)), turn):
                answer = await caller.post(path, content=body, headers={"Content-Type": kind} if kind else {})
                if answer.status_code >= 500:
                    failed.append((path[:80], kind, body[:60], answer.status_code))
                _is_held(answer)
            if (await caller.get("/settings/profile")).status_code != 200:  # this form ends sessions
                clock.turn(hours=2)
                caller = await _signed_in(front, ana)
    assert failed == []
    assert turn > 30


def _is_held(answer: httpx.Response) -> None:
    """A page, or what stands in for one, is one that runs nothing of a stranger's, whoever may call its way."""
    if "text/html" in answer.headers.get("content-type", ""):
        assert "default-src 'none'" in answer.headers.get("content-security-policy", ""), answer.url
        assert "no-store" in answer.headers.get("cache-control", ""), answer.url


QUERIES = [
    "before=", "before=%00", "before=9999999999999999-9", "before=-1--1", "after=x", "after=%ff", "before=1e9-1",
    "filter=%ed%a0%80", "q=%00", "filter=all&filter=all", "position=99999999999999999999", "position=-1",
    "to=//evil.example",
    "next=%2f%2fevil.example", "__proto__[a]=b", "a[]=b&a[c]=d", "=", "&&", "state=" + "a" * 5000, "x=" + "%00" * 100,
]  # fmt: skip


async def test_no_question_brings_a_page_down(
    front: Any, house: House, workspace: UUID, mailroom: Mailroom, ana: Colleague
) -> None:
    await mailroom.arrive(squawk("a", at=house.now()))
    await _furnish(house, workspace, ana.id)
    caller, own, failed, turn = await _signed_in(front, ana), await _ids(house, workspace), [], 0
    for way in shell.inventory(front._pages):
        if way.method != "GET" or way.policy in {Policy.API_KEY, Policy.OPERATOR} or way.path == "/live":
            continue
        for path in _paths(way, own):
            turn += 1
            for query in _some(QUERIES, turn):
                answer = await caller.get(path.partition("?")[0] + "?" + query)
                if answer.status_code >= 500:
                    failed.append((path[:80], query[:40], answer.status_code))
                _is_held(answer)
                assert "evil" not in answer.headers.get("location", "")
    assert failed == []
