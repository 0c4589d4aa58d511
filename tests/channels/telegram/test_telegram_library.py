"""The best-kept library for bots (aiogram) talks to the double, and its own handler takes what the double tells."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from duologue.channels.contract import Accepted, Account, Reply, Request
from duologue.channels.shared.double.samples import PAPER, PIXEL, TONE
from duologue.channels.telegram import CHANNEL
from duologue.channels.telegram.simulate.double import Double
from duologue.channels.telegram.simulate.phone import Phone, connects
from duologue.channels.telegram.simulate.world import CONNECTION
from tests.channels.telegram.conftest import LEO, NADIA

pytest.importorskip("aiogram")

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import AnswerCallbackQuery
from aiogram.types import (
    BufferedInputFile,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler

WHO = int(NADIA)
CLIP = bytes.fromhex("00000018667479706d703432000000006d70343269736f6d") + b"\x00\x00\x00\x08mdat"
BUTTONS = InlineKeyboardMarkup(
    inline_keyboard=[
        [InlineKeyboardButton(text="Yes", callback_data="y"), InlineKeyboardButton(text="Shop", url="https://x.test")]
    ]
)


def file(data: bytes, name: str) -> BufferedInputFile:
    return BufferedInputFile(data, name)


def picture() -> BufferedInputFile:
    return file(PIXEL, "photo.png")


Sends = Callable[[Bot], Any]
SENDS: dict[str, tuple[Sends, str]] = {
    "text": (lambda bot: bot.send_message(WHO, "Hello"), "Hello"),
    "marked text": (lambda bot: bot.send_message(WHO, "<b>Hello</b> &amp; <i>more</i>", parse_mode="HTML"), "Hello &"),
    "escaped text": (lambda bot: bot.send_message(WHO, r"*Hello*\.", parse_mode="MarkdownV2"), "Hello."),
    "entities": (
        lambda bot: bot.send_message(WHO, "Hi there", entities=[MessageEntity(type="bold", offset=0, length=2)]),
        "Hi there",
    ),
    "no preview": (
        lambda bot: bot.send_message(WHO, "https://x.test", link_preview_options=LinkPreviewOptions(is_disabled=True)),
        "https://x.test",
    ),
    "buttons": (lambda bot: bot.send_message(WHO, "Sure?", reply_markup=BUTTONS), "[Yes] [Shop]"),
    "a keyboard": (
        lambda bot: bot.send_message(
            WHO,
            "Your number?",
            reply_markup=ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Send it", request_contact=True)]]),
        ),
        "Your number?",
    ),
    "no keyboard": (lambda bot: bot.send_message(WHO, "Thanks", reply_markup=ReplyKeyboardRemove()), "Thanks"),
    "an answer asked for": (lambda bot: bot.send_message(WHO, "Name?", reply_markup=ForceReply()), "Name?"),
    "photo": (lambda bot: bot.send_photo(WHO, picture(), caption="The tin"), "The tin\n📎 photo.png"),
    "video": (lambda bot: bot.send_video(WHO, file(CLIP, "a.mp4"), width=320, height=240), "📎 a.mp4"),
    "animation": (lambda bot: bot.send_animation(WHO, file(CLIP, "a.gif")), "📎 a.gif"),
    "audio": (lambda bot: bot.send_audio(WHO, file(TONE, "a.mp3"), performer="Lume", title="Tea"), "📎 a.mp3"),
    "voice": (lambda bot: bot.send_voice(WHO, file(TONE, "a.ogg")), "📎 a.ogg"),
    "video note": (lambda bot: bot.send_video_note(WHO, file(CLIP, "n.mp4")), "📎 n.mp4"),
    "document": (lambda bot: bot.send_document(WHO, file(PAPER, "order.pdf"), caption="Yours"), "Yours\n📎 order.pdf"),
    "sticker": (lambda bot: bot.send_sticker(WHO, file(PIXEL, "s.webp")), "📎 s.webp"),
    "location": (lambda bot: bot.send_location(WHO, 59.33, 18.07), "📍 59.33, 18.07"),
    "venue": (lambda bot: bot.send_venue(WHO, 59.33, 18.07, "Tea room", "Harbour street 4"), "📍 Tea room"),
    "contact": (lambda bot: bot.send_contact(WHO, "+46700000001", "Elin"), "👤 Elin +46700000001"),
    "poll": (lambda bot: bot.send_poll(WHO, "Which?", ["Green", "Black"]), "📊 Which?"),
    "dice": (lambda bot: bot.send_dice(WHO), "🎲"),
}


@asynccontextmanager
async def library(double: Double, token: str) -> AsyncIterator[Bot]:
    """The library, turned to the double. Its own way to close waits a quarter of a second for TLS that is not there."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(double.base))
    yield Bot(token, session)
    await (await session.create_session()).close()


