"""A template of the brand's own is put before Meta, and taken away again.

Rules: Business Platform, "Template components", "Template management" (November 2025 to July 2026); Messenger Platform,
"Send a utility message" (13 March 2026).
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from duologue.channels.contract import Kind, Media, Template
from duologue.channels.meta.errors import fault
from duologue.channels.meta.graph import Graph, facts
from duologue.channels.meta.templates import template
from duologue.channels.proposal import BLANK, Button, Flaw, NotTaken, Proposal, blanks, places
from duologue.channels.shared.outbound import mime
from duologue.channels.shared.outbound import name as file_name
from duologue.kernel.egress import Answer

NAME = r"[a-z0-9_]{1,512}"
NAME_WORDS = "The name has small letters a–z, digits and _ only."
_LANGUAGES = """
    af ar az bg bn ca cs da de el en en_GB en_US es es_AR es_ES es_MX et fa fi fil fr ga gu ha he hi hr hu id it ja ka
    kk kn ko ky_KG lo lt lv mk ml mr ms nb nl pa pl prs_AF ps_AF pt_BR pt_PT ro ru rw_RW si_LK sk sl sq sr sv sw ta te
    th tr uk ur uz vi zh_CN zh_HK zh_TW zu
"""
LANGUAGES = tuple(_LANGUAGES.split())
_FORMATS = {Kind.IMAGE: "IMAGE", Kind.VIDEO: "VIDEO", Kind.FILE: "DOCUMENT"}
_WORDS_EACH = 3  # a blank for so many words is refused as too many (PARAMS_TO_WORD_RATIO_EXCEED_LIMIT)

Part = dict[str, Any]


class Desk(Struct, frozen=True, kw_only=True):
    """Where an account's templates are put in; files go by way of the app."""

    graph: Graph
    node: str
    app_id: str


def flaws(given: Proposal, *, app_id: str) -> list[Flaw]:
    """What the platform's own rules say about the words."""
    found = [*_body(given.body.strip()), *_header(given)]
    if given.header not in {None, Kind.TEXT} and not app_id:
        words = "For a file above, fill in the app ID in the settings of this channel."
        found.append(Flaw(field="header", reason=words))
    if _scattered(given.buttons):
        words = "Buttons of one kind stand together: first all answers, then the others."
        found.append(Flaw(field="buttons", reason=words))
    return found


def _body(text: str) -> Iterator[Flaw]:
    if text and (_at_start(text) or _at_end(text)):
        yield Flaw(field="body", reason="The text must not begin or end with a blank.")
    if re.search(r"\}\}\s*\{\{", text):
        yield Flaw(field="body", reason="Between two blanks there must be words.")
    if re.search(r"\n{3}|\t| {5}", text):
        yield Flaw(field="body", reason="The text has more than two line breaks, or four spaces, in a row.")
    count, words = len(blanks(text)), len(BLANK.sub(" ", text).split())
    if count and words < count * _WORDS_EACH - 1:
        yield Flaw(field="body", reason="There are too many blanks for so few words.")


def _header(given: Proposal) -> Iterator[Flaw]:
    if given.header is not Kind.TEXT:
        return
    if len(blanks(given.header_text)) > 1:
        yield Flaw(field="header_text", reason="The header may have one blank.")
    if re.search(r"[*_~`]", BLANK.sub("", given.header_text)):
        yield Flaw(field="header_text", reason="The header takes none of the signs * _ ~ `.")


def components(given: Proposal, button: Callable[[Button, str], Part], handle: str) -> list[Part]:
    """The parts as the API words them, each with its examples. `handle` names the file of the header."""
    parts: list[Part] = []
    if given.header is Kind.TEXT:
        parts.append({"type": "HEADER", "format": "TEXT", "text": given.header_text, **_examples(given, "header")})
    elif given.header is not None:
        parts.append({"type": "HEADER", "format": _FORMATS[given.header], "example": {"header_handle": [handle]}})
    parts.append({"type": "BODY", "text": given.body.strip(), **_examples(given, "body")})
    if given.footer.strip():
        parts.append({"type": "FOOTER", "text": given.footer.strip()})
    if given.buttons:
        samples = [places(given).get(f"button.{at}.url", "") for at in range(len(given.buttons))]
        worded = [button(one, sample) for one, sample in zip(given.buttons, samples, strict=True)]
        parts.append({"type": "BUTTONS", "buttons": worded})
    return parts


