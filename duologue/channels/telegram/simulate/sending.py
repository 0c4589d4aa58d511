"""Everything that a bot may send, as strict as the platform: what is too long, empty or of a wrong form is refused."""

from datetime import timedelta
from typing import Any

from duologue.channels.telegram.simulate.call import ATTACHED, Call, Upload, wrong
from duologue.channels.telegram.simulate.chats import written_to
from duologue.channels.telegram.simulate.marked import plain
from duologue.channels.telegram.simulate.phone import Phone
from duologue.channels.telegram.simulate.stage import Stage
from duologue.channels.telegram.simulate.world import Chat

TEXT, CAPTION, DATA, BUTTONS, ROW = 4096, 1024, 64, 100, 8
PHOTO, FILE = 10 * 1024 * 1024, 50 * 1024 * 1024
_COMMON = (
    "business_connection_id", "chat_id", "message_thread_id", "disable_notification", "protect_content",
    "reply_parameters", "reply_markup", "message_effect_id", "allow_paid_broadcast",
)  # fmt: skip
_CAPTION = ("caption", "parse_mode", "caption_entities", "show_caption_above_media", "has_spoiler")
_SIZES = ("width", "height", "duration", "length", "thumbnail", "performer", "title", "supports_streaming", "emoji",
          "disable_content_type_detection", "cover", "start_timestamp")  # fmt: skip

_METHODS = {
    "sendPhoto": "photo", "sendVideo": "video", "sendAnimation": "animation", "sendAudio": "audio",
    "sendVoice": "voice", "sendVideoNote": "video_note", "sendDocument": "document", "sendSticker": "sticker",
}  # fmt: skip
_ACTIONS = {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
            "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"}  # fmt: skip


_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_MARKUPS = {"inline_keyboard", "keyboard", "remove_keyboard", "force_reply"}


