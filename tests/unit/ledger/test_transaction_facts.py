"""Transactions as verification reads them: the same facts as the item's, read in another way."""

import pytest

from chalicelib.domain.ledger.entry import EntryDetails
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.item import RawItem
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import RequestRecord, Transaction
from chalicelib.models.ledger.transaction_facts import TransactionFacts, read_facts
from tests.small_bank import CASH, NOON_TEXT, SmallBank, customer, staff

UNTIL = "2026-11-24T12:00:00.000000Z"
NAMES = (
    *("id", "version", "transaction_type", "amount", "currency", "status", "posted_at"),
    *("from_account_id", "to_account_id", "branch_id", "entries", "legs"),
)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 0, owner=2)


def post(bank: SmallBank) -> Transaction:
    return ledger.post(bank.request({"a": -10, "b": 10})).transaction


def raw(bank: SmallBank, transaction_id: str) -> RawItem:
    return bank.dynamodb.table("bank").items[Transaction.key(transaction_id)]


def facts(bank: SmallBank, transaction_id: str) -> TransactionFacts:
    [found] = read_facts([Transaction.key(transaction_id)])
    return found


def test_facts_are_those_of_the_transaction(bank: SmallBank) -> None:
    cash = bank.request({CASH: -5, "a": 5}, staff(), kind="deposit", branch_id="brn_1")
    made = [
        post(bank).id,
        ledger.post(cash).transaction.id,
        ledger.hold(bank.request({"a": -20, "b": 20}), UNTIL).transaction.id,
        ledger.post(bank.request({"a": -999, "b": 999})).transaction.id,
    ]
    for transaction_id in made:
        stored, read = bank.transaction(transaction_id), facts(bank, transaction_id)
        assert {name: getattr(read, name) for name in NAMES} == {name: getattr(stored, name) for name in NAMES}
        assert (read.raw, read.own_key) == (raw(bank, transaction_id), Transaction.key(transaction_id))


def test_places_are_those_that_it_has_and_must_have(bank: SmallBank) -> None:
    made = post(bank).id
    read = facts(bank, made)
    assert read.places == read.due_places
    assert read.places.keys() == {"gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"}
    assert (read.places["gsi1sk"], read.places["gsi2sk"], read.places["gsi2pk"]) == (NOON_TEXT, None, None)
    del raw(bank, made)["gsi1pk"]
    lost = facts(bank, made)
    assert lost.places == read.places | {"gsi1pk": None}
    assert lost.due_places == read.due_places


def test_transaction_of_an_earlier_version_is_on_its_initiators_list(bank: SmallBank) -> None:
    made = post(bank).id
    raw(bank, made).update(gsi2pk={"S": "USER#usr_1"}, gsi2sk={"S": NOON_TEXT})
    read = facts(bank, made)
    assert read.places == read.due_places
    assert (read.places["gsi2pk"], read.places["gsi2sk"]) == ("USER#usr_1", NOON_TEXT)


@pytest.mark.parametrize("gone", ["gsi2pk", "gsi2sk"])
def test_half_a_place_on_a_list_is_none(bank: SmallBank, gone: str) -> None:
    made = post(bank).id
    raw(bank, made).update(gsi2pk={"S": "USER#usr_1"}, gsi2sk={"S": NOON_TEXT})
    del raw(bank, made)[gone]
    assert facts(bank, made).places != facts(bank, made).due_places


def test_pending_transaction_must_be_on_its_initiators_list(bank: SmallBank) -> None:
    waiting = ledger.hold(bank.request({"a": -20, "b": 20}), UNTIL).transaction.id
    assert facts(bank, waiting).places["gsi2pk"] == "USER#usr_1"
    for name in ("gsi2pk", "gsi2sk"):
        del raw(bank, waiting)[name]
    assert facts(bank, waiting).places != facts(bank, waiting).due_places


