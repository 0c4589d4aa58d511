"""What a text comes to: segments as carriers count them, prices as the administrator gave them."""

import pytest

from duologue.channels.contract import Content, Kind, Media
from duologue.channels.sms.price import measure
from duologue.channels.sms.segments import plain, segments
from duologue.channels.sms.settings import Settings

FREE, PRICED = Settings(), Settings(price="0.0079", picture_price="0.02")
EMOJI = "🙂"


@pytest.mark.parametrize(
    ("text", "count", "encoding"),
    [
        ("", 0, "GSM-7"),
        ("x", 1, "GSM-7"),
        ("x" * 160, 1, "GSM-7"),
        ("x" * 161, 2, "GSM-7"),
        ("x" * 306, 2, "GSM-7"),
        ("x" * 307, 3, "GSM-7"),
        ("€" * 80, 1, "GSM-7"),
        ("€" * 81, 2, "GSM-7"),
        ("x" * 152 + "€" + "x" * 152, 3, "GSM-7"),  # never cut in two: 152 and a gap, 153, 1
        ("x" * 151 + "€" + "x" * 153, 2, "GSM-7"),
        ("à é ñ Ü ß Ω [~]", 1, "GSM-7"),
        ("ş", 1, "UCS-2"),
        ("ş" * 70, 1, "UCS-2"),
        ("ş" * 71, 2, "UCS-2"),
        ("ş" * 134, 2, "UCS-2"),
        ("ş" * 135, 3, "UCS-2"),
        (EMOJI * 35, 1, "UCS-2"),
        (EMOJI * 36, 2, "UCS-2"),
        (EMOJI * 66, 2, "UCS-2"),  # 33 in each: the 67th unit stays empty
        (EMOJI * 67, 3, "UCS-2"),
        ("x" * 160 + EMOJI, 3, "UCS-2"),
        ("你好" * 30, 1, "UCS-2"),
    ],
)
def test_segments_are_counted_as_carriers_count(text: str, count: int, encoding: str):
    found = segments(text)
    assert (found.count, found.encoding) == (count, encoding)


def test_the_alphabet_is_the_standards():
    """3GPP TS 23.038: 127 characters and the escape, and nine after it."""
    from duologue.channels.sms.segments import BASIC, EXTENDED

    assert (len(BASIC), len(EXTENDED), BASIC & EXTENDED) == (127, 10, frozenset())


def test_typographic_marks_become_plain_ones():
    assert plain("“It’s” – here…\u00a0now\u200b") == '"It\'s" - here... now'
    assert segments(plain("“It’s” – here…")).encoding == "GSM-7"


@pytest.mark.parametrize(
    ("settings", "text", "words"),
    [
        (FREE, "Hi", "1 segment"),
        (FREE, "x" * 200, "2 segments"),
        (PRICED, "Hi", "1 segment, about 0.0079 USD"),
        (PRICED, "x" * 200, "2 segments, about 0.02 USD"),
        (PRICED, "x" * 100 + EMOJI, f"2 segments, about 0.02 USD; “{EMOJI}” makes it longer"),
        (PRICED, EMOJI, "1 segment, about 0.0079 USD"),
        (PRICED, "“" + "x" * 99 + "”", "1 segment, about 0.0079 USD"),
        (Settings(smart=False), "“" + "x" * 99 + "”", "2 segments; ““” makes it longer"),
        (Settings(price="0,05", currency="EUR"), "x" * 500, "4 segments, about 0.20 EUR"),
        (Settings(price="cheap"), "Hi", "1 segment"),
        (Settings(price="NaN"), "Hi", "1 segment"),
        (Settings(price="-1"), "Hi", "1 segment"),
        (PRICED, "  \n", None),
        (PRICED, "", None),
    ],
)
def test_what_it_comes_to_is_told_in_words(settings: Settings, text: str, words: str | None):
    assert measure(settings, Content(text=text)) == words


def test_a_message_with_files_has_a_price_of_its_own():
    content = Content(text="x" * 500, media=(Media(kind=Kind.IMAGE),))
    assert measure(PRICED, content) == "A message with files, about 0.02 USD"
    assert measure(FREE, content) == "A message with files"