@pytest.fixture
async def bot(double: Double) -> AsyncIterator[Bot]:
    async with library(double, double.world.token) as made:
        yield made


class Handler:
    """The library's own webhook: what it made of each update, by the name of the update."""

    def __init__(self, bot: Bot, secret: str) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.answer: Any = None
        dispatcher = Dispatcher()
        dispatcher.update.outer_middleware.register(self._note)
        app = web.Application()
        handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=secret)
        app.router.add_post("/hook", handler.handle)
        self._runner = web.AppRunner(app)

    async def _note(self, _: Any, update: Update, __: dict[str, Any]) -> Any:
        self.heard.append((update.event_type, update.event))
        return self.answer

    async def open(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def close(self) -> None:
        await self._runner.cleanup()


@pytest.fixture
async def handler(double: Double, bot: Bot) -> AsyncIterator[Handler]:
    handler = Handler(bot, double.world.secret)
    url = await handler.open()
    allowed = [
        "message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "business_connection",
        "business_message", "edited_business_message", "deleted_business_messages", "poll_answer", "chat_member",
    ]  # fmt: skip
    assert await bot.set_webhook(url, secret_token=double.world.secret, allowed_updates=allowed, max_connections=40)
    yield handler
    await double.hooks.close()
    await handler.close()


@pytest.mark.parametrize("name", list(SENDS))
async def test_every_kind_that_it_sends_is_on_the_phone_and_comes_back_as_its_own(double: Double, bot: Bot, name: str):
    send, shown = SENDS[name]
    told = await send(bot)
    assert isinstance(told, Message)
    (bubble,) = double.screen(NADIA)
    assert shown in bubble.text
    assert bubble.id.rpartition(":")[2] == str(told.message_id)
    assert (told.chat.id, told.from_user and told.from_user.is_bot) == (WHO, True)


async def test_what_it_sent_comes_back_whole(bot: Bot):
    marked = await bot.send_message(WHO, "🙂 <b>Hello</b>", parse_mode="HTML")
    assert [(one.type, one.offset, one.length) for one in marked.entities or []] == [("bold", 3, 5)]
    assert marked.text == "🙂 Hello"
    asked = await bot.send_message(WHO, "Sure?", reply_markup=BUTTONS)
    assert asked.reply_markup
    assert asked.reply_markup.model_dump(exclude_none=True) == BUTTONS.model_dump(exclude_none=True)
    answered = await bot.send_message(WHO, "Yes", reply_parameters=ReplyParameters(message_id=asked.message_id))
    assert answered.reply_to_message
    assert answered.reply_to_message.message_id == asked.message_id
    photo = await bot.send_photo(WHO, picture())
    assert photo.photo
    again = await bot.send_photo(WHO, photo.photo[-1].file_id)
    assert again.photo


async def test_albums_are_several_messages_of_one_group(double: Double, bot: Bot):
    media = [
        InputMediaPhoto(media=picture(), caption="Both"),
        InputMediaVideo(media=file(CLIP, "a.mp4")),
    ]
    told = await bot.send_media_group(WHO, media)
    assert len({one.media_group_id for one in told}) == 1
    assert len(double.screen(NADIA)) == 2
    with pytest.raises(TelegramBadRequest, match="only grouped in an album"):
        await bot.send_media_group(WHO, [*media, InputMediaDocument(media=file(PAPER, "a.pdf"))])


async def test_it_changes_its_messages_and_takes_them_back(double: Double, bot: Bot):
    told = await bot.send_message(WHO, "Helo")
    changed = await bot.edit_message_text("Hello", chat_id=WHO, message_id=told.message_id)
    assert isinstance(changed, Message)
    assert changed.text == "Hello"
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("Hello", chat_id=WHO, message_id=told.message_id)
    await bot.edit_message_reply_markup(chat_id=WHO, message_id=told.message_id, reply_markup=BUTTONS)
    assert double.screen(NADIA)[-1].text.endswith("[Yes] [Shop]")
    photo = await bot.send_photo(WHO, picture(), caption="Old")
    await bot.edit_message_caption(chat_id=WHO, message_id=photo.message_id, caption="New")
    assert double.screen(NADIA)[-1].text == "New\n📎 photo.png"
    with pytest.raises(TelegramBadRequest, match="no text in the message to edit"):
        await bot.edit_message_text("Hello", chat_id=WHO, message_id=photo.message_id)
    copy = await bot.copy_message(int(LEO), WHO, told.message_id)
    forwarded = await bot.forward_message(int(LEO), WHO, told.message_id)
    assert forwarded.forward_origin
    assert [one.text.partition("\n")[0] for one in double.screen(LEO)] == ["Hello", "Hello"]
    assert await bot.delete_message(WHO, told.message_id)
    assert await bot.delete_messages(int(LEO), [copy.message_id, forwarded.message_id])
    assert (len(double.screen(NADIA)), len(double.screen(LEO))) == (1, 0)


async def test_it_asks_who_and_what_there_is(double: Double, bot: Bot, handler: Handler):
    assert (await bot.me()).username == "lume_tea_bot"
    assert (await bot.get_chat(WHO)).first_name == "Nadia"
    assert (await bot.get_user_profile_photos(WHO)).total_count == 0
    assert (await bot.get_business_connection(CONNECTION)).is_enabled
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.pending_update_count) == (double.hooks.url, 40, 0)
    assert await bot.send_chat_action(WHO, "typing")
    number = double.phone(NADIA).sends_file("document", PAPER, mime="application/pdf", name="order.pdf")
    assert await bot.set_message_reaction(WHO, number, reaction=[ReactionTypeEmoji(emoji="👍")])
    await double.settled()
    document = handler.heard[-1][1].document
    found = await bot.get_file(document.file_id)
    got = await bot.download_file(found.file_path or "")
    assert got is not None
    assert got.read() == PAPER


