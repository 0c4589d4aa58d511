"""Nothing acknowledged is lost and nothing is doubled, while the program is killed over and over.

The platform's part is played here: signed webhooks, each message one to three times, in any order, again until answered
with 200. What was sent is the oracle; the database is compared with it, logs are not read.
"""

import hashlib
import hmac
import json
import os
import random
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.program import Program, until

SEED = int(os.environ.get("DUOLOGUE_SEED", "20261124"))
MESSAGES = int(os.environ.get("DUOLOGUE_TORTURE_MESSAGES", "500"))
KILLS = int(os.environ.get("DUOLOGUE_TORTURE_KILLS", "10"))
LONGEST = 240 + MESSAGES // 4 + KILLS * 10  # seconds
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST)]

SECRET, PAGE = "meta-app-secret-0001", "1200300400"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    one = Program(tmp_path / "data")
    yield one
    one.end()


def _webhook(number: int, people: int = 40) -> bytes:
    item = {
        "sender": {"id": f"77{number % people:06}"},
        "recipient": {"id": PAGE},
        "timestamp": 1767225600000 + number * 1000,
        "message": {"mid": f"m_{number}", "text": f"message {number}"},
    }
    return json.dumps({"object": "page", "entry": [{"id": PAGE, "time": 1767225600123, "messaging": [item]}]}).encode()


def _post(url: str, body: bytes) -> bool:
    """Whether the program said that it has it."""
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10).status == 200
    except (urllib.error.URLError, OSError):
        return False


def test_ten_kills_lose_nothing_and_double_nothing(program: Program) -> None:
    chance = random.Random(SEED)
    program.start()
    account = program.channel(
        "messenger", page_id=PAGE, page_token="t", app_secret=SECRET, base_url="http://127.0.0.1:9"
    )
    url = f"{program.url}{account['webhook_path']}"
    deliveries = [number for number in range(MESSAGES) for _ in range(chance.randint(1, 3))]
    chance.shuffle(deliveries)
    acknowledged: set[int] = set()
    stop = threading.Event()

    def deliver(number: int) -> None:
        """Again and again, as the platform does."""
        while not stop.is_set():
            if _post(url, _webhook(number)):
                acknowledged.add(number)
                return

    with ThreadPoolExecutor(8) as platform:
        done = [platform.submit(deliver, number) for number in deliveries]
        try:
            for part in range(1, KILLS + 1):
                share = len(deliveries) * part // (KILLS + 2)
                until(lambda share=share: sum(one.done() for one in done) >= share, LONGEST, f"{share} deliveries")
                program.kill()
                program.start()
            until(lambda: all(one.done() for one in done), LONGEST, "all deliveries")
        finally:
            stop.set()
    assert acknowledged == set(range(MESSAGES))
    until(
        lambda: program.query("SELECT count(*) FROM arrival WHERE state = 'pending'") == [(0,)], LONGEST, "the sorting"
    )

    stored = [row[0] for row in program.query("SELECT external_id FROM message")]
    assert sorted(stored) == sorted(f"m_{number}" for number in range(MESSAGES)), f"seed {SEED}"
    assert program.query("SELECT count(*), count(DISTINCT address_id) FROM conversation") == [(40, 40)]
    assert program.query("SELECT count(*) FROM contact") == [(40,)]
    assert program.query("SELECT sum(unread) FROM conversation") == [(MESSAGES,)]
    assert program.query("SELECT count(*) FROM journal WHERE kind = 'message.received'") == [(MESSAGES,)]
    counted = json.loads(program.command("doctor", "--count", "--json", check=False))
    assert next(one for one in counted if one["name"] == "count")["ok"], counted
