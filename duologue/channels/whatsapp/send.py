"""What a number may send, and how it is worded."""

from typing import Any

from duologue.channels.contract import Account, Media, Outcome, Outgoing, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.meta.filled import BadBlank, template
from duologue.channels.meta.graph import Graph, facts
from duologue.channels.meta.items import MARK
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.outbound import name as file_name
from duologue.channels.shared.outbound import signed
from duologue.channels.shared.strict import clean
from duologue.channels.whatsapp.errors import judge
from duologue.channels.whatsapp.graph import graph
from duologue.channels.whatsapp.media import type_of, unfit, upload
from duologue.channels.whatsapp.settings import Settings
from duologue.channels.whatsapp.who import is_phone, named
from duologue.kernel.egress import Answer, Blocked, NoAnswer

TEXT_LIMIT = 4096
CAPTION_LIMIT = BODY_LIMIT = 1024  # below a file, above buttons
BUTTONS, BUTTON_LIMIT = 3, 20
ROWS, LABEL_LIMIT = 10, 20
CAPTIONED = {"image", "video", "document"}

Part = dict[str, Any]


async def send(account: Account, out: Outgoing) -> Outcome:
    """Takes one message out. `Receipt.id` is that of the last part, `also` those of the parts before it."""
    if refused := _unfit(account.settings, out):
        return refused
    way = graph(account)
    parts = await _parts(account, way, out)
    if not isinstance(parts, list):
        return parts
    return await _send_all(way, account.settings, _bodies(out, parts), out.attempt)


def recipient(address: str) -> Part:
    """By phone number, or by the business's own id of the person: each has a field of its own."""
    return {"to": address} if is_phone(address) else {"recipient": address}


def _unfit(settings: Settings, out: Outgoing) -> Refused | None:
    said = out.content
    if said.template:
        return None
    text = clean(said.text or "").strip()
    if not text and not said.media:
        return Refused(why=Refusal.CONTENT, reason=f"WhatsApp cannot take a message of kind “{said.kind}”")
    most = BODY_LIMIT if said.choices else TEXT_LIMIT
    if len(text) > most:
        return Refused(why=Refusal.CONTENT, reason=f"the text has {len(text)} characters, WhatsApp takes {most} here")
    if said.choices and (not text or len(said.choices) > ROWS):
        return Refused(why=Refusal.CONTENT, reason=f"choices need a text above them, and are at most {ROWS}")
    return next((found for file in said.media if (found := unfit(file))), None)


async def _parts(account: Account, way: Graph, out: Outgoing) -> list[Part] | Outcome:
    """The text goes below the first file where there is room for it; else it is a message of its own, after quoting."""
    settings: Settings = account.settings
    if out.content.template:
        try:
            return [{"type": "template", "template": template(out.content.template)}]
        except BadBlank as error:
            return Refused(why=Refusal.CONTENT, reason=str(error))
    files = list(out.content.media)
    text = _text(settings, out, TEXT_LIMIT)
    caption = _text(settings, out, CAPTION_LIMIT) if files and not out.content.choices else None
    below = caption if caption and len(caption) <= CAPTION_LIMIT and type_of(files[0]) in CAPTIONED else None
    parts: list[Part] = [_words(text)] if text and not below and not out.content.choices else []
    for number, file in enumerate(files):
        uploaded = await upload(account, way, file, out.attempt)
        if not isinstance(uploaded, str):
            return uploaded
        parts.append(_file(file, uploaded, below if number == 0 else None))
    if out.content.choices:
        parts.append(_choices(settings, _text(settings, out, BODY_LIMIT) or "", out.content.choices))
    return parts


def _text(settings: Settings, out: Outgoing, most: int) -> str | None:
    """With the name of the person who answers, where there is room for it."""
    text, whole = signed(out, sign=settings.sign)
    return whole if whole and len(whole) <= most else text


def _words(text: str) -> Part:
    return {"type": "text", "text": {"body": text, "preview_url": "http" in text}}


def _file(file: Media, uploaded: str, caption: str | None) -> Part:
    kind = type_of(file)
    about = {"id": uploaded}
    if caption:
        about["caption"] = caption
    if kind == "document":
        about["filename"] = file_name(file)
    return {"type": kind, kind: about}


def _choices(settings: Settings, text: str, choices: tuple[str, ...]) -> Part:
    """Up to three as buttons, more as a list; what is tapped comes back as its own id."""
    titles = list(dict.fromkeys(clean(one).strip()[:BUTTON_LIMIT] for one in choices))
    if len(titles) <= BUTTONS:
        buttons = [{"type": "reply", "reply": {"id": title, "title": title}} for title in titles]
        action: Part = {"buttons": buttons}
    else:
        rows = [{"id": title, "title": title} for title in titles]
        action = {"button": settings.list_label[:LABEL_LIMIT] or "…", "sections": [{"rows": rows}]}
    kind = "button" if "buttons" in action else "list"
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _bodies(out: Outgoing, parts: list[Part]) -> list[Part]:
    """Our own id goes with the last part, and comes back in each of its statuses."""
    head = {"messaging_product": "whatsapp", "recipient_type": "individual", **recipient(out.address)}
    bodies = [{**head, **part} for part in parts]
    bodies[-1]["biz_opaque_callback_data"] = f"{MARK}{out.id}"
    if out.reply_to:
        bodies[0]["context"] = {"message_id": out.reply_to}
    return bodies


async def _send_all(way: Graph, settings: Settings, bodies: list[Part], attempt: int) -> Outcome:
    """One by one, in order. Where a later part fails, the person has a part of it: that is for a person to decide."""
    taken: list[str] = []
    aliases: tuple[str, ...] = ()
    for number, body in enumerate(bodies, 1):
        outcome = await send_one(way, settings, body, attempt)
        if isinstance(outcome, Receipt):
            taken.append(outcome.id or "")
            aliases = outcome.aliases
        elif number == 1:
            return outcome
        else:
            return _half_done(taken, len(bodies), outcome)
    return Receipt(id=taken[-1], also=tuple(taken[:-1]), aliases=aliases)


async def send_one(way: Graph, settings: Settings, body: Part, attempt: int) -> Outcome:
    """One request, and what became of it."""
    try:
        answer = await way.post(f"{settings.phone_id}/messages", body)
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    told = facts(answer).get("messages")
    first = told[0] if isinstance(told, list) and told else None
    name = first.get("id") if isinstance(first, dict) else None
    if answer.status == 200 and isinstance(name, str) and name:
        return Receipt(id=name, aliases=_called(answer, body))
    return judge(answer, attempt)


def _called(answer: Answer, body: Part) -> tuple[str, ...]:
    """What the platform calls this person beside the name that we used: its own id of them, their number."""
    used = body.get("to") or body.get("recipient")
    return tuple(one for one in named(facts(answer).get("contacts")) if one != used)


def _half_done(taken: list[str], count: int, outcome: TryLater | Refused | Unknown) -> Unknown:
    gone = f"{len(taken)} of {count} parts were sent ({', '.join(taken)})"
    sure = "may have been sent" if isinstance(outcome, Unknown) else "was not sent"
    return Unknown(reason=f"{gone}; the next one {sure}: {outcome.reason}. Send only what is missing.")
