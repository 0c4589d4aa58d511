"""How passwords are kept and compared."""

import pytest

from duologue.errors import Invalid
from duologue.team import passwords


async def test_only_the_password_itself_matches() -> None:
    stored = await passwords.hashed("seven quiet lamps")
    assert await passwords.matches("seven quiet lamps", stored) is True
    for wrong in ("", "seven quiet lamp", "Seven quiet lamps", "seven quiet lamps\0", stored, "\ud800"):
        assert await passwords.matches(wrong, stored) is False


async def test_two_hashes_of_one_password_differ_and_name_their_parameters() -> None:
    one, two = await passwords.hashed("seven quiet lamps"), await passwords.hashed("seven quiet lamps")
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_nothing_matches_where_nothing_is_stored() -> None:
    assert await passwords.matches("seven quiet lamps", None) is False


async def test_an_accent_may_be_typed_in_either_way() -> None:
    stored = await passwords.hashed("caf\u00e9 at the corner")
    assert await passwords.matches("cafe\u0301 at the corner", stored) is True


@pytest.mark.parametrize(
    "weak", ["", "short", "elevenchars", "password123", "Qwertz2026!!!", "20261124-0900", "aaaaaaaaaaaaaaa", "x" * 201]
)
async def test_a_weak_password_is_refused_with_its_field(weak: str) -> None:
    with pytest.raises(Invalid) as refused:
        await passwords.hashed(weak)
    assert refused.value.field == "password"
