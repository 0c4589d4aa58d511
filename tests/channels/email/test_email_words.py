"""What was written and what was enclosed, whatever the mail program made of it."""

import base64

import pytest

from duologue.channels.contract import Kind
from duologue.channels.email import tokens
from duologue.kernel import ids
from tests.channels.email.email_letters import NOW, OURS, mail, said


@pytest.mark.parametrize(
    "words, charset, encoding",
    [
        ("Grüße", "utf-8", "utf-8"),
        ("Grüße", "iso-8859-1", "latin-1"),
        ("“Grüße” €", "iso-8859-1", "cp1252"),
        ("Grüße", "utf-8", "latin-1"),
        ("Grüße", "x-unknown", "latin-1"),
        ("Привет, как дела", "utf-8", "cp1251"),
        ("Привет", "koi8-r", "koi8-r"),
        ("你好，请问有货吗", "gb2312", "gb18030"),
        ("你好，请问有货吗", "", "gb18030"),
        ("こんにちは", "iso-2022-jp", "iso-2022-jp"),
        ("こんにちは", "us-ascii", "iso-2022-jp"),
        ("안녕하세요", "ks_c_5601-1987", "cp949"),
        ("Hello", "utf-16", "utf-16"),
        ("Hello", "no-such-charset", "ascii"),
        ("Hello", "base64", "ascii"),
        ("Hello", "unicode_escape", "ascii"),
    ],
)
def test_words_survive_what_is_said_about_their_charset(words, charset, encoding):
    assert said(mail(words.encode(encoding), Content_Type=f'text/plain; charset="{charset}"')).content.text == words


def test_nul_and_lone_surrogates_are_gone():
    event = said(mail(b"a\x00b \xed\xa0\x80 c", Subject="x\x00y"))
    assert "\x00" not in event.content.text + event.content.subject
    event.content.text.encode()


def test_flowed_lines_are_put_together():
    flowed = "This line \nwas broken.\n\n> and this \n> one too\n-- \nJonas"
    assert said(mail(flowed, Content_Type="text/plain; format=flowed")).content.text == (
        "This line was broken.\n\n> and this one too\n-- \nJonas"
    )
    assert said(mail("long \nword", Content_Type="text/plain; format=flowed; delsp=yes")).content.text == "longword"


QUOTE = "Which size do you need?"
QUOTED_TEXTS = [
    f"Forty-two\n\nOn Mon, 23 Nov 2026 at 10:00, Ana <support@brand.example> wrote:\n\n> {QUOTE}\n> Ana\n",
    f"Forty-two\n\nAm 23.11.26 um 10:00 schrieb Ana:\n> {QUOTE}\n",
    f"Forty-two\n\nLe lun. 23 nov. 2026 à 10:00, Ana <support@brand.example> a écrit :\n\n> {QUOTE}\n",
    f"Forty-two\n\n-----Original Message-----\nFrom: Ana\nSent: Monday\nTo: Jonas\nSubject: Size\n\n{QUOTE}\n",
    f"Forty-two\n\n________________________________\nFrom: Ana <a@b.example>\nSent: Monday\nTo: Jonas\n\n{QUOTE}\n",
    f"Forty-two\n\n------------------ 原始邮件 ------------------\n发件人: Ana\n\n{QUOTE}\n",
    f"Forty-two\n\n> {QUOTE}\n",
]


@pytest.mark.parametrize("body", QUOTED_TEXTS)
def test_the_quote_below_a_plain_answer_is_folded(body):
    content = said(mail(body)).content
    assert content.text == "Forty-two"
    assert QUOTE in content.quoted


