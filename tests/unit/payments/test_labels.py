"""Categories, tags and memos on one's own side of a transaction."""

from functools import partial
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Contention, Forbidden
from chalicelib.domain.if_match import ANY_VERSION, IfMatch, etag
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.terms import Terms
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.payments import labels
from chalicelib.services.payments.labels import Annotations, follow_posting
from chalicelib.services.payments.transaction_views import VisibleTransaction, view_all
from tests.fake_dynamodb.wire import BATCH_GET, GET, WRITE, after, conflict
from tests.small_bank import NOON_TEXT, SmallBank, customer, staff


@pytest.fixture
def made(bank: SmallBank) -> Transaction:
    """Return a transfer from customer 1's account a to customer 2's account b, made at noon; it is one o'clock now."""
    bank.open("a", 100, holders={"cus_3": "view", "cus_4": "pay"})
    bank.open("b", 0, owner=2)
    transaction = ledger.post(bank.request({"a": -10, "b": 10}, customer())).transaction
    bank.later(hours=1)
    return transaction


def seen(made: Transaction, number: int = 1) -> VisibleTransaction:
    [view] = view_all(customer(number), [made])
    return view


def annotate(
    view: VisibleTransaction, caller: Caller, edits: dict[str, Any], matching: IfMatch = ANY_VERSION
) -> VisibleTransaction:
    return labels.annotate(caller, view.transaction.id, edits, matching)


def label(bank: SmallBank, account_id: str, made: Transaction) -> Label:
    found = Label.find(*Label.key(account_id, made.id))
    assert found
    return found


@pytest.mark.parametrize("annotations", [Annotations(), Annotations(memo="rent")])
def test_movement_without_category_and_tags_has_no_label(annotations: Annotations) -> None:
    assert annotations.label("a", "txn_1", customer()) is None


@pytest.mark.parametrize("annotations", [Annotations(category="food"), Annotations(tags=("x", "y"))])
def test_category_or_tags_make_a_label_of_the_moment(annotations: Annotations) -> None:
    action = annotations.label("a", "txn_1", customer())
    assert action
    item = action(NOON_TEXT)["Put"]["Item"]
    assert (item["pk"]["S"], item["sk"]["S"]) == ("ACCOUNT#a", "LABEL#txn_1")
    assert {item[name]["S"] for name in ("created_at", "labelled_at")} == {NOON_TEXT}
    written = Label.from_raw_data(item)
    assert (written.category, written.tags or []) == (annotations.category, list(annotations.tags))
    assert written.updated_by == "usr_1"


def test_first_label_of_a_side_is_stored_with_the_transactions_time(bank: SmallBank, made: Transaction) -> None:
    after_it = annotate(seen(made), customer(request_id="req_2"), {"category": "food", "tags": ["x"], "memo": "lunch"})
    stored = label(bank, "a", made)
    assert (stored.category, stored.tags, stored.memo) == ("food", ["x"], "lunch")
    assert (stored.labelled_at, stored.created_at) == (NOON_TEXT, "2026-11-21T13:00:00.000000Z")
    assert (stored.gsi1pk, stored.gsi1sk) == ("ACCOUNT#a#food", NOON_TEXT)
    assert (stored.updated_by, stored.request_id) == ("usr_1", "req_2")
    assert after_it.label
    assert after_it.label.serialize() == stored.serialize()
    assert Label.find(*Label.key("b", made.id)) is None


def test_edit_changes_what_it_names_and_keeps_the_rest(bank: SmallBank, made: Transaction) -> None:
    annotate(seen(made), customer(), {"category": "food", "tags": ["x"], "memo": "lunch"})
    edited = annotate(seen(made), customer(request_id="req_2"), {"category": "travel"})
    stored = label(bank, "a", made)
    assert (stored.category, stored.tags, stored.memo, stored.version) == ("travel", ["x"], "lunch", 2)
    assert (stored.gsi1pk, stored.request_id) == ("ACCOUNT#a#travel", "req_2")
    assert edited.label
    assert edited.label.category == "travel"


def test_field_that_is_cleared_is_taken_away_and_off_the_categorys_list(bank: SmallBank, made: Transaction) -> None:
    annotate(seen(made), customer(), {"category": "food", "tags": ["x"], "memo": "lunch"})
    annotate(seen(made), customer(), {"category": None, "tags": []})
    stored = label(bank, "a", made).serialize()
    assert not {"category", "tags", "gsi1pk", "gsi1sk"} & stored.keys()
    assert stored["memo"] == {"S": "lunch"}


