"""The ledger's operations on a real database: holds, settlement, reversal, races, and answers that get lost."""

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import (
    AccountFrozen,
    Conflict,
    Contention,
    IdempotencyKeyReused,
    OutcomeUnknown,
    Unavailable,
)
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.verification.checks import Broken
from chalicelib.models import connection, transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import read_facts
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.verification import verify_entries
from tests.workflow.bank import at_once

pytestmark = pytest.mark.usefixtures("at_an_engine")

CASH = "gl.cash.brn_test.USD"
LATER = "2099-01-01T00:00:00.000000Z"
numbers = itertools.count()


def caller() -> Caller:
    return Caller("usr_test", "customer", f"request-{next(numbers)}", "cus_test")


def new_claim(fingerprint: str = "f") -> IdempotencyKey:
    return IdempotencyKey(ids.transaction_id("usr_test", f"{id(numbers)}-{next(numbers)}"), fingerprint)


def open_account(balance: int = 0) -> str:
    account_id = ids.new_id("acc", clock.now())
    account = Account.of_customer(
        account_id, "cus_test", "now", account_type="current", currency="USD", ledger_version=1
    )
    transact.commit([account.stamp(caller(), clock.now()).put_if_absent()], "r")
    if balance:
        assert ledger.post(order(new_claim(), (account_id, balance), (CASH, -balance))).transaction.status == "posted"
    return account_id


def order(idempotency_key: IdempotencyKey, *legs: tuple[str, int]) -> PostingRequest:
    movement = Movement(idempotency_key.transaction_id, "transfer", "USD", tuple(itertools.starmap(Leg, legs)))
    return PostingRequest(idempotency_key, caller(), tuple(account_id for account_id, _ in legs), lambda _: movement)


def existing(account_id: str) -> Account:
    account = Account.by_id(account_id)
    assert account is not None
    return account


def entries(account_id: str) -> list[LedgerEntry]:
    return list(LedgerEntry.query(f"ACCOUNT#{account_id}", consistent_read=True))


def held_sum(account_id: str) -> int:
    holds = Hold.query(f"ACCOUNT#{account_id}", Hold.sk.startswith("HOLD#"), consistent_read=True)
    return sum(hold.amount for hold in holds if hold.status == "active")


def pending(payer: str, payee: str, amount: int) -> str:
    idempotency_key = new_claim()
    outcome = ledger.hold(order(idempotency_key, (payer, -amount), (payee, amount)), LATER)
    assert outcome.transaction.status == "pending"
    return idempotency_key.transaction_id


def test_a_hold_reduces_what_is_available_and_nothing_else() -> None:
    payer, payee = open_account(1000), open_account()
    pending(payer, payee, 300)
    account = existing(payer)
    assert (account.balance, account.held, account.position().available) == (1000, 300, 700)
    assert held_sum(payer) == 300
    assert len(entries(payer)) == 1
    refused = ledger.post(order(new_claim(), (payer, -701), (payee, 701)))
    assert refused.transaction.failure["code"] == "insufficient_funds"


def test_a_hold_whose_transaction_is_gone_is_found_by_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    payer, payee = open_account(1000), open_account()
    transaction_id, read = pending(payer, payee, 300), read_facts
    assert verify_entries.prove(payer, LATER, lambda _: None).balance == 1000

    def without(keys: Any) -> list[Any]:
        return [found for found in read(keys) if found.id != transaction_id]

    monkeypatch.setattr(verify_entries, "read_facts", without)
    with pytest.raises(Broken, match=f"hold {transaction_id}: its transaction: expected pending, found nothing"):
        verify_entries.prove(payer, LATER, lambda _: None)


def test_settling_posts_releases_and_may_be_repeated() -> None:
    payer, payee = open_account(1000), open_account()
    transaction_id = pending(payer, payee, 300)
    settled = ledger.settle(transaction_id, caller())
    assert (settled.transaction.status, settled.transaction.amount) == ("posted", 300)
    assert (existing(payer).balance, existing(payer).held, existing(payee).balance) == (700, 0, 300)
    assert held_sum(payer) == 0
    assert ledger.settle(transaction_id, caller()).replayed
    assert existing(payee).balance == 300
    with pytest.raises(Conflict):
        ledger.void(transaction_id, caller())


@pytest.mark.parametrize(("end", "status"), [(ledger.void, "voided"), (ledger.expire, "expired")])
def test_voiding_and_expiring_release_everything(end: Callable[..., Any], status: str) -> None:
    payer, payee = open_account(1000), open_account()
    transaction_id = pending(payer, payee, 300)
    assert end(transaction_id, caller()).transaction.status == status
    assert (existing(payer).balance, existing(payer).held, existing(payee).balance) == (1000, 0, 0)
    assert end(transaction_id, caller()).replayed
    with pytest.raises(Conflict):
        ledger.settle(transaction_id, caller())


