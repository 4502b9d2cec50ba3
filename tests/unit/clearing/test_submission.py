"""Which payments are handed to the clearing, alone or with others."""

from typing import Any

import pytest

from chalicelib.domain.permissions import system
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.services.clearing import entitlement, submission
from chalicelib.services.clearing.entitlement import Entitlement
from tests.small_bank import A, B, SmallBank, customer
from tests.unit.clearing.queued_payments import queue, stored, submit

RUN = system("req_run")


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 1_000_000, currency="EUR")
    bank.open(B, 1_000_000, owner=2, currency="EUR")
    for number in (1, 2):
        bank.user(customer(number))


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what is done: payments that are submitted, and messages that are sent again."""
    found: list[tuple[str, str]] = []

    def note_submission(_: object, payments: list[ClearingPayment], cycle: str) -> None:
        found.extend(("submitted", one.id) for one in payments if one.id == cycle)

    monkeypatch.setattr(submission, "submit", note_submission)
    monkeypatch.setattr(submission, "send_built", lambda _, name: found.append(("sent again", name)))
    return found


@pytest.mark.parametrize(
    ("status", "rail", "what"),
    [
        ("queued", "instant", "submitted"),
        ("submitted", "instant", "sent again"),
        ("queued", "standard", None),
        ("submitted", "standard", None),
        ("settled", "instant", None),
        ("rejected", "instant", None),
        ("waiting", "instant", None),
    ],
)
def test_instant_payment_is_sent_alone_and_again_until_it_is_answered(
    bank: SmallBank, done: list[tuple[str, str]], status: Any, rail: Any, what: str | None
) -> None:
    payment = submit(bank, status=status, rail=rail)
    submission.submit_instant(RUN, payment.id)
    assert done == ([(what, payment.id)] if what else [])


def test_payment_that_does_not_exist_is_not_sent(bank: SmallBank, done: list[tuple[str, str]]) -> None:
    submission.submit_instant(RUN, "txn_x")
    assert done == []


def test_message_has_as_many_payments_as_one_write_takes_with_their_conditions(bank: SmallBank) -> None:
    payments = [queue(bank) for _ in range(3)] + [queue(bank, 2, B)]
    entitled, asked = entitlement.ask(RUN, payments)
    [part] = submission.parts_of(entitled, asked)
    assert [one.id for one in part] == [one.id for one in payments]
    assert [stored(one.id).status for one in payments] == ["queued"] * 4


def plain(number: int, payer: int) -> ClearingPayment:
    return ClearingPayment.new(f"txn_{number}", f"cus_{payer}", account_id=f"acc_{payer}")


@pytest.mark.parametrize(
    ("payers", "sizes"),
    [(70, [33, 33, 4]), (1, [70]), (30, [39, 31])],
)
def test_message_its_payments_and_their_conditions_are_a_hundred_actions_at_most(payers: int, sizes: list[int]) -> None:
    """One for the message, one for each payment, and two for each payer: account and maker."""
    payments = [plain(number, number % payers) for number in range(70)]
    asked = Entitlement({}, {one.id: f"usr_{one.account_id}" for one in payments})
    parts = list(submission.parts_of(payments, asked))
    assert [one.id for part in parts for one in part] == [one.id for one in payments]
    assert [len(part) for part in parts] == sizes
    for part in parts:
        assert 1 + len(part) + len({name for one in part for name in asked.subjects(one)}) <= 100


def test_run_without_time_leaves_the_rest(bank: SmallBank, done: list[tuple[str, str]]) -> None:
    queue(bank)
    assert submission.submit_due(RUN, "2026-11-23", "2026-11-24T00:00:00.000000Z", lambda: False) is False
    assert submission.submit_due(RUN, "2026-11-23", "2026-11-24T00:00:00.000000Z", lambda: True) is True
