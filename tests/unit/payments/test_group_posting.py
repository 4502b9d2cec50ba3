"""Transfers of a busy account in groups, on tables in memory: who is committed, who is set aside, and what is asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, OutcomeUnknown, RiskDeclined
from chalicelib.domain.ids import id_of
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.posting import Movement
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.ledger.crowd import HOT_SECONDS
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.transact import Extra
from chalicelib.services.payments import known_rounds, transfer_steps
from chalicelib.services.payments.group_looks import FIRST_SECONDS
from chalicelib.services.payments.transfer_request import Json
from chalicelib.services.risk import screening
from chalicelib.services.risk.screening import Profiles, Screening
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, Step, after, conflict, lost, refused, served, unanswered
from tests.small_bank import NOON, B, C, SmallBank, customer, staff
from tests.unit.conftest import Time
from tests.unit.payments.busy_account import (
    HOT,
    at_a_look,
    group_sizes,
    have_another_lead,
    intents,
    looks,
    open_accounts,
    posted,
    status_of,
    transfer,
    waiting,
)

BATCH_WRITE = "BatchWriteItem"


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    open_accounts(bank, monkeypatch)


def at_the_second_look(act: Callable[[], object]) -> Step:
    """Return a step that does something, as the holder of the lease would, before the second look of a request."""
    times = list[int]()

    def count() -> None:
        times.append(1)
        if len(times) == 2:
            act()

    return at_a_look(count)


def test_leader_commits_its_own_and_those_that_wait_in_one_write(bank: SmallBank) -> None:
    others = [transfer(bank, "2.00"), transfer(bank, "3.00", C)]
    for other in others:
        waiting(bank, other)
    result = transfer_steps.post(transfer(bank))
    assert posted(result)
    assert not result["replayed"]
    assert result["sides"] == (B,)
    assert group_sizes(bank) == [3]
    assert [status_of(one) for one in others] == ["posted"] * 2
    assert bank.account(HOT).balance == 600
    assert [bank.transaction(one.idempotency_key.transaction_id).updated_by for one in others] == ["usr_2", "usr_3"]
    assert intents(bank) == []
    lease = HotAccount.find(*HotAccount.key(HOT))
    assert lease
    assert (lease.posted, lease.last_size, lease.is_free(NOON)) == (3, 3, True)


def test_group_reads_the_pins_that_were_not_sent(bank: SmallBank) -> None:
    """A transfer from an account with a PIN is not posted, and does not stop the others."""
    bank.put(Pin.new(C, "hash").stamp(staff(), NOON))
    other, with_pin = (replace(transfer(bank, payer=payer), asks_pin=True) for payer in (B, C))
    for one in (other, with_pin):
        waiting(bank, one)
    assert posted(transfer_steps.post(replace(transfer(bank), asks_pin=True)))
    assert group_sizes(bank) == [2]
    assert (status_of(other), status_of(with_pin)) == ("posted", None)
    assert (bank.account(B).balance, bank.account(C).balance) == (9800, 10_000)


def test_refusal_in_a_group_is_recorded(bank: SmallBank) -> None:
    other = transfer(bank, "200.00")
    waiting(bank, other)
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(other) == "failed"
    assert bank.account(B).balance == 9900


@pytest.mark.parametrize(
    "changed",
    [
        {"caller": {}},
        {"idempotency_key": None},
        {"annotations": []},
        {"to_account_id": B, "from_account_id": C},
        {"to_account_id": "acc_nobody"},
        {"amount": "much"},
        {"amount": None},
        {"verification_id": "pvr_1"},
        {"caller": {"user_id": "usr_9", "role": "customer", "request_id": "req_9", "customer_id": "cus_9"}},
    ],
)
def test_forged_intent_moves_nothing_and_stops_nobody(bank: SmallBank, changed: Json) -> None:
    """It is dropped; a request that waits for it would be decided by itself."""
    forged = transfer(bank, "2.00")
    waiting(bank, forged, **changed)
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(forged) is None
    assert intents(bank) == []
    assert (bank.account(B).balance, bank.account(C).balance) == (9900, 10_000)


def test_intent_of_a_used_key_moves_nothing_again(bank: SmallBank) -> None:
    done = transfer(bank, "2.00")
    waiting(bank, done)
    transfer_steps.post(transfer(bank))
    waiting(bank, done)
    waiting(bank, replace(done, amount="9.00"))
    assert posted(transfer_steps.post(transfer(bank)))
    assert bank.account(HOT).balance == 400
    assert intents(bank) == []


def test_two_intents_of_one_key_are_posted_once(bank: SmallBank) -> None:
    twice = transfer(bank, "2.00")
    waiting(bank, twice)
    second = waiting(bank, twice)
    item = bank.dynamodb.table("reports").items.pop(second.own_key)
    bank.dynamodb.table("reports").items[second.pk, f"2026-11-21T11:30#{second.sk}"] = item | {
        "sk": {"S": f"2026-11-21T11:30#{second.sk}"}
    }
    waiting(bank, twice)
    assert posted(transfer_steps.post(transfer(bank)))
    assert bank.account(HOT).balance == 300
    assert intents(bank) == []


def test_intent_whose_time_is_over_is_not_begun(bank: SmallBank) -> None:
    late = transfer(bank, "2.00")
    intent = waiting(bank, late)
    intent.until = "2026-11-21T12:00:00.000000Z"
    intent.store()
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(late) is None
    assert intents(bank) == []


def test_intent_whose_end_nobody_can_read_stops_nobody(bank: SmallBank) -> None:
    damaged = transfer(bank, "2.00")
    intent = waiting(bank, damaged)
    intent.until = "soon"
    intent.store()
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(damaged) is None
    assert intents(bank) == []


def test_request_that_was_set_aside_posts_by_itself(bank: SmallBank) -> None:
    def set_aside() -> None:
        for place in [key for key in bank.dynamodb.table("reports").items if key[0].startswith("INTENTS#")]:
            del bank.dynamodb.table("reports").items[place]

    bank.dynamodb.from_now_on(BATCH_GET, at_a_look(set_aside))
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [1]
    assert looks(bank) == 0


def test_request_that_meets_the_holder_of_the_lease_waits_for_it(bank: SmallBank) -> None:
    assert HotAccount.take(HOT, None, "another process", NOON)
    own = transfer(bank)
    bank.dynamodb.from_now_on(BATCH_GET, at_the_second_look(lambda: transfer_steps.execute(own)))
    result = transfer_steps.post(own)
    assert posted(result)
    assert not result["replayed"]
    assert group_sizes(bank) == [1]


def test_what_a_leader_said_is_forgotten_when_nobody_leads_any_more(bank: SmallBank) -> None:
    known_rounds.note(HOT, Rounds(0.2, 0.02))
    assert posted(transfer_steps.post(transfer(bank)))
    assert known_rounds.of(HOT) is None


def test_next_leader_reads_no_account_before_the_last_group_of_the_one_before_is_written(
    bank: SmallBank, passing: Time
) -> None:
    lease = HotAccount.take(HOT, None, "another process", NOON)
    assert lease
    lease.give_back(0, 0, NOON, NOON + timedelta(milliseconds=40))
    assert posted(transfer_steps.post(transfer(bank)))
    assert passing.pauses == [pytest.approx(FIRST_SECONDS * 1.1), pytest.approx(0.04), 0]


@pytest.mark.parametrize(("rounds", "longest"), [(None, 0.1), (Rounds(0.1, 0.02), 0.1), (Rounds(0.9, 0.3), 0.6)])
def test_next_leader_waits_two_rounds_at_most_for_the_one_before_or_a_tenth_of_a_second(
    bank: SmallBank, passing: Time, rounds: Rounds | None, longest: float
) -> None:
    """Its clock may be wrong."""
    lease = HotAccount.take(HOT, None, "another process", NOON)
    assert lease
    lease.note_rounds(rounds)
    lease.give_back(6, 6, NOON, NOON + timedelta(seconds=9))
    assert posted(transfer_steps.post(transfer(bank)))
    assert max(passing.pauses) == pytest.approx(longest)


@pytest.mark.parametrize(("seconds", "status"), [(0.04, "posted"), (0, None)])
def test_request_with_its_record_leads_if_the_leader_before_has_a_group_to_write(
    bank: SmallBank, seconds: float, status: str | None
) -> None:
    """Others wait for the next one. If nobody does, it answers at once."""
    lease = HotAccount.take(HOT, None, "another process", NOON)
    assert lease
    own, other = transfer(bank), transfer(bank, "2.00", C)
    waiting(bank, other)

    def hand_over() -> None:
        transfer_steps.execute(own)
        lease.give_back(0, 0, NOON, NOON + timedelta(seconds=seconds))

    bank.dynamodb.from_now_on(BATCH_GET, at_the_second_look(hand_over))
    assert posted(transfer_steps.post(own))
    assert status_of(other) == status
    assert bank.account(B).balance == 9900


def test_next_leader_leaves_out_what_the_one_before_is_writing(bank: SmallBank) -> None:
    """It knows how many these are, which are the oldest."""
    older, newer = transfer(bank, "2.00", C), transfer(bank, "3.00", C)
    for one in (older, newer):
        waiting(bank, one)
    lease = HotAccount.take(HOT, None, "another process", NOON)
    assert lease
    lease.give_back(1, 1, NOON, NOON + timedelta(milliseconds=40))
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [2, 1]
    assert (status_of(older), status_of(newer)) == ("posted", "posted"), "in its second group"


def test_request_remembers_how_regularly_its_leader_writes(bank: SmallBank) -> None:
    lease = HotAccount.take(HOT, None, "another process", NOON)
    assert lease
    lease.note_rounds(Rounds(0.05, 0.02, 0.025))
    lease.give_back(6, 6, NOON)
    assert posted(transfer_steps.post(transfer(bank)))
    found = HotAccount.find(*HotAccount.key(HOT))
    assert found
    assert found.rounds
    assert known_rounds.of(HOT) == found.rounds


def test_request_without_a_record_at_its_end_has_an_unknown_outcome(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_another_lead(monkeypatch)
    result = transfer_steps.post(transfer(bank))
    assert (result["status"], result["code"]) == ("rejected", OutcomeUnknown.code)
    assert intents(bank) == [], "it is withdrawn"
    assert bank.account(HOT).balance == 0


@pytest.mark.parametrize("step", [lost, unanswered])
def test_group_whose_answer_is_lost_is_posted_once(bank: SmallBank, step: Callable[..., Any]) -> None:
    other = transfer(bank, "2.00", C)
    waiting(bank, other)
    bank.dynamodb.next(WRITE, step, lost)
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(other) == "posted"
    assert bank.account(HOT).balance == 300


def test_counterparty_that_others_move_is_left_out_and_then_decided_alone(bank: SmallBank) -> None:
    """The write has two transactions, then the accounts: the first payer, the busy one, the second payer."""
    other = transfer(bank, "2.00", C)
    waiting(bank, other)
    bank.dynamodb.next(WRITE, conflict(2))
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank)[:2] == [2, 1]
    assert status_of(other) == "posted", "in the next group"


def test_member_that_the_database_refuses_is_decided_alone(bank: SmallBank) -> None:
    other = transfer(bank, "2.00", C)
    waiting(bank, other)
    bank.dynamodb.next(WRITE, conflict(0, code="ItemCollectionSizeLimitExceeded"))
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [2, 1]
    assert status_of(other) is None
    assert intents(bank) == []


def test_group_that_the_database_refuses_is_decided_one_by_one(bank: SmallBank) -> None:
    waiting(bank, transfer(bank, "2.00", C))
    bank.dynamodb.next(WRITE, refused("ValidationException"))
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [2, 1]
    assert intents(bank) == []


def test_conflict_of_the_busy_account_leaves_nobody_out(bank: SmallBank) -> None:
    other = transfer(bank, "2.00", C)
    waiting(bank, other)
    bank.dynamodb.next(WRITE, conflict(3))
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [2, 2]


def test_account_that_single_posts_keep_from_groups_is_marked_at_once(bank: SmallBank) -> None:
    """Two conflicts make a group, here of one, and a third keeps it from the account: then all others join groups."""
    bank.open(HOT, 0)
    bank.dynamodb.next(WRITE, conflict(2), conflict(2), conflict(2))
    assert posted(transfer_steps.post(transfer(bank)))
    assert group_sizes(bank) == [1, 1, 1, 0, 1]
    assert bank.account(HOT).hot_until == NOON.timestamp() + HOT_SECONDS
    assert bank.account(HOT).ledger_version == bank.account(B).ledger_version, "the mark stops no post"


@pytest.mark.parametrize("step", [conflict(0), refused("ThrottlingException"), lost, unanswered])
def test_mark_that_is_not_written_stops_no_group(bank: SmallBank, step: Callable[..., Any]) -> None:
    bank.open(HOT, 0)
    bank.dynamodb.next(WRITE, conflict(2), conflict(2), conflict(2), step)
    assert posted(transfer_steps.post(transfer(bank)))
    assert bank.account(HOT).balance == 100


def test_customer_whose_day_is_full_stops_nobody(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the write sees the count of a customer with several accounts."""
    monkeypatch.setenv("DAILY_LIMIT", "5")
    another = id_of("acc", NOON, 9)
    for name in (C, another):
        bank.open(name, 10_000, owner=3, counts_alone=None)
    assert posted(transfer_steps.post(replace(transfer(bank, "4.00", C), from_account_id=another)))
    other = transfer(bank, "2.00", C)
    waiting(bank, other)
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(other) is None, "its own request decides it"
    assert intents(bank) == []
    assert bank.account(HOT).balance == 500