def test_label_without_tags_keeps_none_when_edited(bank: SmallBank, made: Transaction) -> None:
    annotate(seen(made), customer(), {"category": "food"})
    annotate(seen(made), customer(), {"memo": "lunch"})
    stored = label(bank, "a", made)
    assert "tags" not in stored.serialize()
    assert stored.category == "food"


def test_edit_of_nothing_writes_nothing(bank: SmallBank, made: Transaction) -> None:
    view, writes = seen(made), bank.dynamodb.count(WRITE)
    assert annotate(view, customer(), {}).version == view.version == f"{made.version}-0"
    assert bank.dynamodb.count(WRITE) == writes


def test_holder_who_may_only_view_may_not_label(bank: SmallBank, made: Transaction) -> None:
    with pytest.raises(Forbidden):
        annotate(seen(made, 3), customer(3), {"memo": "x"})


def test_holder_who_may_pay_labels(bank: SmallBank, made: Transaction) -> None:
    annotate(seen(made, 4), customer(4), {"memo": "x"})
    assert label(bank, "a", made).memo == "x"


def test_staff_label_the_payers_side(bank: SmallBank, made: Transaction) -> None:
    [view] = view_all(staff(), [made])
    assert annotate(view, staff(), {"memo": "x"}).label
    assert label(bank, "a", made).memo == "x"
    assert Label.find(*Label.key("b", made.id)) is None


def test_staff_have_nothing_to_label_where_no_customer_is_a_side(bank: SmallBank) -> None:
    funds = ledger.post(bank.request({"gl.equity.USD": -10, "gl.cash.brn_1.USD.vault": 10}, staff())).transaction
    [nobodys] = view_all(staff(), [funds])
    writes = bank.dynamodb.count(WRITE)
    assert (nobodys.labelled, annotate(nobodys, staff(), {"memo": "x"}).label) == ((), None)
    assert bank.dynamodb.count(WRITE) == writes


