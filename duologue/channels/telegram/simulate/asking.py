"""What can be asked about people, files and connections; and the answer to a tap."""

from typing import Any

from duologue.channels.telegram.simulate.call import Call, wrong
from duologue.channels.telegram.simulate.chats import reached
from duologue.channels.telegram.simulate.stage import Stage
from duologue.channels.telegram.simulate.world import CONNECTION, OWNER

LARGEST_GIVEN = 20 * 1024 * 1024


class Asking:
    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def methods(self) -> dict[str, Any]:
        return {
            "getFile": self._file,
            "getChat": self._chat,
            "answerCallbackQuery": self._answer,
            "getUserProfilePhotos": self._photos,
            "getBusinessConnection": self._connection,
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

    async def _photos(self, call: Call) -> dict[str, Any]:
        call.only("user_id", "offset", "limit")
        if call.number("user_id") not in self._world.chats:
            raise wrong("user not found")
        return {"total_count": 0, "photos": []}

    async def _connection(self, call: Call) -> dict[str, Any]:
        call.only("business_connection_id")
        if call.text("business_connection_id") != CONNECTION:
            raise wrong("business connection not found")
        owner = {"id": OWNER, "is_bot": False, "first_name": "Lume", "username": "lume_tea"}
        about = {"id": CONNECTION, "user": owner, "user_chat_id": OWNER, "date": int(self._world.now().timestamp())}
        return about | {"rights": {"can_reply": True, "can_read_messages": True}, "is_enabled": True}


_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), True
)
