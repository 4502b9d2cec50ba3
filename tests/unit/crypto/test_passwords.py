"""Passwords and PINs: what they cost, and what is the same one."""

import pytest

from chalicelib.services.crypto import passwords


def test_hashes_cost_what_owasp_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARGON2_MEMORY_KIB", "ARGON2_PASSES"):
        monkeypatch.delenv(name, raising=False)
    hashed = passwords.hash_secret("correct horse battery staple")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify_secret(hashed, "correct horse battery staple")
    assert not passwords.verify_secret(hashed, "correct horse battery stable")


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("ARGON2_PASSES", "1")


@pytest.mark.usefixtures("cheap")
def test_every_hash_has_its_own_salt() -> None:
    assert passwords.hash_secret("1234") != passwords.hash_secret("1234")


@pytest.mark.usefixtures("cheap")
def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    assert passwords.verify_secret(passwords.hash_secret("caf\u00e9 au lait"), "cafe\u0301 au lait")


@pytest.mark.usefixtures("cheap")
def test_nobody_has_a_password() -> None:
    for guess in ("", "\0" * 32, "correct horse battery staple"):
        assert not passwords.verify_secret(None, guess)


def test_nobodys_hash_costs_what_a_users_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a refusal is that of the hash, so both must be made at the same costs."""
    from argon2 import PasswordHasher, extract_parameters

    verify, checked = PasswordHasher.verify, list[str]()

    def seen(hasher: PasswordHasher, kept: str, secret: str) -> bool:
        checked.append(kept)
        return verify(hasher, kept, secret)

    monkeypatch.setenv("ARGON2_MEMORY_KIB", "64")
    monkeypatch.setenv("ARGON2_PASSES", "3")
    monkeypatch.setattr(PasswordHasher, "verify", seen)
    assert not passwords.verify_secret(None, "1234")
    [nobodys] = checked
    assert extract_parameters(nobodys) == extract_parameters(passwords.hash_secret("1234"))
