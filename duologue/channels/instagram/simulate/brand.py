"""What the account does: it speaks, through our app or another, and passes conversations on."""

from typing import Any

from duologue.channels.instagram.simulate.phone import Phone
from duologue.channels.instagram.simulate.stage import Stage
from duologue.channels.instagram.simulate.tells import Event
from duologue.channels.instagram.simulate.world import ACCOUNT, APP, INBOX, Thread
from duologue.channels.meta.double.messaging.world import Message


class Brand:
    """The account's side of every conversation."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    async def speaks(self, thread: Thread, message: Message, content: dict[str, Any]) -> None:
        """The account has spoken: the phone has it, and its apps hear of it."""
        phone = Phone(thread, self._stage)
        phone.receives(message)
        echo = phone.echo(message, content)
        if self._stage.faults.now("early_echo"):
            await self._stage.hooks.deliver(echo)
        else:
            self._stage.hooks.put(echo)
        self._stage.changed()

    async def answers_elsewhere(self, person: str, text: str, app: int = INBOX) -> str:
        """Somebody answers with another tool than ours, by default in the app on a phone; gives the message's id."""
        said = Message(id=self._world.number("message"), by="brand", text=text, at=self._world.now(), app=app)
        await self.speaks(self._world.thread(person), said, {"text": text})
        return said.id

    def notes(self, text: str) -> None:
        """The account writes to itself."""
        at = round(self._world.now().timestamp() * 1000)
        said = {"mid": self._world.number("message"), "is_echo": True, "is_self": True, "text": text}
        self._stage.hooks.put(
            Event({"sender": {"id": ACCOUNT}, "recipient": {"id": ACCOUNT}, "timestamp": at, "message": said})
        )

    def tests_hook(self) -> None:
        """The dashboard's “Test” button: an account of number 0, times as text, and ids of nobody."""
        value = {
            "sender": {"id": "12334"},
            "recipient": {"id": "23245"},
            "timestamp": "1527459824",
            "message": {"mid": "random_mid", "text": "random_text"},
        }
        self._stage.hooks.put(Event({"field": "messages", "value": value}, "changes", "0"))

    def hand_over(self, person: str, to: int) -> None:
        """Another app answers this person from now on (or ours again); what is said comes in standby meanwhile."""
        thread = self._world.thread(person)
        before, thread.owner = thread.owner, to
        verb = "take_thread_control" if to == APP else "pass_thread_control"
        about = {"previous_owner_app_id": str(before), "new_owner_app_id": str(to), "metadata": ""}
        Phone(thread, self._stage).does(**{verb: about})
