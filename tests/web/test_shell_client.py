"""Whose address a request has, and what a browser calls itself."""

from pathlib import Path
from typing import Any

import pytest

from duologue.errors import TooMany
from duologue.kernel.clock import Turned
from duologue.settings import Settings
from duologue.web import answers, client
from duologue.web.limits import Buckets, neighbourhood

SETTINGS = Settings(data=Path("/nowhere"), trusted_proxies=["10.0.0.0/8", "127.0.0.1"])


def scope(peer: str | None, forwarded: str | None = None) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded is not None else []
    return {"client": (peer, 1) if peer else None, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", None, "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # not a proxy of ours: not believed
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # the client's own invention stays unread
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        (None, "198.51.100.1", ""),
    ],
)
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(
    peer: str | None, forwarded: str | None, address: str
) -> None:
    assert client.client_address(scope(peer, forwarded), SETTINGS) == address


def test_a_proxy_on_this_machine_does_not_make_its_clients_local() -> None:
    unaware = Settings(data=Path("/nowhere"))
    assert client.is_local(scope("127.0.0.1"), unaware)
    assert not client.is_local(scope("127.0.0.1", "203.0.113.5"), unaware)
    assert not client.is_local(scope("127.0.0.1", "127.0.0.1"), unaware)
    assert not client.is_local(scope("127.0.0.1", "203.0.113.5"), SETTINGS)
    assert not client.is_local(scope("203.0.113.5", "127.0.0.1"), SETTINGS)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("", "A browser"),
        ("<script>", "A browser"),
    ],
)
def test_a_device_is_named_as_people_name_it(agent: str, words: str) -> None:
    assert client.device(agent) == words


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "\\\\elsewhere.test", "javascript:alert(1)",
        "/\t/elsewhere.test", "elsewhere.test", "", "/a\r\nSet-Cookie: x=1", "///elsewhere.test", "/\u2028",
        "//[x", "/ü", "/\u2215elsewhere.test", "/\udcff",
    ],
)  # fmt: skip
def test_after_signing_in_nobody_is_led_elsewhere(wanted: str) -> None:
    assert answers.local_path(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/c/1?before=2", "/inbox/mine#x", "/a//b", "/?next=https://elsewhere.test"])
def test_after_signing_in_everybody_gets_where_they_wanted(wanted: str) -> None:
    assert answers.local_path(wanted) == wanted


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Turned()
    buckets = Buckets(burst=2, seconds=10, now=clock)
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(TooMany) as refused:
        buckets.take("a")
    assert refused.value.after == 10
    buckets.take("b")
    clock.turn(seconds=10)
    buckets.take("a")
    with pytest.raises(TooMany):
        buckets.take("a")
    buckets.give_back("a")
    buckets.take("a")


def test_a_clock_that_is_set_back_fills_no_bucket() -> None:
    clock = Turned()
    buckets = Buckets(burst=1, seconds=10, now=clock)
    buckets.take("a")
    clock.turn(hours=-1)
    with pytest.raises(TooMany):
        buckets.take("a")


def test_many_callers_do_not_fill_the_memory() -> None:
    buckets = Buckets(burst=1, seconds=10, now=Turned(), most=100)
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets._kept) == 100


def test_one_subscriber_of_ipv6_is_one_caller() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff")
    assert neighbourhood("2001:db8::1") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("192.0.2.1") != neighbourhood("192.0.2.2")
