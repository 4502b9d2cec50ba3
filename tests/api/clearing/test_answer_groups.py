"""Answers of one message that are applied together: each payment settles once, whatever stops the write."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.models import connection, transact
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.item import Action
from chalicelib.services import progress
from chalicelib.services.clearing import inbox
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import deposit, opened
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import BANK, Clearing, answer, own, pay, read, report, stored
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

PAYMENTS = 18


@pytest.fixture
def sent(client: Api, customer: User, payer: Json, clearing: Clearing) -> list[Json]:
    """Return payments of one payer that the clearing has in one message."""
    made = [pay(client, customer, payer, f"{number + 1}.00") for number in range(PAYMENTS)]
    clearing.cut_off(made[0])
    return made


@contextmanager
def counting_writes() -> Iterator[list[str]]:
    """Collect the writes of the block."""
    written = list[str]()

    def note(**_: object) -> None:
        written.append("write")

    events, name = connection.client().meta.events, "before-call.dynamodb.TransactWriteItems"
    events.register(name, note)
    try:
        yield written
    finally:
        events.unregister(name, note)


def left_open(payment: Json) -> int:
    return sum(one.open for one in OutgoingMessage.all_of(str(stored(payment).cycle)))


def require_settled_once(client: Api, user: User, payer: Json, payments: list[Json]) -> None:
    """Check that these payments have moved their money once, and no other has."""
    paid = sum(float(one["amount"]) for one in payments)
    account = read_account(client, user, payer)
    assert float(account["balance"]) == 1000 - paid
    assert own("clearing") == round(paid * 100)
    for one in payments:
        found = read(client, user, one)
        assert (found["payment"]["state"], found["status"]) == ("settled", "posted")
        assert [step["what"] for step in found["payment"]["trace"]].count("settled") == 1


def test_acceptances_of_a_report_are_posted_in_two_writes(
    client: Api, customer: User, payer: Json, clearing: Clearing, sent: list[Json]
) -> None:
    with counting_writes() as written:
        answer(clearing, "ACSC", *sent)
    assert len(written) == 2
    require_settled_once(client, customer, payer, sent)
    assert left_open(sent[0]) == 0
    inbox.receive(BANK, report(clearing, "ACSC", *sent))
    require_settled_once(client, customer, payer, sent)


def test_payments_of_many_payers_are_settled_together(
    client: Api, customer: User, other_customer: User, payer: Json, clearing: Clearing
) -> None:
    other = opened(client, other_customer, "100.00", currency="EUR")
    mine, theirs = pay(client, customer, payer), pay(client, other_customer, other, "4.00")
    clearing.cut_off(mine)
    answer(clearing, "ACSC", mine, theirs)
    assert read(client, other_customer, theirs)["status"] == "posted"
    assert (read_account(client, other_customer, other)["balance"], own("clearing")) == ("96.00", 1400)


def test_payment_that_is_rejected_meanwhile_is_set_aside(
    client: Api, customer: User, payer: Json, clearing: Clearing, sent: list[Json]
) -> None:
    refused, *others = sent
    with just_before("TransactWriteItems", lambda: answer(clearing, "RJCT", refused, code="AC04")):
        answer(clearing, "ACSC", *sent)
    require_settled_once(client, customer, payer, others)
    found = read(client, customer, refused)
    assert (found["payment"]["state"], found["status"]) == ("rejected", "voided")
    assert "contradiction: acceptance" in [step["what"] for step in found["payment"]["trace"]]
    assert left_open(refused) == 0


def test_payer_who_is_paid_meanwhile_does_not_stop_the_others(
    client: Api, customer: User, teller: User, payer: Json, clearing: Clearing, sent: list[Json]
) -> None:
    paid_in = just_before("TransactWriteItems", lambda: deposit(client, teller, payer, "1.00"))
    with counting_writes() as written, paid_in:
        answer(clearing, "ACSC", *sent)
    assert len(written) == 4  # the deposit, the write that it stopped, and two that were read anew
    assert own("clearing") == sum(range(1, PAYMENTS + 1)) * 100


def test_lost_answer_of_the_database_settles_no_payment_twice(
    client: Api,
    customer: User,
    payer: Json,
    clearing: Clearing,
    sent: list[Json],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, lost = transact.write, itertools.count()

    def losing(actions: list[Action]) -> None:
        write(actions)
        if next(lost) == 0:
            raise transact.Ambiguous("the answer is lost")

    with monkeypatch.context() as chaos:
        chaos.setattr(transact, "write", losing)
        answer(clearing, "ACSC", *sent)
    require_settled_once(client, customer, payer, sent)
    assert left_open(sent[0]) == 0


def test_answers_of_one_report_are_applied_in_their_order(
    client: Api, customer: User, payer: Json, clearing: Clearing, sent: list[Json]
) -> None:
    first, second, third, *_ = sent
    answer(clearing, "ACSC", first, second, first, third)
    answer(clearing, "RJCT", third, code="AC04")
    require_settled_once(client, customer, payer, [first, second, third])
    assert left_open(first) == PAYMENTS - 3


def test_bank_with_payments_that_were_settled_together_is_proven(
    client: Api, customer: User, payer: Json, clearing: Clearing, wholly_streamed_bank: None
) -> None:
    stream = Stream()
    made = [pay(client, customer, payer) for _ in range(3)]
    clearing.cut_off(made[0])
    answer(clearing, "ACSC", *made)
    stream.deliver()
    with clearing.later(days=10):
        assert verify_bank(progress.ignore, timestamp(clock.now())).broken is None
