"""A person with a phone: everything somebody can do to an Official Account, each as one verb."""

from datetime import datetime
from typing import Any

from duologue.channels.line.simulate.hooks import Hooks
from duologue.channels.line.simulate.world import File, Friend, Message, World


class Phone:
    """What this person does reaches the account as a signed event. Verbs return the id of what was said."""

    def __init__(self, friend: Friend, world: World, hooks: Hooks) -> None:
        self.friend = friend
        self._world, self._hooks = world, hooks

    def says(self, text: str, *, quotes: str | None = None, **more: Any) -> str:
        message = {"type": "text", "text": text, "quoteToken": self._world.word("quote")} | more
        return self._message(text, message | ({"quotedMessageId": quotes} if quotes else {}))

    def sends(self, kind: str, data: bytes, *, mime: str, processing: bool = False, **more: Any) -> str:
        """Sends a picture, video, recording or file."""
        message: dict[str, Any] = {"type": kind, **more}
        if kind == "file":
            message |= {"fileName": more.get("fileName", "order.pdf"), "fileSize": len(data)}
        else:
            message |= {"contentProvider": {"type": "line"}, "quoteToken": self._world.word("quote")}
        if kind in {"video", "audio"}:
            message["duration"] = 1000
        said = self._message(f"📎 {kind}", message)
        self._world.files[said] = File(data=data, mime=mime, state="processing" if processing else "succeeded")
        return said

    def sticks(self, **more: Any) -> str:
        sticker = {
            "packageId": "446",
            "stickerId": "1988",
            "stickerResourceType": "STATIC",
            "keywords": ["hello", "hi"],
        }
        return self._message("🙂", {"type": "sticker", "quoteToken": self._world.word("quote"), **sticker, **more})

    def is_at(self, latitude: float, longitude: float, **more: Any) -> str:
        return self._message("📍", {"type": "location", "latitude": latitude, "longitude": longitude, **more})

    def taps(self, data: str, **params: str) -> str:
        """Taps a button of ours; a date picker tells a time as well."""
        self.friend.messages.append(self._said(self._world.number(), data))
        return self.does("postback", postback={"data": data} | ({"params": params} if params else {}))

    def takes_back(self, id: str) -> None:
        """The content is no longer to be had."""
        next(one for one in self.friend.messages if one.id == id).gone = True
        self._world.files.pop(id, None)
        self.does("unsend", unsend={"messageId": id}, token=False)

    def blocks(self) -> None:
        self.friend.blocked = True
        self.does("unfollow", token=False)

    def unblocks(self) -> None:
        self.friend.blocked = False
        self.does("follow", follow={"isUnblocked": True})

    def does(self, kind: str, *, token: bool = True, source: dict[str, str] | None = None, **item: Any) -> str:
        """Anything at all, as one event; its id."""
        number = "01" + self._world.word("event")[:24].upper()
        event: dict[str, Any] = {
            "type": kind,
            "mode": "standby" if self._world.standby else "active",
            "timestamp": _ms(self._world.now()),
            "webhookEventId": number,
            "deliveryContext": {"isRedelivery": False},
            "source": source or {"type": "user", "userId": self.friend.id},
        }
        if token and not self._world.standby:
            event["replyToken"] = self._world.reply_token(self.friend.id)
        self._hooks.put(event | item)
        return number

    def _message(self, text: str, message: dict[str, Any]) -> str:
        number = self._world.number()
        self.friend.messages.append(self._said(number, text))
        if "quoteToken" in message:
            self._world.quotes[message["quoteToken"]] = number
        more = {} if self._world.standby else {"markAsReadToken": self._world.read_token(self.friend.id)}
        self.does("message", message={"id": number, **message, **more})
        return number

    def _said(self, id: str, text: str) -> Message:
        return Message(id=id, by="person", text=text, at=self._world.now())


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