def test_a_pending_transaction_ends_once_however_many_try() -> None:
    payer, payee = open_account(1000), open_account()
    transaction_id = pending(payer, payee, 300)

    def attempt(end: Callable[..., Any]) -> str:
        try:
            return str(end(transaction_id, caller()).transaction.status)
        except Conflict:
            return "conflict"

    ends: list[Callable[..., Any]] = [ledger.settle, ledger.void, ledger.expire] * 4
    outcomes = set(at_once([partial(attempt, end) for end in ends], 12)) - {"conflict"}
    assert len(outcomes) == 1
    paid = 300 if outcomes == {"posted"} else 0
    assert (existing(payer).balance, existing(payer).held, existing(payee).balance) == (1000 - paid, 0, paid)


def test_a_frozen_account_keeps_its_hold_until_it_may_pay_or_is_voided() -> None:
    payer, payee = open_account(1000), open_account()
    transaction_id = pending(payer, payee, 300)
    account = existing(payer)
    freeze = account.change({"status": "frozen"}, caller(), LATER, bears_on_posting=True)
    transact.commit([freeze], "r")
    with pytest.raises(AccountFrozen):
        ledger.settle(transaction_id, caller())
    assert existing(payer).held == 300
    assert ledger.void(transaction_id, caller()).transaction.status == "voided"
    assert existing(payer).held == 0


def test_one_key_one_transaction_however_many_send_it() -> None:
    payer, payee = open_account(1000), open_account()
    idempotency_key = new_claim()
    outcomes = at_once([lambda: ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))] * 16, 16)
    assert {outcome.transaction.id for outcome in outcomes} == {idempotency_key.transaction_id}
    assert [outcome.replayed for outcome in outcomes].count(False) == 1
    assert existing(payee).balance == 10


def test_the_same_key_for_another_request_is_refused_before_anything_else() -> None:
    payer, payee = open_account(1000), open_account()
    idempotency_key = new_claim()
    ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))
    with pytest.raises(IdempotencyKeyReused):
        ledger.post(order(replace(idempotency_key, fingerprint="other"), (payer, -5000), (payee, 5000)))


def test_a_refusal_is_remembered_although_money_arrives_later() -> None:
    payer, payee = open_account(), open_account()
    idempotency_key = new_claim()
    first = ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))
    assert first.transaction.status == "failed"
    ledger.post(order(new_claim(), (payer, 100), (CASH, -100)))
    again = ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))
    assert (again.transaction.status, again.replayed) == ("failed", True)
    assert existing(payer).balance == 100


def test_entries_are_in_order_although_the_clock_runs_backwards() -> None:
    payer = open_account(1000)
    present = clock.now()
    steps = itertools.count()
    clock.set_clock(lambda: present - timedelta(seconds=next(steps)))
    try:
        for _ in range(5):
            ledger.post(order(new_claim(), (payer, -1), (CASH, 1)))
    finally:
        clock.set_clock(None)
    written = [entry.created_at for entry in entries(payer)]
    assert written == sorted(set(written))
    assert [entry.seq for entry in entries(payer)] == [1, 2, 3, 4, 5, 6]


