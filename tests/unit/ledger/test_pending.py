"""Pending transactions: held, and then posted, voided or expired, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import AccountClosed, AccountFrozen, ClockSkew, Conflict, LimitExceeded, NotFound
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import RequestRecord
from chalicelib.models.transact import Extra
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after
from tests.small_bank import CASH, NOON, NOON_TEXT, SmallBank, customer, staff

UNTIL = "2026-11-24T12:00:00.000000Z"
LATER = "2026-11-21T13:00:00.000000Z"


@pytest.fixture
def held(bank: SmallBank) -> str:
    """Return the id of a pending transfer of 60 from a to b, made at noon; it is one o'clock now."""
    bank.open("a", 100)
    bank.open("b", 5, owner=2)
    outcome = ledger.hold(bank.request({"a": -60, "b": 60}, awaits="risk_review"), UNTIL)
    bank.later(hours=1)
    return outcome.transaction.id


def set_status(bank: SmallBank, account_id: str, status: str) -> None:
    bank.dynamodb.table("bank").items[f"ACCOUNT#{account_id}", "ACCOUNT"]["status"] = {"S": status}


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_hold_sets_money_aside_and_moves_none(bank: SmallBank, held: str) -> None:
    payer, payee = bank.account("a"), bank.account("b")
    assert (payer.balance, payer.held, payer.spent, payer.spent_on) == (100, 60, 60, "2026-11-21")
    assert (payer.ledger_version, payee.ledger_version, payee.balance) == (2, 1, 5)
    assert bank.dynamodb.table("ledger").items == {}


def test_pending_transaction_is_stored_with_what_it_will_move_and_waits_for(bank: SmallBank, held: str) -> None:
    pending = bank.transaction(held)
    assert (pending.status, pending.amount, pending.awaits, pending.hold_until) == ("pending", 60, "risk_review", UNTIL)
    assert pending.legs == [["a", -60], ["b", 60]]
    assert pending.holds == [["a", 60, "2026-11-21"]]
    assert pending.entries == []
    assert "posted_at" not in pending.serialize()
    assert (pending.from_account_id, pending.to_account_id, pending.created_at) == ("a", "b", NOON_TEXT)


def test_hold_is_stored_and_listed_until_it_ends(bank: SmallBank, held: str) -> None:
    assert bank.dynamodb.table("bank").items["ACCOUNT#a", f"HOLD#{held}"] == {
        name: {"N" if isinstance(value, int) else "S": str(value)}
        for name, value in (
            {"pk": "ACCOUNT#a", "sk": f"HOLD#{held}", "type": "hold", "version": 1, "account_id": "a"}
            | {"transaction_id": held, "amount": 60, "counted_on": "2026-11-21", "status": "active"}
            | {"gsi1pk": "HOLDS", "gsi1sk": UNTIL, "gsi2pk": "CUSTOMER#cus_1#HELD", "gsi2sk": NOON_TEXT}
            | {"created_at": NOON_TEXT, "updated_at": NOON_TEXT, "updated_by": "usr_1", "request_id": "req_1"}
        ).items()
    }


def test_hold_that_is_refused_is_recorded_and_holds_nothing(bank: SmallBank, held: str) -> None:
    refused = ledger.hold(bank.request({"a": -41, "b": 41}), UNTIL).transaction
    assert refused.status == "failed"
    assert not {"holds", "hold_until", "awaits"} & refused.serialize().keys()
    assert bank.account("a").held == 60


def test_hold_of_a_deposit_holds_on_no_account(bank: SmallBank, held: str) -> None:
    pending = ledger.hold(bank.request({"a": 10, CASH: -10}, staff(), kind="deposit"), UNTIL).transaction
    assert (pending.status, pending.hold_until) == ("pending", UNTIL)
    assert "holds" not in bank.transaction(pending.id).serialize()


