"""Ceilings of roles: what covers an amount, and which sets are wrong."""

import pytest

from chalicelib.domain.approvals.action import CAPPED, ActionName
from chalicelib.domain.approvals.ceilings import ROLES, Authority, find_wrong
from chalicelib.domain.approvals.policy import standard
from chalicelib.domain.money import MINOR_MAX


def test_strict_standard_is_weighted_by_currency() -> None:
    strict = Authority({}, is_strict=True)
    assert strict.ceiling("teller", "withdraw", "USD") == 1_000_000
    assert strict.ceiling("teller", "withdraw", "JPY") == 1_500_000
    assert strict.ceiling("teller", "withdraw", "KWD") == 10_000_000


@pytest.mark.parametrize("action", CAPPED)
def test_standard_rises_with_the_role(action: ActionName) -> None:
    assert find_wrong(Authority({"teller": {action: {"USD": 0}}}, is_strict=True)) == []
    ceilings = [Authority({}, is_strict=True).ceiling(role, action, "USD") or 0 for role in ROLES]
    assert ceilings == sorted(ceilings)
    assert ceilings[0] > 0


def test_ceiling_is_the_most_that_is_covered() -> None:
    authority = Authority({"teller": {"deposit": {"USD": 100}}}, is_strict=True)
    assert authority.covers("teller", "deposit", 100, "USD")
    assert not authority.covers("teller", "deposit", 101, "USD")
    assert authority.covers("teller", "kyc", 10**12, "USD")
    assert not authority.covers("auditor", "deposit", 1, "USD")


def test_lenient_standard_has_no_limit() -> None:
    assert Authority({}, is_strict=False).ceiling("teller", "reverse", "USD") == MINOR_MAX


def test_day_of_staff_has_ten_times_the_ceiling_where_there_is_one() -> None:
    assert Authority({}, is_strict=True).day_ceiling("teller", "withdraw", "USD") == 10_000_000
    assert Authority({}, is_strict=False).day_ceiling("teller", "withdraw", "USD") is None
    assert Authority({}, is_strict=True).day_ceiling("teller", "kyc", "USD") is None
    given = Authority({"teller": {"deposit": {"USD": 100}}}, is_strict=False)
    assert given.day_ceiling("teller", "deposit", "USD") == 1_000


def test_currency_that_is_left_out_keeps_the_standard() -> None:
    authority = Authority({"teller": {"deposit": {"USD": 100}}}, is_strict=True)
    assert authority.ceiling("teller", "deposit", "EUR") == 2_000_000
    assert authority.table(["EUR", "USD"])["teller"]["deposit"] == {"EUR": 2_000_000, "USD": 100}


def test_higher_role_with_less_is_wrong() -> None:
    given = {"teller": {"deposit": {"USD": 200}}, "manager": {"deposit": {"USD": 100}}}
    found = find_wrong(Authority(given, is_strict=False))  # type: ignore[arg-type]
    assert found == [("ceilings.manager.deposit.USD", "must not be less than that of teller")]


def test_money_has_thresholds_by_default_where_policies_are_on() -> None:
    policy = standard("transfer", is_on=True)
    assert policy.judge("USD", 2_500_000) == "free"
    assert policy.judge("USD", 2_500_001) == "wait"
    assert policy.judge("USD", 1, sent_24h=2_500_000) == "wait"
    assert policy.judge("JPY", 3_750_000) == "free"
    assert standard("deposit", is_on=True).judge("USD", 1, sent_24h=10**12) == "wait"
    assert standard("transfer", is_on=False).judge("USD", 10**12) == "free"
