"""The transactions of accounts: which a list has, and what it does when an index is behind."""

import pytest

from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import listing_key
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import RequestRecord, Transaction
from chalicelib.models.paging import Paging
from chalicelib.services.payments import party_transactions
from tests.fake_dynamodb.wire import BATCH_GET, QUERY, after, served
from tests.small_bank import CASH, NOON_TEXT, SmallBank, customer, staff
from tests.unit.conftest import Time

UNTIL = "2026-11-24T12:00:00.000000Z"
EVER = ("2026-01-01T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z")
WANTED = {"cus_1": ["a"]}


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    for number, account_id in ((1, "a"), (2, "b"), (1, "c")):
        partition, place = listing_key(f"cus_{number}", NOON_TEXT)
        bank.open(account_id, 1000, owner=number, gsi1pk=partition, gsi1sk=place)


def post(bank: SmallBank, payer: str = "a", payee: str = "b", amount: int = 1, caller: Caller | None = None) -> str:
    return ledger.post(bank.request({payer: -amount, payee: amount}, caller)).transaction.id


def hold(bank: SmallBank, payer: str = "a", payee: str = "b", caller: Caller | None = None) -> str:
    return ledger.hold(bank.request({payer: -1, payee: 1}, caller), UNTIL).transaction.id


def listed(caller: Caller, status: str | None = None) -> set[str]:
    found = party_transactions.page(caller, WANTED, status, *EVER, Paging(50, None), "own")  # type: ignore[arg-type]
    return {one.id for one in found.items}


def test_customers_list_has_what_is_posted_waits_or_was_refused(bank: SmallBank) -> None:
    posted, waiting, refused = post(bank), hold(bank), post(bank, amount=9999)
    assert listed(customer()) == {posted, waiting, refused}
    assert listed(customer(), "posted") >= {posted}
    assert listed(customer(), "pending") >= {waiting}
    assert listed(customer(), "failed") >= {refused}


def test_staff_see_of_an_account_what_it_was_to_pay_and_what_moved_but_no_refusals(bank: SmallBank) -> None:
    posted, waiting, refused = post(bank), hold(bank), post(bank, amount=9999)
    received, not_received = post(bank, "b", "a", caller=customer(2)), hold(bank, "b", "a", customer(2))
    assert listed(staff()) == {posted, waiting, received}
    assert {refused, not_received}.isdisjoint(listed(staff()))


def queries(bank: SmallBank, caller: Caller, status: str | None) -> int:
    before = bank.dynamodb.count(QUERY)
    listed(caller, status)
    return bank.dynamodb.count(QUERY) - before


@pytest.mark.parametrize(
    ("status", "of_customer", "of_staff"),
    [(None, 3, 2), ("posted", 2, 1), ("pending", 2, 1), ("voided", 2, 1), ("failed", 1, 0)],
)
def test_only_lists_that_may_have_a_status_are_read(
    bank: SmallBank, status: str | None, of_customer: int, of_staff: int
) -> None:
    assert (queries(bank, customer(), status), queries(bank, staff(), status)) == (of_customer, of_staff)


def test_list_of_an_account_has_nothing_of_the_owners_others(bank: SmallBank) -> None:
    post(bank, "c", "b")
    hold(bank, "c", "b")
    assert listed(staff()) == set()


def test_payment_that_an_index_still_shows_where_it_waited_is_listed_once(bank: SmallBank) -> None:
    """The index of holds has it at its request until it has heard of the posting."""
    waiting = hold(bank)
    stale = {key: dict(item) for key, item in bank.dynamodb.table("bank").items.items() if key[1].startswith("HOLD#")}
    bank.later(hours=1)
    ledger.settle(waiting, staff())
    bank.dynamodb.table("bank").items.update(stale)
    found = party_transactions.page(staff(), WANTED, None, *EVER, Paging(50, None), "own")
    assert [one.id for one in found.items] == [waiting]


def test_cursor_serves_one_status_of_one_list(bank: SmallBank) -> None:
    post(bank)
    post(bank)
    cursor = party_transactions.page(staff(), WANTED, None, *EVER, Paging(1, None), "own").next_cursor
    assert party_transactions.page(staff(), WANTED, None, *EVER, Paging(1, cursor), "own").items
    for status, whose in (("posted", "own"), (None, "other")):
        with pytest.raises(Exception, match="cursor"):
            party_transactions.page(staff(), WANTED, status, *EVER, Paging(1, cursor), whose)  # type: ignore[arg-type]


def test_posted_transaction_is_on_the_lists_of_both_its_accounts(bank: SmallBank) -> None:
    made = bank.transaction(post(bank))
    for caller in (customer(), customer(2), staff()):
        found = [
            account_id for account_id in ("a", "b", "c", CASH) if party_transactions.is_on(caller, made, account_id)
        ]
        assert found == ["a", "b"]


@pytest.mark.parametrize("caller", [customer(2), customer(3), staff()])
def test_waiting_transaction_is_on_the_payers_list(bank: SmallBank, caller: Caller) -> None:
    made = bank.transaction(hold(bank))
    assert party_transactions.is_on(caller, made, "a")
    assert not party_transactions.is_on(caller, made, "b")
    assert not party_transactions.is_on(caller, made, "c")


def test_refused_transaction_is_on_its_initiators_list_only(bank: SmallBank) -> None:
    made = bank.transaction(post(bank, amount=9999))
    assert party_transactions.is_on(customer(), made, "a")
    assert party_transactions.is_on(customer(), made, "b")
    assert not party_transactions.is_on(customer(2), made, "b")
    own = bank.transaction(post(bank, amount=9998, caller=staff()))
    assert not party_transactions.is_on(staff(), own, "a"), "staff see of an account what touched it"


def test_transaction_that_is_missing_is_read_again_after_a_pause(bank: SmallBank, passing: Time) -> None:
    one, other = post(bank), post(bank)
    key = Transaction.key(other)
    late = bank.dynamodb.table("bank").items.pop(key)
    bank.dynamodb.next(BATCH_GET, served, after(lambda: bank.dynamodb.table("bank").items.update({key: late})))
    passing.pauses.clear()
    bank.dynamodb.sent.clear()
    found = party_transactions.existing([one, other])
    assert found.keys() == {one, other}
    assert passing.pauses == [0.0, 0.05]
    asked = [request["RequestItems"]["florin-unit-bank"]["Keys"] for _, request in bank.dynamodb.sent]
    assert [len(keys) for keys in asked] == [2, 1]


def test_transaction_that_does_not_come_is_left_out_after_three_reads(bank: SmallBank, passing: Time) -> None:
    one = post(bank)
    passing.pauses.clear()
    assert party_transactions.existing([one, "txn_none"]).keys() == {one}
    assert passing.pauses == [0.0, 0.05, 0.25]


def test_record_of_a_request_that_moved_no_money_is_no_transaction_and_not_waited_for(
    bank: SmallBank, passing: Time
) -> None:
    one = post(bank)
    bank.put(RequestRecord.of("txn_key", "fingerprint", "rul_1", customer(), NOON_TEXT))
    passing.pauses.clear()
    assert party_transactions.existing([one, "txn_key"]).keys() == {one}
    assert passing.pauses == [0.0]


def test_nothing_is_read_for_an_empty_list(bank: SmallBank) -> None:
    bank.dynamodb.sent.clear()
    assert party_transactions.existing([]) == {}
    assert bank.dynamodb.sent == []
