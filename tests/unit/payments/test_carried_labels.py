"""Labels that the bank puts: on the sides of a reversal, and only where there is none yet."""

from dataclasses import replace

import pytest

from chalicelib.domain.errors import Conflict, ConflictOfInterest
from chalicelib.domain.if_match import IfMatch, etag
from chalicelib.domain.permissions import system
from chalicelib.models.customers.customer import Customer
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.payments import labels, transactions
from tests.fake_dynamodb.wire import WRITE, after, lost, unanswered
from tests.small_bank import NOON_TEXT, SmallBank, customer, staff

ONE_OCLOCK = "2026-11-21T13:00:00.000000Z"


@pytest.fixture
def made(bank: SmallBank) -> Transaction:
    """Return a transfer from customer 1's account a to customer 2's account b, at noon."""
    bank.open("a", 100)
    bank.open("b", 0, owner=2)
    return ledger.post(bank.request({"a": -10, "b": 10})).transaction


def put(bank: SmallBank, account_id: str, made: Transaction, category: str | None, *tags: str) -> None:
    label = Label.new(account_id, made.id, NOON_TEXT, category, list(tags), "a memo")
    bank.put(label.stamp(customer(), NOON_TEXT))


def find(account_id: str, made: Transaction) -> Label | None:
    return Label.find(*Label.key(account_id, made.id))


def category(account_id: str, made: Transaction) -> tuple[str | None, list[str]] | None:
    found = find(account_id, made)
    return (found.category, found.tags or []) if found else None


def reverse(bank: SmallBank, made: Transaction) -> Transaction:
    """Reverse it an hour later."""
    bank.later(hours=1)
    key = bank.key(staff())
    return transactions.reverse(staff(), made.id, "mistake", key, allow_overdrawn=False).transaction


def test_each_side_of_a_reversal_is_labelled_as_what_it_reverses(bank: SmallBank, made: Transaction) -> None:
    put(bank, "a", made, "rent", "x")
    put(bank, "b", made, None, "y")
    reversal = reverse(bank, made)
    labels.carry_over([reversal])
    assert (category("a", reversal), category("b", reversal)) == (("rent", ["x"]), (None, ["y"]))
    copy = find("a", reversal)
    assert copy
    assert (copy.labelled_at, copy.created_at) == (ONE_OCLOCK, ONE_OCLOCK)
    assert not copy.memo
    assert (copy.updated_by, copy.request_id) == ("system", f"reversal-{reversal.id}")


def test_memo_alone_belongs_to_one_payment_and_is_not_carried_over(bank: SmallBank, made: Transaction) -> None:
    put(bank, "a", made, None)
    reversal = reverse(bank, made)
    writes = bank.dynamodb.count(WRITE)
    labels.carry_over([reversal])
    assert (category("a", reversal), bank.dynamodb.count(WRITE)) == (None, writes)


def test_label_that_a_reversal_has_already_stays(bank: SmallBank, made: Transaction) -> None:
    put(bank, "a", made, "rent")
    reversal = reverse(bank, made)
    put(bank, "a", reversal, "refunds")
    labels.carry_over([reversal])
    assert category("a", reversal) == ("refunds", [])


def erase(bank: SmallBank, number: int = 1) -> None:
    customer_id = f"cus_{number}"
    item = Customer(*Customer.key(customer_id), id=customer_id, status="erasing")
    bank.put(item.stamp(staff(), NOON_TEXT))


def test_nothing_is_carried_over_for_a_customer_who_is_being_erased(bank: SmallBank, made: Transaction) -> None:
    put(bank, "a", made, "rent")
    put(bank, "b", made, "income")
    reversal = reverse(bank, made)
    erase(bank)
    labels.carry_over([reversal])
    assert (category("a", reversal), category("b", reversal)) == (None, ("income", []))


def new_label(request_id: str, wanted: str = "food") -> tuple[Label, str]:
    label = Label.new("a", "txn_1", NOON_TEXT, wanted, [])
    label.stamp(system(request_id), NOON_TEXT)
    return label, "cus_1"


def test_label_is_put_once(bank: SmallBank) -> None:
    assert labels.put_once(*new_label("req_1"), system("req_1"))
    assert not labels.put_once(*new_label("req_2", "rent"), system("req_2"))
    found = Label.find(*Label.key("a", "txn_1"))
    assert found
    assert found.category == "food"
    assert labels.put_once(*new_label("req_1"), system("req_1")), "the caller's own, after a lost answer"


def test_label_whose_answer_was_lost_is_the_callers_own(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, unanswered, lost)
    assert labels.put_once(*new_label("req_1"), system("req_1"))


