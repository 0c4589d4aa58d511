"""What a visitor does: writing once and for all, files, ticks, limits, and whose calls are answered."""

from uuid import uuid4

import pytest

from duologue.channels.web.server import limits


async def test_a_message_is_kept_before_it_is_acknowledged(house):
    account = house.account()
    guest = await house.guest(account, locale="pt-BR")
    house.lobby.holding = True
    own = str(uuid4())
    reply = await guest.say("Is the blue one still there?", own)
    assert (reply.status_code, reply.json()) == (202, {"id": own})
    assert len(house.lobby.accepted) == 1
    house.lobby.sort()
    said = house.lobby.said[0]
    whose, _, its = said.id.partition("/")
    assert (len(whose), its) == (32, own)
    assert guest.address not in said.id  # ids stand in the clear
    assert (said.address, said.content.text, said.person.locale) == (
        guest.address,
        "Is the blue one still there?",
        "pt-BR",
    )


async def test_a_house_that_cannot_keep_it_acknowledges_nothing(house, monkeypatch):
    guest = await house.guest(house.account())

    async def away(account, raws):
        raise OSError("the disk is full")

    monkeypatch.setattr(house.lobby, "accept", away)
    assert (await guest.say("hello")).status_code == 500


async def test_the_same_id_twice_is_one_message(house):
    account = house.account()
    guest = await house.guest(account)
    own = str(uuid4())
    assert [(await guest.say("hello", own)).status_code for _ in range(3)] == [202, 202, 202]
    lines = await guest.lines()
    assert [(line["text"], line["mine"]) for line in lines] == [("hello", own)]


async def test_lines_come_oldest_first_after_a_number(house):
    account = house.account()
    guest = await house.guest(account)
    await guest.say("one")
    house.lobby.answer(account, guest.address, "two")
    await guest.say("three")
    first = (await guest.lines())[0]
    assert [line["text"] for line in await guest.lines()] == ["one", "two", "three"]
    assert [line["text"] for line in await guest.lines(after=first["seq"])] == ["two", "three"]
    reply = (await guest.call("GET", "messages", params={"most": 2})).json()
    assert ([line["text"] for line in reply["lines"]], reply["more"]) == (["two", "three"], True)


async def test_a_line_says_who_answered_and_nothing_about_the_inside(house):
    account = house.account()
    guest = await house.guest(account)
    house.lobby.answer(account, guest.address, "Yes", author="Ana")
    line = (await guest.lines())[0]
    assert set(line) == {
        "id", "seq", "by", "author", "at", "text", "mine", "status", "files", "edited", "gone", "sign",
    }  # fmt: skip
    assert (line["by"], line["author"], line["mine"]) == ("brand", "Ana", None)


async def send_files(guest, *files, id=None, **fields):
    data = {"id": id or str(uuid4()), "text": "", **fields}
    return await guest.call("POST", "messages", data=data, files=[("file", file) for file in files])


async def test_files_arrive_whole_with_tidy_names(house):
    account = house.account()
    guest = await house.guest(account)
    reply = await send_files(
        guest,
        ("../../etc/\u202egnp.exe", b"\x89PNG" * 9, "image/png"),
        ("C:\\work\\note.txt", b"a\x00b", "text/plain; charset=utf-8"),
        ("x.svg", b"<svg/>", "image/svg+xml"),
        ("\u200b.htaccess", b"x", "not a type"),
        text="Two files",
    )
    assert reply.status_code == 202
    media = house.lobby.said[0].content.media
    assert [(one.name, one.mime, one.kind) for one in media] == [
        ("gnp.exe", "image/png", "image"),
        ("note.txt", "text/plain", "file"),
        ("x.svg", "image/svg+xml", "file"),
        ("htaccess", "application/octet-stream", "file"),
    ]
    assert [one.data for one in media] == [b"\x89PNG" * 9, b"a\x00b", b"<svg/>", b"x"]


async def test_a_file_is_handed_out_as_a_download_that_can_do_nothing(house):
    account = house.account()
    guest = await house.guest(account)
    name = 'evil"\r\nset-cookie: a=b;.html'
    line = house.lobby.answer(account, guest.address, "", files=[(name, "text/html", b"<script>alert(1)</script>")])
    reply = await guest.call("GET", f"files/{line.files[0].id}")
    assert reply.content == b"<script>alert(1)</script>"
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"].startswith("attachment; filename*=UTF-8''evil%22%0D%0Aset-cookie")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"]
    assert "set-cookie" not in reply.headers


