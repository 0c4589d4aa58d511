"""How the bot stands: with a person, in a group, with a business account."""

from duologue.channels.contract import Branch, Content, Event, Kind, Moved, Opted, Said, Sign
from duologue.channels.shared.strict import Object, Odd, fact, moment, thing
from duologue.channels.telegram.addresses import Chat, connection, whole
from duologue.channels.telegram.around import Update, name_in, needed, number_of, person_of, private_chat, time_of
from duologue.channels.telegram.cards import name_of


def member(update: Update, kind: str) -> list[Event]:
    """The person blocked the bot, or lets it write again. In a group: the bot was added, or removed."""
    change = needed(update, kind)
    chat, at = private_chat(change), time_of(change, "date")
    status = fact(thing(change, "new_chat_member"), "status", 40)
    if status is None:
        raise Odd("there is no status")
    if chat is None:
        return [_in_group(change, status)]
    stopped = status in {"kicked", "left"}
    text = "Has blocked the bot" if stopped else "Lets the bot write again"
    return [
        Said(
            id=f"{chat.address}:member:{number_of(update, change)}",
            address=chat.address,
            at=at,
            content=Content(kind=Kind.NOTICE, text=text, raw_kind=kind),
            person=person_of(thing(change, "chat") | thing(change, "from")),
            automatic=True,
        ),
        Opted(address=chat.address, at=at, stopped=stopped, scope="all"),
    ]


def _in_group(change: Object, status: str) -> Sign:
    title = name_of(thing(change, "chat")) or "?"
    if status in {"left", "kicked"}:
        return Sign(name="Groups", words=f"The bot is no longer in “{title}”.")
    words = f"The bot was added to “{title}”. Only private chats come into the inbox; what is said there does not."
    return Sign(name="Groups", words=words, level="warn")


def moved(message: Object) -> list[Event]:
    """A group that grew has a new number. Nothing else of groups is taken in."""
    to = message.get("migrate_to_chat_id")
    if to is None:
        return []
    old = Chat(whole(thing(message, "chat").get("id"), "chat"))
    return [Moved(address=old.address, to=Chat(whole(to, "chat")).address, at=time_of(message, "date"))]


def connected(update: Update, kind: str) -> list[Event]:
    """A business account lets the bot answer for it, or no longer."""
    about = needed(update, kind)
    rights = thing(about, "rights")
    may = rights.get("can_reply") is True or about.get("can_reply") is True
    enabled = about.get("is_enabled") is True
    branch = Branch(
        name=connection(name_in(about, "id")) or "",
        at=moment(about.get("date")) or update.received,
        open=enabled and may,
    )
    return [_of_business(name_of(thing(about, "user")) or "?", enabled=enabled, may=may), branch]


def _of_business(who: str, *, enabled: bool, may: bool) -> Sign:
    if not enabled:
        return Sign(name="Business account", words=f"“{who}” has taken the bot out of its chats.", level="warn")
    if not may:
        words = f"The bot sees the chats of “{who}”, but may not answer in them."
        return Sign(name="Business account", words=words, level="warn")
    return Sign(name="Business account", words=f"The bot answers for “{who}”.")
