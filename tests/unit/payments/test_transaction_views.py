"""Transactions as their parties see them."""

import pytest

from chalicelib.domain.errors import OutcomeUnknown, Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.payments.transaction_views import VisibleTransaction, view_after_write, view_all
from tests.fake_dynamodb.wire import BATCH_GET, lost
from tests.small_bank import CASH, NOON_TEXT, SmallBank, customer, staff


@pytest.fixture
def made(bank: SmallBank) -> Transaction:
    """Return a transfer from customer 1's account a to customer 2's account b, which others hold as well."""
    bank.open("a", 100, holders={"cus_3": "view", "cus_4": "pay"})
    bank.open("b", 0, owner=2, holders={"cus_1": "view", "cus_4": "pay"})
    transaction = ledger.post(bank.request({"a": -10, "b": 10})).transaction
    bank.dynamodb.sent.clear()
    return transaction


def put_label(bank: SmallBank, account_id: str, made: Transaction, category: str) -> None:
    bank.put(Label.new(account_id, made.id, NOON_TEXT, category, []).stamp(customer(), NOON_TEXT))


def read(bank: SmallBank) -> list[str]:
    """Return what the only read asked for: `A` or `L` and an account, for accounts and labels."""
    [(_, request)] = bank.dynamodb.sent
    keys = request["RequestItems"]["florin-unit-bank"]["Keys"]
    return [f"{key['sk']['S'][0]} {key['pk']['S'].removeprefix('ACCOUNT#')}" for key in keys]


def view(caller: Caller, made: Transaction, **how: str) -> VisibleTransaction:
    [seen] = view_all(caller, [made], **how)
    return seen


@pytest.mark.parametrize(
    ("number", "sides", "labelled"),
    [
        (1, ("a", "b"), ("a",)),
        (2, ("b",), ("b",)),
        (3, ("a",), ()),
        (4, ("a", "b"), ("a", "b")),
        (9, (), ()),
    ],
)
def test_customer_sees_the_sides_that_it_holds_and_labels_those_that_it_may_pay_from(
    bank: SmallBank, made: Transaction, number: int, sides: tuple[str, ...], labelled: tuple[str, ...]
) -> None:
    seen = view(customer(number), made)
    assert (seen.transaction, seen.sides, seen.labelled) == (made, sides, labelled)


@pytest.mark.parametrize("role", ["manager", "auditor"])
def test_staff_see_both_sides_and_act_for_the_payer(bank: SmallBank, made: Transaction, role: str) -> None:
    seen = view(staff(role), made)  # type: ignore[arg-type]
    assert (seen.sides, seen.labelled) == (("a", "b"), ("a",))


def test_transaction_is_read_from_the_side_that_is_asked_for_first(bank: SmallBank, made: Transaction) -> None:
    assert view(customer(4), made, first="b").sides == ("b", "a")
    assert view(customer(4), made, first="b").labelled == ("b", "a")
    assert view(customer(4), made, first="elsewhere").sides == ("a", "b")


def test_label_is_that_of_the_first_side(bank: SmallBank, made: Transaction) -> None:
    put_label(bank, "a", made, "rent")
    put_label(bank, "b", made, "income")
    for how, category in (({}, "rent"), ({"first": "b"}, "income"), ({"first": "a"}, "rent")):
        label = view(customer(4), made, **how).label
        assert label
        assert label.category == category
    label = view(customer(2), made).label
    assert label
    assert label.category == "income"
    assert view(customer(9), made).label is None


def test_side_under_the_category_that_is_asked_for_comes_first(bank: SmallBank, made: Transaction) -> None:
    put_label(bank, "a", made, "rent")
    put_label(bank, "b", made, "income")
    assert view(customer(4), made, category="income").sides == ("b", "a")
    assert view(customer(4), made, category="rent").sides == ("a", "b")
    assert view(customer(4), made, category="fun").sides == ("a", "b")


def test_payers_side_comes_first_whatever_else_is_written_on_the_other(bank: SmallBank, made: Transaction) -> None:
    bank.put(Label.new("b", made.id, NOON_TEXT, None, ["x"]).stamp(customer(), NOON_TEXT))
    assert view(customer(4), made).sides == ("a", "b")


def test_side_without_a_label_is_under_no_category(bank: SmallBank, made: Transaction) -> None:
    put_label(bank, "b", made, "income")
    assert view(customer(4), made, category="income").sides == ("b", "a")


def test_owner_of_the_payer_needs_its_label_and_the_other_sides_account(bank: SmallBank, made: Transaction) -> None:
    view(customer(1), made)
    assert read(bank) == ["L a", "A b"]


def test_owner_of_the_payee_needs_both_accounts_labels_until_its_own(bank: SmallBank, made: Transaction) -> None:
    view(customer(2), made)
    assert read(bank) == ["L a", "A a", "L b"]


def test_owner_of_the_payee_that_is_asked_for_first_needs_one_label(bank: SmallBank, made: Transaction) -> None:
    view(customer(2), made, first="b")
    assert read(bank) == ["L b", "A a"]


def test_category_needs_every_sides_label(bank: SmallBank, made: Transaction) -> None:
    view(customer(1), made, category="rent")
    assert read(bank) == ["L a", "L b", "A b"]


def test_staff_need_one_label_and_no_account(bank: SmallBank, made: Transaction) -> None:
    view(staff(), made)
    assert read(bank) == ["L a"]


def test_many_transactions_take_one_read_and_keep_their_order(bank: SmallBank, made: Transaction) -> None:
    other = ledger.post(bank.request({"a": -1, "b": 1})).transaction
    put_label(bank, "a", other, "fun")
    bank.dynamodb.sent.clear()
    seen = view_all(customer(1), [other, made])
    assert [one.transaction.id for one in seen] == [other.id, made.id]
    assert [one.label.category if one.label else None for one in seen] == ["fun", None]
    assert bank.dynamodb.count(BATCH_GET) == 1


def test_bank_is_no_side_of_a_deposit(bank: SmallBank, made: Transaction) -> None:
    deposit = ledger.post(bank.request({"a": 5, CASH: -5}, staff(), kind="deposit")).transaction
    assert view(staff(), deposit).sides == ("a",)


def test_view_that_fails_is_unavailable_and_after_a_write_an_open_outcome(bank: SmallBank, made: Transaction) -> None:
    bank.dynamodb.from_now_on(BATCH_GET, lost)
    with pytest.raises(Unavailable) as failed:
        view(customer(), made)
    assert not isinstance(failed.value, OutcomeUnknown)
    with pytest.raises(OutcomeUnknown):
        view_after_write(customer(), made)


def test_view_after_a_write_is_the_same_view(bank: SmallBank, made: Transaction) -> None:
    assert view_after_write(customer(), made) == view(customer(), made)
