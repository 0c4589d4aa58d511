"""The data directory: ours or nobody's, and one program at a time."""

import errno
import fcntl
import os
from pathlib import Path

from duologue.errors import Stop

MARK = "duologue-data"
_WORDS = "This folder belongs to Duologue: database, keys and files of one installation. Keep it, and back it up.\n"


class Home:
    """Take it before anything in it is touched. The lock goes with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    def take(self) -> None:
        """Makes the folder if need be and locks it. Raises `Stop`, and then nothing was changed."""
        self.make()
        try:
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Stop(f"{self.folder} cannot be written: {told(error)}") from error
        if not self._locked():
            holder = (self.folder / "lock").read_text().strip() or "unknown"
            raise Stop(
                f"Duologue already runs on {self.folder} (process {holder}). Stop it first, or choose another --data."
            )
        try:
            os.ftruncate(self._lock, 0)
            os.write(self._lock, str(os.getpid()).encode())
        except OSError as error:
            self.leave()
            raise Stop(f"{self.folder} cannot be written: {told(error)}") from error

    def make(self) -> None:
        """The folder with its mark, where there is none yet; for processes that share it. Raises `Stop`."""
        self.check()
        try:
            self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
            if not (self.folder / MARK).exists():
                (self.folder / MARK).write_text(_WORDS)
        except OSError as error:
            raise Stop(f"{self.folder} cannot be written: {told(error)}") from error

    def check(self) -> None:
        """Raises `Stop` where the folder is somebody else's."""
        try:
            if self.folder.exists() and not self.folder.is_dir():
                raise Stop(f"{self.folder} is no folder.")
            if self.folder.is_dir() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
                raise Stop(f"{self.folder} holds files that are not Duologue's. Choose an empty folder with --data.")
        except OSError as error:
            raise Stop(f"{self.folder} cannot be read: {told(error)}") from error

    def runs(self) -> bool:
        """Whether another process has taken it. Raises `Stop` where that cannot be seen."""
        try:
            self._lock = os.open(self.folder / "lock", os.O_RDWR)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise Stop(f"{self.folder} cannot be read: {told(error)}") from error
        free = self._locked()
        self.leave()
        return not free

    def leave(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _locked(self) -> bool:
        assert self._lock is not None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def told(error: OSError) -> str:
    """What the system says, with what to do where that is known."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full. Make room, then start again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "it may not be written here. Choose another folder with --data."
        case _:
            return f"{error.strerror}."
