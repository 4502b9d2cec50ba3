"""Who may be in a group, and what its members count together for one customer."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.group_plan import Member, New
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.share import Share
from chalicelib.models.transact import Extra
from tests.small_bank import NOON_TEXT, A, B, SmallBank, customer

LIMITS = Limits(1000, 10_000)
SHARE = Share("cus_1", 300, "USD", "2026-11-21")
UNREAD: Any = None
"""What was read, and what is recorded: nothing here looks at either."""


def clear(_: PreparedMovement) -> None:
    """Let everything pass."""


@pytest.mark.parametrize("fields", [{}, {"others": (Account.key("acc_other"),)}], ids=["nothing", "others"])
def test_plain_transfer_may_join_whatever_is_read_with_it(bank: SmallBank, fields: dict[str, Any]) -> None:
    member = Member(bank.request({A: -1, B: 1}, **fields), clear)
    assert (member.may_join, member.is_plain) == (True, True)


@pytest.mark.parametrize(
    "fields",
    [
        {"opening": Account(*Account.key(A))},
        {"tried_again": frozenset({"insufficient_funds"})},
    ],
    ids=["opening", "tried_again"],
)
def test_request_for_which_a_group_has_no_place_may_not_join(bank: SmallBank, fields: dict[str, Any]) -> None:
    member = Member(bank.request({A: -1, B: 1}, **fields), clear)
    assert (member.may_join, member.is_plain) == (False, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"extras": (Extra({"ConditionCheck": {}}, Conflict("does not hold")),)},
        {"for_clearing": lambda _: []},
    ],
    ids=["extras", "for_clearing"],
)
def test_request_with_items_of_its_own_may_join_and_is_not_plain(bank: SmallBank, fields: dict[str, Any]) -> None:
    member = Member(bank.request({A: -1, B: 1}, **fields), clear)
    assert (member.may_join, member.is_plain) == (True, False)


def new(bank: SmallBank, most: int | None, limits: Limits | None = LIMITS) -> New:
    """Return a member's record as far as it counts for its customer."""
    request = bank.request({A: -300, B: 300}, customer(), limits=limits)
    prepared = PreparedMovement(request.movement(UNREAD), UNREAD, NOON_TEXT)
    return New(request, prepared, UNREAD, most=most)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [(500, 800, 500), (800, 500, 500), (None, 500, 500), (500, None, 500), (None, None, None)],
)
def test_shares_of_one_customer_are_added_up_to_the_lower_bound(
    bank: SmallBank, first: int | None, second: int | None, both: int | None
) -> None:
    before = new(bank, first).add_bounds(SHARE, None)
    assert (before.share, before.limits, before.most) == (SHARE, LIMITS, first)
    merged = new(bank, second).add_bounds(replace(SHARE, amount=200), before)
    assert (merged.share, merged.limits, merged.most) == (replace(SHARE, amount=500), LIMITS, both)


def test_movement_without_limits_has_no_shares(bank: SmallBank) -> None:
    with pytest.raises(ValueError, match="no shares"):
        new(bank, None, limits=None).add_bounds(SHARE, None)