def test_facts_of_an_item_that_is_whole_need_no_model(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ledger.hold(bank.request({"a": -20, "b": 20}), UNTIL).transaction.id
    monkeypatch.setattr(Transaction, "from_raw_data", lambda _: pytest.fail("the model was asked"))
    assert [tuple(leg) for leg in facts(bank, made).legs or []] == [("a", -20), ("b", 20)]


def test_place_that_is_no_text_is_none(bank: SmallBank) -> None:
    made = post(bank).id
    raw(bank, made)["gsi1sk"] = {"N": "7"}
    assert facts(bank, made).places["gsi1sk"] is None


def test_places_follow_the_posting_and_before_it_the_request(bank: SmallBank) -> None:
    waiting = ledger.hold(bank.request({"a": -20, "b": 20}), UNTIL).transaction.id
    assert facts(bank, waiting).due_places["gsi1sk"] == NOON_TEXT
    bank.later(days=1)
    ledger.settle(waiting, staff())
    assert facts(bank, waiting).due_places["gsi1sk"] == "2026-11-22T12:00:00.000000Z"
    assert facts(bank, waiting).due_places == facts(bank, waiting).places


def test_item_without_its_times_or_its_initiator_still_has_due_places(bank: SmallBank) -> None:
    made = post(bank).id
    for name in ("posted_at", "created_at", "initiated_by"):
        del raw(bank, made)[name]
    due = facts(bank, made).due_places
    assert (due["gsi1sk"], due["gsi2pk"]) == ("", None)
    waiting = ledger.hold(bank.request({"a": -20, "b": 20}), UNTIL).transaction.id
    del raw(bank, waiting)["initiated_by"]
    assert facts(bank, waiting).due_places["gsi2pk"] == "USER#"


def test_item_without_an_amount_is_read_as_far_as_it_goes(bank: SmallBank) -> None:
    made = post(bank).id
    del raw(bank, made)["amount"]
    read = facts(bank, made)
    expected = {"amount": None, "id": made, "status": "posted", "currency": "USD", "raw": raw(bank, made)}
    assert {name: getattr(read, name) for name in expected} == expected
    assert read.entries == bank.transaction(made).entries


def test_only_transactions_that_exist_are_read(bank: SmallBank) -> None:
    made = post(bank).id
    bank.put(RequestRecord.of("txn_key", "fingerprint", "rul_1", customer(), NOON_TEXT))
    found = read_facts(map(Transaction.key, (made, "txn_key", "txn_none")))
    assert [one.id for one in found] == [made]


def test_facts_say_what_entries_must_show_as_the_transaction_does(bank: SmallBank) -> None:
    made = ledger.post(bank.request({"a": -10, "b": 10}, memo="rent")).transaction.id
    for account_id, counterparty in (("a", "b"), ("b", "a")):
        due = facts(bank, made).due_details(account_id)
        assert due == EntryDetails(counterparty, "rent") == bank.transaction(made).due_details(account_id)
    del raw(bank, made)["is_shown"]
    assert facts(bank, made).due_details("a") is None, "posted before entries showed anything"
    del raw(bank, made)["amount"]
    assert facts(bank, made).due_details("a") is None, "read by the model"


def test_damaged_item_that_is_shown_still_says_what_entries_must_show(bank: SmallBank) -> None:
    made = post(bank).id
    del raw(bank, made)["amount"]
    assert facts(bank, made).due_details("a") == EntryDetails("b", None)


def test_payment_of_a_joint_holder_must_stay_on_its_makers_list(bank: SmallBank) -> None:
    bank.open("joint", 100, holders={"cus_3": "pay"})
    asked = bank.request({"joint": -10, "b": 10}, customer(3), limits=Limits(100, 100))
    made = ledger.post(asked).transaction.id
    assert facts(bank, made).places == facts(bank, made).due_places
    for name in ("gsi2pk", "gsi2sk"):
        del raw(bank, made)[name]
    assert facts(bank, made).due_places["gsi2pk"] == "USER#usr_3"
