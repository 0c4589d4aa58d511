"""Ending, on purpose and otherwise: nothing acknowledged is lost, nothing is left behind, the next start just works."""

import json
import os
import signal
import socket
from time import monotonic

import pytest

from tests.program import Page, Program, flood, messages, more_than, servers_on, until

FORM = b"brand=Lume&name=Ana+Ruiz&email=ana%40lume.example&password=correct+horse+battery&zone="


def stream(program: Program) -> socket.socket:
    """An administrator's open event stream, its first words read."""
    cookie = signed_in(program)
    open_stream = socket.create_connection(("127.0.0.1", program.port), timeout=10)
    open_stream.sendall(f"GET /live?from=0.0 HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    assert b"text/event-stream" in open_stream.recv(4096)
    return open_stream


def signed_in(program: Program) -> str:
    """The cookie of the first administrator."""
    host = f"127.0.0.1:{program.port}"
    head = f"POST {program.begin()} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(FORM)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", program.port), timeout=10) as browser:
        browser.sendall((head + kind).encode() + FORM)
        answer = browser.recv(65536).decode()
    lines = [line for line in answer.splitlines() if line.lower().startswith("set-cookie: ")]
    return "; ".join(line.split(": ", 1)[1].split(";")[0] for line in lines)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_within_five_seconds_with_a_stream_and_half_a_request_open(
    program: Program, told: signal.Signals
) -> None:
    program.start()
    page = Page(program)
    assert page.say(1)
    half = socket.create_connection(("127.0.0.1", program.port), timeout=10)
    half.sendall(f"POST {page.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf of".encode())
    with stream(program) as open_stream, half:
        began = monotonic()
        os.kill(program.pid, told)
        assert program.wait(10) == 0, program.log()
        assert monotonic() - began < 5
        until(lambda: not open_stream.recv(4096), 5, "the end of the stream")
    assert servers_on(program.data) == []
    assert "Traceback" not in program.log()
    program.start()
    until(lambda: messages(program) == {"m_1"}, 10, "the message of before")


def test_killed_it_leaves_no_database_behind_and_starts_again_at_once(program: Program) -> None:
    program.start()
    page = Page(program)
    server = servers_on(program.data)
    assert server
    assert all(page.say(number) for number in range(20))
    program.kill()
    began = monotonic()
    program.start()
    assert monotonic() - began < 15
    until(lambda: not set(server) & set(servers_on(program.data)), 10, "the former database's end")
    until(lambda: messages(program) == page.acknowledged, 20, "everything that was acknowledged")
    program.kill()
    until(lambda: servers_on(program.data) == [], 10, "the database to follow the program")


def test_a_database_that_is_killed_comes_back_and_what_arrived_meanwhile_is_there(program: Program) -> None:
    program.start()
    page = Page(program)
    assert page.say(0)
    with flood(page):
        for time in (1, 2):
            more_than(page, 40)
            os.kill(postmaster(program), signal.SIGKILL)
            until(lambda time=time: program.log().count("database.restarted") == time, 10, "its return")
            more_than(page, 40)
    until(lambda: program.answers() and page.acknowledged <= messages(program), 30, "everything acknowledged")
    assert list((program.data / "spool").glob("*")) == [], "nothing waits in the spool"
    assert program.answers()
    counted = json.loads(program.command("doctor", "--count", "--json", check=False))
    assert next(one for one in counted if one["name"] == "count")["ok"], counted
    assert program.stop() == 0


def postmaster(program: Program) -> int:
    return int((program.data / "pg" / "postmaster.pid").read_text().splitlines()[0])


def test_stopped_in_the_middle_of_a_flood_it_has_everything_after_the_next_start(program: Program) -> None:
    program.start()
    page = Page(program)
    with flood(page):
        more_than(page, 100)
        assert program.stop() == 0
    program.start()
    until(lambda: page.acknowledged <= messages(program), 20, "everything that was acknowledged")


def test_after_a_power_cut_nothing_waits_for_leases_of_the_dead(program: Program) -> None:
    program.start()
    Page(program)
    held = "UPDATE channel SET listener = gen_random_uuid(), listener_until = now() + interval '30 s' RETURNING id"
    assert len(program.query(held)) == 1
    program.kill()
    program.start()
    assert program.query("SELECT listener FROM channel") == [(None,)]
