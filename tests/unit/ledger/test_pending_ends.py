"""What a pending transaction keeps of the moment of its end: its joint holders, and the lists that it is on."""

from typing import Any

import pytest

from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.item import Action
from chalicelib.models.ledger import items, ledger, snapshot
from chalicelib.models.ledger.terms import Terms
from chalicelib.models.ledger.transaction import Transaction
from tests.small_bank import NOON_TEXT, SmallBank, customer, staff

UNTIL = "2026-11-24T12:00:00.000000Z"
LATER = "2026-11-21T13:00:00.000000Z"


def test_payment_that_ends_keeps_the_joint_holders_of_the_moment(bank: SmallBank) -> None:
    """Of an account that its end does not read it keeps those who held it when it was asked for."""
    bank.open("a", 100, holders={"cus_3": "pay"})
    bank.open("b", 0, owner=2, holders={"cus_4": "view"})
    ends = [ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id for _ in range(3)]
    for name, holder in (("a", "cus_5"), ("b", "cus_6")):
        account = bank.account(name)
        account.holders = {holder: "pay"}
        bank.put(account)
    voided = ledger.void(ends[0], staff()).transaction
    posted = ledger.settle(ends[1], staff()).transaction
    assert voided.joint_holders == bank.transaction(ends[0]).joint_holders == {"a": ["cus_5"], "b": ["cus_4"]}
    assert posted.joint_holders == bank.transaction(ends[1]).joint_holders == {"a": ["cus_5"], "b": ["cus_6"]}
    account = bank.account("a")
    account.holders = None
    bank.put(account)
    ledger.expire(ends[2], staff())
    assert bank.transaction(ends[2]).joint_holders == {"b": ["cus_4"]}


@pytest.mark.parametrize("end", [ledger.void, ledger.expire])
def test_payment_that_ended_unpaid_stays_on_its_makers_list_and_shows_nothing_in_entries(
    bank: SmallBank, end: Any
) -> None:
    bank.open("a", 100)
    bank.open("b", 0, owner=2)
    held, paid = (ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id for _ in range(2))
    bank.later(hours=1)
    end(held, staff())
    ledger.settle(paid, staff())
    assert list(Transaction.ids_made_by("usr_1", NOON_TEXT)) == [held], "entries of the account have the other"
    stored = bank.dynamodb.table("bank").items
    assert not {"is_shown", "posted_at", "reason"} & stored[Transaction.key(held)].keys()
    assert stored[Transaction.key(held)]["gsi1sk"] == {"S": NOON_TEXT}
    assert (bank.transaction(paid).is_shown, bank.transaction(paid).gsi1sk) == (True, LATER)


def test_payment_of_a_joint_holder_stays_on_its_makers_list_when_it_is_paid(bank: SmallBank) -> None:
    """The account's entries are the owner's, and the holder may lose the right to see them."""
    bank.open("a", 100, holders={"cus_3": "pay"})
    bank.open("b", 0, owner=2)
    asked = bank.request({"a": -10, "b": 10}, customer(3), limits=Limits(100, 100))
    held = ledger.hold(asked, UNTIL).transaction.id
    ledger.settle(held, staff())
    assert list(Transaction.ids_made_by("usr_3", NOON_TEXT)) == [held]


def test_joint_holders_are_stored_in_one_order(bank: SmallBank) -> None:
    """The same facts are the same bytes, whoever writes them."""
    for name in ("a", "b"):
        bank.open(name, 100, holders={"cus_5": "view", "cus_4": "pay"})
    read = snapshot.read("txn_1", ["a", "b"])
    for names in (["a", "b"], ["b", "a"]):
        assert str(items.joint_holders(read, names)) == "{'a': ['cus_4', 'cus_5'], 'b': ['cus_4', 'cus_5']}"
    assert items.joint_holders(read, ["a", "unread"]) == {"a": ["cus_4", "cus_5"]}


def test_joint_holders_that_are_none_any_more_are_not_stored(bank: SmallBank) -> None:
    bank.open("a", 100, holders={"cus_3": "pay"})
    bank.open("b", 0, owner=2)
    held = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id
    account = bank.account("a")
    account.holders = None
    bank.put(account)
    ledger.settle(held, staff())
    assert bank.transaction(held).joint_holders is None


def test_follow_of_a_settlement_sees_the_entries_and_the_holders_of_the_moment(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 0, owner=2, holders={"cus_4": "view"})
    held = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id
    bank.later(hours=1)
    account = bank.account("b")
    account.holders = {"cus_6": "view"}
    bank.put(account)
    seen = list[tuple[Any, ...]]()

    def follow(posted: Transaction) -> list[Action]:
        seen.append((posted.holder_ids("b"), posted.posted_at, posted.gsi1sk, len(posted.entries)))
        return []

    ledger.settle(held, staff(), Terms(follow=follow))
    assert seen == [(["cus_6"], LATER, LATER, 2)]