@pytest.fixture
def lost_answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens to the next writes: `lost` lands without an answer, `late` lands only when the next one is sent."""
    plan: list[str] = []
    client = connection.client()
    send = client.transact_write_items
    delayed: list[Any] = []

    def faulty(**arguments: Any) -> Any:
        while delayed:
            late = delayed.pop()
            with contextlib.suppress(client.exceptions.TransactionCanceledException):
                send(**late)
        fault = plan.pop(0) if plan else "none"
        if fault == "late":
            delayed.append(arguments)
        elif fault == "lost":
            send(**arguments)
        if fault != "none":
            raise ReadTimeoutError(endpoint_url="dynamodb")
        return send(**arguments)

    monkeypatch.setattr(client, "transact_write_items", faulty)
    return plan


@pytest.mark.parametrize("fault", ["lost", "late", "never"])
def test_an_answer_that_got_lost_is_found_out(lost_answers: list[str], fault: str) -> None:
    payer, payee = open_account(1000), open_account()
    lost_answers += [fault, "none"]
    outcome = ledger.post(order(new_claim(), (payer, -10), (payee, 10)))
    assert outcome.transaction.status == "posted"
    assert not outcome.replayed
    assert (existing(payer).balance, existing(payee).balance) == (990, 10)
    assert len(entries(payee)) == 1


def test_without_any_answer_the_outcome_is_unknown_and_the_key_tells_later(
    lost_answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, payee = open_account(1000), open_account()
    idempotency_key = new_claim()
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 3)
    lost_answers += ["never", "never", "late"]
    with pytest.raises(OutcomeUnknown):
        ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))
    outcome = ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))
    assert outcome.transaction.status == "posted"
    assert (existing(payer).balance, existing(payee).balance) == (990, 10)


def test_conflicts_are_tried_again_and_given_up_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    payer, payee = open_account(1000), open_account()
    tries = itertools.count(1)

    def conflicting(actions: list[Any]) -> None:
        next(tries)
        raise transact.Cancelled([transact.Reason("None"), *[transact.Reason("TransactionConflict")] * 4])

    monkeypatch.setattr(transact, "write", conflicting)
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 4)
    with pytest.raises(Contention):
        ledger.post(order(new_claim(), (payer, -10), (payee, 10)))
    assert next(tries) == 5
    assert existing(payer).balance == 1000


def test_a_read_that_is_not_answered_is_no_bug_and_nothing_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    payer, payee = open_account(1000), open_account()

    def silent(**_: Any) -> Any:
        raise ReadTimeoutError(endpoint_url="dynamodb")

    monkeypatch.setattr(connection.client(), "batch_get_item", silent)
    with pytest.raises(Unavailable):
        ledger.post(order(new_claim(), (payer, -10), (payee, 10)))
    assert existing(payer).balance == 1000


def test_a_read_that_fails_after_a_lost_answer_does_not_say_that_nothing_was_done(
    lost_answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, payee = open_account(1000), open_account()
    client = connection.client()
    read = client.batch_get_item
    answers = iter([True, False, False])

    def sometimes(**arguments: Any) -> Any:
        if next(answers):
            return read(**arguments)
        raise ReadTimeoutError(endpoint_url="dynamodb")

    lost_answers += ["lost"]
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 3)
    monkeypatch.setattr(client, "batch_get_item", sometimes)
    with pytest.raises(OutcomeUnknown):
        ledger.post(order(new_claim(), (payer, -10), (payee, 10)))
    assert existing(payer).balance == 990


def test_the_answer_that_stops_the_last_attempt_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    payer, payee = open_account(1000), open_account()
    idempotency_key, write = new_claim(), transact.write

    def overtaken(actions: list[Any]) -> None:
        monkeypatch.setattr(transact, "write", write)
        ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))
        write(actions)

    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 1)
    monkeypatch.setattr(transact, "write", overtaken)
    outcome = ledger.post(order(idempotency_key, (payer, -10), (payee, 10)))
    assert (outcome.transaction.status, outcome.replayed) == ("posted", True)


def test_an_extra_that_an_earlier_attempt_has_written_is_not_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB commits item by item: the second attempt meets the first one's extra, and its slot still locked."""
    payer, payee = open_account(1000), open_account()
    idempotency_key, write = new_claim(), transact.write
    guard = UniqueKey.of_number(idempotency_key.transaction_id, payee).stamp(caller(), clock.now()).put_if_absent()
    guarded = replace(order(idempotency_key, (payer, -10), (payee, 10)), extras=(Extra(guard, Conflict("taken")),))
    sent: list[list[Any]] = []

    def late(actions: list[Any]) -> None:
        sent.append(actions)
        if len(sent) == 1:
            raise transact.Ambiguous("late")
        write(sent[0])
        reasons = ["TransactionConflict", "None", "None", "None", "None", "ConditionalCheckFailed"]
        raise transact.Cancelled(list(map(transact.Reason, reasons)))

    monkeypatch.setattr(transact, "write", late)
    assert ledger.post(guarded).transaction.status == "posted"
    assert (len(sent), existing(payee).balance) == (2, 10)


def test_what_botocore_sent_twice_may_still_land_although_the_answer_was_no(monkeypatch: pytest.MonkeyPatch) -> None:
    payer, payee = open_account(1000), open_account()
    reasons = [{"Code": code} for code in ("None", *["TransactionConflict"] * 4)]
    answered: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": reasons,
        "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": 1},
    }

    def twice(**_: Any) -> Any:
        raise ClientError(answered, "TransactWriteItems")

    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    monkeypatch.setattr(connection.client(), "transact_write_items", twice)
    with pytest.raises(OutcomeUnknown):
        ledger.post(order(new_claim(), (payer, -10), (payee, 10)))


def test_what_was_settled_in_between_is_settled_although_its_account_is_frozen_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payer, payee = open_account(1000), open_account()
    transaction_id = pending(payer, payee, 300)
    before = Transaction.by_id(transaction_id)
    ledger.settle(transaction_id, caller())
    transact.commit([existing(payer).change({"status": "frozen"}, caller(), LATER, bears_on_posting=True)], "r")
    monkeypatch.setattr(Transaction, "by_id", lambda _: before)
    assert ledger.settle(transaction_id, caller()).replayed
