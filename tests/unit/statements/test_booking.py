"""Bookings of a statement: a batch of a file is one on each day, and the sums and balances are the ledger's."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from chalicelib.domain.statements import camt053, csv_format, json_format, table
from chalicelib.domain.statements.booking import bookings
from chalicelib.domain.statements.statement import PaymentBatch, Statement
from tests.unit.clearing import foreign_reader
from tests.unit.clearing.test_foreign_bank import find_errors
from tests.unit.statements.builders import chain, statement_of
from tests.unit.statements.test_camt053 import NAMES, told, valid

FIRST = datetime(2026, 10, 2, 12, tzinfo=UTC)
SALARIES = PaymentBatch("pfl_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z#1", "pfl_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z", "SALARIES-10", "P-1")
RENTS = replace(SALARIES, id="pfl_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z#2", payment_information_id="P-2")


def booked(*moved: tuple[int, int, PaymentBatch | None]) -> Statement:
    """Return a statement of October: of each entry its day, its amount, and the batch of a payment."""
    moments = [
        (FIRST + timedelta(days=day, minutes=number), amount, batch)
        for number, (day, amount, batch) in enumerate(moved)
    ]
    kinds = [
        (at, "payment" if batch else "deposit" if amount > 0 else "payment", amount) for at, amount, batch in moments
    ]
    bare = statement_of(chain([(FIRST - timedelta(days=1), "deposit", 10_000), *kinds]), "2026-10")
    lines = [
        replace(
            line,
            batch=batch,
            end_to_end_id=f"E-{number}",
            counterparty_iban="DE89370400440532013000",
            counterparty_bank_code="37040044",
        )
        for number, (line, (_, _, batch)) in enumerate(zip(bare.lines[1:], moments, strict=True))
    ]
    return replace(bare, lines=[bare.lines[0], *lines])


def october() -> Statement:
    """Return two batches of a file, a payment alone, and one of a batch that was settled a day later."""
    return booked(
        (0, -100, SALARIES), (0, -200, SALARIES), (0, 50, None), (0, -30, RENTS), (0, -300, SALARIES), (0, -40, RENTS),
        (0, -7, None), (1, -5, SALARIES),
    )  # fmt: skip


def rows_of(statement: Statement) -> Sequence[table.Row]:
    return table.rows(statement)[1:-1]


def test_payments_of_a_batch_on_a_day_are_one_booking_where_the_last_is() -> None:
    found = bookings(october())
    assert [(one.amount, len(one.lines)) for one in found] == [
        (10_000, 1), (50, 1), (-600, 3), (-70, 2), (-7, 1), (-5, 1),
    ]  # fmt: skip
    assert [one.balance_after for one in found] == [10_000, 10_050, 9_450, 9_380, 9_373, 9_368]
    assert [one.batch for one in found] == [None, None, SALARIES, RENTS, None, None]


def test_batch_is_one_entry_of_camt053_with_its_payments() -> None:
    text = camt053.text(october(), "Florin")
    document = valid(october())
    foreign_reader.read("camt.053.001.08", text)
    assert find_errors(text) == []
    assert told(document, "c:Ntry/c:Amt") == ["100.00", "0.50", "6.00", "0.70", "0.07", "0.05"]
    assert told(document, "c:TxsSummry//c:NbOfNtries") == ["6", "2", "4"]
    assert told(document, "c:TxsSummry//c:Sum") == ["100.50", "6.82"]
    salaries, rents = document.xpath("//c:Ntry[c:NtryDtls/c:Btch]", namespaces=NAMES)
    assert [one.text for one in salaries.find(".//c:Btch", NAMES)] == ["SALARIES-10", "P-1", "3", "6.00", "DBIT"]
    assert [one.text for one in rents.find(".//c:Btch", NAMES)] == ["SALARIES-10", "P-2", "2", "0.70", "DBIT"]
    assert told(salaries, "c:TxDtls/c:Amt") == ["1.00", "2.00", "3.00"]
    assert told(salaries, "c:TxDtls/c:Refs/c:EndToEndId") == ["E-0", "E-1", "E-4"]
    assert told(salaries, "c:BkTxCd//c:SubFmlyCd") == ["ESCT"]
    references = told(document, "c:Ntry/c:AcctSvcrRef")
    assert len(set(references)) == len(references)


def test_payment_of_a_batch_that_is_booked_alone_names_its_batch() -> None:
    [late] = valid(october()).xpath("//c:Ntry[c:BookgDt/c:Dt='2026-10-03']", namespaces=NAMES)
    assert late.find(".//c:Btch", NAMES) is None
    assert (told(late, "c:Refs/c:MsgId"), told(late, "c:Refs/c:PmtInfId")) == (["SALARIES-10"], ["P-1"])
    assert told(late, "c:AcctSvcrRef") == ["txn_9", "txn_9"]


def test_printed_table_has_a_row_for_a_batch_and_adds_up() -> None:
    rows = rows_of(october())
    assert [row.description for row in rows[2:4]] == [
        ("Payment file SALARIES-10, 3 payments", "P-1"),
        ("Payment file SALARIES-10, 2 payments", "P-2"),
    ]
    assert [(row.paid_out, row.balance) for row in rows[2:4]] == [("6.00", "94.50"), ("0.70", "93.80")]
    assert rows[-1].description == ("Payment to DE89370400440532013000",)


def test_batch_of_a_customer_who_is_erased_has_no_name() -> None:
    nameless = PaymentBatch(SALARIES.id, SALARIES.file_id)
    statement = booked((0, -100, nameless), (0, -200, nameless))
    assert rows_of(statement)[1].description == ("Payment file, 2 payments",)
    batch = valid(statement).find(".//c:Btch", NAMES)
    assert [etree.QName(one).localname for one in batch] == ["NbOfTxs", "TtlAmt", "CdtDbtInd"]


def test_json_and_csv_have_each_payment_with_its_batch() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_format.text(october(), with_bom=False))))
    assert len(rows) == len(october().lines)
    named = {(row["payment_file_id"], row["payment_information_id"]) for row in rows}
    assert named == {("", ""), (SALARIES.file_id, "P-1"), (SALARIES.file_id, "P-2")}
    assert json_format.text(october()).count('"message_id":"SALARIES-10"') == 6


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 50), st.sampled_from([None, SALARIES, RENTS])),
        max_size=30,
    )
)
def test_sums_and_the_balance_at_the_end_of_a_day_are_those_of_the_entries(
    moved: list[tuple[int, int, PaymentBatch | None]],
) -> None:
    statement = booked(
        *((day, -amount if batch else amount, batch) for day, amount, batch in sorted(moved, key=lambda one: one[0]))
    )
    found = bookings(statement)
    assert sorted(line.entry.seq for one in found for line in one.lines) == [one.seq for one in statement.entries]
    balance = statement.opening_balance
    for one in found:
        balance += one.amount
        assert one.balance_after == balance
        assert len({line.batch for line in one.lines}) == 1
    ends = {statement.day(one): one.balance_after for one in statement.entries}
    for day, of_day in groupby(found, key=lambda one: one.day):
        assert list(of_day)[-1].balance_after == ends[day]
    keys = [(one.last.batch.id, one.day) for one in found if one.last.batch]
    assert len(set(keys)) == len(keys)
