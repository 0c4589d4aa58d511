"""Passwords are kept as Argon2id in the PHC form, with OWASP's second choice of parameters (m=19 MiB, t=2, p=1)."""

import asyncio
import os
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from duologue.errors import Invalid

SHORTEST, LONGEST = 12, 200  # characters
_MEMORY_KIB, _ITERATIONS, _LANES, _BYTES = 19456, 2, 1, 32
# The stems of most leaked passwords of some length; what follows them is figures and a sign.
_STEM = re.compile(
    r"(?:pass ?w[o0]rd|qwert[yz](?:uiop)?|asdfgh(?:jkl)?|zxcvbn(?:m)?|1q2w3e(?:4r)?(?:5t)?(?:6y)?|abc(?:defghij)?"
    r"|iloveyou"
    r"|welcome|letmein|admin(?:istrator)?|change ?me|football|baseball|sunshine|princess|dragon|monkey|superman|batman"
    r"|trustno|master|shadow|michael|charlie|liverpool|starwars|summer|winter|spring|autumn|duologue|computer|internet)*"
    r"[\d\W_]*",
    re.I,
)


async def hashed(password: str, own: Sequence[str] = ()) -> str:
    """What is stored of a new password of somebody of whom everybody knows `own`: their address, their name.

    Raises `Invalid` where it is too short, too long or soon guessed.
    """
    plain = _acceptable(password, own)
    return await asyncio.to_thread(_hash, plain)


async def matches(password: str, stored: str | None) -> bool:
    """Whether it is the password. As slow where nothing is stored, so that time tells nobody who has an account."""
    plain = unicodedata.normalize("NFC", password[: LONGEST + 1]).encode(errors="surrogatepass")
    same = await asyncio.to_thread(_verify, plain, stored or _nobodys())
    return same is True and stored is not None


def _acceptable(password: str, own: Sequence[str]) -> bytes:
    plain = unicodedata.normalize("NFC", password)
    if len(plain) < SHORTEST:
        raise Invalid(f"A password needs at least {SHORTEST} characters.", "password")
    if len(plain) > LONGEST:
        raise Invalid(f"A password may have at most {LONGEST} characters.", "password")
    if _STEM.fullmatch(plain) or len(set(plain)) < 4 or _is_known(plain, own):
        raise Invalid("This password is soon guessed. Take a few words that do not belong together.", "password")
    return plain.encode(errors="surrogatepass")


def _is_known(plain: str, own: Sequence[str]) -> bool:
    """Whether nothing is left of it but figures and signs when what everybody knows of the person is taken out."""
    rest = plain.casefold()
    parts = {part for words in own for part in (words, words.partition("@")[0])}
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(unicodedata.normalize("NFC", part).casefold(), "") if len(part) > 3 else rest
    return not any(sign.isalpha() for sign in rest) and rest != plain.casefold()


def _argon(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=_BYTES, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB)


def _hash(plain: bytes) -> str:
    return _argon(os.urandom(16)).derive_phc_encoded(plain)


def _verify(plain: bytes, stored: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(plain, stored)
    except InvalidKey:
        return False
    return True


@cache
def _nobodys() -> str:
    """The hash of a password that nobody has."""
    return _hash(os.urandom(32))
