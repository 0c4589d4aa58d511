"""A person with a phone: everything somebody can do to an account on the platform, each as one verb."""

from typing import Any

from duologue.channels.instagram.simulate.tells import Event
from duologue.channels.instagram.simulate.world import ACCOUNT, APP, POST, STORY_LIFE, Comment, Thread, World
from duologue.channels.meta.double.messaging import phone
from duologue.channels.meta.double.messaging.world import Message
from duologue.channels.shared.double.samples import SKETCH

_NAMES = {"❤": "love", "❤️": "love", "👍": "like", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry"}


class Phone(phone.Phone[Thread, World, Event]):
    """What this person does reaches the account's app as a signed event. Verbs return the id of what was said."""

    brand, app = ACCOUNT, APP

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
        value = {
            "id": comment.id,
            "from": {"id": self.thread.id, "username": self.thread.username},
            "media": {"id": POST, "media_product_type": product},
            "text": text,
        }
        item = {"field": "live_comments" if live else "comments", "value": value}
        return self._in_public(comment, text, item, "flat" if flat else "changes")

    def says_and_edits(self, text: str, later: str) -> str:
        """The edit is told before the message that it is about."""
        mid = self._world.number("message")
        self._opens()
        message = Message(id=mid, by="person", text=later, at=self._world.now(), edits=1)
        self.thread.messages.append(message)
        self._act("message_edit", {"mid": mid, "text": later, "num_edit": 1})
        self._act("message", {"mid": mid, "text": text})
        return mid

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

    def _event(self, item: dict[str, Any], place: str) -> Event:
        return Event(item, place)

    def _read(self, newest: Message) -> dict[str, Any]:
        return {"mid": newest.id}

    def _opens(self) -> None:
        super()._opens()
        self.thread.wrote = True