def test_settlement_posts_what_was_held(bank: SmallBank, held: str) -> None:
    outcome = ledger.settle(held, staff())
    assert (outcome.transaction.status, outcome.replayed) == ("posted", False)
    payer, payee = bank.account("a"), bank.account("b")
    assert (payer.balance, payer.held, payer.spent, payee.balance) == (40, 0, 60, 65)
    [paying], [receiving] = bank.entries("a"), bank.entries("b")
    assert (paying.amount, paying.transaction_id, paying.created_at, receiving.amount) == (-60, held, LATER, 60)


def test_settled_transaction_is_stored_with_its_entries(bank: SmallBank, held: str) -> None:
    outcome = ledger.settle(held, staff())
    posted = bank.transaction(held)
    assert (posted.status, posted.amount, posted.posted_at, posted.updated_at) == ("posted", 60, LATER, LATER)
    assert posted.entries == [
        {"account_id": "a", "seq": 1, "amount": -60, "balance_after": 40},
        {"account_id": "b", "seq": 1, "amount": 60, "balance_after": 65},
    ]
    assert (posted.updated_by, posted.request_id, posted.version) == ("usr_staff", "req_staff", 2)
    assert (posted.created_at, posted.initiated_by) == (NOON_TEXT, "usr_1")
    assert "reason" not in posted.serialize()
    told = outcome.transaction
    assert (told.status, told.entries, told.posted_at, told.updated_at) == ("posted", posted.entries, LATER, LATER)


def test_released_hold_is_off_the_lists_and_cleared_after_thirty_days(bank: SmallBank, held: str) -> None:
    ledger.settle(held, staff())
    hold = bank.hold("a", held)
    assert (hold.status, hold.amount, hold.version, hold.updated_at) == ("released", 60, 2, LATER)
    assert not {"gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"} & hold.serialize().keys()
    assert hold.expires_at == seconds(LATER) + timedelta(days=30).total_seconds()


def test_hold_is_overdue_from_its_end_on_until_it_is_released(bank: SmallBank, held: str) -> None:
    active = bank.hold("a", held)
    assert active.is_overdue(UNTIL)
    assert not active.is_overdue("2026-11-24T11:59:59.999999Z")
    ledger.void(held, staff())
    assert not bank.hold("a", held).is_overdue("2027-01-01T00:00:00.000000Z")


def test_settlement_asked_for_again_is_answered_alike(bank: SmallBank, held: str) -> None:
    ledger.settle(held, staff())
    assert ledger.settle(held, staff()).replayed
    assert bank.account("a").balance == 40


@pytest.mark.parametrize(("status", "refusal"), [("frozen", AccountFrozen), ("closed", AccountClosed)])
def test_settlement_that_is_refused_leaves_it_pending(
    bank: SmallBank, held: str, status: str, refusal: type[Exception]
) -> None:
    set_status(bank, "a", status)
    with pytest.raises(refusal):
        ledger.settle(held, staff())
    assert (bank.transaction(held).status, bank.account("a").held) == ("pending", 60)


def test_settlement_to_a_closed_account_is_refused(bank: SmallBank, held: str) -> None:
    set_status(bank, "b", "closed")
    with pytest.raises(AccountClosed):
        ledger.settle(held, staff())


def test_void_gives_everything_back(bank: SmallBank, held: str) -> None:
    outcome = ledger.void(held, staff(), "mistake")
    assert (outcome.transaction.status, outcome.transaction.reason, outcome.replayed) == ("voided", "mistake", False)
    payer = bank.account("a")
    assert (payer.balance, payer.held, payer.spent, payer.ledger_version) == (100, 0, 0, 3)
    voided = bank.transaction(held)
    assert (voided.status, voided.reason, voided.updated_at, voided.version) == ("voided", "mistake", LATER, 2)
    assert (voided.entries, voided.amount) == ([], 60)
    assert "posted_at" not in voided.serialize()
    assert bank.hold("a", held).status == "released"
    assert bank.dynamodb.table("ledger").items == {}


@pytest.mark.parametrize("end", [ledger.void, ledger.expire])
def test_hold_that_ended_without_a_posting_stays_on_its_owners_list_for_ever(
    bank: SmallBank, held: str, end: Any
) -> None:
    end(held, staff())
    hold = bank.hold("a", held).serialize()
    assert {"gsi2pk", "gsi2sk"} <= hold.keys()
    assert not {"gsi1pk", "gsi1sk", "expires_at"} & hold.keys()


