"""Sealed files in a folder. What is stored is sealed by the caller; a file is whole on disk or not there."""

import asyncio
import os
from pathlib import Path
from uuid import UUID


class Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, workspace: UUID, file: UUID, sealed: bytes) -> None:
        """Durable when it returns."""
        await asyncio.to_thread(self._put, self._path(workspace, file), sealed)

    async def get(self, workspace: UUID, file: UUID) -> bytes:
        """Raises `FileNotFoundError`."""
        return await asyncio.to_thread(self._path(workspace, file).read_bytes)

    def has(self, workspace: UUID, file: UUID) -> bool:
        """Whether it lies there."""
        return self._path(workspace, file).exists()

    def unlink(self, workspace: UUID, file: UUID) -> None:
        """Gone, or was never there."""
        self._path(workspace, file).unlink(missing_ok=True)

    def _path(self, workspace: UUID, file: UUID) -> Path:
        return self._folder / workspace.hex / file.hex[-2:] / file.hex

    @staticmethod
    def _put(path: Path, sealed: bytes) -> None:
        for folder in (path.parent.parent.parent, path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as out:
                out.write(sealed)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was renamed into the folder is there after a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
