"""Payments from other banks: credited once, to the account that their IBAN names, or refused with a reason."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib import config
from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.clearing import pacs002, pacs008
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.identity import uetr_of
from chalicelib.domain.clearing.pacs008 import Batch
from chalicelib.domain.permissions import system
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Item
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.clearing import adapter, incoming
from chalicelib.services.customers import people
from tests.small_bank import NOON, A, SmallBank, staff
from tests.unit.clearing.messages import BEN

RUN = system("req_in")
NUMBER, UNUSED = account_number(1_234_567_890), account_number(1_000_000_000)


def creditor(number: str = NUMBER) -> Party:
    return Party("Ada Lovelace", config.bank_identifier().iban_of(number), None, None, "FLRNLV22")


@pytest.fixture
def answers(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the documents that are handed to the clearing, in a bank whose account A has an IBAN."""
    sent: list[str] = []

    def leave_plain(item: Item, _: dict[str, Any]) -> Item:
        return item

    monkeypatch.setattr(adapter, "send", sent.append)
    monkeypatch.setattr(people, "encrypt", leave_plain)
    bank.open(A, 100, currency="EUR")
    bank.put(UniqueKey(*UniqueKey.number_key(NUMBER), owner_id=A).stamp(staff(), NOON))
    return sent


def transfer(number: int = 1, **fields: Any) -> CreditTransfer:
    given: dict[str, Any] = {
        "uetr": uetr_of(f"txn_{number}"),
        "transaction_id": f"TX-{number}",
        "end_to_end_id": f"E2E-{number}",
        "amount": 1250,
        "currency": "EUR",
        "debtor": replace(BEN, name="Ben Okafor", town=None, country=None),
        "creditor": creditor(),
        "settlement_date": date(2026, 11, 21),
        "rail": "instant",
        "accepted_at": NOON,
    }
    return CreditTransfer(**given | fields)


def receive(*transfers: CreditTransfer, message_id: str = "MSG-1") -> None:
    batch = Batch(message_id, transfers, sender_bic="COBADEFFXXX")
    incoming.receive_payments(RUN, pacs008.build(batch, NOON).encode())


def codes(sent: Sequence[str]) -> list[str | None]:
    """Return what each payment of the last message was answered: the code of its refusal, or None."""
    found = pacs002.parse(sent[-1].encode()).payments
    assert [one.status == "RJCT" for one in found] == [one.reason is not None for one in found]
    return [one.reason.code if one.reason else None for one in found]


def test_payment_is_credited_and_confirmed(bank: SmallBank, answers: list[str]) -> None:
    receive(transfer())
    assert codes(answers) == [None]
    assert bank.account(A).balance == 1350
    [entry] = bank.entries(A)
    made = bank.transaction(entry.transaction_id)
    assert (made.transaction_type, made.status, made.amount, made.uetr) == (
        "incoming_payment",
        "posted",
        1250,
        uetr_of("txn_1"),
    )
    assert [one.amount for one in bank.entries("gl.clearing.instant.EUR.000")] == [-1250]
    stored = IncomingPayment.by_id(made.id)
    assert stored
    assert (stored.account_id, stored.customer_id, stored.uetr, stored.message_id) == (
        A,
        "cus_1",
        uetr_of("txn_1"),
        "MSG-1",
    )
    assert ClearingPayment.id_by_uetr(uetr_of("txn_1")) == made.id


def test_message_that_comes_again_credits_nothing_and_is_answered_alike(bank: SmallBank, answers: list[str]) -> None:
    receive(transfer())
    receive(transfer())
    bank.later(days=3)
    account = bank.account(A)
    account.status = "closed"
    bank.put(account)
    receive(transfer())
    assert codes(answers) == [None]
    assert bank.account(A).balance == 1350
    ids = [pacs002.parse(one.encode()).message_id for one in answers]
    assert len(set(ids)) == 1


@pytest.mark.parametrize("other", [{"amount": 1251}, {"currency": "USD"}])
def test_another_payment_under_the_same_reference_is_refused(
    bank: SmallBank, answers: list[str], other: dict[str, Any]
) -> None:
    receive(transfer())
    receive(transfer(**other), message_id="MSG-2")
    assert codes(answers) == ["AM05"]
    assert bank.account(A).balance == 1350


def test_payment_under_a_reference_of_our_own_is_refused(bank: SmallBank, answers: list[str]) -> None:
    bank.put(UniqueKey.of_uetr(uetr_of("txn_1"), "txn_ours").stamp(staff(), NOON))
    receive(transfer())
    assert (codes(answers), bank.account(A).balance) == (["AM05"], 100)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"creditor": replace(BEN, iban="DE89370400440532013000")}, "AC01"),
        ({"creditor": creditor(UNUSED)}, "AC01"),
        ({"currency": "USD"}, "AM03"),
        ({"accepted_at": NOON - timedelta(minutes=5)}, "AB05"),
    ],
)
def test_payment_that_cannot_be_credited_is_refused_with_the_reason(
    bank: SmallBank, answers: list[str], fields: dict[str, Any], code: str
) -> None:
    receive(transfer(**fields))
    assert (codes(answers), bank.account(A).balance) == ([code], 100)


@pytest.mark.parametrize(("status", "code", "balance"), [("closed", "AC04", 100), ("frozen", None, 1350)])
def test_closed_account_is_credited_nothing_and_a_frozen_one_is(
    bank: SmallBank, answers: list[str], status: Any, code: str | None, balance: int
) -> None:
    account = bank.account(A)
    account.status = status
    bank.put(account)
    receive(transfer())
    assert (codes(answers), bank.account(A).balance) == ([code], balance)


def test_each_payment_of_a_message_is_answered_by_itself(bank: SmallBank, answers: list[str]) -> None:
    receive(transfer(1), transfer(2, creditor=replace(BEN, name="x", town=None, country=None)), transfer(3, amount=1))
    assert codes(answers) == [None, "AC01", None]
    assert bank.account(A).balance == 1351
