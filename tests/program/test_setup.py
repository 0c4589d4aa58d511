"""`bin/setup` on a machine that lacks something says what to install, and is tried again next time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    shutil.copy2(ROOT / "bin" / "setup", tmp_path / "bin" / "setup")
    shutil.copy2(ROOT / "requirements.lock", tmp_path)
    return tmp_path


def python(checkout: Path, script: str) -> str:
    """A python that behaves as the script says, and otherwise as ours."""
    fake = checkout / "python-of-this-machine"
    fake.write_text(f'#!/bin/sh\n{script}\nexec "{sys.executable}" "$@"\n')
    fake.chmod(0o755)
    return str(fake)


def set_up(checkout: Path, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        ["bin/setup"], cwd=checkout, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stderr.strip()


def test_without_the_venv_module_it_says_what_to_install(checkout: Path) -> None:
    lacking = 'case "$*" in *venv*) exit 1 ;; esac'
    status, said = set_up(checkout, PYTHON=python(checkout, lacking))
    assert status == 1
    assert said == (
        "duologue: Python's venv module is missing; install it first (Debian, Ubuntu: apt install python3-venv)."
    )
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_told_which_one_is_needed(checkout: Path) -> None:
    old = 'case "$*" in *version_info*) exit 1 ;; --version) echo Python 3.9.2; exit ;; esac'
    status, said = set_up(checkout, PYTHON=python(checkout, old))
    assert status == 1
    assert said.startswith("duologue: Python 3.11 or newer is needed; this is Python 3.9.2.")
    assert not (checkout / ".venv").exists()


def test_no_python_at_all_is_one_line(checkout: Path) -> None:
    status, said = set_up(checkout, PYTHON=str(checkout / "nowhere"))
    assert (status, said) == (1, "duologue: python3 is missing; install Python 3.11 or newer.")


def test_packages_that_cannot_be_had_leave_nothing_that_counts_as_done(checkout: Path) -> None:
    no_packages = (
        'case "$*" in "-m venv "*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; exit ;; *"-m pip"*) exit 1 ;; esac'
    )
    status, said = set_up(checkout, PYTHON=python(checkout, no_packages))
    assert status == 1
    assert said.splitlines()[-1].startswith("duologue: the packages could not be installed")
    assert list((checkout / ".venv").glob(".stamp-*")) == []
