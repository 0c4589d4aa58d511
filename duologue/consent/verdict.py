"""The policy, asked before anything is written down and again before it leaves. The rules are the channel's data."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from duologue.channels.contract import Abilities


class Verdict(Struct, frozen=True, kw_only=True):
    """May a message leave for this conversation now. `words` is for people; `source` says where the rule is from.

    `code` names the case, for screens that say it in the reader's language: "free" (no limit), "open" (until `until`),
    "human" (a person may still answer, until `until`), "closed" (since `since`), "first" (the person must write first),
    "off" (the account is not connected now: what is written waits).
    """

    may: Literal["yes", "no"]
    code: Literal["free", "open", "human", "closed", "first", "off"]
    words: str
    until: datetime | None = None
    since: datetime | None = None
    source: str = ""


def verdict(
    abilities: Abilities, *, last_in_at: datetime | None, now: datetime, automated: bool, connected: bool = True
) -> Verdict:
    """May the brand write at `now` where the person last wrote at `last_in_at` (None: never)."""
    if not connected:
        return Verdict(may="yes", code="off", words="The channel is paused: what you write waits until it is on again.")
    if last_in_at is None and not abilities.writes_first and abilities.reply_window:
        words = "This platform lets you write only after the person has written."
        return Verdict(may="no", code="first", words=words, source=abilities.source)
    if abilities.reply_window is None or last_in_at is None:
        return Verdict(may="yes", code="free", words="You may answer freely.", source=abilities.source)
    return _within(abilities, last_in_at, now, automated)


def _within(abilities: Abilities, last_in_at: datetime, now: datetime, automated: bool) -> Verdict:
    assert abilities.reply_window is not None
    closes = last_in_at + abilities.reply_window
    if now < closes:
        words = f"You may answer freely until {closes:%d %b %H:%M} UTC."
        return Verdict(may="yes", code="open", words=words, until=closes, source=abilities.source)
    human_closes = last_in_at + abilities.human_window if abilities.human_window else closes
    if now < human_closes and not automated:
        words = f"You may still answer yourself until {human_closes:%d %b %H:%M} UTC; automations may not."
        return Verdict(may="yes", code="human", words=words, until=human_closes, source=abilities.source)
    end = closes if automated else human_closes
    words = f"The time to answer ended {end:%d %b %H:%M} UTC. You may answer again as soon as the person writes."
    return Verdict(may="no", code="closed", words=words, since=end, source=abilities.source)
