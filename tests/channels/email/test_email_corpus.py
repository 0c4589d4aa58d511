"""Python's own collection of odd mail: each ends as what it is or is set aside with a reason; none is dropped."""

from pathlib import Path

import pytest

from duologue.channels.contract import Progress, Raw, Said, Unreadable
from duologue.channels.email import CHANNEL


def corpus() -> list[Path]:
    try:
        import test.test_email as package
    except ImportError:
        return []
    return sorted((Path(str(package.__file__)).parent / "data").glob("msg_*.txt"))


@pytest.mark.skipif(
    not corpus(), reason="this Python comes without its own tests (Debian: package libpython3-testsuite)"
)
def test_the_collection_is_whole():
    assert len(corpus()) >= 40


@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.name)
def test_odd_mail_is_read_or_set_aside(file):
    events = CHANNEL.read(
        CHANNEL.secret(), Raw(body=file.read_bytes(), headers={"received": "2026-11-24T09:00:00+00:00"})
    )
    assert events
    for event in events:
        assert isinstance(event, Said | Progress | Unreadable)
        if isinstance(event, Unreadable):
            assert "no sender" in event.reason
