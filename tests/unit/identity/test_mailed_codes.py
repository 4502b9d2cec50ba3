"""Codes that are sent by mail name their owner, and are of no use for one of another kind."""

import pytest

from chalicelib.domain.identity import mailed_code

USER, CUSTOMER, SECRET = "usr_" + "0" * 26, "cus_" + "0" * 26, "s" * 43


@pytest.mark.parametrize(("kind", "owner"), [("usr", USER), ("cus", CUSTOMER)])
def test_a_code_has_the_parts_that_it_was_made_of(kind: str, owner: str) -> None:
    assert mailed_code.parts_of(mailed_code.code_of(owner, SECRET), kind) == (owner, SECRET)


@pytest.mark.parametrize(("kind", "owner"), [("cus", USER), ("usr", CUSTOMER), ("usr", "acc_" + "0" * 26), ("usr", "")])
def test_a_code_of_another_owner_is_malformed(kind: str, owner: str) -> None:
    assert mailed_code.parts_of(mailed_code.code_of(owner, SECRET), kind) is None


@pytest.mark.parametrize("secret", ["", "s" * 42, "s" * 44, "s" * 42 + "=", "s" * 43 + "\n"])
def test_a_code_with_another_secret_is_malformed(secret: str) -> None:
    assert mailed_code.parts_of(mailed_code.code_of(USER, secret)) is None
