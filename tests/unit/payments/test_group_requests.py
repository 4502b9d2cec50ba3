"""How a request waits for a group: when it looks, what it does when a call is lost, and how its wait ends."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import IdempotencyKeyReused, OutcomeUnknown
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import Intent
from chalicelib.services.payments import transfer_steps
from tests.fake_dynamodb.wire import BATCH_GET, GET, PUT, Answer, Step, after, lost, served
from tests.small_bank import NOON, B, SmallBank
from tests.unit.conftest import Time
from tests.unit.payments.busy_account import (
    HOT,
    at_a_look,
    group_sizes,
    have_another_lead,
    intents,
    looks,
    open_accounts,
    post_for,
    posted,
    transfer,
)

BATCH_WRITE = "BatchWriteItem"


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    open_accounts(bank, monkeypatch)


@pytest.fixture
def held_lease(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another process hold the lease of the busy account, and commit nothing."""
    have_another_lead(monkeypatch)


def set_aside(bank: SmallBank) -> None:
    """Delete all intents, as a leader does with those that must be decided alone."""
    items = bank.dynamodb.table("reports").items
    for place in [key for key in items if key[0].startswith("INTENTS#")]:
        del items[place]


def from_the_first_look(bank: SmallBank, first: Step, *steps: Step) -> None:
    """Take a step at the first look of a request, and further ones at the reads after it."""

    def step(answer: Callable[[], Answer], request: Any) -> Answer:
        if "HOT_ACCOUNTS" not in str(request):
            return answer()
        bank.dynamodb.from_now_on(BATCH_GET, served)
        bank.dynamodb.next(BATCH_GET, *steps)
        return first(answer, request)

    bank.dynamodb.from_now_on(BATCH_GET, step)


@pytest.mark.usefixtures("held_lease")
def test_request_looks_less_often_the_longer_it_has_waited_and_ends_after_four_seconds(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 20 ms it looks who leads. From then on each pause is half of the time so far, within 20 and 500 ms. It is
    shorter or longer by up to a half, the first one by a tenth."""
    began, spans = passing.now, list[tuple[float, float, float]]()

    def middle(least: float, most: float) -> float:
        spans.append((passing.now - began, least, most))
        return (least + most) / 2

    monkeypatch.setattr(random, "uniform", middle)
    transfer_steps.post(transfer(bank))
    first, *later = spans
    assert first == pytest.approx((0, 0.018, 0.022))
    for waited, least, most in later:
        usual = max(0.02, waited / 2)
        assert (least, most) == pytest.approx((usual / 2, usual * 1.5)), waited
    assert max(passing.pauses) == 0.5
    assert passing.now - began == pytest.approx(4.0)


def test_request_whose_time_is_over_looks_for_no_group(bank: SmallBank) -> None:
    with pytest.raises(OutcomeUnknown):
        post_for(transfer(bank), seconds=0)
    assert (bank.dynamodb.count(BATCH_GET), intents(bank)) == (0, [])


def test_intent_ends_when_its_request_waits_no_longer(bank: SmallBank) -> None:
    """No group may begin it after its client was told that the outcome is unknown."""
    ends = list[str]()

    def note() -> None:
        ends.extend(str(found.intent.until) for found in Intent.oldest(HOT, 10) if found.intent)

    bank.dynamodb.from_now_on(BATCH_GET, at_a_look(note))
    assert posted(transfer_steps.post(transfer(bank)))
    assert ends[0] == "2026-11-21T12:00:04.000000Z"


def test_look_that_is_not_answered_is_repeated(bank: SmallBank) -> None:
    from_the_first_look(bank, lost, lost)
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [1]


def test_lease_whose_request_is_lost_is_taken_at_the_next_look(bank: SmallBank) -> None:
    bank.dynamodb.next(PUT, served, lost, lost)
    assert posted(transfer_steps.post(transfer(bank)))
    assert looks(bank) > 0, "by a group of its own"


def test_request_that_loses_the_lease_to_another_process_leads_no_group(bank: SmallBank) -> None:
    def take_first(answer: Callable[[], Answer], request: Any) -> Answer:
        found = answer()
        assert HotAccount.take(HOT, None, "another process", NOON)
        return found

    own = transfer(bank)
    from_the_first_look(bank, take_first, after(lambda: transfer_steps.execute(own)))
    assert posted(transfer_steps.post(own))
    assert looks(bank) == 0
    assert bank.account(HOT).balance == 100


def test_request_set_aside_reads_again_when_a_read_is_not_answered(bank: SmallBank) -> None:
    """A group's write of it may still land, so that an error of a read says nothing about it."""
    with_and_without_profiles = [lost] * 4
    from_the_first_look(bank, after(lambda: set_aside(bank)), *with_and_without_profiles)
    assert posted(transfer_steps.post(transfer(bank)))
    assert bank.account(HOT).balance == 100
    reads = [str(request) for operation, request in bank.dynamodb.sent if operation == BATCH_GET]
    assert sum("HOT_ACCOUNTS" in read for read in reads) == 1, "it goes on by itself, without another look"


def test_request_set_aside_whose_key_was_used_meanwhile_is_refused(bank: SmallBank) -> None:
    path = "POST /v1/transactions/transfer"
    keys = {amount: derive_key("usr_2", "same", path, amount) for amount in ("2.00", "7.00")}
    first, other = (replace(transfer(bank, amount), idempotency_key=key) for amount, key in keys.items())

    def use_key(answer: Callable[[], Answer], request: Any) -> Answer:
        set_aside(bank)
        found = answer()
        transfer_steps.execute(first)
        return found

    from_the_first_look(bank, use_key)
    result = transfer_steps.post(other)
    assert (result["status"], result["code"]) == ("rejected", IdempotencyKeyReused.code)
    assert bank.account(HOT).balance == 200


def test_error_of_a_request_set_aside_says_nothing_of_its_outcome(bank: SmallBank) -> None:
    """The payer's right has ended meanwhile, but a group's write from before may still land."""

    def end_right() -> None:
        set_aside(bank)
        bank.open(B, 10_000, owner=9)

    from_the_first_look(bank, after(end_right))
    result = transfer_steps.post(transfer(bank))
    assert (result["status"], result["code"]) == ("rejected", OutcomeUnknown.code)
    assert bank.account(HOT).balance == 0


@pytest.mark.usefixtures("held_lease")
@pytest.mark.parametrize("operation", [BATCH_WRITE, GET])
def test_outcome_is_unknown_when_a_call_at_the_end_of_the_wait_is_lost(bank: SmallBank, operation: str) -> None:
    """Of the intent's deletion, or of the last read of the record."""
    bank.dynamodb.next(operation, lost, lost)
    result = transfer_steps.post(transfer(bank))
    assert (result["status"], result["code"]) == ("rejected", OutcomeUnknown.code)


@pytest.mark.usefixtures("held_lease")
def test_transfer_that_a_group_posts_after_the_last_look_is_answered(bank: SmallBank) -> None:
    own = transfer(bank)
    bank.dynamodb.next(BATCH_WRITE, after(lambda: transfer_steps.execute(own)))
    assert posted(transfer_steps.post(own))
    assert bank.account(HOT).balance == 100


@pytest.mark.usefixtures("held_lease")
def test_request_that_no_group_decides_is_counted_as_contention(
    bank: SmallBank, capsys: pytest.CaptureFixture[str]
) -> None:
    transfer_steps.post(transfer(bank))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["outcome"] for line in lines if line.get("WritesGivenUp") == [1.0]] == ["contention"]