class Sending:
    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def methods(self) -> dict[str, Any]:
        files = {name: self._file_method(kind) for name, kind in _METHODS.items()}
        return files | {
            "sendMessage": self._message,
            "sendMediaGroup": self._album,
            "sendLocation": self._location,
            "sendVenue": self._venue,
            "sendContact": self._contact,
            "sendPoll": self._poll,
            "sendDice": self._dice,
            "sendChatAction": self._action,
        }

    async def _message(self, call: Call) -> dict[str, Any]:
        call.only(*_COMMON, "text", "parse_mode", "entities", "link_preview_options")
        chat = self._chat(call)
        text, entities = plain(call.text("text") or "", call.text("parse_mode"))
        if not text.strip():
            raise wrong("message text is empty")
        if len(text) > TEXT:
            raise wrong("message is too long")
        marks = {"entities": entities} if entities else {}
        return self._said(chat, text, {"text": text} | marks | self._extras(chat, call))

    def _file_method(self, kind: str) -> Any:
        async def send(call: Call) -> dict[str, Any]:
            call.only(*_COMMON, *_CAPTION, *_SIZES, kind)
            chat, caption = self._chat(call), _caption(call.text("caption"), call.text("parse_mode"))
            body, name = self._taken(chat, kind, call.upload(kind), call.params.get(kind))
            shown = f"{caption}\n📎 {name}" if caption else f"📎 {name}"
            return self._said(chat, shown, body | ({"caption": caption} if caption else {}) | self._extras(chat, call))

        return send

    async def _album(self, call: Call) -> list[dict[str, Any]]:
        call.only(*(one for one in _COMMON if one != "reply_markup"), "media")
        chat, listed = self._chat(call), call.object("media")
        if not isinstance(listed, list) or not 2 <= len(listed) <= 10:
            raise wrong("media group must include 2-10 items")
        sorts = {one.get("type") for one in listed}
        if (not sorts <= {"photo", "video"} and len(sorts) > 1) or not sorts <= {"photo", "video", "document", "audio"}:
            raise wrong("Documents and audio files can be only grouped in an album with messages of the same type")
        taken = [self._of_album(chat, call, one) for one in listed]
        group = {"media_group_id": self._world.draw("group")[:16]} | self._extras(chat, call)
        return [self._said(chat, shown, body | group) for body, shown in taken]

    def _of_album(self, chat: Chat, call: Call, one: dict[str, Any]) -> tuple[dict[str, Any], str]:
        unknown = set(one) - {"type", "media", *_CAPTION, *_SIZES}
        if unknown:
            raise wrong(f'unknown parameter "{min(unknown)}"')
        where, caption = str(one.get("media", "")), _caption(one.get("caption"), one.get("parse_mode"))
        upload = call.files.get(where.removeprefix(ATTACHED)) if where.startswith(ATTACHED) else None
        body, name = self._taken(chat, one["type"], upload, where)
        shown = f"{caption}\n📎 {name}" if caption else f"📎 {name}"
        return body | ({"caption": caption} if caption else {}), shown

    async def _location(self, call: Call) -> dict[str, Any]:
        call.only(*_COMMON, "latitude", "longitude", "horizontal_accuracy", "live_period", "heading")
        chat, where = self._chat(call), _where(call)
        return self._said(
            chat, f"📍 {where['latitude']}, {where['longitude']}", {"location": where} | self._extras(chat, call)
        )

    async def _venue(self, call: Call) -> dict[str, Any]:
        call.only(*_COMMON, "latitude", "longitude", "title", "address", "foursquare_id", "google_place_id")
        chat, where = self._chat(call), _where(call)
        title, address = call.text("title"), call.text("address")
        if not title or not address:
            raise wrong("venue title and address must be non-empty")
        venue = {"location": where, "title": title, "address": address}
        return self._said(chat, f"📍 {title}", {"location": where, "venue": venue} | self._extras(chat, call))

    async def _contact(self, call: Call) -> dict[str, Any]:
        call.only(*_COMMON, "phone_number", "first_name", "last_name", "vcard")
        chat, phone, first = self._chat(call), call.text("phone_number"), call.text("first_name")
        if not phone or not first:
            raise wrong("contact must have a phone number and a first name")
        contact = {"phone_number": phone, "first_name": first}
        return self._said(chat, f"👤 {first} {phone}", {"contact": contact} | self._extras(chat, call))

    async def _poll(self, call: Call) -> dict[str, Any]:
        call.only(*_COMMON, "question", "options", "is_anonymous", "type", "allows_multiple_answers")
        chat, question, options = self._chat(call), call.text("question"), call.object("options")
        if not question or len(question) > 300:
            raise wrong("poll question must be non-empty")
        if not isinstance(options, list) or not 2 <= len(options) <= 12:
            raise wrong("poll must have at least 2 option")
        texts = [one.get("text") if isinstance(one, dict) else one for one in options]
        asked = {"id": self._world.draw("poll")[:16], "question": question, "total_voter_count": 0, "type": "regular"}
        asked |= {"is_closed": False, "is_anonymous": True, "allows_multiple_answers": False}
        asked |= {"options": [{"text": one, "voter_count": 0, "persistent_id": str(n)} for n, one in enumerate(texts)]}
        asked |= {"allows_revoting": True, "members_only": False}
        return self._said(chat, f"📊 {question}", {"poll": asked} | self._extras(chat, call))

    async def _dice(self, call: Call) -> dict[str, Any]:
        call.only(*_COMMON, "emoji")
        chat, emoji = self._chat(call), call.text("emoji") or "🎲"
        return self._said(chat, emoji, {"dice": {"emoji": emoji, "value": 4}} | self._extras(chat, call))

    async def _action(self, call: Call) -> bool:
        call.only("business_connection_id", "chat_id", "message_thread_id", "action")
        chat = written_to(self._world, call)
        if call.text("action") not in _ACTIONS:
            raise wrong("wrong parameter action in request")
        chat.typing_until = self._world.now() + timedelta(seconds=5)
        self._stage.changed()
        return True

    def _chat(self, call: Call) -> Chat:
        chat = written_to(self._world, call)
        self._stage.pace.take(chat.id)
        return chat

    def _taken(self, chat: Chat, kind: str, upload: Upload | None, named: Any) -> tuple[dict[str, Any], str]:
        """A file that came along, or one that the platform has already."""
        if upload is None:
            known = self._world.files.get(str(named))
            if known is None:
                raise wrong("wrong file identifier/HTTP URL specified")
            upload = Upload(data=known.data, mime=known.mime, name=known.name)
        if not upload.data:
            raise wrong("file must be non-empty")
        if len(upload.data) > (PHOTO if kind == "photo" else FILE):
            raise wrong("file is too big") if kind == "photo" else wrong("Request Entity Too Large")
        if kind == "photo" and not upload.data.startswith(_PICTURES):
            raise wrong("IMAGE_PROCESS_FAILED")
        return Phone(chat, self._stage).file(kind, upload.data, upload.mime, upload.name), upload.name

    def _extras(self, chat: Chat, call: Call) -> dict[str, Any]:
        """What a message answers, and the buttons below it."""
        found: dict[str, Any] = {}
        reply = call.object("reply_parameters")
        if reply is not None:
            if set(reply) - {"message_id", "chat_id", "allow_sending_without_reply", "quote", "quote_position"}:
                raise wrong("unknown field in reply_parameters")
            quoted = chat.message(int(reply["message_id"]))
            if quoted is None and not reply.get("allow_sending_without_reply"):
                raise wrong("message to be replied not found")
            if quoted is not None:
                told = Phone(chat, self._stage).tell(quoted)
                found["reply_to_message"] = {key: value for key, value in told.items() if key != "reply_to_message"}
        markup = call.object("reply_markup")
        drawn = keyboard(markup) if markup is not None else None
        return found | ({"reply_markup": drawn} if drawn and "inline_keyboard" in drawn else {})

    def _said(self, chat: Chat, shown: str, body: dict[str, Any]) -> dict[str, Any]:
        phone = Phone(chat, self._stage)
        message = phone.receives(shown, body)
        self._stage.changed()
        return phone.tell(message)


def keyboard(markup: Any) -> Any:
    """Buttons below a message; or below the field where the person writes, which no message tells of again."""
    if not isinstance(markup, dict) or not set(markup) & _MARKUPS:
        raise wrong("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        if any(not one.get("text") for row in markup.get("keyboard", []) for one in row):
            raise wrong("keyboard button text must be non-empty")
        return markup
    if sum(len(row) for row in rows) > BUTTONS or any(len(row) > ROW for row in rows):
        raise wrong("reply markup is too long")
    for button in (one for row in rows for one in row):
        if set(button) - {"text", "callback_data", "url", "web_app", "login_url", "copy_text"} or len(button) != 2:
            raise wrong("BUTTON_TYPE_INVALID")
        if not button.get("text") or len(str(button.get("callback_data", "x")).encode()) not in range(1, DATA + 1):
            raise wrong("BUTTON_DATA_INVALID")
        if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://")):
            raise wrong("inline keyboard button URL is invalid: Wrong HTTP URL")
    return markup


def _caption(given: str | None, mode: str | None) -> str | None:
    text = plain(given, mode)[0] if given else None
    if text is not None and len(text) > CAPTION:
        raise wrong("message caption is too long")
    return text or None


def _where(call: Call) -> dict[str, float]:
    where = {"latitude": call.real("latitude"), "longitude": call.real("longitude")}
    if abs(where["latitude"]) > 90 or abs(where["longitude"]) > 180:
        raise wrong("wrong latitude or longitude")
    return where
