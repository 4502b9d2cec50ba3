"""Ceilings of roles: what covers an amount, and which sets are wrong."""

import pytest

from chalicelib.domain.approvals.action import CAPPED, ActionName
from chalicelib.domain.approvals.ceilings import ROLES, STANDARD_UNITS, Authority, find_wrong
from chalicelib.domain.approvals.policy import STANDARD_ABOVE_UNITS, standard
from chalicelib.domain.money import MINOR_MAX
from chalicelib.domain.permissions import Role

CEILINGS: list[tuple[ActionName, int, int, int]] = [
    ("deposit", 20_000, 250_000, 10_000_000),
    ("withdraw", 10_000, 100_000, 1_000_000),
    ("transfer", 10_000, 250_000, 10_000_000),
    ("reverse", 2_000, 50_000, 10_000_000),
    ("overdraft_limit", 1_000, 25_000, 500_000),
]
"""What a teller, a manager and an admin do alone, in US dollars, as docs/permissions.md states it."""


@pytest.mark.parametrize(("action", "teller", "manager", "admin"), CEILINGS)
def test_strict_standard_covers_the_stated_sum_and_not_a_cent_more(
    action: ActionName, teller: int, manager: int, admin: int
) -> None:
    strict = Authority({}, is_strict=True)
    of_roles: dict[Role, int] = {"teller": teller, "manager": manager, "admin": admin}
    assert tuple(of_roles) == ROLES
    for role, units in of_roles.items():
        assert strict.covers(role, action, units * 100, "USD")
        assert not strict.covers(role, action, units * 100 + 1, "USD")


def test_standard_has_ceilings_of_every_role_and_capped_action_alone() -> None:
    assert {role: set(of) for role, of in STANDARD_UNITS.items()} == {role: set(CAPPED) for role in ROLES}


def test_standard_thresholds_are_the_stated_sums() -> None:
    stated = {"transfer": 25_000, "standing_order": 25_000, "withdraw": 10_000, "deposit": 50_000}
    assert stated == STANDARD_ABOVE_UNITS


def test_order_by_staff_is_under_the_ceiling_of_transfers() -> None:
    authority = Authority({"teller": {"transfer": {"USD": 100}}}, is_strict=True)
    assert authority.covers("teller", "standing_order", 100, "USD")
    assert not authority.covers("teller", "standing_order", 101, "USD")


def test_amount_without_a_currency_has_no_ceiling() -> None:
    assert Authority({"teller": {"deposit": {"USD": 0}}}, is_strict=True).covers("teller", "deposit", 1, None)


def test_role_outside_of_the_table_may_do_nothing_alone_under_strict_ceilings() -> None:
    assert Authority({}, is_strict=True).ceiling("auditor", "deposit", "USD") == 0
    assert Authority({}, is_strict=True).ceiling("teller", "kyc", "USD") is None


def test_member_of_staff_moves_ten_times_a_ceiling_alone_in_a_day() -> None:
    strict = Authority({"manager": {"deposit": {"USD": 100}}}, is_strict=True)
    assert strict.day_ceiling("manager", "deposit", "USD") == 1_000
    assert strict.day_ceiling("teller", "withdraw", "USD") == 10_000_000
    assert strict.day_ceiling("teller", "kyc", "USD") is None


@pytest.mark.parametrize(("ceiling", "day"), [(MINOR_MAX - 1, 10 * (MINOR_MAX - 1)), (MINOR_MAX, None)])
def test_ceiling_that_no_amount_reaches_limits_no_day(ceiling: int, day: int | None) -> None:
    given = Authority({"teller": {"deposit": {"USD": ceiling}}}, is_strict=True)
    assert given.day_ceiling("teller", "deposit", "USD") == day
    assert Authority({}, is_strict=False).day_ceiling("teller", "deposit", "USD") is None


def test_ceiling_of_zero_is_a_ceiling() -> None:
    authority = Authority({"teller": {"deposit": {"USD": 0}}}, is_strict=True)
    assert authority.ceiling("teller", "deposit", "USD") == 0
    assert not authority.covers("teller", "deposit", 1, "USD")
    assert authority.table(["USD"])["teller"]["deposit"] == {"USD": 0}


def test_table_shows_each_role_action_and_currency_in_order() -> None:
    table = Authority({}, is_strict=True).table(["USD", "EUR"])
    assert list(table) == list(ROLES)
    assert {role: list(of) for role, of in table.items()} == {role: list(CAPPED) for role in ROLES}
    assert list(table["admin"]["withdraw"].items()) == [("EUR", 100_000_000), ("USD", 100_000_000)]


def test_ceilings_that_were_set_are_kept_as_they_are() -> None:
    given = {"teller": {"deposit": {"USD": 100, "EUR": 0}}}
    assert Authority(given, is_strict=True).to_json() == given  # type: ignore[arg-type]
    assert Authority({}, is_strict=True).to_json() == {}


def test_unknown_currency_is_named_before_anything_else() -> None:
    given = {"teller": {"deposit": {"USD": 9, "XXX": 1}}, "manager": {"deposit": {"USD": 1, "ABC": 1}}}
    found = find_wrong(Authority(given, is_strict=False))  # type: ignore[arg-type]
    assert found == [
        ("ceilings", "ABC is no currency that is known here"),
        ("ceilings", "XXX is no currency that is known here"),
    ]


def test_roles_that_may_do_nothing_alone_are_right() -> None:
    given = {role: {"deposit": {"USD": 0}} for role in ROLES}
    assert find_wrong(Authority(given, is_strict=True)) == []  # type: ignore[arg-type]


def test_higher_role_with_as_much_is_right() -> None:
    given = {role: {"deposit": {"USD": 100}} for role in ROLES}
    assert find_wrong(Authority(given, is_strict=True)) == []  # type: ignore[arg-type]


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