REFUSALS: dict[str, tuple[Callable[[Double], Any], type[Exception], str]] = {
    "blocked": (
        lambda double: double.phone(NADIA).blocks(),
        TelegramForbiddenError,
        "Forbidden: bot was blocked by the user",
    ),
    "deactivated": (
        lambda double: setattr(double.phone(NADIA).chat, "deactivated", True),
        TelegramForbiddenError,
        "Forbidden: user is deactivated",
    ),
    "never started": (
        lambda double: setattr(double.phone(NADIA).chat, "started", False),
        TelegramForbiddenError,
        "can't initiate conversation with a user",
    ),
    "unknown chat": (
        lambda double: double.world.chats.pop(WHO),
        TelegramBadRequest,
        "Bad Request: chat not found",
    ),
    "moved": (
        lambda double: double.world.supergroups.update({WHO: -1001234567890}),
        TelegramMigrateToChat,
        "upgraded to a supergroup",
    ),
    "revoked": (lambda double: setattr(double.world, "revoked", True), TelegramUnauthorizedError, "Unauthorized"),
    "broken": (lambda double: double.faults.next("broken"), ClientDecodeError, "Failed to decode"),  # a page
    "dropped": (lambda double: double.faults.next("dropped"), TelegramNetworkError, "Server disconnected"),
}


@pytest.mark.parametrize("name", list(REFUSALS))
async def test_it_understands_refusals(double: Double, bot: Bot, name: str):
    happen, error, words = REFUSALS[name]
    happen(double)
    with pytest.raises(error, match=words):
        await bot.send_message(WHO, "Hello")
    assert not (double.world.chats.get(WHO) and double.screen(NADIA))


