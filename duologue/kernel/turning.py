"""Turning the master key has two steps, database and file; whatever comes between them, it is finished or undone."""

from pathlib import Path
from uuid import UUID

import psycopg

from duologue.kernel.vault import Broken, Vault, master_key

NEXT_KEY = "key.next"


def finish(file: Path, url: str) -> None:
    """After an interruption: the next key replaces `file` if the database was wrapped with it, else it goes."""
    waiting = file.with_name(NEXT_KEY)
    if not waiting.exists():
        return
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT workspace_id, key_sealed FROM workspace LIMIT 1").fetchone()
    if row is not None and _opens(waiting, row[0], row[1]):
        waiting.replace(file)
    else:
        waiting.unlink()


def _opens(file: Path, workspace: UUID, wrapped: bytes) -> bool:
    try:
        Vault(master_key(file, make="never")).safe(workspace, wrapped)
    except Broken:
        return False
    return True
