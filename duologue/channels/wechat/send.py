"""Takes a message out: a customer-service message while one may, a template message at other times.

A customer-service message is answered without an id and is never spoken of again, so its receipt has none, and one
whose answer was lost cannot be looked up: its fate stays unknown.
"""

from duologue.channels.contract import Account, Outcome, Outgoing, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.outbound import mime
from duologue.channels.shared.outbound import name as safe_name
from duologue.channels.wechat.api import NoKey, call, facts, upload
from duologue.channels.wechat.errors import before, judge
from duologue.channels.wechat.parts import Part, addressed, file, kind_of, text
from duologue.channels.wechat.read import TEMPLATE
from duologue.kernel.egress import Blocked, NoAnswer

Outcomes = Receipt | TryLater | Refused | Unknown


async def send(account: Account, out: Outgoing) -> Outcome:
    """One thing in one call: the house has taken texts and files apart."""
    if out.content.template:
        return await _template(account, out)
    if len(out.content.media) + bool((out.content.text or "").strip()) > 1:
        return Refused(why=Refusal.CONTENT, reason="WeChat takes one text or one file in a message")
    part = await _file(account, out) if out.content.media else text(out)
    if isinstance(part, Outcomes):
        return part
    return await _sent(account, out, "message/custom/send", addressed(account.settings, out, part))


async def _file(account: Account, out: Outgoing) -> Part | Outcome:
    """Handed over first: while that fails, nothing has been sent."""
    media, now = out.content.media[0], account.clock()
    kind = kind_of(media)
    if isinstance(kind, Refused):
        return kind
    name = safe_name(media)
    try:
        answer = await upload(account, kind, (media.data or b"", name, mime(media)))
    except (Blocked, NoAnswer, NoKey) as error:
        return before(error, out.attempt, now)
    media_id = facts(answer).get("media_id")
    if isinstance(media_id, str) and media_id:
        return file(kind, media_id, name)
    found = judge(answer, out.attempt, now)
    if isinstance(found, Receipt | Unknown):
        return TryLater(after=30, reason=f"WeChat has not taken the file: {answer.status}")
    return found


async def _template(account: Account, out: Outgoing) -> Outcome:
    """`client_msg_id` is our own id: a second copy within ten minutes or so is recognised by it."""
    filled = out.content.template
    assert filled
    body = {
        "touser": out.address,
        "template_id": filled.id,
        "data": {name: {"value": value} for name, value in filled.values.items()},
        "client_msg_id": out.id.hex,
    }
    return await _sent(account, out, "message/template/send", body)


async def _sent(account: Account, out: Outgoing, path: str, body: Part) -> Outcome:
    now = account.clock()
    try:
        answer = await call(account, path, body)
    except NoKey as error:
        return before(error, out.attempt, now)
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    found = judge(answer, out.attempt, now)
    number = facts(answer).get("msgid")
    if isinstance(found, Receipt) and isinstance(number, int | str) and number:
        return Receipt(id=f"{TEMPLATE}{number}")
    return found