WHO = "Ana at Brand <support+cagrayjbrl5yablk64tbxdvaqume5orug67qt5sidxy@brand.example>"
ATTRIBUTIONS = [
    f"On Mon, 23 Nov 2026 at 10:00, {WHO}\nwrote:",
    f"Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb {WHO}:",
    f"El lun, 23 nov 2026 a las 10:00, ({WHO})\nescribió:",
    f"Il giorno lun 23 nov 2026 alle ore 10:00 {WHO} ha\nscritto:",
    f"Em seg., 23 de nov. de 2026 às 10:00, {WHO} escreveu:",
    f"пн, 23 нояб. 2026 г. в 10:00, {WHO}:",
    f"2026年11月23日(月) 10:00 {WHO}:",
    f"{WHO} 于2026年11月23日周一 10:00写道：",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_the_line_above_a_quote_goes_with_it_in_any_language(line):
    content = said(mail(f"Forty-two\n\n{line}\n\n> {QUOTE}\n")).content
    assert content.text == "Forty-two"
    assert content.quoted.startswith(line[:20])


QUOTED_HTML = [
    f'<div>Forty-two</div><div class="gmail_quote"><div>On Monday Ana wrote:</div><p>{QUOTE}</p></div>',
    f'<div>Forty-two</div><blockquote type="cite"><div>{QUOTE}</div></blockquote><br>',
    f'<p>Forty-two</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Ana</div><div>{QUOTE}</div>',
    f'<p>Forty-two</p><div style="border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b></p></div>{QUOTE}',
    f'<p>Forty-two</p><div class="yahoo_quoted"><div>{QUOTE}</div></div>',
    f'<p>Forty-two</p><div class="protonmail_quote">{QUOTE}</div>',
    f'<p>Forty-two</p><div class="moz-cite-prefix">Ana wrote:</div><blockquote type="cite">{QUOTE}</blockquote>',
]


@pytest.mark.parametrize("body", QUOTED_HTML)
def test_the_quote_below_an_html_answer_is_folded(body):
    content = said(mail(f"<html><body>{body}</body></html>", Content_Type="text/html")).content
    assert content.text == "Forty-two"
    assert QUOTE in content.quoted
    assert content.html == f"<html><body>{body}</body></html>"


@pytest.mark.parametrize(
    "body",
    [
        "Hi\n\nOn Monday Ana wrote:\n> Size?\nForty-two\n> Colour?\nRed",
        "> Size?\n\nForty-two",
        "On Mon, 23 Nov 2026 at 10:00, Ana <a@b.example> wrote:\n> only a quote",
        "I wrote: this is not a quote",
        "Hi\n\nOn Monday I wrote:\nsend me the blue one. Now I prefer red.",
        "Order:\nFrom: Oslo\nTo: Bergen\nDate: Friday\n\nCan you ship?",
        "3 > 2, is it not?",
    ],
)
def test_nothing_is_folded_where_words_of_the_writer_would_go_with_it(body):
    content = said(mail(body)).content
    assert (content.text, content.quoted) == (body, None)


def test_an_answer_below_an_html_quote_is_not_folded():
    content = said(mail("<blockquote type=cite>Size?</blockquote><p>Forty-two</p>", Content_Type="text/html")).content
    assert content.text == "Size?\n\nForty-two"
    assert content.quoted is None


def test_html_alone_is_given_as_words_too():
    body = "<style>p{}</style><script>x()</script><p>One<br>two</p><ul><li>a<li>b</ul><p>Jo<b>na</b>s &amp; co</p>"
    assert said(mail(body, Content_Type="text/html")).content.text == "One\ntwo\n\n- a\n- b\n\nJonas & co"


def parts(subtype: str, *inside: str) -> bytes:
    body = "".join(f"--b\r\n{one}\r\n" for one in inside) + "--b--\r\n"
    return mail(body, Content_Type=f"multipart/{subtype}; boundary=b")


def a_part(kind: str, body: str, *more: str) -> str:
    return "\r\n".join([f"Content-Type: {kind}", *more]) + f"\r\n\r\n{body}"


PNG = base64.b64encode(b"\x89PNG picture").decode()


def test_only_pictures_that_the_body_shows_are_part_of_it():
    inside = (
        a_part("text/html", '<p>See <img src="cid:A%40b"></p>'),
        a_part("image/png", PNG, "Content-ID: <a@b>", "Content-Transfer-Encoding: base64"),
        a_part("image/png", PNG, "Content-ID: <other@b>", "Content-Transfer-Encoding: base64"),
    )
    shown, other = said(parts("related", *inside)).content.media
    assert (shown.content_id, shown.kind, shown.data) == ("a@b", Kind.IMAGE, b"\x89PNG picture")
    assert other.content_id is None


def test_alternatives_are_one_body():
    content = said(parts("alternative", a_part("text/plain", "Plain"), a_part("text/html", "<p>Rich</p>"))).content
    assert (content.text, content.html, content.media) == ("Plain", "<p>Rich</p>", ())


def test_an_enclosed_mail_is_a_file():
    content = said(
        parts("mixed", a_part("text/plain", "See"), a_part("message/rfc822", "Subject: Inner\r\n\r\nWords"))
    ).content
    (file,) = content.media
    assert (file.name, file.mime, file.kind) == ("file-1.eml", "message/rfc822", Kind.FILE)
    assert b"Subject: Inner" in file.data
    assert content.text.strip() == "See"


def test_a_winmail_file_is_a_file():
    (file,) = said(parts("mixed", a_part('application/ms-tnef; name="winmail.dat"', "x"))).content.media
    assert file.name == "winmail.dat"


@pytest.mark.parametrize(
    "claimed, safe",
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u200b.htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie x"),
        ("CON.txt", "_CON.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("", "file-1.pdf"),
        ("...", "file-1.pdf"),
    ],
)
def test_a_file_name_is_only_a_name(claimed, safe):
    encoded = base64.b64encode(claimed.encode()).decode()
    disposition = f'Content-Disposition: attachment; filename="=?utf-8?b?{encoded}?="'
    (file,) = said(parts("mixed", a_part("application/pdf", "x", disposition))).content.media
    assert file.name == safe


def test_the_new_form_of_a_file_name_goes_before_the_old():
    disposition = "Content-Disposition: attachment; filename=\"J_rg.pdf\"; filename*=utf-8''J%C3%B6rg.pdf"
    (file,) = said(parts("mixed", a_part("application/pdf", "x", disposition))).content.media
    assert file.name == "Jörg.pdf"


def test_a_mail_of_nothing_but_a_file_is_that_file():
    content = said(mail(PNG, Content_Type="image/png", Content_Transfer_Encoding="base64")).content
    assert (content.kind, content.text) == (Kind.IMAGE, None)


def test_broken_mime_is_shown_as_the_text_it_is():
    assert said(mail("just words", Content_Type="multipart/mixed")).content.text == "just words"
    assert (
        said(mail("--b\r\n\r\nnever closed", Content_Type="multipart/mixed; boundary=b")).content.text == "never closed"
    )


def test_hidden_words_are_not_read_aloud():
    body = "<div style='Display : none'>Preview text</div><p>Hello</p>"
    assert said(mail(body, Content_Type="text/html")).content.text == "Hello"


def test_our_mark_is_not_shown_in_a_quote():
    mark = tokens.marker(OURS.key, ids.new(), NOW)
    content = said(mail(f"Yes\n\nOn Monday, Ana <a@b.example> wrote:\n\n> Sure?\n> [{mark}]\n")).content
    assert (content.text, content.quoted) == ("Yes", "On Monday, Ana <a@b.example> wrote:\n\n> Sure?")