def code_components(given: Proposal) -> list[Part]:
    """Of a one-time code: the platform's own words, by what was chosen of them."""
    parts: list[Part] = [{"type": "BODY", "add_security_recommendation": given.code.warns}]
    if given.code.minutes:
        parts.append({"type": "FOOTER", "code_expiration_minutes": given.code.minutes})
    button = {"type": "OTP", "otp_type": "COPY_CODE"} | ({"text": text} if (text := given.code.button.strip()) else {})
    return [*parts, {"type": "BUTTONS", "buttons": [button]}]


async def put(desk: Desk, given: Proposal, parts: list[Part]) -> Template:
    """The template as it stands now. Raises `NotTaken`, `Blocked`, `NoAnswer`."""
    body: Part = {
        "name": given.name,
        "language": given.language,
        "category": given.category.upper(),
        "parameter_format": "NAMED" if _has_names(given) else "POSITIONAL",
        "components": parts,
    }
    answer = await desk.graph.post(f"{desk.node}/message_templates", body)
    told = facts(answer)
    if answer.status != 200 or not told.get("id"):
        raise NotTaken(_words(answer))
    row = {**body, "status": "PENDING", **{key: told[key] for key in ("id", "status", "category") if told.get(key)}}
    made = template(row)
    assert made is not None, "it has a name and a language"
    return made


async def delete(desk: Desk, one: Template) -> None:
    """In its one language. Raises `NotTaken`, `Blocked`, `NoAnswer`."""
    asked = {"name": one.name} | ({"hsm_id": one.id} if one.id.isdigit() else {})
    answer = await desk.graph.delete(f"{desk.node}/message_templates", **asked)
    if answer.status != 200:
        raise NotTaken(_words(answer))


async def handle(desk: Desk, file: Media) -> str:
    """Uploads an example file in two steps; what names it in a template. Raises `NotTaken`, `Blocked`, `NoAnswer`."""
    data = file.data or b""
    about = {"file_name": file_name(file), "file_length": str(len(data)), "file_type": mime(file)}
    begun = await desk.graph.post(f"{desk.app_id}/uploads", None, **about)
    session = facts(begun).get("id")
    if begun.status != 200 or not isinstance(session, str) or not session.startswith("upload:"):
        raise NotTaken(_words(begun))
    sent = await _bytes(desk.graph, session, data)
    found = facts(sent).get("h")
    if sent.status != 200 or not isinstance(found, str) or not found:
        raise NotTaken(_words(sent))
    return found


def digits(number: str) -> str:
    """A phone number without what is between its digits."""
    return "+" + re.sub(r"\D", "", number)


async def _bytes(way: Graph, session: str, data: bytes) -> Answer:
    """The session's name holds a query of its own (“upload:…?sig=…”), which must stay one."""
    path, _, query = session.partition("?")
    proof = way.address("", {}).partition("?")[2]
    end = "&".join(one for one in (query, proof) if one)
    host = "/".join(one for one in (way.base.rstrip("/"), way.version) if one)
    url = f"{host}/{quote(path, safe=':')}" + (f"?{end}" if end else "")
    headers = {"Authorization": f"OAuth {way.token}", "file_offset": "0"}
    return await way.egress.request("POST", url, headers=headers, body=data, seconds=120)


def _words(answer: Answer) -> str:
    """What the platform says is wrong, for a person."""
    found = fault(answer)
    if found is None:
        return f"Meta did not take it: {answer.status}."
    error = facts(answer).get("error")
    title = error.get("error_user_title") if isinstance(error, dict) else None
    told = f"{title}: {found.told}" if isinstance(title, str) and title else found.told
    return f"Meta did not take it ({told})."


def _examples(given: Proposal, part: str) -> Part:
    text = given.header_text if part == "header" else given.body
    names = blanks(text)
    if not names:
        return {}
    known = places(given)
    if any(not one.isdigit() for one in names):
        listed = [{"param_name": one, "example": known[f"{part}.{one}"]} for one in names]
        return {"example": {f"{part}_text_named_params": listed}}
    values = [known[f"{part}.{one}"] for one in sorted(names, key=int)]
    return {"example": {f"{part}_text": [values] if part == "body" else values}}


def _has_names(given: Proposal) -> bool:
    texts = [given.body, given.header_text if given.header is Kind.TEXT else ""]
    return any(not one.isdigit() for text in texts for one in blanks(text))


def _at_start(text: str) -> bool:
    return BLANK.match(text) is not None


def _at_end(text: str) -> bool:
    return any(found.end() == len(text) for found in BLANK.finditer(text))


def _scattered(buttons: tuple[Button, ...]) -> bool:
    """Whether answers and other buttons are mixed."""
    kinds = ["reply" if one.kind == "reply" else "act" for one in buttons]
    return sum(one != other for one, other in pairwise(kinds)) > 1
