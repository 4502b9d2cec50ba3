"""Rules that put categories on a customer's new transactions."""

from datetime import timedelta

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import Conflict, Contention, IdempotencyKeyReused, NotFound, OutcomeUnknown
from chalicelib.domain.if_match import IfMatch, etag
from chalicelib.domain.payments.category_rule import RULES_MAX, CategoryRule
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.category_rules import CategoryRules
from chalicelib.models.payments.label import Label
from chalicelib.services.payments import category_rules
from chalicelib.services.payments.labels import Annotations
from tests.fake_dynamodb.wire import BATCH_GET, GET, WRITE, after, conflict, lost, served
from tests.small_bank import NOON, NOON_TEXT, SmallBank, customer, staff


def add(caller: Caller, category: str = "food", contains: str = "market", key: object = None) -> CategoryRule:
    rule, _ = category_rules.add(caller, key, contains, "memo", category, ("x",))  # type: ignore[arg-type]
    return rule


def categories(caller: Caller) -> list[str]:
    return [rule.category for rule in category_rules.all_of(caller)]


def label(account_id: str, made: Transaction) -> Label | None:
    return Label.find(*Label.key(account_id, made.id))


@pytest.fixture
def paid(bank: SmallBank) -> Transaction:
    """Return a transfer from customer 1's account a to customer 2's account b, for the market."""
    bank.open("a", 100)
    bank.open("b", 0, owner=2)
    return ledger.post(bank.request({"a": -10, "b": 10}, memo="The Market")).transaction


def test_customer_begins_without_rules(bank: SmallBank) -> None:
    assert category_rules.all_of(customer()) == []


def test_rule_is_stored_as_it_was_given(bank: SmallBank) -> None:
    rule, replayed = category_rules.add(customer(), None, "market", "memo", "food", ("x", "y"))
    assert category_rules.all_of(customer()) == [rule]
    assert (rule.contains, rule.field, rule.category, rule.tags) == ("market", "memo", "food", ("x", "y"))
    assert (rule.created_at, replayed) == (NOON_TEXT, False)
    assert ids.is_id("rul", rule.id)
    assert rule.id[:14] == ids.id_of("rul", NOON, 0)[:14]
    stored = CategoryRules.of("cus_1")
    assert stored
    assert (stored.updated_by, stored.version) == ("usr_1", 1)


def test_rules_keep_the_order_in_which_they_were_made(bank: SmallBank) -> None:
    for category in ("food", "rent", "fun"):
        add(customer(), category)
    assert categories(customer()) == ["food", "rent", "fun"]
    assert categories(customer(2)) == []


@pytest.mark.parametrize("number", [0, 1])
def test_there_are_at_most_so_many_rules(bank: SmallBank, number: int) -> None:
    rules = [{"id": f"rul_{n}", "contains": "x", "field": "memo"} for n in range(RULES_MAX - number)]
    told = [rule | {"category": "c", "tags": [], "created_at": NOON_TEXT} for rule in rules]
    bank.put(CategoryRules(*CategoryRules.key("cus_1"), rules=told).stamp(customer(), NOON))
    if number:
        add(customer())
    else:
        with pytest.raises(Conflict, match=f"{RULES_MAX} rules already"):
            add(customer())
    assert len(category_rules.all_of(customer())) == RULES_MAX


def test_rule_asked_for_again_under_its_key_is_not_made_again(bank: SmallBank) -> None:
    key = bank.key(customer())
    rule, _ = category_rules.add(customer(), key, "market", "memo", "food", ())
    assert category_rules.add(customer(), key, "market", "memo", "food", ()) == (rule, True)
    assert categories(customer()) == ["food"]


def test_key_of_another_request_is_refused(bank: SmallBank) -> None:
    key = bank.key(customer())
    add(customer(), key=key)
    with pytest.raises(IdempotencyKeyReused):
        add(customer(), key=type(key)(key.transaction_id, "another fingerprint"))


def test_rule_made_under_the_same_key_meanwhile_is_the_answer(bank: SmallBank) -> None:
    key = bank.key(customer())
    other = customer(request_id="req_2")
    bank.dynamodb.next(WRITE, after(lambda: add(other, key=key)))
    rule, replayed = category_rules.add(customer(), key, "market", "memo", "food", ())
    assert replayed
    assert [rule] == category_rules.all_of(customer())


def test_answer_that_cannot_be_read_after_the_write_leaves_the_outcome_open(bank: SmallBank) -> None:
    key = bank.key(customer())
    bank.dynamodb.next(WRITE, after(lambda: add(customer(request_id="req_2"), key=key)))
    bank.dynamodb.next(GET, served, served, served, served, lost, lost)
    with pytest.raises(OutcomeUnknown):
        add(customer(), key=key)


def test_rule_made_meanwhile_is_kept(bank: SmallBank) -> None:
    bank.dynamodb.next(WRITE, after(lambda: add(customer(request_id="req_2"), "rent")))
    add(customer(), "food")
    bank.dynamodb.next(WRITE, after(lambda: add(customer(request_id="req_3"), "fun")))
    add(customer(request_id="req_4"), "work")
    assert categories(customer()) == ["rent", "food", "fun", "work"]


