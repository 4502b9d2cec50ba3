"""Posting on tables in memory: what is read, decided and written, and what a repeated request is answered."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib import trial
from chalicelib.domain import ids
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.days import Days
from chalicelib.domain.errors import ClockSkew, IdempotencyKeyReused, InsufficientFunds, NotFound
from chalicelib.domain.ledger.balance import InterestPaid
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.permissions import Caller, system
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import IdempotencyRecord, RequestRecord
from chalicelib.models.payments.label import Label
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after
from tests.small_bank import CASH, NOON, NOON_TEXT, SmallBank, customer, staff

Stored = dict[str, Any]


@pytest.fixture(autouse=True)
def two_accounts(bank: SmallBank) -> None:
    bank.open("a", 100)
    bank.open("b", 5, owner=2)


def stored(bank: SmallBank, table: str, pk: str, sk: str) -> Stored:
    """Return an item without the types of its values."""
    item = bank.dynamodb.table(table).items[pk, sk]
    return {name: int(value["N"]) if "N" in value else next(iter(value.values())) for name, value in item.items()}


def written(bank: SmallBank) -> list[tuple[str, str]]:
    """Return kind and partition of each action of the only write, in their order."""
    [request] = [request for operation, request in bank.dynamodb.sent if operation == WRITE]
    actions = [next(iter(action.items())) for action in request["TransactItems"]]
    return [(kind, (told.get("Key") or told["Item"])["pk"]["S"]) for kind, told in actions]


def test_posting_moves_both_balances_or_none(bank: SmallBank) -> None:
    assert ledger.post(bank.request({"a": -30, "b": 30})).transaction.status == "posted"
    assert (bank.account("a").balance, bank.account("b").balance) == (70, 35)
    assert ledger.post(bank.request({"a": -71, "b": 71})).transaction.status == "failed"
    assert (bank.account("a").balance, bank.account("b").balance) == (70, 35)


def test_posting_takes_one_read_and_one_write_and_the_transaction_goes_first(bank: SmallBank) -> None:
    key = bank.key(customer())
    ledger.post(bank.request({"a": -30, "b": 30}, key=key))
    assert [operation for operation, _ in bank.dynamodb.sent] == [BATCH_GET, WRITE]
    assert written(bank) == [
        ("Put", f"TXN#{key.transaction_id}"),
        *[("Update", "ACCOUNT#a"), ("Update", "ACCOUNT#b"), ("Put", "ACCOUNT#a"), ("Put", "ACCOUNT#b")],
    ]


def test_posted_transaction_is_stored_with_all_that_it_was(bank: SmallBank) -> None:
    key = bank.key(customer())
    request = bank.request({"a": -30, "b": 30}, key=key, memo="rent", branch_id="brn_1", reverses="txn_0", reason="why")
    outcome = ledger.post(request)
    paying = '{"account_id":"a","seq":1,"amount":-30,"balance_after":70}'
    receiving = '{"account_id":"b","seq":1,"amount":30,"balance_after":35}'
    assert stored(bank, "bank", f"TXN#{key.transaction_id}", "TXN") == (
        {"pk": f"TXN#{key.transaction_id}", "sk": "TXN", "type": "transaction", "version": 1}
        | {"id": key.transaction_id, "fingerprint": key.fingerprint, "transaction_type": "transfer"}
        | {"status": "posted", "amount": 30, "currency": "USD", "initiated_by": "usr_1", "posted_at": NOON_TEXT}
        | {"from_account_id": "a", "from_customer_id": "cus_1", "to_account_id": "b", "to_customer_id": "cus_2"}
        | {"entries": f"[{paying},{receiving}]", "memo": "rent", "branch_id": "brn_1", "reverses": "txn_0"}
        | {"created_at": NOON_TEXT, "updated_at": NOON_TEXT, "updated_by": "usr_1", "request_id": "req_1"}
        | {"gsi1pk": f"DAY#2026-11-21#{sum(key.transaction_id.encode()) % 4}", "gsi1sk": NOON_TEXT}
        | {"reason": "why", "is_shown": True}
    )
    assert outcome.transaction.serialize() == bank.transaction(key.transaction_id).serialize()
    assert not outcome.replayed


@pytest.mark.parametrize(
    ("caller", "is_listed"),
    [(customer(1), False), (customer(2), False), (staff(), False), (system("r"), False), (customer(3), True)],
)
def test_posted_transaction_is_on_its_initiators_list_if_no_account_of_it_is_the_initiators(
    bank: SmallBank, caller: Caller, is_listed: bool
) -> None:
    made = ledger.post(bank.request({"a": -30, "b": 30}, caller)).transaction
    item = stored(bank, "bank", f"TXN#{made.id}", "TXN")
    assert (item.get("gsi2pk"), item.get("gsi2sk")) == (
        (f"USER#{caller.user_id}", NOON_TEXT) if is_listed else (None, None)
    )


@pytest.mark.parametrize("caller", [customer(1), staff(), system("r")])
def test_refused_or_held_transaction_is_on_its_initiators_list(bank: SmallBank, caller: Caller) -> None:
    refused = ledger.post(bank.request({"a": -101, "b": 101}, caller)).transaction
    held = ledger.hold(bank.request({"a": -1, "b": 1}, caller), "2026-11-24T12:00:00.000000Z").transaction
    assert {made.gsi2pk for made in (refused, held)} == {f"USER#{caller.user_id}"}


@pytest.mark.parametrize("caller", [customer(1), staff()])
def test_transaction_that_is_posted_after_a_wait_leaves_its_initiators_list(bank: SmallBank, caller: Caller) -> None:
    held = ledger.hold(bank.request({"a": -1, "b": 1}, caller), "2026-11-24T12:00:00.000000Z").transaction
    ledger.settle(held.id, staff())
    item = stored(bank, "bank", f"TXN#{held.id}", "TXN")
    assert (item["status"], "gsi2pk" in item, "gsi2sk" in item) == ("posted", False, False)


def test_transaction_of_a_joint_holder_stays_on_its_initiators_list(bank: SmallBank) -> None:
    held = ledger.hold(bank.request({"a": -1, "b": 1}), "2026-11-24T12:00:00.000000Z").transaction
    held.holder_id = "cus_3"
    assert held.place_by_initiator() == {"gsi2pk": held.gsi2pk, "gsi2sk": NOON_TEXT}


def test_entry_is_stored_under_its_account_time_and_number(bank: SmallBank) -> None:
    outcome = ledger.post(bank.request({"a": -30, "b": 30}, memo="rent"))
    entry = stored(bank, "ledger", "ACCOUNT#a", f"{NOON_TEXT}#000000000001")
    assert len(entry.pop("hash")) == 64
    assert entry == (
        {"pk": "ACCOUNT#a", "sk": f"{NOON_TEXT}#000000000001", "account_id": "a", "seq": 1, "type": "transfer"}
        | {"transaction_id": outcome.transaction.id, "amount": -30, "balance_after": 70, "currency": "USD"}
        | {"created_at": NOON_TEXT, "prev_hash": GENESIS, "shown": '["b","rent"]'}
    )
    assert len(bank.dynamodb.table("ledger").items) == 2


def test_account_takes_over_what_posting_changed_and_nothing_else(bank: SmallBank) -> None:
    before = stored(bank, "bank", "ACCOUNT#a", "ACCOUNT")
    ledger.post(bank.request({"a": -30, "b": 30}, customer(request_id="req_2"), limits=Limits(99, 99)))
    [entry] = bank.entries("a")
    assert stored(bank, "bank", "ACCOUNT#a", "ACCOUNT") == (
        before
        | {"balance": 70, "ledger_version": 2, "last_seq": 1, "last_hash": entry.hash, "last_entry_at": NOON_TEXT}
        | {"spent": 30, "spent_on": "2026-11-21", "version": 2, "updated_by": "usr_1", "request_id": "req_2"}
    )


def test_refusal_is_recorded_and_moves_nothing(bank: SmallBank) -> None:
    before = bank.account("a").serialize()
    outcome = ledger.post(bank.request({"a": -101, "b": 101}, memo="rent"))
    refused = bank.transaction(outcome.transaction.id)
    assert refused.status == "failed"
    assert refused.failure == {
        "code": "insufficient_funds",
        "detail": "The available balance is less than the amount.",
        "figures": {"available": 100, "currency": "USD"},
    }
    assert refused.legs == [["a", -101], ["b", 101]]
    assert not {"entries", "posted_at", "opens_account_id"} & refused.serialize().keys()
    assert (refused.amount, refused.memo, refused.from_account_id) == (101, "rent", "a")
    assert bank.account("a").serialize() == before
    assert bank.dynamodb.table("ledger").items == {}


def test_recorded_refusal_is_raised_again_with_its_transaction(bank: SmallBank) -> None:
    request = bank.request({"a": -101, "b": 101})
    first = ledger.post(request)
    with pytest.raises(InsufficientFunds, match="available balance") as refusal:
        first.raise_refusal()
    assert (refusal.value.transaction_id, refusal.value.replayed) == (first.transaction.id, False)
    again = ledger.post(bank.request({"a": -101, "b": 101}, customer(request_id="req_2"), key=request.idempotency_key))
    with pytest.raises(InsufficientFunds) as refusal:
        again.raise_refusal()
    assert refusal.value.replayed


def test_posted_transaction_has_no_refusal_to_raise(bank: SmallBank) -> None:
    ledger.post(bank.request({"a": -1, "b": 1})).raise_refusal()


def test_maker_sees_the_sides_that_it_may_see(bank: SmallBank) -> None:
    bank.open("joint", 10, owner=2, holders={"cus_1": "view"})
    assert ledger.post(bank.request({"a": -1, "b": 1})).sides == ("a",)
    assert ledger.post(bank.request({"a": -1, "joint": 1})).sides == ("a", "joint")
    assert ledger.post(bank.request({"a": -1, "b": 1}, staff())).sides == ("a", "b")


def test_repeated_request_is_answered_with_the_first_outcome(bank: SmallBank) -> None:
    request = bank.request({"a": -30, "b": 30})
    first = ledger.post(request)
    again = ledger.post(bank.request({"a": -30, "b": 30}, customer(request_id="req_2"), key=request.idempotency_key))
    assert (again.transaction.id, again.replayed, again.sides) == (first.transaction.id, True, None)
    assert bank.account("a").balance == 70
    assert bank.dynamodb.count(WRITE) == 1


def test_request_that_finds_its_own_transaction_is_no_replay(bank: SmallBank) -> None:
    request = bank.request({"a": -30, "b": 30})
    ledger.post(request)
    assert not ledger.post(request).replayed


def test_key_of_another_request_is_refused(bank: SmallBank) -> None:
    caller = customer()
    key = bank.key(caller, {"amount": "1"})
    ledger.post(bank.request({"a": -30, "b": 30}, caller, key=key))
    other = type(key)(key.transaction_id, "another fingerprint")
    with pytest.raises(IdempotencyKeyReused, match="served another request"):
        ledger.post(bank.request({"a": -30, "b": 30}, caller, key=other))
    with pytest.raises(IdempotencyKeyReused):
        ledger.refuse(bank.request({"a": -30, "b": 30}, caller, key=other), InsufficientFunds("no"))


def test_key_of_a_request_that_moved_no_money_is_refused(bank: SmallBank) -> None:
    key = bank.key(customer())
    bank.put(RequestRecord.of(key.transaction_id, key.fingerprint, "rul_1", customer(), NOON_TEXT))
    with pytest.raises(IdempotencyKeyReused):
        ledger.post(bank.request({"a": -30, "b": 30}, key=key))


def test_outcome_of_a_key_is_found_once_there_is_one(bank: SmallBank) -> None:
    request = bank.request({"a": -30, "b": 30})
    key, caller = request.idempotency_key, request.caller
    assert ledger.find_outcome(key, caller) is None
    ledger.post(request)
    found = ledger.find_outcome(key, customer(request_id="req_2"))
    assert found
    assert (found.transaction.id, found.replayed) == (key.transaction_id, True)


def test_same_key_written_by_another_request_meanwhile_is_its_outcome(bank: SmallBank) -> None:
    key = bank.key(customer())
    other = bank.request({"a": -30, "b": 30}, customer(request_id="req_2"), key=key)
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(other)))
    outcome = ledger.post(bank.request({"a": -30, "b": 30}, key=key))
    assert (outcome.replayed, outcome.sides, outcome.transaction.request_id) == (True, None, "req_2")
    assert bank.account("a").balance == 70
    assert bank.dynamodb.count(WRITE) == 2


def test_account_that_the_movement_names_besides_is_read_in_a_second_call(bank: SmallBank) -> None:
    ledger.post(bank.request({"a": -30, "b": 30}, accounts=("a",)))
    assert bank.dynamodb.count(BATCH_GET) == 2
    assert bank.account("b").balance == 35


def test_same_key_written_between_the_two_reads_is_its_outcome(bank: SmallBank) -> None:
    key = bank.key(customer())
    other = bank.request({"a": -30, "b": 30}, customer(request_id="req_2"), key=key)
    bank.dynamodb.next(BATCH_GET, after(lambda: None), after(lambda: ledger.post(other)))
    outcome = ledger.post(bank.request({"a": -30, "b": 30}, key=key, accounts=("a",)))
    assert outcome.replayed
    assert bank.account("a").balance == 70


@pytest.mark.parametrize("accounts", [("a", "nowhere"), ("a",)])
def test_account_that_does_not_exist_is_not_found_and_nothing_is_recorded(
    bank: SmallBank, accounts: tuple[str, ...]
) -> None:
    request = bank.request({"a": -30, "nowhere": 30}, accounts=accounts)
    with pytest.raises(NotFound, match="no account nowhere"):
        ledger.post(request)
    assert IdempotencyRecord.by_transaction_id(request.idempotency_key.transaction_id) is None


def test_shard_of_the_banks_account_begins_with_its_first_entry(bank: SmallBank) -> None:
    outcome = ledger.post(bank.request({"a": 40, CASH: -40}, staff(), kind="deposit"))
    shard = stored(bank, "bank", f"ACCOUNT#{CASH}.000", "ACCOUNT")
    [entry] = bank.entries(f"{CASH}.000")
    assert shard == (
        {"pk": f"ACCOUNT#{CASH}.000", "sk": "ACCOUNT", "type": "account", "version": 1, "id": f"{CASH}.000"}
        | {"account_type": "general_ledger", "currency": "USD", "status": "active", "balance": -40, "held": 0}
        | {"overdraft_limit": 0, "ledger_version": 1, "last_seq": 1, "last_hash": entry.hash, "spent": 0}
        | {"last_entry_at": NOON_TEXT, "created_at": NOON_TEXT, "updated_at": NOON_TEXT}
        | {"updated_by": "usr_staff", "request_id": "req_staff"}
        | {"gsi2pk": "ACCOUNTS#08", "gsi2sk": f"{CASH}.000"}
    )
    transaction = bank.transaction(outcome.transaction.id)
    assert [transaction.entries[1]["account_id"], transaction.entries[1]["amount"]] == [f"{CASH}.000", -40]
    assert transaction.to_account_id == "a"
    assert "from_account_id" not in transaction.serialize()
    assert bank.dynamodb.count(BATCH_GET) == 1


def test_shard_that_exists_is_moved_on(bank: SmallBank) -> None:
    ledger.post(bank.request({"a": 40, CASH: -40}, staff(), kind="deposit"))
    ledger.post(bank.request({"b": -5, CASH: 5}, staff(), kind="withdrawal"))
    shard = bank.account(f"{CASH}.000")
    assert (shard.balance, shard.last_seq, shard.ledger_version, shard.version) == (-35, 2, 2, 2)


def test_shard_made_by_another_meanwhile_is_moved_on(bank: SmallBank) -> None:
    other = bank.request({"b": 3, CASH: -3}, staff(), kind="deposit")
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(other)))
    ledger.post(bank.request({"a": 40, CASH: -40}, staff(), kind="deposit"))
    assert bank.account(f"{CASH}.000").balance == -43


def test_refused_deposit_names_the_banks_account_without_its_shard(bank: SmallBank) -> None:
    outcome = ledger.post(bank.request({"a": 40, CASH: -40}, staff(), Limits(1, 1), kind="deposit"))
    assert bank.transaction(outcome.transaction.id).legs == [["a", 40], [CASH, -40]]


def test_entry_is_later_than_the_last_one_of_any_account_however_slow_the_clock(bank: SmallBank) -> None:
    later = "2026-11-21T12:00:05.000000Z"
    bank.open("fast", 0, last_entry_at=later)
    ledger.post(bank.request({"a": -30, "fast": 30}))
    assert bank.entries("a")[0].created_at == "2026-11-21T12:00:05.000001Z"


@pytest.mark.parametrize("last_entry", [None, "2026-11-20T12:00:00.000000Z"])
def test_entry_is_later_than_the_days_whose_interest_was_paid(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, last_entry: str | None
) -> None:
    monkeypatch.setenv("BANK_TIMEZONE", "Europe/Amsterdam")
    bank.open("paid", 100, interest_paid_through="2026-11-21", last_entry_at=last_entry)
    bank.now = datetime(2026, 11, 21, 22, 59, 55, tzinfo=UTC)
    ledger.post(bank.request({"paid": -30, "b": 30}))
    assert bank.entries("b")[0].created_at == "2026-11-21T23:00:00.000000Z"


def test_post_on_a_day_whose_interest_was_paid_long_before_its_end_is_refused(bank: SmallBank) -> None:
    """Else one clock that is ahead when interest is credited would move a day of payments to the next day."""
    bank.open("paid", 100, interest_paid_through="2026-11-21")
    with pytest.raises(ClockSkew):
        ledger.post(bank.request({"paid": -30, "b": 30}))
    assert bank.entries("b") == []


def test_day_of_the_limit_is_the_banks(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIMEZONE", "Asia/Tokyo")
    bank.later(hours=3)
    ledger.post(bank.request({"a": -30, "b": 30}, limits=Limits(99, 99)))
    assert bank.account("a").spent_on == "2026-11-22"


def test_limit_counts_what_was_spent_on_the_same_day(bank: SmallBank) -> None:
    bank.open("spender", 1000, spent=80, spent_on="2026-11-21")
    outcome = ledger.post(bank.request({"spender": -30, "b": 30}, limits=Limits(100, 100)))
    assert outcome.transaction.failure["code"] == "limit_exceeded"


def test_credit_of_interest_records_the_days_that_it_pays(bank: SmallBank) -> None:
    request = bank.request({"a": 30, CASH: -30}, staff(), kind="interest_credit")
    november = InterestPaid("a", Days.inclusive(date(2026, 11, 1), date(2026, 11, 20)), "1/3")
    credit = replace(request.movement(None), interest=november)  # type: ignore[arg-type]
    outcome = ledger.post(replace(request, movement=lambda _: credit))
    assert outcome.transaction.interest == ["USD", "2026-11-01", "2026-11-20", "1/3"]


def test_credit_of_interest_that_is_refused_pays_no_days(bank: SmallBank) -> None:
    bank.open("closed", 0, status="closed")
    request = bank.request({"closed": 30, CASH: -30}, staff(), kind="interest_credit")
    november = InterestPaid("closed", Days.inclusive(date(2026, 11, 1), date(2026, 11, 20)), "1/3")
    credit = replace(request.movement(None), interest=november)  # type: ignore[arg-type]
    refused = ledger.post(replace(request, movement=lambda _: credit)).transaction
    assert (refused.status, bank.transaction(refused.id).interest) == ("failed", None)


def test_transaction_names_the_order_that_it_pays_and_the_payment_that_came_in(bank: SmallBank) -> None:
    made = ledger.post(bank.request({"a": -1, "b": 1}, order_id="ord_1", occurrence="2026-11-21", uetr="uetr-1"))
    found = bank.transaction(made.transaction.id)
    assert (found.order_id, found.occurrence, found.uetr) == ("ord_1", "2026-11-21", "uetr-1")


def test_refusal_of_a_request_that_is_only_tried_is_raised_and_not_recorded(bank: SmallBank) -> None:
    request = bank.request({"a": -101, "b": 101})
    with trial.trial(), pytest.raises(InsufficientFunds):
        ledger.post(request)
    assert IdempotencyRecord.by_transaction_id(request.idempotency_key.transaction_id) is None


def test_label_commits_with_the_posting_at_its_time(bank: SmallBank) -> None:
    def label(created_at: str) -> dict[str, Any]:
        return Label.new("a", "txn_1", created_at, "food", []).stamp(customer(), created_at).put_if_absent()

    ledger.post(bank.request({"a": -30, "b": 30}, label=label))
    assert written(bank)[-1] == ("Put", "ACCOUNT#a")
    assert stored(bank, "bank", "ACCOUNT#a", "LABEL#txn_1")["labelled_at"] == NOON_TEXT


def test_refused_posting_writes_no_label(bank: SmallBank) -> None:
    def label(_: str) -> Any:
        pytest.fail("a label of a refusal")

    ledger.post(bank.request({"a": -101, "b": 101}, label=label))


def test_account_is_opened_with_its_first_posting(bank: SmallBank) -> None:
    opened = Account.new("new", "savings", "USD", customer_id="cus_1").stamp(customer(), NOON_TEXT)
    outcome = ledger.post(bank.request({"new": 30, "a": -30}, opening=opened, accounts=("a",)))
    assert bank.transaction(outcome.transaction.id).opens_account_id == "new"
    assert (bank.account("new").balance, bank.account("new").ledger_version) == (30, 1)
    assert bank.dynamodb.count(BATCH_GET) == 1


def test_transaction_that_opens_nothing_says_so(bank: SmallBank) -> None:
    assert "opens_account_id" not in ledger.post(bank.request({"a": -30, "b": 30})).transaction.serialize()


def test_refusal_decided_before_posting_is_recorded(bank: SmallBank) -> None:
    request = bank.request({"a": -30, "b": 30}, memo="rent")
    outcome = ledger.refuse(request, InsufficientFunds("Not today."))
    refused = bank.transaction(outcome.transaction.id)
    assert (refused.status, refused.failure) == ("failed", {"code": "insufficient_funds", "detail": "Not today."})
    assert (refused.legs, refused.memo, bank.account("a").balance) == ([["a", -30], ["b", 30]], "rent", 100)
    assert ledger.post(request).transaction.status == "failed"


def test_key_of_a_request_that_waits_for_a_second_person_says_so_and_serves_no_other(bank: SmallBank) -> None:
    key, approval_id = bank.key(customer()), ids.new_id("apr", NOON)
    bank.put(RequestRecord.of(key.transaction_id, key.fingerprint, approval_id, customer(), NOON_TEXT))
    with pytest.raises(HeldForApproval) as held:
        ledger.post(bank.request({"a": -1, "b": 1}, key=key))
    assert held.value.approval_id == approval_id
    with pytest.raises(HeldForApproval):
        ledger.find_outcome(key, customer())
    other = type(key)(key.transaction_id, "another fingerprint")
    with pytest.raises(IdempotencyKeyReused):
        ledger.find_outcome(other, customer())
