"""Who may do what with an account."""

import pytest

from chalicelib.domain.accounts.access import ACCESS_LEVELS, HOLDERS_MAX, AccountAccess, Right, Wanted, is_more
from chalicelib.domain.errors import BankError, Conflict, ConflictOfInterest, Forbidden, NotFound
from chalicelib.domain.permissions import Caller, Role

JOINT = AccountAccess("acc_1", "owner", {"viewer": "view", "payer": "pay", "manager": "manage"})
REACHES: dict[str, tuple[Wanted, ...]] = {
    "owner": ("view", "pay", "manage", "own"),
    "manager": ("view", "pay", "manage"),
    "payer": ("view", "pay"),
    "viewer": ("view",),
    "stranger": (),
}


def customer(customer_id: str | None) -> Caller:
    return Caller("usr_1", "customer", "r", customer_id)


def refusal(access: AccountAccess, caller: Caller, wanted: Wanted) -> type[BankError] | None:
    try:
        access.require(caller, wanted)
    except BankError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    ("right", "other", "more"),
    [
        ("pay", "view", True),
        ("manage", "pay", True),
        ("manage", "view", True),
        ("pay", "pay", False),
        ("view", "pay", False),
        ("pay", "manage", False),
    ],
)
def test_right_is_more_than_those_that_it_includes(right: Right, other: Right, more: bool) -> None:
    assert is_more(right, other) is more


def test_people_of_an_account_are_its_owner_and_its_holders() -> None:
    assert JOINT.people() == ["owner", "viewer", "payer", "manager"]
    assert AccountAccess("acc_1", "owner").people() == ["owner"]
    assert AccountAccess("gl.cash", None).people() == []


def test_holder_is_told_which_right_it_has_and_which_it_lacks() -> None:
    with pytest.raises(Forbidden, match="You have the right to view on this account; this needs the right to pay"):
        JOINT.require(customer("viewer"), "pay")
    with pytest.raises(Forbidden, match="Only the account's owner can do this"):
        JOINT.require(customer("manager"), "own")


def test_stranger_is_told_of_no_account_with_this_id() -> None:
    with pytest.raises(NotFound, match="account acc_1"):
        JOINT.require(customer("stranger"), "view")


def test_holders_are_eight_at_most() -> None:
    assert HOLDERS_MAX == 8


@pytest.mark.parametrize("who", REACHES)
def test_each_right_includes_those_before_it(who: str) -> None:
    assert tuple(wanted for wanted in ACCESS_LEVELS if JOINT.lets(customer(who), wanted)) == REACHES[who]


@pytest.mark.parametrize("who", REACHES)
def test_a_stranger_finds_nothing_and_a_holder_is_told_what_it_lacks(who: str) -> None:
    lacking = Forbidden if REACHES[who] else NotFound
    assert {wanted: refusal(JOINT, customer(who), wanted) for wanted in ACCESS_LEVELS} == {
        wanted: None if wanted in REACHES[who] else lacking for wanted in ACCESS_LEVELS
    }


@pytest.mark.parametrize("role", ["teller", "manager", "admin", "auditor"])
def test_the_bank_sees_every_account(role: Role) -> None:
    assert all(JOINT.lets(Caller("usr_1", role, "r"), wanted) for wanted in ACCESS_LEVELS)


@pytest.mark.parametrize("role", ["teller", "manager", "admin"])
@pytest.mark.parametrize("who", [who for who in REACHES if who != "stranger"])
def test_staff_only_look_at_an_account_that_they_own_or_hold(role: Role, who: str) -> None:
    oneself = Caller("usr_1", role, "r", own_customer_id=who)
    assert {wanted: refusal(JOINT, oneself, wanted) for wanted in ACCESS_LEVELS} == {
        wanted: None if wanted == "view" else ConflictOfInterest for wanted in ACCESS_LEVELS
    }
    assert [wanted for wanted in ACCESS_LEVELS if JOINT.lets(oneself, wanted)] == ["view"]


def test_staff_who_are_other_customers_act_on_an_account() -> None:
    other = Caller("usr_1", "teller", "r", own_customer_id="stranger")
    assert all(JOINT.lets(other, wanted) for wanted in ACCESS_LEVELS)
    assert AccountAccess("gl.cash", None).lets(Caller("usr_1", "teller", "r"), "bank")


def test_staff_who_hold_an_account_end_no_holding_of_it() -> None:
    with pytest.raises(ConflictOfInterest):
        JOINT.remove_holder(Caller("usr_1", "manager", "r", own_customer_id="viewer"), "payer")


def test_an_account_without_an_owner_is_nobodys() -> None:
    assert refusal(AccountAccess("gl.cash", None), customer(None), "view") is NotFound


def test_holders_join_and_change() -> None:
    assert JOINT.add_holder("payer", "view") == {"viewer": "view", "payer": "view", "manager": "manage"}
    assert JOINT.add_holder("fourth", "pay") == {**JOINT.holders, "fourth": "pay"}
    with pytest.raises(Conflict):
        JOINT.add_holder("owner", "pay")


def test_holders_are_few() -> None:
    full = AccountAccess("acc_1", "owner", {f"holder {number}": "pay" for number in range(HOLDERS_MAX)})
    assert len(full.add_holder("holder 0", "view")) == HOLDERS_MAX
    with pytest.raises(Conflict):
        full.add_holder("one too many", "view")


@pytest.mark.parametrize("who", ["owner", "viewer"])
def test_the_owner_ends_a_holding_and_a_holder_its_own(who: str) -> None:
    assert JOINT.remove_holder(customer(who), "viewer") == {"payer": "pay", "manager": "manage"}


def test_nobody_else_does() -> None:
    with pytest.raises(Forbidden):
        JOINT.remove_holder(customer("manager"), "viewer")
    with pytest.raises(NotFound):
        JOINT.remove_holder(customer("stranger"), "viewer")
    with pytest.raises(NotFound):
        JOINT.remove_holder(customer("stranger"), "stranger")
    with pytest.raises(NotFound):
        JOINT.remove_holder(customer("owner"), "owner")
