"""Keeps where people may be reached when they have left, as they or the brand's website said."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from duologue.channels.contract import Said
from duologue.contacts.recognise import recognise
from duologue.kernel.work import Work
from duologue.mailroom.letters import store
from duologue.mailroom.letters.model import Told, index


async def remember(work: Work, channel: UUID, said: Sequence[Said]) -> None:
    """Of those who wrote here and gave a mail address. They are known by now."""
    newest = {one.address: one for one in said if one.by == "person" and one.person.email}
    if not newest:
        return
    known = await recognise(work, channel, {address: one.person for address, one in newest.items()})
    reaches = []
    for address, one in sorted(newest.items(), key=lambda each: known[each[0]].address_id):
        email = one.person.email or ""
        told = Told(email=email.strip(), page=one.content.facts.get("page"), locale=one.person.locale)
        reaches.append(
            store.Reach(
                address_id=known[address].address_id,
                email_index=index(work.safe, email),
                proven=one.person.verified and "email" not in one.person.typed,
                told_sealed=known[address].seal.seal(
                    "reach|told", known[address].address_id, msgspec.json.encode(told)
                ),
                since=work.now,
            )
        )
    await store.remember(work.tx, reaches)
