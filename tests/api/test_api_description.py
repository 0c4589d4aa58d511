"""The description and the documentation are true."""

import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar

import duologue
from duologue.api.limits import A_SECOND, BURST
from duologue.api.routes import HANDLERS
from tests.api.programs import AT, Program
from tests.browser_of import Browser

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
REFERENCE = re.compile(r'"\$ref":"#/components/schemas/([^"]+)"')


@pytest.fixture
async def described(app: Litestar) -> dict[str, Any]:
    async with Browser(app) as anybody:
        answer = await anybody.get("/api/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def test_the_description_is_of_the_api_and_of_nothing_else(described: dict[str, Any]) -> None:
    assert (described["openapi"][:3], described["info"]["version"]) == ("3.1", duologue.__version__)
    ways = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    ours = {
        (str(method), "/api/v1" + path.replace(":uuid", ""))
        for handler in HANDLERS
        for path in handler.paths
        for method in handler.http_methods
    }
    assert ways == ours


async def test_every_operation_is_explained_and_needs_a_key(described: dict[str, Any]) -> None:
    assert described["security"] == [{"key": []}]
    assert described["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    assert all(one["description"] and {"401", "429", "503"} <= set(one["responses"]) for one in operations)
    assert len({one["operationId"] for one in operations}) == len(operations)


async def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    named = set(REFERENCE.findall(msgspec.json.encode(described).decode()))
    assert named == set(described["components"]["schemas"])


async def test_every_thing_that_is_answered_is_described(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    message = schemas["Message"]
    assert message["additionalProperties"] is False
    wanted = {
        "id", "conversation_id", "direction", "kind", "text", "status", "reason", "external_id", "provider_time",
        "received_time", "seq", "author",
    }  # fmt: skip
    assert wanted <= set(message["required"])
    wanted = {
        "id", "contact", "channel", "address", "state", "assignee", "unread", "window_closes_at", "last_message",
    }  # fmt: skip
    assert wanted <= set(schemas["Conversation"]["required"])
    assert message["properties"]["provider_time"]["format"] == "date-time"


async def test_a_message_may_come_as_json_or_as_a_form(described: dict[str, Any]) -> None:
    body = described["paths"]["/api/v1/conversations/{id}/messages"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}
    assert "files" in body["multipart/form-data"]["schema"]["properties"]


@pytest.mark.parametrize("path", ["/api", "/api/redoc", "/api/swagger", "/schema", "/api/openapi.yaml"])
async def test_there_is_no_page_that_loads_from_elsewhere(app: Litestar, path: str) -> None:
    async with Browser(app) as anybody:
        assert (await anybody.get(path)).status_code == 404


def commands() -> list[str]:
    """The curl commands of the documentation."""
    blocks = re.findall(r"```\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("curl ")]


async def test_the_examples_of_the_documentation_work(app: Litestar, program: Program, talk: dict[str, Any]) -> None:
    assert len(commands()) >= 7
    for line in commands():
        for name, value in {"$URL": AT, "$CONVERSATION": talk["id"], "$KEY": "KEY"}.items():
            line = line.replace(name, value)
        answer = await curl(program, shlex.split(line)[1:])
        assert answer.status_code in {200, 201}, (line, answer.text)


async def curl(program: Program, words: list[str]) -> Any:
    """Does what curl would do with these words; fails for an option that is not known here."""
    method, url, more, files = "GET", "", {}, []
    headers: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        match word:
            case "-X":
                method = next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            case "-d":
                more["content"] = next(rest)
            case "-F":
                name, _, value = next(rest).partition("=")
                files.append((name, (value[1:], b"Hello", "text/plain") if value[0] == "@" else (None, value)))
            case _:
                assert word.startswith(AT)
                url = word
    assert headers.pop("Authorization") == "Bearer KEY"
    return await program.request(method, url, headers=headers, **more, **({"files": files} if files else {}))


def test_the_figures_of_the_documentation_are_those_of_the_program() -> None:
    assert f"{BURST} at once and {A_SECOND} a second" in DOCUMENT.read_text()
