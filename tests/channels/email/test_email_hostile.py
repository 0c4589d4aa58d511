"""Mail made to do harm, and mail that is no mail: read in bearable time or set aside, never an error."""

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from duologue.channels.contract import Progress, Said, Unreadable
from tests.channels.email.email_letters import mail, read


def test_bombs_are_set_aside_quickly():
    deep = b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(3000))
    wide = b"--b\r\n\r\nx\r\n" * 5000
    for body, boundary in ((deep, "b0"), (wide, "b")):
        (event,) = read(mail(body, Content_Type=f"multipart/mixed; boundary={boundary}"))
        assert isinstance(event, Unreadable)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "raw",
    [
        mail("x", References=" ".join(f"<{n}@y>" for n in range(20000))),
        mail("x", To=", ".join(f"n{n}@y.example" for n in range(10000))),
        mail("On " * 30000),
        mail("> " * 30000),
        mail("From: " * 30000),
        mail("\n" * 100000),
        mail("a@" * 50000, From="postmaster@x.example"),
        mail("<div>" * 100000, Content_Type="text/html"),
        mail("<table><tr><td>" * 20000, Content_Type="text/html"),
        mail("<div><object></div></object>" * 50000, Content_Type="text/html"),
        mail("<div><!--</div>-->" * 50000, Content_Type="text/html"),
        mail('<b><div title="</div></b>">' * 50000, Content_Type="text/html"),
        mail("<dd><li>" * 100000, Content_Type="text/html"),
        mail("<o:p><p>" * 100000, Content_Type="text/html"),
        mail("<b><p><i></b><a>" * 20000, Content_Type="text/html"),
        mail("<p " + " ".join(f"a{n}=1" for n in range(50000)) + ">x", Content_Type="text/html"),
        mail("<" * 200000, Content_Type="text/html"),
        mail("<!--" * 100000, Content_Type="text/html"),
        mail("&#" * 200000, Content_Type="text/html"),
        mail("<script>" * 50000, Content_Type="text/html"),
        mail("x", From='"' * 5000 + "<" * 5000),
        mail("x", From='"\\' * 16000),
        mail("a \n" * 500_000, Content_Type="text/plain; format=flowed"),
        mail("x", Subject="=?utf-8?q?" + "=" * 20000),
        mail("x", Authentication_Results="mx.brand.example;" + "(" * 20000),
        mail("x", X_Long="y" * 1_000_000),
        mail("x", Content_Type="text/plain; " + "; ".join(f"a*{n}*=b" for n in range(3000))),
    ],
)
def test_hostile_mail_is_read_in_bearable_time(raw):
    assert read(raw)


@hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=600))
def test_no_bytes_at_all_make_it_fail(raw):
    for kind in ("", "sent", "oversize"):
        assert all(isinstance(event, Said | Progress | Unreadable) for event in read(raw, kind=kind))


HEADERS = (
    *("From", "To", "Subject", "Date", "Message-ID", "References", "Return-Path", "Auto-Submitted", "Content-ID"),
    *("Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Authentication-Results"),
)
TELLING = (
    *("multipart/mixed;boundary=b", "multipart/report;boundary=b", "message/rfc822", "message/delivery-status"),
    *("a@b.c", "<a@b>", "text/html;charset=utf-7", "base64", "quoted-printable", "x-uuencode"),
    "attachment;filename*0*=x''%",
)
VALUES = st.one_of(st.text(max_size=60), st.sampled_from(TELLING))


@hypothesis(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(HEADERS), VALUES), max_size=12), st.text(max_size=200), st.binary(max_size=60)
)
def test_no_headers_make_it_fail(headers, body, tail):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    raw = (
        head.encode("utf-8", "surrogatepass")
        + b"\r\n--b\r\n"
        + body.encode("utf-8", "surrogatepass")
        + b"\r\n--b\r\n"
        + tail
    )
    for event in read(raw):
        assert not (isinstance(event, Unreadable) and "cannot be read" in event.reason), event.reason
        if isinstance(event, Said):
            msgspec.json.encode(event)
