"""Transactions as items: their sides, what they move, and the lists that they are on."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain import ids
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.ledger.entry import EntryDetails
from chalicelib.domain.ledger.posting import Held, Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.transaction import DAY_SHARDS, RequestRecord, Transaction, day_shard
from tests.small_bank import CASH, NOON, NOON_TEXT, SmallBank, customer, staff

UNTIL = "2026-11-24T12:00:00.000000Z"


def open_two(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 0, owner=2)


def test_sides_are_the_customers_accounts_with_their_owners_the_payer_first(bank: SmallBank) -> None:
    open_two(bank)
    made = ledger.post(bank.request({"b": 10, "a": -10})).transaction
    assert [(side.account_id, side.customer_id) for side in made.sides()] == [("a", "cus_1"), ("b", "cus_2")]
    assert made.account_ids() == {"a", "b"}


def test_bank_is_no_side(bank: SmallBank) -> None:
    open_two(bank)
    deposit = ledger.post(bank.request({"a": 10, CASH: -10}, staff(), kind="deposit")).transaction
    withdrawal = ledger.post(bank.request({"a": -10, CASH: 10}, staff(), kind="withdrawal")).transaction
    assert [(side.account_id, side.customer_id) for side in deposit.sides()] == [("a", "cus_1")]
    assert deposit.account_ids() == withdrawal.account_ids() == {"a"}


def test_movement_of_a_posted_transaction_is_what_its_entries_say(bank: SmallBank) -> None:
    open_two(bank)
    made = ledger.post(bank.request({"a": 10, CASH: -10}, staff(), kind="deposit")).transaction
    movement = Movement(made.id, "deposit", "USD", (Leg("a", 10), Leg(CASH, -10)))
    assert made.movement() == movement
    assert made.movement_of_entries() == movement


def test_movement_of_a_pending_transaction_is_what_was_asked_for(bank: SmallBank) -> None:
    open_two(bank)
    made = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction
    assert made.movement() == Movement(made.id, "transfer", "USD", (Leg("a", -10), Leg("b", 10)))


def test_movement_of_a_settled_transaction_is_what_its_entries_say(bank: SmallBank) -> None:
    open_two(bank)
    pending = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction
    ledger.settle(pending.id, staff())
    settled = bank.transaction(pending.id)
    assert settled.movement_of_entries() == settled.movement()
    assert settled.movement_of_entries().amount == 10


def test_transactions_of_a_day_are_spread_over_its_shards() -> None:
    assert {day_shard(f"txn_{number}") for number in range(10)} == set(range(DAY_SHARDS))
    assert day_shard("txn_1") == sum(b"txn_1") % 4


def test_record_of_a_request_is_no_transaction(bank: SmallBank) -> None:
    record = RequestRecord.of("txn_1", "fingerprint", "rul_1", customer(), NOON_TEXT)
    bank.put(record)
    assert Transaction.by_id("txn_1") is None
    assert record.serialize() == {
        name: {"S": text}
        for name, text in (
            {"pk": "TXN#txn_1", "sk": "TXN", "type": "key", "id": "txn_1", "fingerprint": "fingerprint"}
            | {"resource_id": "rul_1", "created_at": NOON_TEXT, "updated_at": NOON_TEXT}
            | {"updated_by": "usr_1", "request_id": "req_1"}
        ).items()
    } | {"version": {"N": "1"}}


def test_all_holds_of_an_account_are_walked_released_ones_too(bank: SmallBank) -> None:
    open_two(bank)
    first = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id
    second = ledger.hold(bank.request({"a": -20, "b": 20}), UNTIL).transaction.id
    ledger.hold(bank.request({"b": -1, "a": 1}, customer(2)), UNTIL)
    ledger.void(first, staff())
    holds = {hold.transaction_id: hold.status for hold in Hold.all_of_account("a")}
    assert holds == {first: "released", second: "active"}
    assert [hold.transaction_id for hold in Hold.active_of_account("a")] == [second]


def test_key_of_a_request_that_waits_for_a_second_person_raises_that(bank: SmallBank) -> None:
    approval_id = ids.new_id("apr", NOON)
    with pytest.raises(HeldForApproval) as held:
        RequestRecord.of("txn_1", "fingerprint", approval_id, customer(), NOON_TEXT).raise_if_held()
    assert (held.value.approval_id, held.value.is_new) == (approval_id, False)
    RequestRecord.of("txn_1", "fingerprint", "rul_1", customer(), NOON_TEXT).raise_if_held()


def test_transaction_that_needs_approvals_names_its_approval(bank: SmallBank) -> None:
    open_two(bank)
    made = ledger.post(bank.request({"a": -10, "b": 10})).transaction
    assert made.approval_id is None
    made.approval_required = 1
    assert made.approval_id == ids.with_prefix("apr", made.id)


def test_joint_holders_are_those_of_the_moment(bank: SmallBank) -> None:
    bank.open("a", 100, holders={"cus_4": "view", "cus_3": "pay"})
    bank.open("b", 0, owner=2)
    made = ledger.post(bank.request({"a": -10, "b": 10})).transaction
    assert made.holder_ids("a") == ["cus_3", "cus_4"]
    assert made.holder_ids("b") is None
    bank.open("c", 100)
    assert ledger.post(bank.request({"c": -10, "b": 10})).transaction.holder_ids("c") is None


def test_share_of_a_limit_is_of_the_day_of_the_hold_or_else_of_the_posting(bank: SmallBank) -> None:
    open_two(bank)
    posted = ledger.post(bank.request({"a": -10, "b": 10})).transaction
    assert posted.limit_shares(UTC) == (Held("a", 10, "2026-11-21"),)
    assert posted.limit_shares(ZoneInfo("Pacific/Auckland")) == (Held("a", 10, "2026-11-22"),)
    pending = ledger.hold(bank.request({"a": -20, "b": 20}), UNTIL).transaction
    bank.later(days=2)
    settled = ledger.settle(pending.id, staff()).transaction
    assert settled.limit_shares(UTC) == (Held("a", 20, "2026-11-21"),)
    deposit = ledger.post(bank.request({"a": 10, CASH: -10}, staff(), kind="deposit")).transaction
    assert deposit.limit_shares(UTC) == ()


def test_what_a_user_asked_for_is_found_from_a_moment_on(bank: SmallBank) -> None:
    """The end of a right takes back what was made since it was given, from its first moment."""
    open_two(bank)

    def hold(caller: Caller | None = None) -> Transaction:
        made = ledger.hold(bank.request({"a": -1, "b": 1}, caller), UNTIL).transaction
        bank.later(hours=1)
        return made

    hold()
    since, last = hold(), hold()
    hold(customer(2))
    assert list(Transaction.ids_made_by("usr_1", str(since.created_at))) == [since.id, last.id]


def test_only_a_transfer_between_accounts_of_one_customer_is_its_own(bank: SmallBank) -> None:
    open_two(bank)
    bank.open("savings", 0)
    assert ledger.post(bank.request({"a": -10, "savings": 10})).transaction.is_own
    assert not ledger.post(bank.request({"a": -10, "b": 10})).transaction.is_own
    assert not ledger.post(bank.request({"a": 10, CASH: -10}, staff(), kind="deposit")).transaction.is_own
    between = bank.request({CASH: -10, "gl.cash.brn_2.USD": 10}, staff(), kind="vault_movement")
    assert not ledger.post(between).transaction.is_own, "the bank is no customer"


def test_payment_that_the_clearing_has_or_had_is_handed_over(bank: SmallBank) -> None:
    open_two(bank)
    legs = {"a": -10, "gl.clearing.standard.USD": 10}
    sent = ledger.post(bank.request(legs, kind="payment", for_clearing=lambda _: [])).transaction
    assert (sent.is_handed_over, sent.is_at_clearing) == (True, True)
    ledger.void(sent.id, staff(), is_at_clearing=True)
    ended = bank.transaction(sent.id)
    assert (ended.is_handed_over, ended.is_at_clearing) == (True, False)
    waiting = ledger.hold(bank.request({"a": -10, "b": 10}, awaits="approval"), UNTIL).transaction
    assert (waiting.is_handed_over, waiting.is_at_clearing) == (False, False)


def test_entry_must_show_what_its_transaction_says_unless_it_is_older_than_that(bank: SmallBank) -> None:
    open_two(bank)
    made = ledger.post(bank.request({"b": 10, "a": -10}, memo="rent")).transaction
    assert made.due_details("a") == EntryDetails("b", "rent")
    assert made.due_details("b") == EntryDetails("a", "rent")
    assert [entry.details() for entry in bank.entries("a")] == [made.due_details("a")]
    made.is_shown = None
    assert made.due_details("a") is None
