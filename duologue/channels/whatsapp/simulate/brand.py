"""The number's side: what was sent is taken, or refused at once or later; what the account hears of itself."""

from typing import Any

from duologue.channels.meta.double import templates
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.whatsapp.simulate import sending
from duologue.channels.whatsapp.simulate.phone import Phone
from duologue.channels.whatsapp.simulate.stage import Stage
from duologue.channels.whatsapp.simulate.tells import Event, contact
from duologue.channels.whatsapp.simulate.world import NUMBER_DIGITS, PHONE_ID, Message, Thread


class Brand:
    """The number's side of every conversation."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world
        self._failing: list[int] = []

    def will_fail(self, code: int) -> None:
        """The next message is taken, and fails later with this code."""
        self._failing.append(code)

    async def speaks(self, thread: Thread, message: Message, category: str) -> None:
        """The number has sent something. Raises `GraphError` where it is refused at once."""
        phone = Phone(thread, self._stage)
        if self._failing:
            error = sending.refused(self._failing.pop(0), "planned failure")
            self._stage.hooks.put(phone.status(message, "failed", errors=[_worded(error)]))
            return
        try:
            if self._stage.faults.now("held_back"):
                raise sending.refused(
                    131049, "This message was not delivered to maintain healthy ecosystem engagement."
                )
            sending.allowed(self._world, thread, message.type, category)
        except GraphError as error:
            if not self._world.late_errors:
                raise
            self._stage.hooks.put(phone.status(message, "failed", errors=[_worded(error)]))
            return
        if self._stage.faults.now("early_echo"):
            message.status = "sent"
            await self._stage.hooks.deliver(phone.status(message, "sent"))
        phone.receives(message)
        self._stage.changed()

    def answers_in_app(self, person: str, text: str) -> str:
        """Somebody answers with the app on a phone (coexistence); gives the message's id."""
        thread = self._world.thread(person)
        said = Message(id=self._world.number("message"), by="brand", text=text, at=self._world.now(), status="read")
        thread.messages.append(said)
        self._echo(thread, said.id, "text", {"body": text})
        return said.id

    def edits_in_app(self, person: str, id: str, text: str) -> None:
        new = {"type": "text", "text": {"body": text}}
        self._echo(self._world.thread(person), None, "edit", {"original_message_id": id, "message": new})

    def takes_back_in_app(self, person: str, id: str) -> None:
        self._echo(self._world.thread(person), None, "revoke", {"original_message_id": id})

    def reports(self, field: str, **value: Any) -> None:
        """Anything that the platform tells about the account."""
        self._stage.hooks.put(Event(value, "", field=field))

    def fails(self, code: int, title: str) -> None:
        """An error of the account, beside no message."""
        self._stage.hooks.put(Event({"code": code, "title": title, "message": title}, "errors"))

    def judges(self, name: str, event: str, reason: str = "NONE", **more: Any) -> None:
        """Meta decides about a template."""
        for row in self._world.templates.values():
            if row["name"] == name:
                self.reports("message_template_status_update", **templates.judged(row, event, reason), **more)

    def looks_at(self, row: dict[str, Any]) -> None:
        """Meta decides by what stands in it."""
        found = templates.opinion(row)
        self.judges(row["name"], "REJECTED" if found != "NONE" else "APPROVED", found)

    def tells_history(self, person: str, *lines: tuple[str, str], phase: int = 1) -> None:
        """What was said in the app before: ("person" or "brand", text), oldest first."""
        thread = self._world.thread(person)
        said = [
            {
                "from": NUMBER_DIGITS if by == "brand" else thread.phone,
                "id": self._world.number("message"),
                "timestamp": str(int(self._world.now().timestamp()) - 90_000 + number),
                "type": "text",
                "text": {"body": text},
                "history_context": {"status": "READ"},
            }
            for number, (by, text) in enumerate(lines)
        ]
        about = {"phase": phase, "chunk_order": 1, "progress": 55}
        chunk = {"metadata": about, "threads": [{"id": thread.phone, "messages": said}]}
        self._stage.hooks.put(Event(chunk, "history", field="history"))

    def tests_hook(self) -> None:
        """The dashboard's “Test” button: a business account of number 0, and ids of nobody."""
        metadata = {"display_phone_number": "16505551111", "phone_number_id": "123456123"}
        said = {
            "from": "16315551181",
            "id": "ABGG",
            "timestamp": "1504902988",
            "type": "text",
            "text": {"body": "this"},
        }
        value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": [said]}
        self._stage.hooks.put(Event(value, "", account="0"))

    def _echo(self, thread: Thread, id: str | None, kind: str, given: Any) -> None:
        item = {
            "from": NUMBER_DIGITS,
            **({"to": thread.phone} if thread.phone else {}),
            "to_user_id": thread.user,
            "id": id or self._world.number("message"),
            "timestamp": str(int(self._world.now().timestamp())),
            "type": kind,
            kind: given,
        }
        self._stage.hooks.put(Event(item, "message_echoes", contact(thread), "smb_message_echoes"))
        self._stage.changed()


def _worded(error: GraphError) -> dict[str, Any]:
    words = error.message.partition(") ")[2]
    return {"code": error.code, "title": words, "message": words, "error_data": {"details": words}, "href": PHONE_ID}