def test_transfers_that_are_set_aside_count_for_no_risk(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of one customer are too much for its day together. Nothing of them was posted when the third is judged."""
    monkeypatch.setenv("DAILY_LIMIT", "5")
    another = id_of("acc", NOON, 9)
    for name in (C, another):
        bank.open(name, 10_000, owner=3, counts_alone=None)
    too_large = [transfer(bank, "3.00", C), replace(transfer(bank, "3.00", C), from_account_id=another)]
    for one in too_large:
        waiting(bank, one)

    def screen(movement: Movement, _: Snapshot, known: Profiles | None = None) -> Screening:
        """Decline the third one if the busy account has received anything before."""
        if movement.amount == 100 and known and known[HOT].folded.recent:
            return Screening("declined", RiskDeclined("Too many."))
        return Screening("clear")

    monkeypatch.setattr(screening, "screen", screen)
    assert posted(transfer_steps.post(transfer(bank)))
    assert [status_of(one) for one in too_large] == [None, None], "their own requests decide them"
    assert intents(bank) == []
    assert bank.account(HOT).balance == 100


@pytest.mark.parametrize(("amount", "outcome"), [("2.00", "posted"), ("20000.00", None)])
def test_teller_is_asked_for_its_ceiling_in_a_group(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, amount: str, outcome: str | None
) -> None:
    """What is above it waits for another person, which its own request asks for."""
    monkeypatch.setenv("APPROVALS", "on")
    bank.open(C, 10_000_000, owner=3)
    other = transfer(bank, amount, C, caller=staff("teller", user_id="usr_teller"))
    waiting(bank, other)
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(other) == outcome
    assert intents(bank) == []


def test_key_that_waits_with_another_body_is_refused(bank: SmallBank) -> None:
    path = "POST /v1/transactions/transfer"
    keys = {amount: derive_key("usr_2", "same", path, amount) for amount in ("2.00", "7.00")}
    first, other = (replace(transfer(bank, amount), idempotency_key=key) for amount, key in keys.items())
    waiting(bank, first)
    result = transfer_steps.post(other)
    assert (result["status"], result["code"]) == ("rejected", "idempotency_key_reused")
    assert bank.account(HOT).balance == 200


def test_request_that_is_repeated_while_it_waits_is_a_replay(bank: SmallBank) -> None:
    first = transfer(bank, "2.00")
    waiting(bank, first)
    result = transfer_steps.post(replace(first, caller=customer(2, "req_repeated")))
    assert posted(result)
    assert (result["replayed"], result["sides"]) == (True, None)
    assert bank.account(HOT).balance == 200


@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_account_that_does_not_pay_pays_in_no_group(bank: SmallBank, status: str) -> None:
    bank.open(C, 10_000, owner=3, status=status)
    other = transfer(bank, "2.00", C)
    waiting(bank, other)
    assert posted(transfer_steps.post(transfer(bank)))
    assert status_of(other) == "failed"
    assert bank.account(C).balance == 10_000


def test_intent_that_cannot_be_stored_is_posted_at_once(bank: SmallBank) -> None:
    bank.dynamodb.next("PutItem", lost, lost)
    assert posted(transfer_steps.post(transfer(bank)))
    assert looks(bank) == 0


def test_second_conflict_with_one_account_makes_a_group(bank: SmallBank) -> None:
    bank.open(HOT, 0)
    bank.dynamodb.next(WRITE, conflict(2), conflict(2))
    assert posted(transfer_steps.post(transfer(bank)))
    assert looks(bank) == 2, "its own group, and one more look"
    assert group_sizes(bank) == [1, 1, 1]
    assert bank.account(HOT).hot_until is None, "one alone is no crowd"


def test_transfer_with_conditions_of_its_own_goes_to_no_group(bank: SmallBank) -> None:
    """The others of a group know nothing of them: an intent has no place for them."""
    check = {"TableName": "florin-unit-bank", "Key": {"pk": {"S": "x"}, "sk": {"S": "x"}}}
    absent = Extra({"ConditionCheck": check | {"ConditionExpression": "attribute_not_exists(pk)"}}, Conflict("x"))
    assert posted(transfer_steps.post(replace(transfer(bank), guards=(absent,))))
    assert bank.dynamodb.count("PutItem") == 0
    bank.dynamodb.table("bank").items["x", "x"] = {"pk": {"S": "x"}, "sk": {"S": "x"}}
    assert transfer_steps.post(replace(transfer(bank), guards=(absent,)))["code"] == "conflict"


def test_leader_looks_at_once_when_its_groups_are_done(bank: SmallBank, passing: Time) -> None:
    assert posted(transfer_steps.post(transfer(bank)))
    assert passing.pauses == [pytest.approx(0.022), 0]


@pytest.mark.parametrize("way", ["refused", "taken by another"])
def test_request_that_does_not_get_the_lease_waits_before_it_looks_again(
    bank: SmallBank, passing: Time, way: str
) -> None:
    def take_first() -> None:
        assert HotAccount.take(HOT, None, "another process", bank.now)
        bank.later(seconds=2)

    step = refused("ValidationException") if way == "refused" else after(take_first)
    bank.dynamodb.next("PutItem", served, step)
    assert posted(transfer_steps.post(transfer(bank)))
    _, second, third = passing.pauses
    assert (second > 0.003, third) == (True, 0), "the first look finds no leader, and the second one leads"


def test_refusal_goes_to_no_group(bank: SmallBank) -> None:
    result = transfer_steps.post(transfer(bank, "200.00"))
    assert result["transaction"]["status"]["S"] == "failed"
    assert bank.dynamodb.count("PutItem") == 0
