"""What people write is kept sealed: master key -> workspace key -> contact key, AES-256-GCM at every step.

The additional data of each seal names workspace, table, column and row, so a sealed value cannot be moved elsewhere.
Forgetting a person is destroying their key. Turning the master key is wrapping the workspace keys anew.
"""

import fcntl
import hmac
import os
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from duologue.errors import Stop
from duologue.kernel.files import sync_folder

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


class Broken(Exception):
    """A sealed value does not open: it was changed, moved, or its key is another or destroyed."""


class Seal:
    """One key. `seal` and `unseal` name the place the value stands in: "table|column" and the row's id."""

    def __init__(self, key: bytes, owner: UUID) -> None:
        self._cipher = AESGCM(key)
        self._owner = owner.bytes

    def seal(self, place: str, row: UUID, value: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, value, self._bound(place, row))

    def unseal(self, place: str, row: UUID, sealed: bytes) -> bytes:
        """The value; raises `Broken`."""
        if sealed[:1] != _VERSION:
            raise Broken(f"{place} of {row} has an unknown form")
        nonce = sealed[1 : 1 + _NONCE_BYTES]
        try:
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_BYTES :], self._bound(place, row))
        except (InvalidTag, ValueError):  # ValueError: cut shorter than a nonce or a tag
            raise Broken(f"{place} of {row} does not open with this key") from None

    def seal_text(self, place: str, row: UUID, value: str) -> bytes:
        return self.seal(place, row, value.encode())

    def unseal_text(self, place: str, row: UUID, sealed: bytes) -> str:
        return self.unseal(place, row, sealed).decode()

    def _bound(self, place: str, row: UUID) -> bytes:
        return self._owner + place.encode() + b"|" + row.bytes


class Safe:
    """The keys of one workspace: its own seal, a seal for each contact, and the blind index."""

    def __init__(self, workspace: UUID, key: bytes, cache: "Cache") -> None:
        self.workspace = workspace
        self.own = Seal(_derived(key, b"seal"), workspace)
        self._index_key = _derived(key, b"index")
        self._cache = cache

    def new_contact(self, contact: UUID) -> bytes:
        """A fresh key for a contact, wrapped, for its row."""
        return self.own.seal("contact|key", contact, os.urandom(KEY_BYTES))

    def contact(self, contact: UUID, wrapped: bytes | None) -> Seal:
        """The contact's seal; raises `Broken`, also for one that was forgotten, whatever is still in memory of it."""
        if wrapped is None:
            self._cache.forget(self.workspace, contact)
            raise Broken("this person was forgotten")
        unwrap = lambda: Seal(self.own.unseal("contact|key", contact, wrapped), self.workspace)  # noqa: E731
        return self._cache.get((self.workspace, contact), unwrap)

    def index(self, kind: str, value: str) -> bytes:
        """A keyed hash by which equal values are found without being readable."""
        return hmac.digest(self._index_key, f"{kind}|{value}".encode(), "sha256")[:16]

    def sign(self, purpose: str, value: bytes) -> bytes:
        """A keyed hash that only this workspace can make."""
        return hmac.digest(self._index_key, b"sign|" + purpose.encode() + b"|" + value, sha256)


class Cache:
    """Unwrapped contact keys: in memory only, the least recently used leave first."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[UUID, UUID], Seal] = OrderedDict()
        self._lock = Lock()

    def get(self, name: tuple[UUID, UUID], make: Callable[[], Seal]) -> Seal:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        seal = make()
        with self._lock:
            self._kept[name] = seal
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return seal

    def forget(self, workspace: UUID, contact: UUID) -> None:
        with self._lock:
            self._kept.pop((workspace, contact), None)


class Vault:
    """Opens workspaces. Made from the master key, which never enters the database."""

    def __init__(self, master: bytes) -> None:
        self._master = master
        self.cache = Cache()

    def new_workspace(self, workspace: UUID) -> bytes:
        """A fresh workspace key, wrapped, for its row."""
        return self._wrap(workspace, os.urandom(KEY_BYTES))

    def safe(self, workspace: UUID, wrapped: bytes) -> Safe:
        """The keys of a workspace; raises `Broken` where another master key wrapped them."""
        return Safe(workspace, self._unwrap(workspace, wrapped), self.cache)

    def rewrapped(self, workspace: UUID, wrapped: bytes, old: "Vault") -> bytes:
        """The same workspace key, wrapped by this master key instead of the old one."""
        return self._wrap(workspace, old._unwrap(workspace, wrapped))

    def _wrap(self, workspace: UUID, key: bytes) -> bytes:
        return Seal(self._master, workspace).seal("workspace|key", workspace, key)

    def _unwrap(self, workspace: UUID, wrapped: bytes) -> bytes:
        return Seal(self._master, workspace).unseal("workspace|key", workspace, wrapped)


def master_key(file: Path, *, make: Literal["if missing", "never"] = "if missing") -> bytes:
    """The master key in `file`, made on first use, readable by its owner alone. Raises `Stop`."""
    if not file.exists():
        if make == "never":
            raise Stop(
                f"The master key {file} is missing. Without it nothing that was written can be read: restore it."
            )
        _make_key(file)
    try:
        key = bytes.fromhex(file.read_text().strip())
    except ValueError:
        key = b""
    except OSError as error:
        raise Stop(f"The master key {file} cannot be read: {error.strerror}.") from error
    if len(key) != KEY_BYTES:
        raise Stop(f"{file} does not hold a key of {KEY_BYTES} bytes. Restore it from a backup.")
    return key


def _make_key(file: Path) -> None:
    """Once, whoever comes first: processes that share a data directory may begin at the same moment."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not file.exists():
            write_key(file, os.urandom(KEY_BYTES))
    finally:
        os.close(folder)


def write_key(file: Path, key: bytes) -> None:
    """Writes the key so that it is whole on disk or not there at all."""
    partial = file.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(key.hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)
    sync_folder(file.parent)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"duologue|" + purpose).derive(key)
