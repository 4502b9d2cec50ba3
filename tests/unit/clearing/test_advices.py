"""What the clearing has booked on our account, by notification and by statement."""

from datetime import date

import pytest

from chalicelib.domain.clearing import camt053, camt054
from chalicelib.domain.clearing.heading import Heading, heading_of
from chalicelib.domain.clearing.node import Invalid
from tests.unit.clearing import foreign_reader
from tests.unit.clearing.advices import UETRS, details, entry, notification, statement
from tests.unit.clearing.messages import valid


def read(*entries: str) -> camt054.SettlementAdvice:
    return camt054.parse(notification(*entries).encode())


def test_a_notification_is_read_with_its_payments() -> None:
    text = notification(
        entry(details=details("10.00", "20.00")), entry("5.00", "CRDT", before="<RvslInd>true</RvslInd>")
    )
    valid(camt054.NAME, text)
    foreign_reader.read(camt054.NAME, text)
    advice = camt054.parse(text.encode())
    [found] = advice.notifications
    assert (advice.message_id, advice.sender_bic, found.account) == ("NTF-1", "CLRGXXFFXXX", "NOSTRO-EUR")
    debit, credit = found.entries
    assert (debit.amount, debit.currency, debit.booking_date, debit.message_id) == (
        -30_00,
        "EUR",
        date(2026, 11, 30),
        "MSG-1",
    )
    assert [(one.uetr, one.amount) for one in debit.payments] == [(UETRS[0], -10_00), (UETRS[1], -20_00)]
    assert (credit.amount, credit.is_booked, credit.payments) == (5_00, True, ())
    assert heading_of(text.encode()) == Heading(camt054.NAME, "NTF-1", "CLRGXXFFXXX")


def test_a_pending_entry_is_not_booked() -> None:
    [found] = read(entry(status="PDNG")).notifications
    assert not found.entries[0].is_booked


def test_a_single_payment_without_an_amount_has_the_entry_s() -> None:
    one = f"<NtryDtls><TxDtls><Refs><UETR>{UETRS[0]}</UETR></Refs></TxDtls></NtryDtls>"
    [found] = read(entry(details=one)).notifications
    assert [payment.amount for payment in found.entries[0].payments] == [-30_00]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (entry(details=details("10.00", "20.01")), "AM10"),
        (entry(side="BOTH"), "FF01"),
        (entry("30.005"), "AM12"),
        (entry(details=details("30.00").replace('<Amt Ccy="EUR">', '<Amt Ccy="USD">')), "AM03"),
        (entry(details=details("30.00").replace(UETRS[0], "none")), "FF01"),
        (entry().replace("<Cd>BOOK</Cd>", "<Prtry>OWN</Prtry>"), "FF01"),
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(wrong: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(wrong)
    assert refused.value.code == code


def test_a_statement_is_read_with_its_balances() -> None:
    text = statement(entry(details=details("10.00", "20.00")), entry("7.00", status="PDNG"))
    valid(camt053.NAME, text)
    message = camt053.parse(text.encode())
    [found] = message.statements
    assert (found.opening, found.closing, found.currency, found.day) == (100_00, 70_00, "EUR", date(2026, 11, 30))
    assert [one.amount for one in found.entries] == [-30_00, -7_00]
    assert heading_of(text.encode()) == Heading(camt053.NAME, "STM-1", "CLRGXXFFXXX")


def test_a_statement_may_end_below_zero() -> None:
    [found] = camt053.parse(statement(entry("130.00"), closing="30.00", closing_side="DBIT").encode()).statements
    assert found.closing == -30_00


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (statement(entry(), closing="70.01"), "AM10"),
        (statement(entry()).replace("CLBD", "CLAV"), "FF01"),
        (statement(entry()).replace("<Dt><Dt>2026-11-30</Dt></Dt></Bal>", "</Bal>"), "DT01"),
        (statement(entry().replace('Ccy="EUR"', 'Ccy="USD"')), "AM03"),
    ],
)
def test_a_statement_that_contradicts_itself_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        camt053.parse(text.encode())
    assert refused.value.code == code
