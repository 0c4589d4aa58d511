"""What the folder brings along besides code."""

import msgspec
import pytest

from duologue.channels.contract import Kind
from duologue.channels.line import CHANNEL
from duologue.channels.line.duration import milliseconds
from duologue.channels.line.settings import Settings, missing, own_address


def test_secrets_are_marked_as_secrets():
    fields = msgspec.structs.fields(CHANNEL.settings)
    secret = {one.name for one in fields if (msgspec.inspect.type_info(one.type).extra or {}).get("secret")}  # type: ignore[union-attr]
    assert secret == {"channel_secret", "access_token"}


def test_what_was_pasted_with_a_break_in_it_means_the_same():
    pasted = Settings(access_token=" ab\ncd ", channel_secret=" s \n")
    assert (pasted.access_token, missing(pasted)) == ("abcd", [])
    assert missing(Settings(channel_secret=" ,\n")) == ["channel_secret", "access_token"]
    assert own_address(Settings(account_name=" Lume ")) == "Lume"


def test_answers_are_allowed_at_any_time_and_the_rule_says_where_it_is_from():
    assert CHANNEL.abilities.policy.window() is None
    assert all(rule.source and not rule.first for rule in CHANNEL.abilities.policy.rules)
    assert Kind.FILE not in CHANNEL.abilities.sends


def m4a(*, version: int, scale: int, length: int) -> bytes:
    wide = version == 1
    times, size = bytes(16 if wide else 8), 8 if wide else 4
    head = bytes([version, 0, 0, 0]) + times + scale.to_bytes(4) + length.to_bytes(size)
    return bytes(4) + b"ftypM4A \0\0\0\0mvhd" + head + bytes(40)


MP3 = bytes.fromhex("fffb9000") + bytes(16_000 - 4)  # MPEG 1, layer III, 128 kbit/s


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (m4a(version=0, scale=1000, length=2500), 2500),
        (m4a(version=1, scale=44_100, length=88_200), 2000),
        (m4a(version=0, scale=0, length=1), None),
        (m4a(version=0, scale=1000, length=1)[:30], None),
        (MP3, 1000),
        (b"ID3\x04\0\0\0\0\x01\0" + bytes(128) + MP3, 1000),
        (bytes.fromhex("fff38000") + bytes(8_000 - 4), 1000),  # MPEG 2: 64 kbit/s
        (b"RIFF", None),
        (b"", None),
    ],
)
def test_how_long_a_recording_lasts(data: bytes, length: int | None):
    assert milliseconds(data) == length