def test_expiry_gives_everything_back_without_a_reason(bank: SmallBank, held: str) -> None:
    assert ledger.expire(held, staff()).transaction.status == "expired"
    expired = bank.transaction(held)
    assert expired.status == "expired"
    assert "reason" not in expired.serialize()
    assert (bank.account("a").held, bank.account("a").spent) == (0, 0)


def test_void_reads_the_transaction_and_the_held_accounts_only(bank: SmallBank, held: str) -> None:
    bank.dynamodb.sent.clear()
    ledger.void(held, staff())
    [keys] = [
        request["RequestItems"]["florin-unit-bank"]["Keys"]
        for operation, request in bank.dynamodb.sent
        if operation == BATCH_GET
    ]
    assert sorted(key["pk"]["S"] for key in keys) == ["ACCOUNT#a", f"TXN#{held}"]


@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_void_and_expiry_ask_no_status(bank: SmallBank, held: str, status: str) -> None:
    set_status(bank, "a", status)
    ledger.void(held, staff())
    assert bank.account("a").held == 0


def test_void_asked_for_again_is_answered_alike(bank: SmallBank, held: str) -> None:
    ledger.void(held, staff())
    assert ledger.void(held, staff()).replayed


@pytest.mark.parametrize("end", [ledger.settle, ledger.void, ledger.expire])
def test_transaction_that_has_ended_is_answered_without_a_write(bank: SmallBank, held: str, end: Any) -> None:
    end(held, staff())
    bank.dynamodb.sent.clear()
    end(held, staff())
    assert bank.dynamodb.count(WRITE) == 0


def test_expiry_is_the_banks_own_whoever_looks(bank: SmallBank, held: str) -> None:
    ledger.expire(held, staff())
    expired = bank.transaction(held)
    assert (expired.updated_by, expired.request_id) == ("system", "req_staff")


@pytest.mark.parametrize("first", ["settle", "void", "expire"])
@pytest.mark.parametrize("then", ["settle", "void", "expire"])
def test_transaction_that_has_ended_does_not_end_otherwise(bank: SmallBank, held: str, first: str, then: str) -> None:
    getattr(ledger, first)(held, staff())
    before = dict(bank.dynamodb.table("bank").items)
    if first == then:
        assert getattr(ledger, then)(held, staff()).replayed
    else:
        with pytest.raises(Conflict, match="only a pending one"):
            getattr(ledger, then)(held, staff())
    assert bank.dynamodb.table("bank").items == before


@pytest.mark.parametrize("then", ["settle", "void", "expire"])
def test_transaction_that_ends_while_another_end_is_written_ends_once(bank: SmallBank, held: str, then: str) -> None:
    def first() -> None:
        (ledger.void if then == "expire" else ledger.expire)(held, staff())

    bank.dynamodb.next(WRITE, after(first))
    with pytest.raises(Conflict, match="only a pending one"):
        getattr(ledger, then)(held, staff())
    assert (bank.account("a").balance, bank.account("a").held) == (100, 0)


def test_transaction_that_was_voided_between_the_reads_of_a_settlement_is_not_posted(
    bank: SmallBank, held: str
) -> None:
    bank.dynamodb.next(BATCH_GET, after(lambda: ledger.void(held, staff())))
    with pytest.raises(Conflict, match="is voided"):
        ledger.settle(held, staff())


def test_transaction_that_was_settled_between_the_reads_of_a_settlement_is_answered_alike(
    bank: SmallBank, held: str
) -> None:
    bank.dynamodb.next(BATCH_GET, after(lambda: ledger.settle(held, staff())))
    assert ledger.settle(held, staff()).replayed
    assert bank.account("a").balance == 40