def test_rules_that_others_change_for_too_long_are_given_up(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = add(customer())
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    bank.dynamodb.from_now_on(WRITE, conflict(0))
    with pytest.raises(Contention):
        add(customer())
    with pytest.raises(Contention):
        category_rules.drop(customer(), rule.id)


def test_rule_that_is_dropped_is_gone_and_the_others_stay(bank: SmallBank) -> None:
    rules = [add(customer(), category) for category in ("food", "rent", "fun")]
    category_rules.drop(customer(request_id="req_2"), rules[1].id)
    assert categories(customer()) == ["food", "fun"]
    stored = CategoryRules.of("cus_1")
    assert stored
    assert (stored.version, stored.request_id, stored.updated_at) == (4, "req_2", NOON_TEXT)


def test_rule_of_another_is_not_dropped(bank: SmallBank) -> None:
    rule = add(customer(2))
    add(customer())
    for caller in (customer(), customer(3)):
        with pytest.raises(NotFound, match="no rule"):
            category_rules.drop(caller, rule.id)
    assert categories(customer(2)) == ["food"]


def test_rules_are_changed_only_as_they_were_read(bank: SmallBank) -> None:
    """The version of the list is 0 before the first rule, and the condition of each change if the client sends one."""
    versions = [IfMatch.parse(etag(version)) for version in range(3)]
    for wrong in versions[1:]:
        with pytest.raises(Conflict, match="current version is 0"):
            category_rules.add(customer(), None, "market", "memo", "food", (), wrong)
    rule, _ = category_rules.add(customer(), None, "market", "memo", "food", (), versions[0])
    assert category_rules.with_version(customer()) == ([rule], 1)
    with pytest.raises(Conflict, match="current version is 1"):
        category_rules.drop(customer(), rule.id, versions[0])
    category_rules.drop(customer(), rule.id, versions[1])
    assert category_rules.with_version(customer()) == ([], 2)


def test_rule_that_is_asked_for_again_is_the_same_among_others(bank: SmallBank) -> None:
    add(customer(), "rent")
    key = bank.key(customer())
    rule = add(customer(), key=key)
    assert category_rules.add(customer(), key, "market", "memo", "food", ("x",)) == (rule, True)


def test_text_that_is_stored_elsewhere_stands_for_the_memo(bank: SmallBank, paid: Transaction) -> None:
    add(customer(), "rent", contains="landlord")
    assert category_rules.apply((paid,)) == 0
    assert category_rules.apply((paid,), "To the Landlord") == 1


def test_rule_made_while_another_is_dropped_stays(bank: SmallBank) -> None:
    rule = add(customer(), "food")
    bank.dynamodb.next(WRITE, after(lambda: add(customer(request_id="req_2"), "rent")))
    category_rules.drop(customer(request_id="req_3"), rule.id)
    assert categories(customer()) == ["rent"]


def test_staff_have_no_rules(bank: SmallBank) -> None:
    with pytest.raises(NotFound, match="customers"):
        category_rules.all_of(staff())
    with pytest.raises(NotFound):
        add(staff())
    with pytest.raises(NotFound):
        category_rules.drop(staff(), "rul_1")


def test_rule_labels_the_side_of_its_customer(bank: SmallBank, paid: Transaction) -> None:
    bank.later(hours=1)
    rule = add(customer())
    assert category_rules.apply((paid,)) == 1
    put = label("a", paid)
    assert put
    assert (put.category, put.tags) == ("food", ["x"])
    assert (put.labelled_at, put.created_at) == (NOON_TEXT, "2026-11-21T13:00:00.000000Z")
    assert (put.updated_by, put.request_id) == ("system", f"{rule.id}-{paid.id}")
    assert label("b", paid) is None


def test_each_side_is_labelled_by_its_own_customers_first_matching_rule(bank: SmallBank, paid: Transaction) -> None:
    add(customer(), "rent", contains="landlord")
    add(customer(), "food")
    add(customer(), "fun")
    add(customer(2), "sales")
    assert category_rules.apply((paid,)) == 2
    sides = [label("a", paid), label("b", paid)]
    assert [side and side.category for side in sides] == ["food", "sales"]


def test_rule_by_counterparty_matches_the_account_on_the_other_side(bank: SmallBank, paid: Transaction) -> None:
    for caller, other in ((customer(), "b"), (customer(2), "a")):
        category_rules.add(caller, None, other, "counterparty", f"to {other}", ())
    category_rules.apply((paid,))
    sides = [label("a", paid), label("b", paid)]
    assert [side and side.category for side in sides] == ["to b", "to a"]


def test_label_that_somebody_has_put_stays(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 0, owner=2)
    key = bank.key(customer())
    own = Annotations(category="own").label("a", key.transaction_id, customer())
    paid = ledger.post(bank.request({"a": -10, "b": 10}, key=key, memo="market", label=own)).transaction
    add(customer())
    assert category_rules.apply((paid,)) == 0
    stored = label("a", paid)
    assert stored
    assert stored.category == "own"


def test_rules_applied_again_count_what_they_have_labelled(bank: SmallBank, paid: Transaction) -> None:
    """A batch of the stream may come twice; its label is the same."""
    add(customer())
    assert [category_rules.apply((paid,)) for _ in range(2)] == [1, 1]


def test_transactions_without_rules_to_match_cost_one_read_and_those_without_sides_none(
    bank: SmallBank, paid: Transaction
) -> None:
    bank.dynamodb.sent.clear()
    assert category_rules.apply(()) == 0
    assert bank.dynamodb.sent == []
    assert category_rules.apply((paid,)) == 0
    assert [operation for operation, _ in bank.dynamodb.sent] == [BATCH_GET]


def test_new_rule_has_the_time_at_which_it_was_written(bank: SmallBank) -> None:
    add(customer())
    bank.now = NOON + timedelta(hours=2)
    assert add(customer(), "rent").created_at == "2026-11-21T14:00:00.000000Z"


def test_rule_that_was_added_under_a_key_and_deleted_since_is_not_found(bank: SmallBank) -> None:
    key = bank.key(customer())
    rule, _ = category_rules.add(customer(), key, "market", "memo", "food", ())
    category_rules.drop(customer(), rule.id)
    with pytest.raises(NotFound, match=f"no rule {rule.id}"):
        category_rules.add(customer(), key, "market", "memo", "food", ())
