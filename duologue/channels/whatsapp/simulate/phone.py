"""A person with a phone: everything somebody can do to a number on the platform, each as one verb."""

from typing import Any

from duologue.channels.whatsapp.simulate.stage import Stage
from duologue.channels.whatsapp.simulate.tells import Event, contact
from duologue.channels.whatsapp.simulate.world import INBOUND_LIFE, NUMBER_DIGITS, Message, Thread

_ORDER = ("accepted", "sent", "delivered", "read")


class Phone:
    """What this person does reaches the number's app as a signed event. Verbs return the id of what was said."""

    def __init__(self, thread: Thread, stage: Stage) -> None:
        self.thread = thread
        self._stage, self._world, self._hooks = stage, stage.world, stage.hooks

    def says(self, text: str, *, reply_to: str | None = None, **beside: Any) -> str:
        """Writes; `beside`: referral, context, as the platform words them."""
        self.reads()
        if reply_to:
            beside["context"] = {"from": NUMBER_DIGITS, "id": reply_to}
        return self._message(text, "text", {"body": text}, reply_to=reply_to, **beside)

    def sends(self, kind: str, data: bytes, *, mime: str, name: str, **more: Any) -> str:
        """Sends a file: `kind` is image, video, audio, document or sticker."""
        number = self._world.keep(data, mime, name, INBOUND_LIFE)
        about = {"id": number, "mime_type": mime, "sha256": "…", **more}
        if kind == "document":
            about["filename"] = name
        return self._message(f"📎 {name}", kind, about)

    def places(self, latitude: float, longitude: float, **about: str) -> str:
        return self._message("📍", "location", {"latitude": latitude, "longitude": longitude, **about})

    def gives_card(self, name: str, phone: str) -> str:
        card = {"name": {"formatted_name": name}, "phones": [{"phone": phone, "type": "CELL"}]}
        return self._message(f"👤 {name}", "contacts", [card])

    def taps(self, title: str) -> str:
        """Touches a button or a row of the newest message that has one of this title. `KeyError` where none has."""
        for message in reversed(self.thread.messages):
            if message.by == "brand" and title in message.buttons:
                return self._tap(message, title)
        raise KeyError(title)

    def _tap(self, message: Message, title: str) -> str:
        context = {"from": NUMBER_DIGITS, "id": message.id}
        if message.type == "template":
            return self._message(title, "button", {"payload": title, "text": title}, context=context)
        kind = "button_reply" if len(message.buttons) <= 3 else "list_reply"
        return self._message(title, "interactive", {"type": kind, kind: {"id": title, "title": title}}, context=context)

    def fills_in(self, answers: str, name: str = "flow") -> str:
        """Sends a form; `answers` is the JSON that the form makes."""
        given = {"type": "nfm_reply", "nfm_reply": {"name": name, "body": "Sent", "response_json": answers}}
        return self._message("📝", "interactive", given)

    def orders(self, *items: dict[str, Any]) -> str:
        return self._message("🛒", "order", {"catalog_id": "77", "text": "", "product_items": list(items)})

    def sends_unsupported(self, kind: str = "poll") -> str:
        error = {"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}
        return self._message("📊", "unsupported", {"type": kind}, errors=[error])

    def does(self, kind: str, given: Any, **beside: Any) -> str:
        """Anything else at all, as one message of this type."""
        return self._message(f"({kind})", kind, given, **beside)

    def edits(self, id: str, text: str) -> None:
        self._mine(id).text = text
        new = {"context": {"id": id}, "type": "text", "text": {"body": text}}
        self._tell("edit", {"original_message_id": id, "message": new})

    def says_and_edits(self, text: str, later: str) -> str:
        """The edit is told before the message that it is about."""
        name = self._keep(later, "text")
        self._tell("edit", {"original_message_id": name, "message": {"type": "text", "text": {"body": later}}})
        self._tell("text", {"body": text}, id=name)
        return name

    def takes_back(self, id: str) -> None:
        self._mine(id).gone = True
        self._tell("revoke", {"original_message_id": id})

    def reacts(self, id: str, emoji: str | None = "👍") -> None:
        """None: takes it away again."""
        self._mine(id).reaction = emoji
        self._opens()
        self._tell("reaction", {"message_id": id} | ({"emoji": emoji} if emoji else {}))

    def changes_number(self, phone: str, user: str) -> None:
        """A new number, and with it a new id of the business's own. The notice has no contact beside it."""
        former, self.thread.phone = self.thread.phone, phone
        old = self.thread.user
        body = f"User {self.thread.name} changed from {former} to {phone}"
        system = {"body": body, "wa_id": phone, "user_id": user, "previous_user_id": old, "type": "user_changed_number"}
        item = {**self._head(self._world.number("message")), "from": former, "type": "system", "system": system}
        item.pop("from_user_id")
        self._hooks.put(Event(item))
        del self._world.threads[old]
        self.thread.user = user
        self._world.threads[user] = self.thread

    def stops_marketing(self, stop: bool = True) -> None:
        self.thread.no_marketing = stop
        given = {
            **self._ids("wa_id", "user_id"),
            "detail": "User requested to stop marketing messages" if stop else "User requested to resume",
            "category": "marketing_messages",
            "value": "stop" if stop else "resume",
            "timestamp": int(self._world.now().timestamp()),
        }
        self._hooks.put(Event(given, "user_preferences", contact(self.thread), "user_preferences"))

    def calls(self) -> None:
        """Rings, and hangs up. It opens the window as a message does."""
        self._opens()
        name = self._world.number("message")
        for event in ("connect", "terminate"):
            given = {**self._head(name), "event": event, "direction": "USER_INITIATED", "to": NUMBER_DIGITS}
            if event == "terminate":
                given |= {"status": "FAILED"}  # nobody picked it up
            self._hooks.put(Event(given, "calls", contact(self.thread), "calls"))

    def reads(self) -> None:
        """Looks at the conversation: each of the number's messages there is told to be read."""
        for message in self.thread.messages:
            if message.by == "brand" and message.status == "delivered":
                self.advances(message, "read")
        self._stage.changed()

    def receives(self, message: Message) -> None:
        """The number's message is on the phone, and that is told in two steps."""
        self.thread.typing_until = None
        self.thread.messages.append(message)
        for step in ("sent", "delivered"):
            self.advances(message, step)

    def advances(self, message: Message, step: str) -> None:
        if _ORDER.index(step) > _ORDER.index(message.status):
            message.status = step
        self._hooks.put(self.status(message, step))

    def status(self, message: Message, step: str, **more: Any) -> Event:
        """How far a message has come, with its price where it has one."""
        given = {
            "id": message.id,
            "status": step,
            "timestamp": str(int(self._world.now().timestamp())),
            **self._ids("recipient_id", "recipient_user_id"),
            **more,
        }
        if message.callback is not None:
            given["biz_opaque_callback_data"] = message.callback
        if step in {"sent", "delivered"}:
            paid = message.type == "template"
            kind, category = ("regular", "utility") if paid else ("free_customer_service", "service")
            given["pricing"] = {"billable": paid, "pricing_model": "PMP", "type": kind, "category": category}
        return Event(given, "statuses", contact(self.thread))

    def _message(self, text: str, kind: str, given: Any, *, reply_to: str | None = None, **beside: Any) -> str:
        name = self._keep(text, kind, reply_to=reply_to)
        self._tell(kind, given, id=name, **beside)
        return name

    def _keep(self, text: str, kind: str, reply_to: str | None = None) -> str:
        said = Message(
            id=self._world.number("message"),
            by="person",
            text=text,
            at=self._world.now(),
            type=kind,
            reply_to=reply_to,
        )
        self._opens()
        self.thread.messages.append(said)
        return said.id

    def _tell(self, kind: str, given: Any, *, id: str | None = None, **beside: Any) -> None:
        item = {**self._head(id or self._world.number("message")), **beside, "type": kind, kind: given}
        self._hooks.put(Event(item, "messages", contact(self.thread)))
        self._stage.changed()

    def _head(self, id: str) -> dict[str, Any]:
        return {**self._ids("from", "from_user_id"), "id": id, "timestamp": str(int(self._world.now().timestamp()))}

    def _ids(self, phone: str, user: str) -> dict[str, str]:
        return ({phone: self.thread.phone} if self.thread.phone else {}) | {user: self.thread.user}

    def _opens(self) -> None:
        self.thread.open_since = self._world.now()

    def _mine(self, id: str) -> Message:
        return next(one for one in self.thread.messages if one.id == id)
