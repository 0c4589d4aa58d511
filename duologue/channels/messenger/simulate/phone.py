"""A person with a phone: everything somebody can do to a page on the platform, each as one verb."""

from datetime import datetime
from typing import Any

from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.messenger.simulate.tells import Event
from duologue.channels.messenger.simulate.world import APP, PAGE, Comment, Message, Thread

_NAMES = {"❤️": "love", "👍": "like", "👎": "dislike", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry"}


class Phone:
    """What this person does reaches the page's app as a signed event. Verbs return the id of what was said."""

    def __init__(self, thread: Thread, stage: Stage) -> None:
        self.thread = thread
        self._stage, self._world, self._hooks = stage, stage.world, stage.hooks

    def says(self, text: str, *, reply_to: str | None = None, tapped: str | None = None) -> str:
        """Writes; with `tapped`, by touching a quick reply with that payload."""
        self.reads()
        message: dict[str, Any] = {"text": text}
        if reply_to:
            message["reply_to"] = {"mid": reply_to, "is_self_reply": False}
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

    def reacts(self, mid: str, emoji: str = "❤️") -> None:
        self._mine(mid).reaction = emoji
        self._opens()
        about = {"reaction": _NAMES.get(emoji, "other"), "emoji": emoji, "action": "react", "mid": mid}
        self._act("reaction", about)

    def unreacts(self, mid: str) -> None:
        self._mine(mid).reaction = None
        self._act("reaction", {"action": "unreact", "mid": mid})

    def taps(self, title: str, payload: str, *, with_id: bool = True, referral: dict[str, Any] | None = None) -> None:
        """Touches a button or menu entry; the platform does not always give such a tap an id."""
        self._opens()
        postback: dict[str, Any] = {"title": title, "payload": payload}
        if with_id:
            postback["mid"] = self._world.number("message")
        if referral:
            postback["referral"] = referral
        self._act("postback", postback)

    def comes_from(self, **referral: Any) -> None:
        """Follows a link or an advertisement into the conversation that is already there."""
        self._opens()
        self._act("referral", {"source": "SHORTLINK", "type": "OPEN_THREAD", **referral})

    def opts_in(self, **optin: Any) -> None:
        self._act("optin", {"type": "notification_messages", **optin})

    def rates(self, mid: str, feedback: str) -> None:
        self._act("response_feedback", {"feedback": feedback, "mid": mid})

    def comments(self, text: str) -> str:
        """Comments in public on a post of the page."""
        comment = Comment(id=f"{PAGE}_55_{self._world.number('comment')}", person=self.thread.id, at=self._world.now())
        self._world.comments[comment.id] = comment
        self.thread.messages.append(Message(id=comment.id, by="person", text=text, at=comment.at, public=True))
        value = {
            "item": "comment",
            "verb": "add",
            "comment_id": comment.id,
            "post_id": f"{PAGE}_55",
            "parent_id": f"{PAGE}_55",
            "message": text,
            "created_time": int(self._world.now().timestamp()),
            "from": {"id": self.thread.id, "name": self.thread.name},
        }
        self._hooks.put(Event({"field": "feed", "value": value}, "changes"))
        self._stage.changed()
        return comment.id

    def posts(self, text: str) -> str:
        """Posts in public on the page."""
        post = Comment(id=f"{PAGE}_{self._world.number('post')}", person=self.thread.id, at=self._world.now())
        self._world.comments[post.id] = post
        self.thread.messages.append(Message(id=post.id, by="person", text=text, at=post.at, public=True))
        value = {
            "item": "status",
            "verb": "add",
            "post_id": post.id,
            "message": text,
            "created_time": int(self._world.now().timestamp()),
            "from": {"id": self.thread.id, "name": self.thread.name},
        }
        self._hooks.put(Event({"field": "feed", "value": value}, "changes"))
        self._stage.changed()
        return post.id

    def reads(self) -> None:
        """Looks at the conversation: all that the page said is seen."""
        unseen = [one for one in self.thread.messages if one.by == "brand" and not one.seen]
        for one in unseen:
            one.seen = True
        if unseen:
            self._act("read", {"watermark": _ms(self._world.now())})

    def receives(self, message: Message) -> None:
        """The page's message is on the phone."""
        self.thread.typing_until = None
        self.thread.messages.append(message)
        self._act("delivery", {"mids": [message.id], "watermark": _ms(message.at)})

    def blocks(self) -> None:
        self.thread.blocked = True

    def unblocks(self) -> None:
        self.thread.blocked = False

    def does(self, **item: Any) -> None:
        """Anything else at all, as one raw item between this person and the page."""
        for name, value in item.items():
            self._act(name, value)

    def echo(self, message: Message, content: dict[str, Any]) -> Event:
        """What the page said, as it is reported back to the page's apps."""
        said = {"mid": message.id, "is_echo": True, "app_id": message.app, **content}
        if message.metadata is not None:
            said["metadata"] = message.metadata
        if message.reply_to:
            said["reply_to"] = {"mid": message.reply_to}
        item = {"sender": {"id": PAGE}, "recipient": {"id": self.thread.id}, "timestamp": _ms(message.at)}
        return Event({**item, "message": said}, self._place())

    def _message(self, text: str, content: dict[str, Any], **more: Any) -> str:
        mid = self._world.number("message")
        self._opens()
        self.thread.messages.append(Message(id=mid, by="person", text=text, at=self._world.now(), **more))
        self._act("message", {"mid": mid, **content})
        return mid

    def _opens(self) -> None:
        self.thread.open_since = self._world.now()

    def _act(self, name: str, value: Any) -> None:
        item = {"sender": {"id": self.thread.id}, "recipient": {"id": PAGE}, "timestamp": _ms(self._world.now())}
        self._hooks.put(Event({**item, name: value}, self._place()))
        self._stage.changed()

    def _mine(self, mid: str) -> Message:
        return next(one for one in self.thread.messages if one.id == mid)

    def _place(self) -> str:
        return "messaging" if self.thread.owner == APP else "standby"


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
