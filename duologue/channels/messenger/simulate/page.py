"""What the page does: it speaks, through our app or another, and passes conversations on."""

from typing import Any

from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.messenger.simulate.tells import Event
from duologue.channels.messenger.simulate.world import APP, PAGE, PAGE_INBOX, Thread
from duologue.channels.meta.double import templates
from duologue.channels.meta.double.messaging.world import Message


class Page:
    """The brand's side of every conversation."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    async def speaks(self, thread: Thread, message: Message, content: dict[str, Any]) -> None:
        """The page has spoken: the phone has it, and the page's apps hear of it."""
        phone = Phone(thread, self._stage)
        phone.receives(message)
        echo = phone.echo(message, self._with_link(content))
        if self._stage.faults.now("early_echo"):
            await self._stage.hooks.deliver(echo)
        else:
            self._stage.hooks.put(echo)
        self._stage.changed()

    async def answers_elsewhere(self, person: str, text: str, app: int = PAGE_INBOX) -> str:
        """Somebody answers with another tool than ours, by default in the page's own inbox; gives the message's id."""
        mid = self._world.number("message")
        said = Message(id=mid, by="brand", text=text, at=self._world.now(), app=app)
        await self.speaks(self._world.thread(person), said, {"text": text})
        return mid

    def hand_over(self, person: str, to: int) -> None:
        """Another app answers this person from now on (or ours again); what is said comes in standby meanwhile."""
        thread = self._world.thread(person)
        before, thread.owner = thread.owner, to
        verb = "take_thread_control" if to == APP else "pass_thread_control"
        about = {"previous_owner_app_id": str(before), "new_owner_app_id": str(to), "metadata": ""}
        Phone(thread, self._stage).does(**{verb: about})

    def enforces(self, action: str, reason: str | None = None) -> None:
        """The platform warns, blocks or unblocks the page."""
        about = {"action": action} | ({"reason": reason} if reason else {})
        at = round(self._world.now().timestamp() * 1000)
        self._stage.hooks.put(Event({"recipient": {"id": PAGE}, "timestamp": at, "policy-enforcement": about}))

    def judges(self, row: dict[str, Any], event: str, reason: str = "NONE") -> None:
        """Meta decides about a template."""
        told = {"field": "message_template_status_update", "value": templates.judged(row, event, reason)}
        self._stage.hooks.put(Event(told, "changes"))

    def looks_at(self, row: dict[str, Any]) -> None:
        """Meta decides by what stands in it."""
        found = templates.opinion(row)
        why = "TAG_SHOULD_BE_MARKETING" if found == "INCORRECT_CATEGORY" else found
        self.judges(row, "REJECTED" if found != "NONE" else "APPROVED", why)

    def _with_link(self, content: dict[str, Any]) -> dict[str, Any]:
        """The file's number becomes its address."""
        attachments = [
            {"type": one["type"], "payload": {"url": self._world.shelf.link(one["payload"]["url"])}}
            if one["type"] != "template"
            else one
            for one in content.get("attachments", [])
        ]
        return {**content, "attachments": attachments} if attachments else content
