"""Finds the channels: every folder beside this file that has a `CHANNEL`. A folder without one is shared by several."""

import importlib
import pkgutil
from functools import cache

import duologue.channels
from duologue.channels.contract import Channel


@cache
def channels() -> dict[str, Channel]:
    """All channels by kind, in alphabetical order."""
    found: dict[str, Channel] = {}
    for module in sorted(pkgutil.iter_modules(duologue.channels.__path__), key=lambda one: one.name):
        if module.ispkg:
            channel = getattr(importlib.import_module(f"duologue.channels.{module.name}"), "CHANNEL", None)
            if channel is not None:
                found[channel.kind] = channel
    return found


def channel(kind: str) -> Channel:
    """The channel of this kind; `KeyError` where there is none."""
    return channels()[kind]
