"""What can be asked about people and files, and what is done to messages that are there."""

from typing import Any

from duologue.channels.telegram.simulate.call import Call, wrong
from duologue.channels.telegram.simulate.chats import own_message, reached
from duologue.channels.telegram.simulate.phone import Phone
from duologue.channels.telegram.simulate.stage import Stage

LARGEST_GIVEN = 20 * 1024 * 1024


class Asking:
    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def methods(self) -> dict[str, Any]:
        return {
            "getFile": self._file,
            "getChat": self._chat,
            "answerCallbackQuery": self._answer,
            "editMessageText": self._edit,
            "deleteMessage": self._delete,
            "setMessageReaction": self._react,
            "readBusinessMessage": self._read,
        }

    async def _file(self, call: Call) -> dict[str, Any]:
        call.only("file_id")
        file = self._world.files.get(call.text("file_id") or "")
        if file is None:
            raise wrong("invalid file_id")
        if len(file.data) > LARGEST_GIVEN:
            raise wrong("file is too big")
        told = {"file_id": file.id, "file_unique_id": file.id[-12:], "file_size": len(file.data)}
        return told | {"file_path": self._world.open_path(file)}

    async def _chat(self, call: Call) -> dict[str, Any]:
        call.only("chat_id")
        chat = reached(self._world, call)
        return chat.told() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}

    async def _answer(self, call: Call) -> bool:
        call.only("callback_query_id", "text", "show_alert", "url", "cache_time")
        query, text = call.text("callback_query_id") or "", call.text("text") or ""
        if query not in self._stage.answered:
            raise wrong("query is too old and response timeout expired or query ID is invalid")
        if len(text) > 200:
            raise wrong("MESSAGE_TOO_LONG")
        self._stage.answered[query] = text
        return True

    async def _edit(self, call: Call) -> dict[str, Any]:
        call.only("business_connection_id", "chat_id", "message_id", "text", "parse_mode", "entities", "reply_markup",
                  "link_preview_options")  # fmt: skip
        chat = reached(self._world, call)
        message, text = own_message(chat, call), call.text("text") or ""
        if not text.strip():
            raise wrong("message text is empty")
        if message.text == text:
            raise wrong("message is not modified: specified new message content and reply markup are exactly the same")
        message.text, message.body = text, message.body | {"text": text}
        self._stage.changed()
        return Phone(chat, self._stage).tell(message)

    async def _delete(self, call: Call) -> bool:
        call.only("chat_id", "message_id")
        own_message(reached(self._world, call), call).gone = True
        self._stage.changed()
        return True

    async def _react(self, call: Call) -> bool:
        call.only("chat_id", "message_id", "reaction", "is_big")
        own_message(reached(self._world, call), call)
        reactions = call.object("reaction") or []
        if len(reactions) > 1 or any(one.get("type") == "paid" for one in reactions):
            raise wrong("REACTIONS_TOO_MANY")
        return True

    async def _read(self, call: Call) -> bool:
        call.only("business_connection_id", "chat_id", "message_id")
        if not call.text("business_connection_id"):
            raise wrong("business connection not found")
        own_message(reached(self._world, call), call)
        return True


_GIFTS = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), True)