def test_settlement_that_another_made_between_the_reads_is_the_answer_whatever_became_of_the_account(
    bank: SmallBank, held: str
) -> None:
    """Else who asked a second time would hear that the posted payment is refused."""

    def settle_and_freeze() -> None:
        ledger.settle(held, staff())
        set_status(bank, "a", "frozen")

    bank.dynamodb.next(BATCH_GET, after(settle_and_freeze))
    assert ledger.settle(held, staff()).transaction.status == "posted"


def test_settlement_on_an_account_that_moved_meanwhile_reads_again(bank: SmallBank, held: str) -> None:
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(bank.request({"a": -7, "b": 7}))))
    ledger.settle(held, staff())
    assert (bank.account("a").balance, bank.account("a").held, bank.account("b").balance) == (33, 0, 72)


def test_settlement_is_dated_after_the_last_entry_of_its_accounts(bank: SmallBank, held: str) -> None:
    bank.now = NOON + timedelta(minutes=30)
    ledger.post(bank.request({"a": -7, "b": 7}))
    bank.now = NOON + timedelta(minutes=29, seconds=54)
    with pytest.raises(ClockSkew):
        ledger.settle(held, staff())
    assert bank.transaction(held).status == "pending"
    bank.later(seconds=1)
    assert ledger.settle(held, staff()).transaction.posted_at == "2026-11-21T12:30:00.000001Z"


@pytest.mark.parametrize("end", [ledger.settle, ledger.void, ledger.expire])
def test_pending_transaction_ends_after_it_began_or_not_yet(
    bank: SmallBank, held: str, end: Callable[..., Outcome]
) -> None:
    bank.now = NOON - timedelta(seconds=6)
    with pytest.raises(ClockSkew):
        end(held, staff())
    assert bank.transaction(held).status == "pending"
    bank.later(seconds=1)
    end(held, staff())
    assert bank.transaction(held).updated_at == "2026-11-21T12:00:00.000001Z"


def test_void_of_yesterdays_hold_leaves_todays_counter(bank: SmallBank, held: str) -> None:
    """Else the limit of a day would let more leave than it says."""
    bank.later(days=1)
    limits = Limits(1000, 40)
    ledger.post(bank.request({"a": -40, "b": 40}, limits=limits))
    ledger.void(held, staff())
    assert (bank.account("a").spent_on, bank.account("a").spent) == ("2026-11-22", 40)
    refused: Outcome = ledger.post(bank.request({"a": -1, "b": 1}, limits=limits))
    with pytest.raises(LimitExceeded):
        refused.raise_refusal()


@pytest.mark.parametrize("end", [ledger.settle, ledger.void])
def test_extra_of_an_end_commits_with_it_or_refuses_it(bank: SmallBank, held: str, end: Any) -> None:
    key = bank.key(customer())
    record = RequestRecord.of(key.transaction_id, key.fingerprint, held, staff(), NOON_TEXT)
    extra = Extra(record.put_if_absent(), Conflict("This key has decided already."))
    other = ledger.hold(bank.request({"a": -10, "b": 10}), UNTIL).transaction.id
    end(held, staff(), extras=(extra,))
    with pytest.raises(Conflict, match="This key has decided"):
        end(other, staff(), extras=(extra,))
    assert bank.transaction(other).status == "pending"


@pytest.mark.parametrize("end", [ledger.settle, ledger.void, ledger.expire])
def test_unknown_transaction_is_not_found(bank: SmallBank, end: Any) -> None:
    with pytest.raises(NotFound, match="no transaction txn_nowhere"):
        end("txn_nowhere", staff())


def test_record_of_another_request_is_no_transaction(bank: SmallBank) -> None:
    bank.put(RequestRecord.of("txn_1", "fingerprint", "rul_1", customer(), NOON_TEXT))
    with pytest.raises(NotFound):
        ledger.void("txn_1", staff())


def test_pending_deposit_is_settled_on_the_workers_shard(bank: SmallBank, held: str) -> None:
    pending = ledger.hold(bank.request({"a": 10, CASH: -10}, staff(), kind="deposit"), UNTIL).transaction
    ledger.settle(pending.id, staff())
    assert (bank.account("a").balance, bank.account(f"{CASH}.000").balance) == (110, -10)
