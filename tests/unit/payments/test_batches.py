"""Many transfers of one caller, on tables in memory: each with its own result, or all or none."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.errors import (
    BankError,
    BatchRefused,
    Contention,
    Forbidden,
    NotFound,
    PinIncorrect,
    Unauthorized,
    Unavailable,
    ValidationFailed,
)
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.ledger import group
from chalicelib.models.ledger.group import MEMBERS_MAX, Result
from chalicelib.services.crypto.passwords import hash_secret
from chalicelib.services.payments import batches
from chalicelib.services.payments.batches import NOT_BEGUN, SECONDS_MAX
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from infra.settings import ROOT
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, Answer, after, lost
from tests.small_bank import NOON_TEXT, A, B, C, SmallBank, customer, staff
from tests.unit.conftest import Time
from tests.unit.payments.risky_bank import act_on_many_payments

WRONG = ValidationFailed.of("amount", "is no amount")


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000)
    bank.open(B, 0, owner=2)
    bank.open(C, 0, owner=3)


def pay(bank: SmallBank, amount: str = "1.00", payee: str = B, caller: Caller | None = None) -> TransferRequest:
    caller = caller or customer()
    return TransferRequest(A, payee, amount, None, Annotations(), caller, bank.key(caller))


def statuses(results: Sequence[Result]) -> list[str]:
    """Return each result's status, or the code of its error."""
    return [one.code if isinstance(one, BankError) else str(one.transaction.status) for one in results]


def balances(bank: SmallBank) -> list[int]:
    return [bank.account(name).balance for name in (A, B, C)]


def reads_for(request: Any, transfer: TransferRequest) -> bool:
    """Return whether a read is of one transfer's record and no other one's."""
    return str(request).count("TXN#") == 1 and transfer.idempotency_key.transaction_id in str(request)


