"""Messages that nobody wrote: the platform tells in the chat that something happened."""

from collections.abc import Callable

from duologue.channels.contract import Content, Kind
from duologue.channels.shared.strict import Object, fact, facts, thing, things, words

_NOTICE_WORDS = {
    "pinned_message": "Pinned a message",
    "message_auto_delete_timer_changed": "Changed when messages disappear",
    "write_access_allowed": "Agreed to be written to",
    "connected_website": "Signed in on a website",
    "chat_background_set": "Changed the background",
    "users_shared": "Shared people",
    "chat_shared": "Shared a chat",
    "boost_added": "Boosted the chat",
    "passport_data": "Sent identity papers, which are not read here",
    "proximity_alert_triggered": "Came near",
    "gift": "Sent a gift",
    "unique_gift": "Sent a gift",
    "gift_upgrade_sent": "Sent a gift",
    "giveaway": "Announced a giveaway",
    "giveaway_created": "Announced a giveaway",
    "giveaway_winners": "Announced a giveaway",
    "giveaway_completed": "Announced a giveaway",
    "checklist_tasks_done": "Ticked off tasks",
    "checklist_tasks_added": "Added tasks",
    "suggested_post_approved": "A suggested post was approved",
    "suggested_post_declined": "A suggested post was declined",
    "paid_message_price_changed": "The price of messages changed",
    "direct_message_price_changed": "The price of messages changed",
    "video_chat_scheduled": "Planned a call",
    "video_chat_started": "Began a call",
    "video_chat_ended": "Ended a call",
    "video_chat_participants_invited": "Invited to a call",
    "successful_payment": "Paid",
    "refunded_payment": "Was paid back",
    "new_chat_title": "Changed the title",
    "new_chat_photo": "Changed the picture",
    "delete_chat_photo": "Removed the picture",
}


def _told(message: Object, name: str) -> Content:
    return Content(kind=Kind.NOTICE, text=_NOTICE_WORDS[name], raw_kind=name)


def _website(message: Object, name: str) -> Content:
    site = fact(message, name)
    return Content(kind=Kind.NOTICE, text=_NOTICE_WORDS[name], raw_kind=name, facts={"site": site} if site else {})


def _shared(message: Object, name: str) -> Content:
    """People or a chat that the person chose on a button of ours."""
    given = thing(message, name)
    named = [one for user in things(given, "users") if (one := fact(user, "first_name", 100))] + [
        one for one in [fact(given, "title", 200)] if one
    ]
    who = ", ".join(named)[:300]
    return Content(kind=Kind.NOTICE, text=_NOTICE_WORDS[name], raw_kind=name, facts={"who": who} if who else {})


def _allowed(message: Object, name: str) -> Content:
    about = facts(thing(message, name), {"web_app_name": "app"})
    return Content(kind=Kind.NOTICE, text=_NOTICE_WORDS[name], raw_kind=name, facts=about)


def _invoice(message: Object, name: str) -> Content:
    invoice = thing(message, name)
    lines = [words(invoice, "title"), words(invoice, "description")]
    text = "\n".join(line for line in lines if line) or None
    return Content(kind=Kind.CARD, text=text, raw_kind=name, facts=_money(invoice))


def _paid(message: Object, name: str) -> Content:
    return Content(kind=Kind.NOTICE, text=_NOTICE_WORDS[name], raw_kind=name, facts=_money(thing(message, name)))


_EXPONENTS = {"XTR": 0, "JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "UGX": 0, "ISK": 0, "PYG": 0}


def _money(given: Object) -> dict[str, str]:
    """Amounts come in the currency's smallest unit (currencies.json of the Bot API, August 2026)."""
    amount, currency = given.get("total_amount"), fact(given, "currency", 10)
    if not isinstance(amount, int) or isinstance(amount, bool) or currency is None or abs(amount) > 10**15:
        return {}
    digits = _EXPONENTS.get(currency, 2)
    return {"amount": f"{amount / 10**digits:.{digits}f} {currency}"}


NOTICES: dict[str, Callable[[Object, str], Content]] = {
    **dict.fromkeys(_NOTICE_WORDS, _told),
    "connected_website": _website,
    "users_shared": _shared,
    "chat_shared": _shared,
    "write_access_allowed": _allowed,
    "invoice": _invoice,
    "successful_payment": _paid,
    "refunded_payment": _paid,
}
