"""A person with a phone: everything somebody can do with a bot, each as one verb."""

from typing import Any

from duologue.channels.telegram.simulate.stage import Stage
from duologue.channels.telegram.simulate.world import BOT, BOT_NAME, BOT_USERNAME, CONNECTION, OWNER, Chat, Message

_BOT = {"id": BOT, "is_bot": True, "first_name": BOT_NAME, "username": BOT_USERNAME}


class Phone:
    """What this person does reaches the bot as an update. Verbs return the number of what was said, in this chat."""

    def __init__(self, chat: Chat, stage: Stage) -> None:
        self.chat = chat
        self._stage, self._world, self._hooks = stage, stage.world, stage.hooks

    def says(self, text: str, *, reply_to: int | None = None, quote: str | None = None, **more: Any) -> int:
        """Writes; with `reply_to`, as an answer to a message, `quote` being the part of it that was marked."""
        body: dict[str, Any] = {"text": text, **more}
        if reply_to is not None:
            body["reply_to_message"] = self.tell(self._own(reply_to))
        if quote:
            body["quote"] = {"text": quote, "position": 0, "is_manual": True}
        return self.sends(text, body)

    def sends(self, shown: str, body: dict[str, Any]) -> int:
        """Sends a message of any kind, worded as the platform words it."""
        message = self._said("person", shown, body)
        self._put("message", self.tell(message))
        return message.number

    def sends_file(self, kind: str, data: bytes, *, mime: str, name: str, caption: str | None = None) -> int:
        """Sends a file: `kind` is photo, video, animation, audio, voice, video_note, document or sticker."""
        body = self.file(kind, data, mime, name)
        return self.sends(f"📎 {name}", body | ({"caption": caption} if caption else {}))

    def sends_album(self, *pictures: bytes, caption: str | None = None) -> list[int]:
        """Several pictures at once: as many updates."""
        group, sent = {"media_group_id": self._world.draw("group")[:16]}, []
        for number, data in enumerate(pictures):
            body = self.file("photo", data, "image/png", f"photo{number}.png") | group
            sent.append(self.sends("📎 photo", body | ({"caption": caption} if caption and not number else {})))
        return sent

    def starts(self, payload: str | None = None) -> int:
        """Presses “Start”, perhaps having followed a link with a word in it."""
        self.chat.started, self.chat.blocked = True, False
        text = f"/start {payload}" if payload else "/start"
        return self.says(text, entities=[{"type": "bot_command", "offset": 0, "length": 6}])

    def edits(self, number: int, text: str) -> None:
        message = self._own(number)
        message.text, message.body = text, message.body | {"text": text}
        told = self.tell(message) | {"edit_date": self._seconds()}
        self._put("edited_message", told)

    def reacts(self, number: int, *emoji: str) -> None:
        """Has these reactions to a message from now on; none: takes them away."""
        message = self._own(number)
        before, message.reactions = message.reactions, list(emoji)
        old, new = ([{"type": "emoji", "emoji": one} for one in some] for some in (before, message.reactions))
        about = {"chat": self.chat.told(), "message_id": number, "user": self.chat.user(), "date": self._seconds()}
        self._hooks.put(self.chat.id, "message_reaction", about | {"old_reaction": old, "new_reaction": new})
        self._stage.changed()

    def taps(self, number: int, title: str) -> str:
        """Touches a button below a message; gives the tap's id, which is to be answered."""
        message, query = self._own(number), self._world.draw("query")
        data = next(one["callback_data"] for row in message.buttons for one in row if one["text"] == title)
        about = {"id": query, "from": self.chat.user(), "message": self.tell(message), "chat_instance": "1"}
        self._stage.answered[query] = None
        self._hooks.put(self.chat.id, "callback_query", about | {"data": data})
        return query

    def blocks(self) -> None:
        self.chat.blocked = True
        self._member("member", "kicked")

    def unblocks(self) -> None:
        self.chat.blocked = False
        self._member("kicked", "member")

    def takes_back(self, number: int) -> None:
        """Deletes a message. Only a business account's bot hears of it."""
        self._own(number).gone = True
        if self.chat.connection:
            about = {"business_connection_id": self.chat.connection, "chat": self.chat.told(), "message_ids": [number]}
            self._hooks.put(self.chat.id, "deleted_business_messages", about)
        self._stage.changed()

    def owner_says(self, text: str) -> int:
        """The owner of the business account answers in the app."""
        message = self._said("brand", text, {"text": text})
        owner = {"id": OWNER, "is_bot": False, "first_name": "Lume", "username": "lume_tea"}
        self._put("message", self.tell(message) | {"from": owner})
        return message.number

    def does(self, kind: str, **about: Any) -> None:
        """Anything else at all, as one raw update about this chat."""
        self._hooks.put(self.chat.id, kind, {"chat": self.chat.told(), "date": self._seconds(), **about})

    def receives(self, text: str, body: dict[str, Any]) -> Message:
        """The bot's message is on the phone."""
        self.chat.typing_until = None
        message = self._said("brand", text, body)
        message.buttons = (body.get("reply_markup") or {}).get("inline_keyboard", [])
        return message

    def tell(self, message: Message) -> dict[str, Any]:
        """A message as the platform words it."""
        told: dict[str, Any] = {
            "message_id": message.number,
            "date": int(message.at.timestamp()),
            "chat": self.chat.told(),
        }
        told["from"] = self.chat.user() if message.by == "person" else _BOT
        if self.chat.connection:
            told["business_connection_id"] = self.chat.connection
        return told | message.body

    def file(self, kind: str, data: bytes, mime: str, name: str) -> dict[str, Any]:
        """A file as it stands in a message; the platform keeps it."""
        file = self._world.keep(data, mime, name)
        about: dict[str, Any] = {"file_id": file.id, "file_unique_id": file.id[-12:], "file_size": len(data)}
        if kind == "photo":
            small = self._world.keep(data[:1] or b"0", mime, "small")
            size = {"file_id": small.id, "file_unique_id": small.id[-12:], "width": 90, "height": 90}
            return {"photo": [size, about | {"width": 800, "height": 800}]}
        if kind == "sticker":
            about |= {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": about | {"emoji": "🍵"}}
        about |= {"mime_type": mime} | ({"file_name": name} if kind in {"document", "audio", "video"} else {})
        if kind in {"video", "animation"}:
            about |= {"width": 320, "height": 240}
        if kind == "video_note":
            about |= {"length": 240}
        return {kind: about | ({"duration": 1} if kind != "document" else {})}

    def _said(self, by: Any, shown: str, body: dict[str, Any]) -> Message:
        self.chat.count += 1
        message = Message(number=self.chat.count, by=by, text=shown, at=self._world.now(), body=body)
        self.chat.messages.append(message)
        return message

    def _put(self, kind: str, about: dict[str, Any]) -> None:
        names = {"message": "business_message", "edited_message": "edited_business_message"}
        self._hooks.put(self.chat.id, names[kind] if self.chat.connection else kind, about)
        self._stage.changed()

    def _member(self, before: str, after: str) -> None:
        old, new = (
            {"user": _BOT, "status": one} | ({"until_date": 0} if one == "kicked" else {}) for one in (before, after)
        )
        about = {"chat": self.chat.told(), "from": self.chat.user(), "date": self._seconds()}
        self._hooks.put(self.chat.id, "my_chat_member", about | {"old_chat_member": old, "new_chat_member": new})
        self._stage.changed()

    def _own(self, number: int) -> Message:
        message = self.chat.message(number)
        if message is None:
            raise KeyError(number)
        return message

    def _seconds(self) -> int:
        return int(self._world.now().timestamp())


def connects(stage: Stage, *, enabled: bool = True, may_reply: bool = True) -> None:
    """The owner of a business account lets the bot into its chats, or puts it out."""
    owner = {"id": OWNER, "is_bot": False, "first_name": "Lume", "username": "lume_tea"}
    about = {"id": CONNECTION, "user": owner, "user_chat_id": OWNER, "date": int(stage.world.now().timestamp())}
    rights = {"can_reply": True, "can_read_messages": True} if may_reply else {}
    stage.hooks.put(OWNER, "business_connection", about | {"rights": rights, "is_enabled": enabled})