async def test_it_hears_how_long_to_wait_and_where_a_group_has_gone(double: Double, bot: Bot):
    double.stage.plan(429, "Too Many Requests: retry after 7", retry_after=7)
    with pytest.raises(TelegramRetryAfter) as wait:
        await bot.send_message(WHO, "Hello")
    assert wait.value.retry_after == 7
    double.world.supergroups[WHO] = -1001234567890
    with pytest.raises(TelegramMigrateToChat) as moved:
        await bot.send_message(WHO, "Hello")
    assert moved.value.migrate_to_chat_id == -1001234567890


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda bot: bot.send_message(WHO, "x" * 4097), "message is too long"),
        (lambda bot: bot.send_message(WHO, " "), "message text is empty"),
        (lambda bot: bot.send_message(WHO, "<b>Hello", parse_mode="HTML"), "can't parse entities"),
        (lambda bot: bot.send_message(WHO, "<x>Hello</x>", parse_mode="HTML"), "Unsupported start tag"),
        (lambda bot: bot.send_message(WHO, "Hello.", parse_mode="MarkdownV2"), "is reserved and must be escaped"),
        (
            lambda bot: bot.send_message(WHO, "Hi", reply_parameters=ReplyParameters(message_id=999)),
            "message to be replied not found",
        ),
        (lambda bot: bot.send_photo(WHO, file(PAPER, "a.pdf")), "IMAGE_PROCESS_FAILED"),
        (lambda bot: bot.send_photo(WHO, picture(), caption="x" * 1025), "message caption is too long"),
        (lambda bot: bot.send_document(WHO, "AgADnothing"), "wrong file identifier"),
        (lambda bot: bot.get_file("AgADnothing"), "invalid file_id"),
        (lambda bot: bot.answer_callback_query("1"), "query is too old"),
        (
            lambda bot: bot.send_message(
                WHO,
                "Hi",
                reply_markup=InlineKeyboardMarkup(
                    inline_keyboard=[[InlineKeyboardButton(text="x", callback_data="d" * 65)]]
                ),
            ),
            "BUTTON_DATA_INVALID",
        ),
    ],
)
async def test_it_understands_what_is_wrong_with_a_call(double: Double, bot: Bot, ask: Sends, words: str):
    with pytest.raises(TelegramBadRequest, match=words):
        await ask(bot)
    assert not double.screen(NADIA)


async def test_a_wrong_key_and_two_ways_at_once_are_told_apart(double: Double, bot: Bot, handler: Handler):
    with pytest.raises(TelegramConflictError):
        await bot.get_updates()
    async with library(double, "12345:" + "A" * 35) as other:
        with pytest.raises(TelegramUnauthorizedError):
            await other.me()
    async with library(double, "12345:short") as other:
        with pytest.raises(TelegramNotFound):
            await other.me()


async def test_it_asks_for_updates_by_itself(double: Double, bot: Bot):
    double.phone(NADIA).says("Hi")
    double.phone(LEO).says("Hello")
    first, second = await bot.get_updates(timeout=0)
    assert [first.message and first.message.text, second.message and second.message.text] == ["Hi", "Hello"]
    assert await bot.get_updates(offset=second.update_id + 1, timeout=0) == []


