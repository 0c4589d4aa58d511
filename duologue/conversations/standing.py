"""How a conversation stands, as far as the platform's rules care."""

from duologue.channels.registry import channel
from duologue.consent.verdict import Standing
from duologue.conversations.store_views import Listed
from duologue.kernel.work import Work

FORGOTTEN = "Forgotten"  # whose key is gone


def standing_of(work: Work, one: Listed) -> Standing:
    """By what is known of it; in a branch of the account, by that branch's rules and whether it is shut."""
    branch_of = channel(one.channel_kind).branch
    branch = branch_of(external(work, one)) if branch_of else ""
    return Standing(
        last_in_at=one.last_in_at,
        after=one.last_in_as,
        answers=one.answers,
        tapped_at=one.tapped_at,
        tap_answers=one.tap_answers,
        stopped=one.stopped,
        connected=one.channel_state == "active",
        branch=bool(branch),
        shut=branch in one.shut,
    )


def external(work: Work, one: Listed) -> str:
    """The address that answers go to."""
    if one.key_sealed is None:
        return FORGOTTEN
    seal = work.safe.contact(one.contact_id, one.key_sealed)
    return seal.unseal_text("address|external", one.address_id, one.external_sealed)
