"""The policy, asked before anything is written down and again before it leaves. The rules are the channel's data."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from duologue.channels.policy import Policy, Rule, Writer

Code = Literal["free", "open", "tap", "human", "template", "spent", "closed", "first", "shut", "stopped", "off"]


class Verdict(Struct, frozen=True, kw_only=True):
    """May a message leave for this conversation now. `words` is for people; `source` says where the rule is from.

    `code` names the case, for screens that say it in the reader's language: "free" (no limit), "open" (until `until`),
    "tap" (the person has only tapped something: until `until`, which is soon), "human" (a person may still answer,
    until `until`), "template" (only as an approved template), "spent" (the number of messages is used up until the
    person acts), "closed" (since `since`), "first" (the person must write first), "shut" (whoever the
    chat belongs to does not let us answer), "stopped" (the person wants no more), "off" (the account is not connected
    now: what is written waits). `left` is how many more messages may leave, where they are counted.
    """

    may: Literal["yes", "template", "no"]
    code: Code
    words: str
    until: datetime | None = None
    since: datetime | None = None
    left: int | None = None
    source: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """How a conversation stands, as far as rules care."""

    last_in_at: datetime | None = None  # the person's last word or comment; None: never
    after: Literal["message", "comment"] = "message"  # which of the two it was
    answers: int = 0  # messages of ours since
    tapped_at: datetime | None = None  # the person's last tap, where the platform's rules tell taps from words
    tap_answers: int = 0  # messages of ours since that
    stopped: Literal["", "bulk", "all"] = ""  # what the person wants no more
    connected: bool = True
    branch: bool = False  # the chat belongs to a branch of the account, with rules of its own
    shut: bool = False  # whose owner does not let us answer now


def verdict(policy: Policy, standing: Standing, *, writer: Writer, now: datetime) -> Verdict:
    """May `writer` write at `now`."""
    if standing.stopped == "all" or (standing.stopped == "bulk" and writer is Writer.BULK):
        return Verdict(may="no", code="stopped", words="This person asked not to be written to.")
    if not standing.connected:
        words = "The channel is paused or in trouble: what you write waits until it is on again."
        return Verdict(may="yes", code="off", words=words)
    if standing.shut:
        words = "Whoever this chat belongs to does not let you answer here: only they can allow it."
        return Verdict(may="no", code="shut", words=words, source=policy.source)
    rules = policy.of(writer, standing.after, branch=standing.branch)
    granted = next((rule for rule in rules if _grants(rule, standing, now)), None)
    if granted is None:
        return _denied(policy, rules, standing, now)
    return _granted(policy, granted, standing, writer)


def _grants(rule: Rule, standing: Standing, now: datetime) -> bool:
    acted, answers = _since(rule, standing)
    if acted is None:
        return rule.first
    if rule.within is not None and now >= acted + rule.within:
        return False
    return rule.most is None or answers < rule.most


def _since(rule: Rule, standing: Standing) -> tuple[datetime | None, int]:
    """When the person did what this rule is about, and how often we have written since."""
    if rule.after == "tap":
        return standing.tapped_at, standing.tap_answers
    return standing.last_in_at, standing.answers


def _granted(policy: Policy, rule: Rule, standing: Standing, writer: Writer) -> Verdict:
    source = rule.source or policy.source
    if rule.template:
        words = "Only a message that the platform approved beforehand may be sent now: choose a template."
        return Verdict(may="template", code="template", words=words, source=source)
    acted, answers = _since(rule, standing)
    left = rule.most - answers if rule.most is not None else None
    if rule.within is None or acted is None:
        return Verdict(may="yes", code="free", words="You may answer freely.", left=left, source=source)
    until = acted + rule.within
    if rule.after == "tap":
        words = f"The person has only tapped something: you may answer until {until:%d %b %H:%M:%S} UTC."
        return Verdict(may="yes", code="tap", words=words, until=until, left=left, source=source)
    if writer is Writer.PERSON and Writer.AUTOMATION not in rule.writers:
        words = f"You may still answer yourself until {until:%d %b %H:%M} UTC; automations may not."
        return Verdict(may="yes", code="human", words=words, until=until, left=left, source=source)
    words = f"You may answer freely until {until:%d %b %H:%M} UTC."
    return Verdict(may="yes", code="open", words=words, until=until, left=left, source=source)


def _denied(policy: Policy, rules: Sequence[Rule], standing: Standing, now: datetime) -> Verdict:
    source = next((rule.source for rule in rules if rule.source), policy.source)
    acts = [acted for acted in (standing.last_in_at, standing.tapped_at) if acted]
    if not acts:
        words = "This platform lets you write only after the person has written."
        return Verdict(may="no", code="first", words=words, source=source)
    begun = [(acted, rule.within) for rule in rules if (acted := _since(rule, standing)[0])]
    if any(within is None or now < acted + within for acted, within in begun):
        words = "As many answers as this platform allows have been sent. You may answer again when the person writes."
        return Verdict(may="no", code="spent", words=words, left=0, source=source)
    end = max((acted + (within or timedelta()) for acted, within in begun), default=max(acts))
    words = f"The time to answer ended {end:%d %b %H:%M} UTC. You may answer again as soon as the person writes."
    return Verdict(may="no", code="closed", words=words, since=end, source=source)