async def test_too_large_too_many_and_damaged_forms_are_refused_whole(house):
    guest = await house.guest(house.account())
    small = ("a.txt", b"a", "text/plain")
    assert (await send_files(guest, ("big.bin", b"a" * (limits.FILE_LIMIT + 1), "a/b"))).status_code == 413
    for too_many in (1, 4):
        assert (await send_files(guest, *[small] * (limits.FILES_EACH + too_many))).status_code == 422
    assert (await send_files(guest, small, other="x")).status_code == 422
    assert (await send_files(guest, small, id="not-an-id")).status_code == 422
    assert (await send_files(guest, small, text="x" * (limits.TEXT_LIMIT + 1))).status_code == 413
    for body in (b"", b"--x\r\n", b"--x\r\ncontent-disposition: form-data; name=id\r\n\r\nabc"):
        headers = {"content-type": "multipart/form-data; boundary=x"}
        assert (await guest.call("POST", "messages", content=body, headers=headers)).status_code == 422, body
    assert house.lobby.accepted == []


async def test_a_body_beyond_the_limit_is_cut_off_even_when_it_does_not_say_how_long_it_is(house):
    guest = await house.guest(house.account())

    async def endless():
        for _ in range(80):
            yield b" " * 65536

    headers = {"content-type": "application/json"}
    assert (await guest.call("POST", "messages", content=endless(), headers=headers)).status_code == 413
    assert house.lobby.accepted == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"{", b'"a"', b'{"id": 1}', b'{"id": "x", "text": "a"}',
        b'{"id": "9b2e6f0e-8e0f-4c0e-9a57-000000000000", "text": {"$ne": 1}}',
        b'{"id": "9b2e6f0e-8e0f-4c0e-9a57-000000000000", "text": "a", "__proto__": {}}',
        b'{"id": "9b2e6f0e-8e0f-4c0e-9a57-000000000000", "text": "a", "address": "v:1"}',
        b'{"id": "9b2e6f0e-8e0f-4c0e-9a57-000000000000", "text": "\\ud800"}',
        b'{"id": "9b2e6f0e-8e0f-4c0e-9a57-000000000000", "text": "\xff"}',
        b'{"id": "9b2e6f0e-8e0f-4c0e-9a57-000000000000", "text": "   "}',
        b"[" * 5000,
    ],
)  # fmt: skip
async def test_what_is_no_message_is_refused_in_words(house, body):
    guest = await house.guest(house.account())
    reply = await guest.call("POST", "messages", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 422
    assert reply.json()["error"]
    assert house.lobby.accepted == []


async def test_json_in_the_disguise_of_a_plain_form_is_refused(house):
    guest = await house.guest(house.account())
    body = b'{"id": "9b2e6f0e-8e0f-4c0e-9a57-000000000000", "text": "a"}'
    reply = await guest.call("POST", "messages", content=body, headers={"content-type": "text/plain"})
    assert reply.status_code == 422


async def test_the_longest_text_passes_and_one_letter_more_does_not(house):
    guest = await house.guest(house.account())
    assert (await guest.say("😀" * limits.TEXT_LIMIT)).status_code == 202
    assert (await guest.say("😀" * limits.TEXT_LIMIT + "a")).status_code == 413


async def test_hostile_words_come_back_exactly_as_they_were_said(house):
    guest = await house.guest(house.account())
    words = "<img src=x onerror=alert(1)>\u202e\u0301" * 20 + "\x00"
    await guest.say(words)
    assert (await guest.lines())[0]["text"] == words.replace("\x00", "\ufffd")


async def test_ticks_reach_the_house_once(house):
    account = house.account()
    guest = await house.guest(account)
    one = house.lobby.answer(account, guest.address, "One")
    two = house.lobby.answer(account, guest.address, "Two")
    await guest.call("POST", "receipts", json={"delivered": two.seq})
    assert [line["status"] for line in await guest.lines()] == ["delivered", "delivered"]
    await guest.call("POST", "receipts", json={"read": [str(one.id)]})
    assert [line["status"] for line in await guest.lines()] == ["read", "delivered"]
    before = len(house.lobby.accepted)
    await guest.call("POST", "receipts", json={"read": one.seq, "delivered": two.seq})
    assert len(house.lobby.accepted) == before


@pytest.mark.parametrize(
    "body", [{"read": -1}, {"read": "all"}, {"read": {}}, {"read": ["x"]}, {"seen": 1}, {"read": True}]
)
async def test_ticks_of_another_shape_are_refused(house, body):
    guest = await house.guest(house.account())
    assert (await guest.call("POST", "receipts", json=body)).status_code == 422


async def test_typing_is_passed_on(house):
    guest = await house.guest(house.account())
    assert (await guest.call("POST", "typing")).status_code == 204
    assert house.lobby.typed == [guest.address]


ALLOWED = ["https://shop.example.com", "https://www.more.example.org", "http://dev.example.com:8080"]
REFUSED = [
    "https://evil.example.com", "http://shop.example.com", "https://shop.example.com.evil.example", "null", "",
    "https://shop.example.com:444", "https://more.example.org", "https://xmore.example.org", "https://a/.more.example.org",
    "file://", "https://shop.example.com@evil.example", "https://shop.example.com,https://evil.example",
]  # fmt: skip
ORIGINS = "https://shop.example.com\nhttps://*.more.example.org/\n HTTP://dev.example.com:8080 "


@pytest.mark.parametrize("origin", ALLOWED)
async def test_listed_websites_may_call(house, origin):
    account = house.account(origins=ORIGINS)
    guest = await house.guest(account)
    reply = await guest.say("hello", headers={"origin": origin})
    assert reply.status_code == 202
    assert reply.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("origin", REFUSED)
async def test_every_call_from_another_website_is_refused(house, origin):
    account = house.account(origins=ORIGINS)
    guest = await house.guest(account)
    for method, path in (
        ("POST", "session"), ("POST", "messages"), ("GET", "messages"), ("GET", "events"), ("POST", "typing"),
        ("POST", "receipts"), ("GET", f"files/{uuid4()}"), ("OPTIONS", "messages"),
    ):  # fmt: skip
        reply = await guest.call(method, path, headers={"origin": origin})
        assert reply.status_code == 403, path
        assert "access-control-allow-origin" not in reply.headers
    assert house.lobby.accepted == []


async def test_the_frame_itself_may_call_by_whichever_name_it_was_reached(house):
    account = house.account(origins="")
    guest = await house.guest(account)
    assert (await guest.say("hello", headers={"origin": house.url})).status_code == 202
    by_name = {"origin": "https://chat.example.net", "host": "chat.example.net"}
    assert (await guest.say("hello", headers=by_name)).status_code == 202


async def test_a_browser_may_ask_first(house):
    account = house.account()
    reply = await house.client.options(f"/web/{account.id}/messages", headers={"origin": "https://shop.example.com"})
    assert reply.status_code == 204
    assert "authorization" in reply.headers["access-control-allow-headers"]


async def test_too_many_messages_at_once_have_to_wait_and_then_pass(still_house):
    guest = await still_house.guest(still_house.account())
    codes = [(await guest.say("again")).status_code for _ in range(21)]
    assert codes == [202] * 20 + [429]
    reply = await guest.say("again")
    assert int(reply.headers["retry-after"]) == 1
    still_house.clock.turn(seconds=1)
    assert (await guest.say("again")).status_code == 202
    other = await still_house.guest(still_house.accounts()[0])
    assert (await other.say("not me")).status_code == 202


async def test_too_many_new_visitors_from_one_place_have_to_wait(still_house):
    account = still_house.account()
    path = f"/web/{account.id}/session"
    codes = [(await still_house.client.post(path, json={})).status_code for _ in range(41)]
    assert codes == [200] * 40 + [429]


async def test_uploads_are_rationed_by_size(still_house, monkeypatch):
    monkeypatch.setitem(limits.RATES, "upload", limits.Rate(2000, 10))
    guest = await still_house.guest(still_house.account())
    file = ("a.bin", b"a" * 1000, "application/zip")
    assert (await send_files(guest, file)).status_code == 202
    assert (await send_files(guest, file)).status_code == 429


def test_buckets_forget_the_one_longest_at_rest(monkeypatch):
    from duologue.kernel.clock import Turned

    monkeypatch.setattr(limits, "KEPT", 3)
    clock, buckets = Turned(), limits.Limits()
    for who in ("a", "b", "c", "a", "d"):
        buckets.take("message", who, now=clock())
    assert [who for _, who in buckets._buckets] == ["c", "a", "d"]


@pytest.mark.parametrize(
    "path", ["", "nothing", "x/session", "../session", "widget.js/x", "assets/x/../y", "assets/a/main.js"]
)
async def test_there_is_nothing_else(house, path):
    house.account()
    reply = await house.client.get(f"/web/{path}")
    assert reply.status_code == 404
    assert reply.json()["error"]


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "most=0", "most=501", "after=99999999999999999999", "after=%00"]
)
async def test_numbers_out_of_range_are_refused(house, query):
    guest = await house.guest(house.account())
    assert (await guest.call("GET", f"messages?{query}")).status_code == 422


async def test_why_something_is_refused_is_said_in_the_visitors_language(house):
    guest = await house.guest(house.account())
    house.client.headers["accept-language"] = "de-AT"
    assert (await guest.say("")).json()["error"] == "Diese Nachricht ist leer."
    assert (await guest.say("x" * (limits.TEXT_LIMIT + 1))).json()["error"].startswith("Eine Nachricht darf höchstens")
    house.client.headers["accept-language"] = "fr"
    assert (await guest.say("")).json()["error"] == "This message is empty."