Does = Callable[[Phone], Any]
HEARD: dict[str, tuple[Does, str, Callable[[Any], bool]]] = {
    "text": (lambda phone: phone.says("Hi"), "message", lambda one: one.text == "Hi"),
    "quote": (
        lambda phone: phone.says("This", reply_to=phone.says("Part of it"), quote="Part"),
        "message",
        lambda one: (one.quote.text, one.reply_to_message.text) == ("Part", "Part of it"),
    ),
    "photo": (
        lambda phone: phone.sends_file("photo", PIXEL, mime="image/png", name="p.png", caption="Tin"),
        "message",
        lambda one: (one.content_type, one.caption, len(one.photo)) == ("photo", "Tin", 2),
    ),
    **{
        kind: (
            lambda phone, kind=kind: phone.sends_file(kind, CLIP, mime="video/mp4", name="a.mp4"),
            "message",
            lambda one, kind=kind: one.content_type == kind,
        )
        for kind in ("video", "animation", "audio", "voice", "video_note", "document", "sticker")
    },
    "album": (lambda phone: phone.sends_album(PIXEL, PIXEL), "message", lambda one: bool(one.media_group_id)),
    "location": (
        lambda phone: phone.sends("📍", {"location": {"latitude": 59.3, "longitude": 18.1}}),
        "message",
        lambda one: one.location.latitude == 59.3,
    ),
    "venue": (
        lambda phone: phone.sends(
            "📍",
            {
                "location": {"latitude": 59.3, "longitude": 18.1},
                "venue": {"location": {"latitude": 59.3, "longitude": 18.1}, "title": "Tea", "address": "4"},
            },
        ),
        "message",
        lambda one: one.venue.title == "Tea",
    ),
    "contact": (
        lambda phone: phone.sends("👤", {"contact": {"phone_number": "+46700000001", "first_name": "Elin"}}),
        "message",
        lambda one: one.contact.first_name == "Elin",
    ),
    "start": (lambda phone: phone.starts("spring"), "message", lambda one: one.text == "/start spring"),
    "edit": (
        lambda phone: phone.edits(phone.says("Helo"), "Hello"),
        "edited_message",
        lambda one: bool(one.text == "Hello" and one.edit_date),
    ),
    "reaction": (
        lambda phone: phone.reacts(phone.says("Hi"), "👍"),
        "message_reaction",
        lambda one: [r.emoji for r in one.new_reaction] == ["👍"],
    ),
    "reaction taken away": (
        lambda phone: (phone.reacts(number := phone.says("Hi"), "👍"), phone.reacts(number)),
        "message_reaction",
        lambda one: one.new_reaction == [] and len(one.old_reaction) == 1,
    ),
    "blocked": (
        lambda phone: phone.blocks(),
        "my_chat_member",
        lambda one: one.new_chat_member.status == "kicked",
    ),
    "unblocked": (
        lambda phone: phone.unblocks(),
        "my_chat_member",
        lambda one: one.new_chat_member.status == "member",
    ),
}


@pytest.mark.parametrize("name", list(HEARD))
async def test_its_handler_takes_everything_that_the_double_tells(double: Double, handler: Handler, name: str):
    does, kind, holds = HEARD[name]
    does(double.phone(NADIA))
    await double.settled()
    heard, event = handler.heard[-1]
    assert heard == kind
    assert holds(event)
    assert {one.status for one in double.hooks.attempts} == {200}


async def test_its_handler_takes_what_a_business_account_hears(double: Double, handler: Handler):
    phone = double.business_phone(NADIA)
    connects(double.stage)
    number = phone.says("Hello")
    phone.owner_says("From the app")
    phone.edits(number, "Hello there")
    phone.takes_back(number)
    await double.settled()
    assert {name for name, _ in handler.heard} == {
        "business_connection", "business_message", "edited_business_message", "deleted_business_messages",
    }  # fmt: skip
    gone = next(event for name, event in handler.heard if name == "deleted_business_messages")
    assert gone.message_ids == [number]


async def test_a_tap_is_answered_in_the_answer_to_the_webhook(double: Double, bot: Bot, handler: Handler):
    told = await bot.send_message(WHO, "Sure?", reply_markup=BUTTONS)
    query = double.phone(NADIA).taps(told.message_id, "Yes")
    handler.answer = AnswerCallbackQuery(callback_query_id=query, text="Noted")
    await double.settled()
    name, event = handler.heard[-1]
    assert (name, event.data, event.message.message_id) == ("callback_query", "y", told.message_id)
    assert double.stage.answered[query] in {"Noted", None, ""}


async def test_a_wrong_secret_is_turned_away_by_its_handler_and_by_our_door(
    double: Double, handler: Handler, account: Account
):
    await double.command("bad_signature")
    double.phone(NADIA).says("Hi")
    await double.settled()
    assert [one.status for one in double.hooks.attempts] == [401, 200]
    assert len(handler.heard) == 1
    wrong, right = double.hooks.attempts
    assert CHANNEL.verify
    for one, taken in ((wrong, False), (right, True)):
        headers = {"x-telegram-bot-api-secret-token": one.secret}
        asked = Request(method="POST", path="/", query=b"", headers=headers, body=one.body)
        found = CHANNEL.verify(account.settings, asked)
        assert isinstance(found, Accepted if taken else Reply)