def set_pin(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("ARGON2_PASSES", "1")
    bank.put(Pin.new(A, hash_secret("1234")).stamp(staff(), NOON_TEXT))


def test_each_line_has_its_own_result_in_its_place(bank: SmallBank) -> None:
    first, second, third = pay(bank, "60.00"), pay(bank, "60.00", C), pay(bank, "40.00", C)
    results = batches.post_all([first, WRONG, second, pay(bank, payee="acc_1"), third])
    assert statuses(results) == ["posted", "validation_failed", "failed", "not_found", "posted"]
    assert balances(bank) == [0, 6000, 4000]
    assert results[1] is WRONG
    made = [one.transaction.id for one in results if not isinstance(one, BankError)]
    assert made == [one.idempotency_key.transaction_id for one in (first, second, third)]


def test_lines_without_a_transfer_are_answered_without_a_read(bank: SmallBank) -> None:
    assert batches.transfer_all([WRONG], "1234") == [WRONG]
    assert batches.post_all([]) == []
    assert bank.dynamodb.sent == []


def test_transfers_are_posted_in_as_few_writes_as_take_them(bank: SmallBank) -> None:
    asked = [pay(bank, "0.01") for _ in range(MEMBERS_MAX + 2)]
    assert statuses(batches.post_all(asked)) == ["posted"] * (MEMBERS_MAX + 2)
    assert (bank.dynamodb.count(WRITE), balances(bank)) == (2, [9974, 26, 0])


@pytest.mark.parametrize("place", [0, 1])
def test_batch_that_must_be_whole_is_not_begun_with_a_line_that_is_wrong(bank: SmallBank, place: int) -> None:
    asked: list[Any] = [pay(bank), pay(bank)]
    asked[place] = WRONG
    results = batches.post_all(asked, is_atomic=True)
    other = results[1 - place]
    assert results[place] is WRONG
    assert isinstance(other, BatchRefused)
    assert other.detail == group.NOT_POSTED
    assert balances(bank) == [10_000, 0, 0]


def test_batch_that_must_be_whole_is_one_write_or_none(bank: SmallBank) -> None:
    refused = batches.transfer_all([pay(bank, "60.00"), pay(bank, "60.00", C)], None, is_atomic=True)
    assert statuses(refused) == ["failed", "failed"]
    assert balances(bank) == [10_000, 0, 0]
    posted = batches.transfer_all([pay(bank, "60.00"), pay(bank, "40.00", C)], None, is_atomic=True)
    assert statuses(posted) == ["posted", "posted"]
    assert (balances(bank), bank.dynamodb.count(WRITE)) == ([0, 6000, 4000], 2)


def test_batch_need_not_be_whole_unless_it_says_so(bank: SmallBank) -> None:
    for asked in (batches.post_all, lambda lines: batches.transfer_all(lines, None)):
        assert statuses(asked([pay(bank, "1.00"), pay(bank, "900.00")])) == ["posted", "failed"]


def test_transfers_for_which_no_time_is_left_are_told_so(bank: SmallBank, passing: Time) -> None:
    """The first write takes 18 s: one that ends in time has the next one begun, and one that does not has none."""
    for seconds, second in ((SECONDS_MAX, "posted"), (SECONDS_MAX + 0.1, "contention")):
        first_write = [pay(bank, "0.01") for _ in range(MEMBERS_MAX)]
        bank.dynamodb.next(WRITE, after(partial(passing.sleep, seconds)))
        results = batches.post_all([*first_write, pay(bank), WRONG, pay(bank)])
        assert statuses(results) == ["posted"] * MEMBERS_MAX + [second, "validation_failed", second]
    assert isinstance(results[-1], Contention)
    assert results[-1].detail == NOT_BEGUN
    assert balances(bank) == [10_000 - 48 - 200, 248, 0]


def test_last_group_ends_before_the_function_does() -> None:
    """What is begun in the last moment may be tried as a group, and then by itself."""
    functions = json.loads((ROOT / ".chalice/config.json").read_text())["lambda_functions"]
    assert functions["api_handler"]["lambda_timeout"] > SECONDS_MAX + 2 * transact.DEADLINE_SECONDS


def test_group_that_is_not_answered_leaves_the_next_ones_alone(bank: SmallBank) -> None:
    asked = [pay(bank, "0.01") for _ in range(MEMBERS_MAX + 2)]
    bank.dynamodb.next(BATCH_GET, lost, lost)
    results = batches.post_all(asked)
    assert all(isinstance(one, Unavailable) for one in results[:MEMBERS_MAX])
    assert statuses(results[MEMBERS_MAX:]) == ["posted", "posted"]
    assert balances(bank) == [9998, 2, 0]
    assert statuses(batches.post_all(asked)) == ["posted"] * (MEMBERS_MAX + 2), "the same batch, sent again"


def test_transfer_that_must_wait_is_held_by_itself_and_the_others_are_posted(bank: SmallBank) -> None:
    """The third payment of an hour is for a person to judge: the rule sees those of the same batch before it."""
    act_on_many_payments(bank, "review", 3)
    results = batches.post_all([pay(bank, "1.00"), pay(bank, "2.00"), pay(bank, "4.00"), WRONG])
    assert statuses(results) == ["posted", "posted", "pending", "validation_failed"]
    assert (balances(bank), bank.account(A).held) == ([9700, 300, 0], 400)


def test_each_transfer_is_judged_after_those_of_its_batch(bank: SmallBank) -> None:
    act_on_many_payments(bank, "decline", 3)
    results = batches.post_all([pay(bank) for _ in range(4)])
    assert statuses(results) == ["posted", "posted", "failed", "failed"]


def test_transfer_that_is_decided_alone_may_be_refused_without_a_record(bank: SmallBank) -> None:
    """Between the group, which leaves it out, and its own read the account goes to another customer."""
    act_on_many_payments(bank, "review", 2)
    left_out, reads = pay(bank, payee=C), list[int]()

    def change_owner(answer: Callable[[], Answer], request: Any) -> Answer:
        reads.extend([1] * reads_for(request, left_out))
        if len(reads) == 2:
            bank.open(A, 9900, owner=9)
        return answer()

    bank.dynamodb.from_now_on(BATCH_GET, change_owner)
    assert statuses(batches.post_all([pay(bank), left_out, WRONG])) == ["posted", "not_found", "validation_failed"]


def test_pin_is_asked_once_for_all_and_before_anything_is_posted(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_pin(bank, monkeypatch)
    asked = [pay(bank), pay(bank, payee=C)]
    with pytest.raises(PinIncorrect):
        batches.transfer_all(asked, "4321")
    assert balances(bank) == [10_000, 0, 0]
    assert statuses(batches.transfer_all(asked, "1234")) == ["posted", "posted"]
    assert statuses(batches.transfer_all(asked, "4321")) == ["posted", "posted"], "what is repeated is not asked again"
    with pytest.raises(PinIncorrect):
        batches.transfer_all([*asked, pay(bank)], "4321")


def test_customer_without_a_verified_address_makes_no_batch(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    with pytest.raises(Forbidden, match="Verify your e-mail address"):
        batches.transfer_all([pay(bank)], None)
    assert balances(bank) == [10_000, 0, 0]


def test_batch_of_another_customers_account_says_that_there_is_none(bank: SmallBank) -> None:
    with pytest.raises(NotFound):
        batches.transfer_all([pay(bank, caller=customer(2))], None)
    assert balances(bank) == [10_000, 0, 0]


@pytest.mark.parametrize("is_atomic", [False, True])
def test_batch_of_a_session_that_has_ended_is_not_begun(bank: SmallBank, *, is_atomic: bool) -> None:
    ended = replace(customer(), session_id="ses_1")
    with pytest.raises(Unauthorized):
        batches.post_all([pay(bank, caller=ended)], is_atomic=is_atomic)
    assert balances(bank) == [10_000, 0, 0]
