"""What every test may ask for. A test that uses the database is marked `database` by itself."""

import pytest

from tests.database import (
    ana,
    ben,
    clock,
    database_url,
    house,
    house_settings,
    nora,
    other_workspace,
    postgres,
    template,
    workspace,
)
from tests.parrot import mailroom, parrot

__all__ = [
    "ana",
    "ben",
    "clock",
    "database_url",
    "house",
    "house_settings",
    "mailroom",
    "nora",
    "other_workspace",
    "parrot",
    "postgres",
    "template",
    "workspace",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker("database")