def test_owner_of_both_sides_labels_both_and_sees_the_first(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("c", 0)
    made = ledger.post(bank.request({"a": -10, "c": 10})).transaction
    [view] = view_all(customer(), [made])
    after_it = annotate(view, customer(), {"memo": "x"})
    assert {label(bank, "a", made).memo, label(bank, "c", made).memo} == {"x"}
    assert after_it.label
    assert after_it.label.account_id == "a"


def test_both_sides_of_an_owner_are_labelled_or_neither(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 1)
    bank.open("a", 100)
    bank.open("c", 0)
    made = ledger.post(bank.request({"a": -10, "c": 10})).transaction
    bank.dynamodb.from_now_on(WRITE, conflict(1))
    with pytest.raises(Contention):
        annotate(seen(made), customer(), {"memo": "x"})
    assert {Label.find(*Label.key(side, made.id)) for side in ("a", "c")} == {None}


def test_owner_of_both_sides_edits_the_labels_of_both(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("c", 0)
    made = ledger.post(bank.request({"a": -10, "c": 10})).transaction
    annotate(seen(made), customer(), {"memo": "x"})
    view = seen(made)
    bank.dynamodb.sent.clear()
    annotate(view, customer(request_id="req_2"), {"category": "savings"})
    stored = [label(bank, side, made) for side in ("a", "c")]
    assert [(one.memo, one.category, one.version) for one in stored] == [("x", "savings", 2)] * 2


def test_label_takes_one_read_of_the_transaction_one_of_its_label_and_one_write(
    bank: SmallBank, made: Transaction
) -> None:
    """Without If-Match the write does not depend on the transaction, which others may change at the same time."""
    view = seen(made)
    bank.dynamodb.sent.clear()
    annotate(view, customer(), {"memo": "x"})
    assert [operation for operation, _ in bank.dynamodb.sent] == [GET, BATCH_GET, WRITE]
    written = bank.dynamodb.sent[-1][1]["TransactItems"]
    assert [next(iter(action)) for action in written] == ["Put", "ConditionCheck"]


def test_label_of_the_version_that_was_read_is_written(bank: SmallBank, made: Transaction) -> None:
    first = seen(made)
    assert first.version == f"{made.version}-0"
    labelled = annotate(first, customer(), {"memo": "x"}, IfMatch.parse(etag(first.version)))
    assert labelled.version == seen(made).version == f"{made.version}-1"
    with pytest.raises(Conflict):
        annotate(first, customer(), {"memo": "y"}, IfMatch.parse(etag(first.version)))
    assert label(bank, "a", made).memo == "x"


def test_label_that_another_has_put_meanwhile_is_edited(bank: SmallBank, made: Transaction) -> None:
    other = customer(4, request_id="req_meanwhile")
    bank.dynamodb.next(WRITE, after(lambda: annotate(seen(made, 4), other, {"category": "food", "tags": ["x"]})))
    annotate(seen(made), customer(), {"memo": "lunch"})
    stored = label(bank, "a", made)
    assert (stored.category, stored.tags, stored.memo) == ("food", ["x"], "lunch")


def test_label_that_another_has_edited_meanwhile_is_read_again(bank: SmallBank, made: Transaction) -> None:
    annotate(seen(made), customer(), {"memo": "lunch"})
    other = customer(4, request_id="req_meanwhile")
    bank.dynamodb.next(WRITE, after(lambda: annotate(seen(made, 4), other, {"category": "food"})))
    annotate(seen(made), customer(), {"tags": ["x"]})
    stored = label(bank, "a", made)
    assert (stored.category, stored.tags, stored.memo, stored.version) == ("food", ["x"], "lunch", 3)


def test_label_that_others_edit_for_too_long_is_given_up(
    bank: SmallBank, made: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    bank.dynamodb.from_now_on(WRITE, conflict(0))
    with pytest.raises(Contention):
        annotate(seen(made), customer(), {"memo": "lunch"})


UNTIL = "2026-11-24T12:00:00.000000Z"


@pytest.fixture
def held(bank: SmallBank) -> Transaction:
    """Return a transfer of customer 1 that waits since noon; it is one o'clock now."""
    bank.open("a", 100, holders={"cus_4": "pay"})
    bank.open("b", 0, owner=2)
    transaction = ledger.hold(bank.request({"a": -10, "b": 10}, customer()), UNTIL).transaction
    bank.later(hours=1)
    return transaction


def settle(held: Transaction) -> str:
    """Return the moment of the posting."""
    return str(ledger.settle(held.id, staff(), Terms(follow=partial(follow_posting, staff()))).transaction.posted_at)


def test_labels_of_a_pending_payment_follow_its_posting(bank: SmallBank, held: Transaction) -> None:
    annotate(seen(held), customer(), {"category": "food"})
    annotate(seen(held, 2), customer(2), {"tags": ["x"]})
    assert label(bank, "a", held).gsi1sk == NOON_TEXT
    posted_at = settle(held)
    payers, payees = label(bank, "a", held), label(bank, "b", held)
    assert (payers.gsi1sk, payers.labelled_at, payers.version) == (posted_at, posted_at, 2)
    assert payees.labelled_at == posted_at
    assert "gsi1sk" not in payees.serialize(), "it has no category"


def test_label_that_is_set_while_its_payment_is_posted_follows_it(bank: SmallBank, held: Transaction) -> None:
    bank.dynamodb.next(WRITE, after(lambda: annotate(seen(held), customer(), {"category": "food"})))
    posted_at = settle(held)
    assert label(bank, "a", held).gsi1sk == posted_at


def test_label_that_is_edited_while_its_payment_is_posted_follows_it(bank: SmallBank, held: Transaction) -> None:
    annotate(seen(held), customer(), {"category": "food"})
    other = customer(4, request_id="req_meanwhile")
    bank.dynamodb.next(WRITE, after(lambda: annotate(seen(held, 4), other, {"category": "travel"})))
    posted_at = settle(held)
    stored = label(bank, "a", held)
    assert (stored.gsi1pk, stored.gsi1sk) == ("ACCOUNT#a#travel", posted_at)


@pytest.mark.parametrize("before", [{}, {"category": "food"}])
def test_label_that_is_written_just_after_the_posting_has_its_moment(
    bank: SmallBank, held: Transaction, before: dict[str, str]
) -> None:
    view, moments = seen(held), []
    annotate(view, customer(), before)
    bank.dynamodb.next(WRITE, after(lambda: moments.append(settle(held))))
    annotate(view, customer(request_id="req_2"), {"category": "travel"})
    assert [label(bank, "a", held).gsi1sk] == moments
