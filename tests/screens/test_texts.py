"""Strangers' words and mark-up do nothing but stand there."""

import time

import pytest
from markupsafe import Markup

from duologue.web import texts, words


@pytest.mark.parametrize(
    ("said", "href", "shown"),
    [
        (
            "see https://lume.example/a?b=1&c=2.",
            "https://lume.example/a?b=1&amp;c=2",
            "https://lume.example/a?b=1&amp;c=2",
        ),
        ("(www.lume.example)", "https://www.lume.example", "www.lume.example"),
        (
            "https://en.wikipedia.org/wiki/A_(b)!",
            "https://en.wikipedia.org/wiki/A_(b)",
            "https://en.wikipedia.org/wiki/A_(b)",
        ),
        ("mia@example.com, hi", "mailto:mia@example.com", "mia@example.com"),
        ('https://x.example/"onclick=alert(1)', "https://x.example/", "https://x.example/"),
    ],
)
def test_addresses_in_plain_text_become_links(said: str, href: str, shown: str) -> None:
    link = f'<a href="{href}" target="_blank" rel="noopener noreferrer nofollow">{shown}</a>'
    assert link in texts.linkify(said)


@pytest.mark.parametrize("said", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example", "a.b", "1.50"])
def test_nothing_else_becomes_a_link(said: str) -> None:
    assert "<a" not in texts.linkify(said)


def test_mark_up_in_plain_text_is_escaped() -> None:
    said = texts.linkify("<img src=x onerror=alert(1)> https://x.example/<b>")
    assert "<img" not in said
    assert "<b>" not in said
    assert isinstance(said, Markup)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="  java\nscript:alert(1)">x</a>',
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<p style="background:url(https://t.example)">x</p>',
        "<style>@import 'https://t.example'</style>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<form action=https://t.example><input name=password></form>",
        "<meta http-equiv=refresh content='0;url=https://t.example'>",
        "<base href=https://t.example>",
        '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
def test_a_strangers_html_is_harmless(html: str) -> None:
    clean = texts.sanitise(html).html.lower()
    for danger in (
        "script",
        'alert(1)"',
        "onerror",
        "onload=",
        "t.example",
        "style",
        "<form",
        "<input",
        "<svg",
        "<iframe",
    ):
        assert danger not in clean.replace("title=", "") or "title=" in clean, clean
    assert "<img src=" not in clean


def test_pictures_elsewhere_are_counted_and_not_loaded() -> None:
    clean = texts.sanitise('<img src="https://t.example/a.gif"><img src="http://t.example/b.gif">')
    assert clean.held_back == 2
    assert "t.example" not in clean.html


def test_pictures_are_loaded_through_the_proxy_where_asked() -> None:
    clean = texts.sanitise('<img src="https://t.example/a.gif">', remote=lambda url: "/picture?of=1")
    assert clean.held_back == 0
    assert 'src="/picture?of=1"' in clean.html


def test_attached_pictures_are_shown_by_their_content_id() -> None:
    clean = texts.sanitise(
        '<img src="cid:&lt;logo@lume&gt;"><img src="cid:other">', inline={"logo@lume": "/files/1"}.get
    )
    assert 'src="/files/1"' in clean.html
    assert "cid:" not in clean.html
    assert clean.held_back == 0


def test_links_in_mail_open_elsewhere_and_tell_nothing() -> None:
    clean = texts.sanitise('<a href="https://x.example" target="_self">x</a>')
    assert clean.html == '<a href="https://x.example" target="_blank" rel="noopener noreferrer nofollow">x</a>'


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mia Santos", "MS"),
        ("李静 Li Jing", "李"),
        ("mia", "M"),
        ("ana.b@x.example", "AE"),
        ("<b>", "<svg"),
        ("+55 11", "<svg"),
        ("", "<svg"),
    ],
)
def test_a_face_has_at_most_two_letters(name: str, letters: str) -> None:
    assert texts.initials(name).startswith(letters)


def test_a_face_keeps_its_colour() -> None:
    assert texts.face("Mia") == texts.face("Mia")
    assert {texts.face(f"Person {n}").split("h-")[1].split('"')[0] for n in range(80)} == {
        str(n) for n in range(texts.HUES)
    }


@pytest.mark.parametrize(
    ("text", "so"), [("👍🏽", True), ("😍😍", True), ("ok 👍", False), ("12", False), ("", False), (None, False)]
)
def test_a_few_emoji_alone_are_drawn_large(text: str | None, so: bool) -> None:
    assert texts.only_emoji(text) is so


@pytest.mark.parametrize(
    ("name", "so"),
    [
        ("v:289d5b74a2806187d86361d057b63f7e", True),
        ("57120098331204411", True),
        ("Mia Santos", False),
        ("mia.santos.1988@example.com", False),
        ("Donaudampfschiffer", False),
    ],
)
def test_a_platforms_number_is_told_from_a_name(name: str, so: bool) -> None:
    assert texts.is_number(name) is so


@pytest.mark.parametrize("piece", ["a.", "a-", "a@a.", "a@a-", "http://a)", "http://(", "www.", "mailto:", "a+"])
def test_links_are_found_in_any_text_without_delay(piece: str) -> None:
    began = time.process_time()
    texts.linkify(piece * (200_000 // len(piece)))
    texts.linkify("http://a.example/" + piece * (200_000 // len(piece)))
    assert time.process_time() - began < 5


HEAVY = [
    "<div>", "<ul><li>", "<dd><li>", "<b><div>", "<o:p><p>", "<p a=1 b=2>", "<blockquote>",
    "<div><!--</div>-->", '<div title="</div>">', "<div><script></div></script>",
]  # fmt: skip


@pytest.mark.parametrize("piece", HEAVY)
def test_no_mark_up_keeps_the_house_busy(piece: str) -> None:
    began = time.process_time()
    clean = texts.sanitise(f"<p>hello</p>{piece * (800_000 // len(piece))}<script>alert(1)</script>")
    assert time.process_time() - began < 5
    assert "hello" in clean.html
    assert "<script" not in clean.html


def test_words_of_heavy_mark_up_stay_words() -> None:
    clean = texts.sanitise("<div>" * 2000 + "&lt;img src=x onerror=alert(1)&gt;")
    assert "<img" not in clean.html
    assert "&lt;img" in clean.html


def test_words_with_something_filled_in_are_said_in_the_reader_s_language() -> None:
    assert words.say("de", "cake.png is larger than 25 MB.") == "cake.png ist größer als 25 MB."
    assert words.say("en", "cake.png is larger than 25 MB.") == "cake.png is larger than 25 MB."
    assert words.say("de", "Nobody has ever said this.") == "Nobody has ever said this."
