"""Starts a child process with fewer rights, bound to the life of this one."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct

from duologue.errors import Stop

# linux/prctl.h, linux/capability.h
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522


class Body(Struct, frozen=True):
    """Whose rights a child has. `reach` is a capability that lets it enter folders closed to that user."""

    uid: int
    gid: int
    reach: int | None = None


def body_for(places: Sequence[Path]) -> Body | None:
    """None where this process is no root; else a user without rights that can enter all `places`. Raises `Stop`."""
    if os.geteuid() != 0:
        return None
    user = _first_user("postgres", "nobody")
    if all(_open_to_all(place) for place in places):
        return Body(user.pw_uid, user.pw_gid)
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if _permitted() >> capability & 1:
            return Body(user.pw_uid, user.pw_gid, capability)
    raise Stop(
        f"PostgreSQL cannot run as root, and the user {user.pw_name} may not enter {' or '.join(map(str, places))}. "
        "Choose another folder with --data, for example /var/lib/duologue."
    )


def start(command: Sequence[str], *, body: Body | None, log: IO[bytes], cwd: Path) -> subprocess.Popen[bytes]:
    """Starts `command`, which is told to end (SIGINT) when the thread that started it ends: call from the main one."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=lambda: _become(body),
    )


def run(command: Sequence[str], *, body: Body | None, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Runs `command` to its end and keeps what it printed."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd=cwd,
        preexec_fn=lambda: _become(body),
    )


def _become(body: Body | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if body:
        os.setgroups([])
        os.setgid(body.gid)
        if libc and body.reach is not None:
            libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setuid(body.uid)
        if libc and body.reach is not None:
            _keep(libc, body.reach)
    if libc:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)  # changing the user would have cleared it


def _keep(libc: ctypes.CDLL, capability: int) -> None:
    """Keeps one capability over the change of user and over exec (capabilities(7), ambient set)."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    libc.capset(header, sets)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _permitted() -> int:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:")), 0)


def _open_to_all(place: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in place.absolute().parents)


def _first_user(*names: str) -> pwd.struct_passwd:
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Stop(f"PostgreSQL cannot run as root, and there is no user named {' or '.join(names)} to run it as.")
