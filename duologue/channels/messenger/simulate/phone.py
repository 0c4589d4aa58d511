"""A person with a phone: everything somebody can do to a page on the platform, each as one verb."""

from typing import Any

from duologue.channels.messenger.simulate.tells import Event
from duologue.channels.messenger.simulate.world import APP, PAGE, Thread, World
from duologue.channels.meta.double.messaging import phone
from duologue.channels.meta.double.messaging.world import Comment, Message

_NAMES = {"❤️": "love", "👍": "like", "👎": "dislike", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry"}


class Phone(phone.Phone[Thread, World, Event]):
    """What this person does reaches the page's app as a signed event. Verbs return the id of what was said."""

    brand, app = PAGE, APP

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

    def rates(self, mid: str, feedback: str) -> None:
        self._act("response_feedback", {"feedback": feedback, "mid": mid})

    def comments(self, text: str) -> str:
        """Comments in public on a post of the page."""
        comment = Comment(id=f"{PAGE}_55_{self._world.number('comment')}", person=self.thread.id, at=self._world.now())
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
        return self._in_public(comment, text, {"field": "feed", "value": value})

    def posts(self, text: str) -> str:
        """Posts in public on the page."""
        post = Comment(id=f"{PAGE}_{self._world.number('post')}", person=self.thread.id, at=self._world.now())
        value = {
            "item": "status",
            "verb": "add",
            "post_id": post.id,
            "message": text,
            "created_time": int(self._world.now().timestamp()),
            "from": {"id": self.thread.id, "name": self.thread.name},
        }
        return self._in_public(post, text, {"field": "feed", "value": value})

    def receives(self, message: Message) -> None:
        super().receives(message)
        self._act("delivery", {"mids": [message.id], "watermark": phone.ms(message.at)})

    def unblocks(self) -> None:
        self.thread.blocked = False

    def _event(self, item: dict[str, Any], place: str) -> Event:
        return Event(item, place)

    def _read(self, newest: Message) -> dict[str, Any]:
        """All that was told until now."""
        return {"watermark": phone.ms(self._world.now())}

    def _quote(self, mid: str) -> dict[str, Any]:
        return {"mid": mid, "is_self_reply": False}
