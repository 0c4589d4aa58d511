"""What is sealed opens with its own key, in its own place, and nowhere else."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from duologue.errors import Stop
from duologue.kernel import ids
from duologue.kernel.vault import Broken, Cache, Safe, Seal, Vault, master_key, write_key


@pytest.fixture
def vault() -> Vault:
    return Vault(os.urandom(32))


@pytest.fixture
def safe(vault: Vault) -> Safe:
    workspace = ids.new()
    return vault.safe(workspace, vault.new_workspace(workspace))


@given(value=some.binary(max_size=2000))
def test_what_was_sealed_opens_again(value: bytes) -> None:
    seal, row = Seal(b"k" * 32, ids.new()), ids.new()
    assert seal.unseal("message|content", row, seal.seal("message|content", row, value)) == value


@given(value=some.text(max_size=200))
def test_text_opens_as_text(value: str) -> None:
    seal, row = Seal(b"k" * 32, ids.new()), ids.new()
    assert seal.unseal_text("contact|name", row, seal.seal_text("contact|name", row, value)) == value


def test_a_sealed_value_shows_nothing_of_itself(safe: Safe) -> None:
    row = ids.new()
    sealed = safe.own.seal("a|b", row, b"canary" * 20)
    assert b"canary" not in sealed
    assert sealed != safe.own.seal("a|b", row, b"canary" * 20)


def test_a_value_moved_to_another_row_does_not_open(safe: Safe) -> None:
    sealed = safe.own.seal("message|content", ids.new(), b"for somebody")
    with pytest.raises(Broken, match="does not open"):
        safe.own.unseal("message|content", ids.new(), sealed)


def test_a_value_moved_to_another_column_does_not_open(safe: Safe) -> None:
    row = ids.new()
    with pytest.raises(Broken):
        safe.own.unseal("message|reason", row, safe.own.seal("message|content", row, b"x"))


def test_a_value_moved_to_another_workspace_does_not_open() -> None:
    row = ids.new()
    one, other = Seal(b"k" * 32, ids.new()), Seal(b"k" * 32, ids.new())
    with pytest.raises(Broken):
        other.unseal("a|b", row, one.seal("a|b", row, b"x"))


def test_a_changed_byte_is_noticed_wherever_it_is(safe: Safe) -> None:
    row = ids.new()
    sealed = safe.own.seal("a|b", row, b"hello")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Broken):
            safe.own.unseal("a|b", row, changed)


@pytest.mark.parametrize("length", range(30))
def test_a_value_cut_short_is_noticed(safe: Safe, length: int) -> None:
    row = ids.new()
    with pytest.raises(Broken):
        safe.own.unseal("a|b", row, safe.own.seal("a|b", row, b"hello")[:length])


def test_each_contact_has_a_key_of_their_own(safe: Safe) -> None:
    mia, jonas, row = ids.new(), ids.new(), ids.new()
    mias, jonas_ = safe.contact(mia, safe.new_contact(mia)), safe.contact(jonas, safe.new_contact(jonas))
    with pytest.raises(Broken):
        jonas_.unseal("a|b", row, mias.seal("a|b", row, b"x"))


def test_a_contacts_key_cannot_be_given_to_another(safe: Safe) -> None:
    mia, jonas = ids.new(), ids.new()
    with pytest.raises(Broken):
        safe.contact(jonas, safe.new_contact(mia))


def test_the_wrapped_key_brings_back_the_same_seal(vault: Vault) -> None:
    workspace, contact, row = ids.new(), ids.new(), ids.new()
    wrapped = vault.new_workspace(workspace)
    safe = vault.safe(workspace, wrapped)
    key = safe.new_contact(contact)
    sealed = safe.contact(contact, key).seal("a|b", row, b"x")
    vault.cache.forget(workspace, contact)
    assert vault.safe(workspace, wrapped).contact(contact, key).unseal("a|b", row, sealed) == b"x"


def test_a_forgotten_contact_is_not_remembered_by_the_cache(safe: Safe) -> None:
    contact = ids.new()
    key = safe.new_contact(contact)
    safe.contact(contact, key)
    safe._cache.forget(safe.workspace, contact)
    with pytest.raises(Broken):
        safe.contact(contact, b"destroyed")


def test_another_master_key_opens_nothing(vault: Vault) -> None:
    workspace = ids.new()
    with pytest.raises(Broken):
        Vault(os.urandom(32)).safe(workspace, vault.new_workspace(workspace))


def test_wrapping_anew_leaves_what_was_sealed_readable(vault: Vault) -> None:
    workspace, row, new = ids.new(), ids.new(), Vault(os.urandom(32))
    wrapped = vault.new_workspace(workspace)
    sealed = vault.safe(workspace, wrapped).own.seal("a|b", row, b"x")
    again = new.rewrapped(workspace, wrapped, vault)
    assert new.safe(workspace, again).own.unseal("a|b", row, sealed) == b"x"
    with pytest.raises(Broken):
        vault.safe(workspace, again)


def test_the_index_finds_equals_and_tells_nothing_else(safe: Safe, vault: Vault) -> None:
    other_id = ids.new()
    other = vault.safe(other_id, vault.new_workspace(other_id))
    assert safe.index("address|1", "mia") == safe.index("address|1", "mia")
    found = {safe.index("address|1", "mia"), safe.index("address|2", "mia"), safe.index("address|1", "mia "),
             other.index("address|1", "mia")}  # fmt: skip
    assert len(found) == 4
    assert {len(one) for one in found} == {16}


def test_a_signature_is_bound_to_its_purpose(safe: Safe) -> None:
    assert safe.sign("reply", b"x") == safe.sign("reply", b"x")
    assert safe.sign("reply", b"x") != safe.sign("invite", b"x")


def test_the_least_recently_used_key_leaves_the_cache_first() -> None:
    cache, made = Cache(most=2), []

    def want(name: int) -> None:
        cache.get((workspace, contacts[name]), lambda: made.append(name) or seal)

    workspace, contacts, seal = ids.new(), [ids.new() for _ in range(3)], Seal(b"k" * 32, ids.new())
    for name in (0, 1, 0, 2, 0, 1):
        want(name)
    assert made == [0, 1, 2, 1]


def test_the_master_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = master_key(tmp_path / "key")
    assert master_key(tmp_path / "key") == key
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_missing_master_key_is_not_made_where_it_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="missing"):
        master_key(tmp_path / "key", make="never")
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("words", ["", "abcd", "zz" * 32, "00" * 33, "\0"])
def test_a_damaged_master_key_is_named(tmp_path: Path, words: str) -> None:
    (tmp_path / "key").write_text(words)
    with pytest.raises(Stop, match="key"):
        master_key(tmp_path / "key")
    assert (tmp_path / "key").read_text() == words


def test_a_key_replaces_another_at_once(tmp_path: Path) -> None:
    write_key(tmp_path / "key", b"1" * 32)
    write_key(tmp_path / "key", b"2" * 32)
    assert master_key(tmp_path / "key") == b"2" * 32
