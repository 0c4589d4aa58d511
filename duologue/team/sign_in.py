"""Signing in by mail address and password. Whoever fails learns nothing but that it failed."""

from duologue.errors import NotSignedIn
from duologue.kernel.acts import Act, note
from duologue.kernel.clock import Clock
from duologue.kernel.database import Transaction
from duologue.team import passwords, store
from duologue.team.model import Credentials
from duologue.web import sessions
from duologue.web.limits import Buckets, neighbourhood

REFUSED = "The address or the password is not right."


class Patience:
    """How often may be tried: by one caller, by one caller for one address, and for one address by all together.

    Whether or not anybody has the address. The last limit is far higher than the others, so that a stranger who fails
    on purpose locks out themselves and not the one whose address it is.
    """

    def __init__(self, now: Clock) -> None:
        self._callers = Buckets(burst=30, seconds=20, now=now)
        self._pairs = Buckets(burst=10, seconds=60, now=now)
        self._emails = Buckets(burst=300, seconds=12, now=now)

    def take(self, caller: str, email: str) -> None:
        """Raises `TooMany`."""
        near = neighbourhood(caller)
        self._callers.take(near)
        self._pairs.take(f"{near} {email}")
        self._emails.take(email)

    def give_back(self, caller: str, email: str) -> None:
        """It was the right password after all."""
        near = neighbourhood(caller)
        self._callers.give_back(near)
        self._pairs.give_back(f"{near} {email}")
        self._emails.give_back(email)


async def known(tx: Transaction, email: str) -> list[Credentials]:
    """Active members with this address. Runs in the hall."""
    clean = email.strip().lower()
    return await store.credentials(tx, clean) if clean.isprintable() and len(clean) < 255 else []


async def proven(known: list[Credentials], password: str) -> Credentials:
    """The one whose password it is. As slow for nobody as for somebody. Raises `NotSignedIn`."""
    if not known:
        await passwords.matches(password, None)
    for one in known:
        if await passwords.matches(password, one.password_hash):
            return one
    raise NotSignedIn(REFUSED)


async def begin(tx: Transaction, act: Act, member: Credentials, device: str) -> str:
    """A session of the member, in their workspace; its token. Raises `NotSignedIn`."""
    proof = sessions.Member(member.id, member.password_hash)
    token = await sessions.begin(tx, proof, device=device, now=act.now)
    await note(tx, act, "member.signed_in", member.id)
    return token