def test_no_label_is_put_for_a_customer_who_is_being_erased(bank: SmallBank) -> None:
    erase(bank)
    assert not labels.put_once(*new_label("req_1"), system("req_1"))
    assert Label.find(*Label.key("a", "txn_1")) is None


def test_category_and_tags_that_a_party_sets_are_set_on_the_reversal_too(bank: SmallBank, made: Transaction) -> None:
    reversal = reverse(bank, made)
    seen = labels.annotate(customer(), made.id, {"category": "rent", "tags": ["x"], "memo": "for May"})
    assert (seen.transaction.id, category("a", made)) == (made.id, ("rent", ["x"]))
    assert category("a", reversal) == ("rent", ["x"])
    copy = find("a", reversal)
    assert copy
    assert not copy.memo


def test_memo_that_a_party_sets_is_not_set_on_the_reversal(bank: SmallBank, made: Transaction) -> None:
    reversal = reverse(bank, made)
    labels.annotate(customer(), made.id, {"memo": "for May"})
    assert (find("a", made) is None, find("a", reversal)) == (False, None)


def test_staff_do_not_label_what_moved_their_own_account(bank: SmallBank, made: Transaction) -> None:
    own = replace(staff(), own_customer_id="cus_2")
    with pytest.raises(ConflictOfInterest):
        labels.annotate(own, made.id, {"category": "rent"})
    assert category("a", made) is None


def test_customer_who_is_being_erased_labels_nothing(bank: SmallBank, made: Transaction) -> None:
    erase(bank)
    with pytest.raises(Conflict, match="erased"):
        labels.annotate(customer(), made.id, {"category": "rent"})
    assert category("a", made) is None
    erase(bank, 2)
    with pytest.raises(Conflict, match="erased"):
        labels.annotate(staff(), made.id, {"category": "rent"})


def test_other_partys_erasure_does_not_matter(bank: SmallBank, made: Transaction) -> None:
    erase(bank, 2)
    labels.annotate(customer(), made.id, {"category": "rent"})
    assert category("a", made) == ("rent", [])


def test_edit_of_a_version_is_refused_when_the_transaction_changes_meanwhile(
    bank: SmallBank, made: Transaction
) -> None:
    matching = IfMatch.parse(etag(transactions.get(customer(), made.id).version))
    bank.dynamodb.next(WRITE, after(lambda: reverse(bank, made)))
    with pytest.raises(Conflict):
        labels.annotate(customer(), made.id, {"category": "rent"}, matching)
    assert category("a", made) is None


def test_edit_without_a_version_does_not_mind_what_changes_meanwhile(bank: SmallBank, made: Transaction) -> None:
    bank.dynamodb.next(WRITE, after(lambda: reverse(bank, made)))
    labels.annotate(customer(), made.id, {"category": "rent"})
    assert category("a", made) == ("rent", [])


def test_edit_of_a_version_is_refused_when_the_label_shown_changes_meanwhile(
    bank: SmallBank, made: Transaction
) -> None:
    """Customer 4 is shown the label of the payer's side, and may label the other side only."""
    bank.open("a", 90, holders={"cus_4": "view"})
    bank.open("b", 10, owner=2, holders={"cus_4": "pay"})
    put(bank, "a", made, "rent")
    matching = IfMatch.parse(etag(transactions.get(customer(4), made.id).version))
    bank.dynamodb.next(WRITE, after(lambda: labels.annotate(customer(), made.id, {"category": "travel"})))
    with pytest.raises(Conflict):
        labels.annotate(customer(4), made.id, {"category": "income"}, matching)
    assert category("b", made) is None


def test_edit_of_a_version_is_made_where_the_side_shown_has_no_label(bank: SmallBank, made: Transaction) -> None:
    bank.open("a", 90, holders={"cus_4": "view"})
    bank.open("b", 10, owner=2, holders={"cus_4": "pay"})
    matching = IfMatch.parse(etag(transactions.get(customer(4), made.id).version))
    labels.annotate(customer(4), made.id, {"category": "income"}, matching)
    assert category("b", made) == ("income", [])


def test_second_edit_returns_the_version_that_is_stored(bank: SmallBank, made: Transaction) -> None:
    labels.annotate(customer(), made.id, {"category": "rent"})
    edited = labels.annotate(customer(request_id="req_2"), made.id, {"category": "food"})
    assert edited.version == transactions.get(customer(), made.id).version
    matching = IfMatch.parse(etag(edited.version))
    labels.annotate(customer(request_id="req_3"), made.id, {"category": "travel"}, matching)
    assert category("a", made) == ("travel", [])
