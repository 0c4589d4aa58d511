"""Programs see a platform's templates, and send one filled in."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.channels import registry
from duologue.channels.contract import Blank, Template

READY = Template(
    id="1689", name="order_ready", language="en", category="utility", text="Order {{body.1}} is ready.",
    blanks=(Blank(name="body.1", title="Order", example="2041"),),
)  # fmt: skip


@pytest.fixture
def approved(parrot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    async def templates(account: Any) -> list[Template]:
        return [READY]

    monkeypatch.setitem(registry.channels(), "parrot", replace(parrot.CHANNEL, templates=templates))
    yield
    registry.channels.cache_clear()


async def test_a_template_is_seen_filled_in_and_sent(
    program: Any, talk: dict[str, Any], approved: None, mailroom: Any, parrot: Any
) -> None:
    seen = (await program.get(f"/conversations/{talk['id']}/templates")).json()
    assert [(one["id"], one["text"], one["usable"]) for one in seen["items"]] == [("1689", READY.text, True)]
    chosen = {"id": "1689", "language": "en", "values": {"body.1": "77"}}
    said = await program.post(f"/conversations/{talk['id']}/messages", json={"template": chosen})
    assert (said.status_code, said.json()["kind"], said.json()["text"]) == (201, "template", "Order 77 is ready.")
    await mailroom.deliver()
    assert parrot.SENT[-1].content.template.values == {"body.1": "77"}


async def test_a_blank_left_empty_is_told_by_name(program: Any, talk: dict[str, Any], approved: None) -> None:
    chosen = {"id": "1689", "language": "en", "values": {}}
    said = await program.post(f"/conversations/{talk['id']}/messages", json={"template": chosen})
    assert (said.status_code, said.json()["field"]) == (422, "body.1")


async def test_a_platform_without_templates_says_so(program: Any, talk: dict[str, Any]) -> None:
    assert (await program.get(f"/conversations/{talk['id']}/templates")).status_code == 409
