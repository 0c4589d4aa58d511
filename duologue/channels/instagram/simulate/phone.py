"""A person with a phone: everything somebody can do to an account on the platform, each as one verb."""

from datetime import datetime
from typing import Any

from duologue.channels.instagram.simulate.stage import Stage
from duologue.channels.instagram.simulate.tells import Event
from duologue.channels.instagram.simulate.world import ACCOUNT, APP, POST, STORY_LIFE, Comment, Message, Thread
from duologue.channels.shared.double.samples import SKETCH

_NAMES = {"❤": "love", "❤️": "love", "👍": "like", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry"}


class Phone:
    """What this person does reaches the account's app as a signed event. Verbs return the id of what was said."""

    def __init__(self, thread: Thread, stage: Stage) -> None:
        self.thread = thread
        self._stage, self._world, self._hooks = stage, stage.world, stage.hooks

    def says(self, text: str, *, reply_to: str | None = None, tapped: str | None = None) -> str:
        """Writes; with `tapped`, by touching a quick reply with that payload."""
        self.reads()
        message: dict[str, Any] = {"text": text}
        if reply_to:
            message["reply_to"] = {"mid": reply_to}
        if tapped:
            message["quick_reply"] = {"payload": tapped}
        return self._message(text, message, reply_to=reply_to)

    def sends(self, kind: str, data: bytes, *, mime: str, name: str) -> str:
        """Sends a file: `kind` is image, video, audio or file."""
        file = self._world.keep(data, mime, name)
        message = {"attachments": [{"type": kind, "payload": {"url": self._world.shelf.link(file)}}]}
        return self._message(name, message, file=file)

    def attaches(self, *attachments: dict[str, Any], text: str | None = None) -> str:
        """Sends attachments of any kind, worded as the platform words them."""
        return self._message(text or "", {"attachments": list(attachments)} | ({"text": text} if text else {}))

    def answers_story(self, text: str) -> str:
        """Answers a story of the account."""
        story = self._world.keep(SKETCH, "image/png", "story.png", STORY_LIFE)
        about = {"story": {"id": story, "url": self._world.shelf.link(story)}}
        return self._message(text, {"text": text, "reply_to": about})

    def mentions_in_story(self) -> str:
        """Names the account in a story of their own, which can be seen for a day."""
        story = self._world.keep(SKETCH, "image/png", "story.png", STORY_LIFE)
        return self.attaches({"type": "story_mention", "payload": {"url": self._world.shelf.link(story)}})

    def shares_post(self, title: str, *, twice: bool = False) -> str:
        """Shares a post; with `twice`, under its older name as well, as it was until April 2026."""
        url = f"https://www.instagram.com/p/{self._world.number('post')}/"
        post = {"type": "ig_post", "payload": {"ig_post_media_id": POST, "title": title, "url": url}}
        older = {"type": "share", "payload": {"url": url}}
        return self.attaches(*([older, post] if twice else [post]))

    def shares_reel(self, title: str) -> str:
        number = self._world.number("reel")
        payload = {"url": f"https://www.instagram.com/reel/{number}/", "title": title, "reel_video_id": number}
        return self.attaches({"type": "ig_reel", "payload": payload})

    def likes(self) -> str:
        """Sends a heart: an attachment without a payload."""
        return self._message("❤️", {"attachments": [{"type": "like_heart"}]})

    def sends_unsupported(self) -> str:
        return self._message("", {"is_unsupported": True})

    def comments(self, text: str, *, flat: bool = False, live: bool = False, product: str = "FEED") -> str:
        """Comments in public; with `flat`, as it is documented: without the list around it."""
        comment = Comment(id=self._world.number("comment"), person=self.thread.id, at=self._world.now(), live=live)
        self._world.comments[comment.id] = comment
        self.thread.messages.append(Message(id=comment.id, by="person", text=text, at=comment.at, public=True))
        value = {
            "id": comment.id,
            "from": {"id": self.thread.id, "username": self.thread.username},
            "media": {"id": POST, "media_product_type": product},
            "text": text,
        }
        item = {"field": "live_comments" if live else "comments", "value": value}
        self._hooks.put(Event(item, "flat" if flat else "changes"))
        self._stage.changed()
        return comment.id

    def edits(self, mid: str, text: str) -> None:
        message = self._mine(mid)
        message.text, message.edits = text, message.edits + 1
        self._act("message_edit", {"mid": mid, "text": text, "num_edit": message.edits})

    def says_and_edits(self, text: str, later: str) -> str:
        """The edit is told before the message that it is about."""
        mid = self._world.number("message")
        self._opens()
        message = Message(id=mid, by="person", text=later, at=self._world.now(), edits=1)
        self.thread.messages.append(message)
        self._act("message_edit", {"mid": mid, "text": later, "num_edit": 1})
        self._act("message", {"mid": mid, "text": text})
        return mid

    def takes_back(self, mid: str) -> None:
        self._mine(mid).gone = True
        self._act("message", {"mid": mid, "is_deleted": True})

    def reacts(self, mid: str, emoji: str = "❤") -> None:
        self._mine(mid).reaction = emoji
        self._opens()
        about = {"mid": mid, "action": "react", "reaction": _NAMES.get(emoji, "other"), "emoji": emoji}
        self._act("reaction", about)

    def unreacts(self, mid: str) -> None:
        self._mine(mid).reaction = None
        self._act("reaction", {"mid": mid, "action": "unreact"})

    def taps(self, title: str, payload: str, *, with_id: bool = True) -> None:
        """Touches an ice breaker, a button or a menu entry; the platform does not always give such a tap an id."""
        self._opens()
        self._act("postback", {"title": title, "payload": payload} | ({"mid": self._new()} if with_id else {}))

    def comes_from(self, ref: str) -> None:
        """Follows a link into the conversation that is already there."""
        self._opens()
        self._act("referral", {"ref": ref, "source": "IG.ME", "type": "OPEN_THREAD"})

    def comes_from_ad(self, text: str, **about: Any) -> str:
        """Writes after having seen an advertisement."""
        referral = {"source": "ADS", "type": "OPEN_THREAD", "ad_id": "6001", "ads_context_data": about}
        return self._message(text, {"text": text, "referral": referral})

    def opts_in(self, **optin: Any) -> None:
        self._act("optin", {"type": "notification_messages", **optin})

    def reads(self) -> None:
        """Looks at the conversation: the newest message of the account is told to be seen."""
        unseen = [one for one in self.thread.messages if one.by == "brand" and not one.seen]
        for one in unseen:
            one.seen = True
        if unseen:
            self._act("read", {"mid": unseen[-1].id})

    def receives(self, message: Message) -> None:
        """The account's message is on the phone."""
        self.thread.typing_until = None
        self.thread.messages.append(message)

    def blocks(self) -> None:
        self.thread.blocked = True

    def does(self, **item: Any) -> None:
        """Anything else at all, as one raw item between this person and the account."""
        for name, value in item.items():
            self._act(name, value)

    def echo(self, message: Message, content: dict[str, Any]) -> Event:
        """What the account said, as it is reported back to its apps."""
        said = {"mid": message.id, "is_echo": True, "app_id": message.app, **content}
        if message.metadata is not None:
            said["metadata"] = message.metadata
        if message.reply_to:
            said["reply_to"] = {"mid": message.reply_to}
        item = {"sender": {"id": ACCOUNT}, "recipient": {"id": self.thread.id}, "timestamp": _ms(message.at)}
        return Event({**item, "message": said}, self._place())

    def _message(self, text: str, content: dict[str, Any], **more: Any) -> str:
        mid = self._new()
        self._opens()
        self.thread.messages.append(Message(id=mid, by="person", text=text, at=self._world.now(), **more))
        self._act("message", {"mid": mid, **content})
        return mid

    def _new(self) -> str:
        return self._world.number("message")

    def _opens(self) -> None:
        self.thread.open_since, self.thread.wrote = self._world.now(), True

    def _act(self, name: str, value: Any) -> None:
        item = {"sender": {"id": self.thread.id}, "recipient": {"id": ACCOUNT}, "timestamp": _ms(self._world.now())}
        self._hooks.put(Event({**item, name: value}, self._place()))
        self._stage.changed()

    def _mine(self, mid: str) -> Message:
        return next(one for one in self.thread.messages if one.id == mid)

    def _place(self) -> str:
        return "messaging" if self.thread.owner == APP else "standby"


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
