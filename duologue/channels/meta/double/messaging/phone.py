"""A person with a phone: what somebody can do to a brand on any of these platforms, each as one verb."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from duologue.channels.meta.double.messaging.world import Comment, Message, Thread, World
from duologue.channels.meta.double.stage import Stage

T = TypeVar("T", bound=Thread)
W = TypeVar("W", bound=World[Any, Any])
E = TypeVar("E")


class Phone(ABC, Generic[T, W, E]):
    """What this person does reaches the brand's app as a signed event. Verbs return the id of what was said."""

    brand: ClassVar[str]
    """The account as hooks name it."""
    app: ClassVar[int]
    """The app that is told of what happens in "messaging"; another one is told in "standby"."""

    def __init__(self, thread: T, stage: Stage[W, E]) -> None:
        self.thread = thread
        self._stage, self._world, self._hooks = stage, stage.world, stage.hooks

    def says(self, text: str, *, reply_to: str | None = None, tapped: str | None = None) -> str:
        """Writes; with `tapped`, by touching a quick reply with that payload."""
        self.reads()
        message: dict[str, Any] = {"text": text}
        if reply_to:
            message["reply_to"] = self._quote(reply_to)
        if tapped:
            message["quick_reply"] = {"payload": tapped}
        return self._message(text, message, reply_to=reply_to)

    def sends(self, kind: str, data: bytes, *, mime: str, name: str, text: str | None = None) -> str:
        """Sends a file: `kind` is image, video, audio or file."""
        file = self._world.keep(data, mime, name)
        message: dict[str, Any] = {"attachments": [{"type": kind, "payload": {"url": self._world.shelf.link(file)}}]}
        return self._message(name, message | ({"text": text} if text else {}), file=file)

    def attaches(self, *attachments: dict[str, Any], text: str | None = None) -> str:
        """Sends attachments of any kind, worded as the platform words them."""
        return self._message(text or "", {"attachments": list(attachments)} | ({"text": text} if text else {}))

    def edits(self, mid: str, text: str) -> None:
        message = self._mine(mid)
        message.text, message.edits = text, message.edits + 1
        self._act("message_edit", {"mid": mid, "text": text, "num_edit": message.edits})

    def takes_back(self, mid: str) -> None:
        self._mine(mid).gone = True
        self._act("message", {"mid": mid, "is_deleted": True})

    def opts_in(self, **optin: Any) -> None:
        self._act("optin", {"type": "notification_messages", **optin})

    def reads(self) -> None:
        """Looks at the conversation: what the brand said is seen, and the brand is told so."""
        unseen = [one for one in self.thread.messages if one.by == "brand" and not one.seen]
        for one in unseen:
            one.seen = True
        if unseen:
            self._act("read", self._read(unseen[-1]))

    def receives(self, message: Message) -> None:
        """The brand's message is on the phone."""
        self.thread.typing_until = None
        self.thread.messages.append(message)

    def blocks(self) -> None:
        self.thread.blocked = True

    def does(self, **item: Any) -> None:
        """Anything else at all, as one raw item between this person and the brand."""
        for name, value in item.items():
            self._act(name, value)

    def echo(self, message: Message, content: dict[str, Any]) -> E:
        """What the brand said, as it is reported back to its apps."""
        said = {"mid": message.id, "is_echo": True, "app_id": message.app, **content}
        if message.metadata is not None:
            said["metadata"] = message.metadata
        if message.reply_to:
            said["reply_to"] = {"mid": message.reply_to}
        item = {"sender": {"id": self.brand}, "recipient": {"id": self.thread.id}, "timestamp": ms(message.at)}
        return self._event({**item, "message": said}, self._place())

    @abstractmethod
    def _event(self, item: dict[str, Any], place: str) -> E:
        """As the platform tells of it; `place`: the list that the item stands in."""

    @abstractmethod
    def _read(self, newest: Message) -> dict[str, Any]:
        """How it is told that everything up to the newest message has been seen."""

    def _quote(self, mid: str) -> dict[str, Any]:
        return {"mid": mid}

    def _message(self, text: str, content: dict[str, Any], **more: Any) -> str:
        mid = self._new()
        self._opens()
        self.thread.messages.append(Message(id=mid, by="person", text=text, at=self._world.now(), **more))
        self._act("message", {"mid": mid, **content})
        return mid

    def _in_public(self, comment: Comment, text: str, item: dict[str, Any], place: str = "changes") -> str:
        """Something is said where everybody can read it."""
        world: World[Any, Any] = self._world
        world.comments[comment.id] = comment
        self.thread.messages.append(Message(id=comment.id, by="person", text=text, at=comment.at, public=True))
        self._hooks.put(self._event(item, place))
        self._stage.changed()
        return comment.id

    def _new(self) -> str:
        return self._world.number("message")

    def _opens(self) -> None:
        self.thread.open_since = self._world.now()

    def _act(self, name: str, value: Any) -> None:
        item = {"sender": {"id": self.thread.id}, "recipient": {"id": self.brand}, "timestamp": ms(self._world.now())}
        self._hooks.put(self._event({**item, name: value}, self._place()))
        self._stage.changed()

    def _mine(self, mid: str) -> Message:
        return next(one for one in self.thread.messages if one.id == mid)

    def _place(self) -> str:
        return "messaging" if self.thread.owner == self.app else "standby"


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
