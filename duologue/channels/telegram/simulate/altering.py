"""What is done to messages that are there: other words, other buttons, taken away, shown again somewhere."""

from datetime import timedelta
from typing import Any

from duologue.channels.telegram.simulate.call import Call, wrong
from duologue.channels.telegram.simulate.chats import own_message, reached, written_to
from duologue.channels.telegram.simulate.marked import plain
from duologue.channels.telegram.simulate.phone import Phone
from duologue.channels.telegram.simulate.sending import CAPTION, TEXT, keyboard
from duologue.channels.telegram.simulate.stage import Stage
from duologue.channels.telegram.simulate.world import Chat, Message

_SAME = "message is not modified: specified new message content and reply markup are exactly the same"
_DELETABLE = timedelta(hours=48)
_WHICH = ("business_connection_id", "chat_id", "message_id", "reply_markup")


class Altering:
    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def methods(self) -> dict[str, Any]:
        return {
            "editMessageText": self._text,
            "editMessageCaption": self._caption,
            "editMessageReplyMarkup": self._buttons,
            "deleteMessage": self._delete,
            "deleteMessages": self._delete_many,
            "setMessageReaction": self._react,
            "readBusinessMessage": self._read,
            "forwardMessage": self._forward,
            "copyMessage": self._copy,
        }

    async def _text(self, call: Call) -> dict[str, Any]:
        call.only(*_WHICH, "text", "parse_mode", "entities", "link_preview_options")
        chat, message = self._own(call)
        text, entities = plain(call.text("text") or "", call.text("parse_mode"))
        if not text.strip():
            raise wrong("message text is empty")
        if len(text) > TEXT:
            raise wrong("MESSAGE_TOO_LONG")
        if "text" not in message.body:
            raise wrong("there is no text in the message to edit")
        return self._altered(chat, message, call, text, {"text": text} | ({"entities": entities} if entities else {}))

    async def _caption(self, call: Call) -> dict[str, Any]:
        call.only(*_WHICH, "caption", "parse_mode", "caption_entities", "show_caption_above_media")
        chat, message = self._own(call)
        caption, _ = plain(call.text("caption") or "", call.text("parse_mode"))
        if len(caption) > CAPTION:
            raise wrong("message caption is too long")
        if "text" in message.body:
            raise wrong("there is no caption in the message to edit")
        name = message.text.rpartition("\n")[2]
        return self._altered(chat, message, call, f"{caption}\n{name}".strip(), {"caption": caption})

    async def _buttons(self, call: Call) -> dict[str, Any]:
        call.only(*_WHICH)
        chat, message = self._own(call)
        return self._altered(chat, message, call, message.text, {})

    def _altered(self, chat: Chat, message: Message, call: Call, shown: str, body: dict[str, Any]) -> dict[str, Any]:
        """Other words or other buttons, or an error where both are as they were."""
        markup = call.object("reply_markup")
        rows = keyboard(markup)["inline_keyboard"] if markup else []
        if message.text == shown and message.buttons == rows:
            raise wrong(_SAME)
        message.text, message.body = shown, message.body | body
        message.buttons = rows
        self._stage.changed()
        return Phone(chat, self._stage).tell(message)

    async def _delete(self, call: Call) -> bool:
        call.only("chat_id", "message_id")
        chat = reached(self._world, call)
        message = chat.message(call.number("message_id") or 0)
        if message is None:
            raise wrong("message to delete not found")
        if self._world.now() - message.at > _DELETABLE:
            raise wrong("message can't be deleted for everyone")
        message.gone = True
        self._stage.changed()
        return True

    async def _delete_many(self, call: Call) -> bool:
        """Those that are not there are passed over."""
        call.only("chat_id", "message_ids")
        chat, listed = reached(self._world, call), call.object("message_ids")
        if not isinstance(listed, list) or not 1 <= len(listed) <= 100:
            raise wrong("there must be 1-100 message identifiers")
        for number in listed:
            if message := chat.message(number):
                message.gone = True
        self._stage.changed()
        return True

    async def _react(self, call: Call) -> bool:
        call.only("chat_id", "message_id", "reaction", "is_big")
        message = own_message(reached(self._world, call), call)
        reactions = call.object("reaction") or []
        if len(reactions) > 1 or any(one.get("type") == "paid" for one in reactions):
            raise wrong("REACTIONS_TOO_MANY")
        message.brands = "".join(str(one.get("emoji")) for one in reactions)
        self._stage.changed()
        return True

    async def _read(self, call: Call) -> bool:
        call.only("business_connection_id", "chat_id", "message_id")
        if not call.text("business_connection_id"):
            raise wrong("business connection not found")
        own_message(reached(self._world, call), call)
        return True

    async def _forward(self, call: Call) -> dict[str, Any]:
        call.only("chat_id", "from_chat_id", "message_id", "disable_notification", "protect_content")
        chat, message = written_to(self._world, call), self._of(call)
        phone = Phone(chat, self._stage)
        sender = Phone(self._from(call), self._stage).tell(message)["from"]
        origin = {"type": "user", "sender_user": sender, "date": int(message.at.timestamp())}
        again = phone.receives(message.text, message.body | {"forward_origin": origin})
        self._stage.changed()
        return phone.tell(again)

    async def _copy(self, call: Call) -> dict[str, Any]:
        call.only("chat_id", "from_chat_id", "message_id", "disable_notification", "reply_markup")
        chat, message = written_to(self._world, call), self._of(call)
        again = Phone(chat, self._stage).receives(message.text, message.body)
        self._stage.changed()
        return {"message_id": again.number}

    def _from(self, call: Call) -> Chat:
        chat = self._world.chats.get(call.number("from_chat_id") or 0)
        if chat is None:
            raise wrong("chat not found")
        return chat

    def _of(self, call: Call) -> Message:
        message = self._from(call).message(call.number("message_id") or 0)
        if message is None:
            raise wrong("message to copy not found")
        return message

    def _own(self, call: Call) -> tuple[Chat, Message]:
        chat = reached(self._world, call)
        message = own_message(chat, call)
        if message.by != "brand":
            raise wrong("message can't be edited")
        return chat, message
