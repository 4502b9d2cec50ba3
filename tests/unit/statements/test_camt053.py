"""ISO 20022 camt.053.001.08 as its own schema has it, which `tests/schemas` keeps as ISO published it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from chalicelib.domain.ledger.posting import TransactionType
from chalicelib.domain.statements import camt053
from chalicelib.domain.statements.statement import Statement
from tests.unit.statements.builders import chain, october, statement_of

SCHEMA = etree.XMLSchema(file=str(Path(__file__).parents[2] / "schemas" / "camt.053.001.08.xsd"))
NAMES = {"c": camt053.NAMESPACE}
MOMENT = datetime(2026, 10, 2, tzinfo=UTC)


def valid(statement: Statement, bank_name: str = "Florin") -> Any:
    """The document, which the schema accepts."""
    document = etree.fromstring(camt053.text(statement, bank_name).encode())
    SCHEMA.assertValid(document)
    return document


def told(document: Any, path: str) -> list[str]:
    return [str(element.text) for element in document.findall(f".//{path}", NAMES)]


def test_a_month_with_every_kind_of_entry() -> None:
    document = valid(october())
    assert told(document, "c:Acct/c:Id/c:IBAN") == ["LV69FLRN0123456789005"]
    assert told(document, "c:Bal/c:Tp/c:CdOrPrtry/c:Cd") == ["OPBD", "CLBD"]
    assert told(document, "c:Bal/c:Amt") == ["100.00", "86.23"]
    assert told(document, "c:Bal/c:Dt/c:Dt") == ["2026-10-01", "2026-10-31"]
    assert told(document, "c:Ntry/c:NtryRef") == ["2", "3", "4", "5", "6", "7"]
    assert told(document, "c:Ntry/c:Amt") == ["1.23", "30.00", "5.00", "80.00", "80.00", "10.00"]
    assert told(document, "c:Ntry/c:CdtDbtInd") == ["CRDT", "DBIT", "CRDT", "DBIT", "CRDT", "CRDT"]
    assert told(document, "c:BkTxCd/c:Domn/c:Fmly/c:SubFmlyCd") == ["INTR", "BOOK", "BOOK", "CWDL", "OTHR", "CDPT"]
    assert told(document, "c:TxsSummry//c:NbOfNtries") == ["6", "4", "2"]
    assert told(document, "c:TxsSummry//c:Sum") == ["96.23", "110.00"]
    assert set(told(document, "c:EndToEndId")) == {"NOTPROVIDED"}
    assert told(document, "c:RltdPties/c:CdtrAcct/c:Id/c:IBAN") == ["LV00FLRN0123456789999"]
    assert told(document, "c:RltdPties/c:DbtrAcct/c:Id/c:IBAN") == ["LV00FLRN0123456789999"]
    assert told(document, "c:Ustrd") == ["=SUM(A1:A9)", 'Rent, "Οκτώβριος"', "Наличные", "@home", "x\ufffd<&>"]


def test_a_month_that_runs_is_an_interim_statement_that_ends_today() -> None:
    entries = chain([(MOMENT, "deposit", 500)])
    document = valid(statement_of(entries, "2026-10", now=datetime(2026, 10, 10, 12, tzinfo=UTC)))
    assert told(document, "c:Bal/c:Tp/c:CdOrPrtry/c:Cd") == ["OPBD", "ITBD"]
    assert told(document, "c:Bal/c:Dt/c:Dt") == ["2026-10-01", "2026-10-10"]
    assert told(document, "c:FrToDt/c:FrDtTm") == ["2026-09-30T22:00:00.000000Z"]
    assert told(document, "c:FrToDt/c:ToDtTm") == ["2026-10-09T22:00:00.000000Z"]
    assert told(document, "c:GrpHdr/c:CreDtTm") == ["2026-10-09T22:00:00Z"]
    final = valid(october())
    assert told(final, "c:FrToDt/c:ToDtTm") == ["2026-10-31T22:59:59.999999Z"]


def test_documents_that_differ_have_different_ids() -> None:
    """An importer that skips what it knows must not skip the final statement for one to date."""
    entries = chain([(MOMENT, "deposit", 500), (datetime(2026, 10, 20, tzinfo=UTC), "deposit", 1)])
    days = [datetime(2026, 10, number, 12, tzinfo=UTC) for number in (2, 3, 20, 31)]
    made = [statement_of(entries[:1], "2026-10", now=day) for day in days[:3]]
    made += [statement_of(entries, "2026-10", now=day) for day in (*days[2:], datetime(2026, 11, 2, tzinfo=UTC))]
    made += [statement_of(entries, month) for month in ("2026-10", "2026-11", "2026-12")]
    texts = {camt053.text(statement, "Florin") for statement in made}
    ids = {tuple(told(valid(statement), "c:Stmt/c:Id")) for statement in made}
    assert ids == {tuple(told(valid(statement), "c:MsgId")) for statement in made}
    assert len(ids) == len(texts) == len(made) - 1, "the final one of October was made twice"
    assert max(len(one) for [one] in ids) <= 35


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "123456"), ("USD", "1234.56"), ("KWD", "123.456")])
def test_amounts_have_the_decimals_of_their_currency(currency: str, amount: str) -> None:
    statement = statement_of(chain([(MOMENT, "deposit", 123456)], currency), "2026-10", currency=currency)
    document = valid(statement)
    assert told(document, "c:Ntry/c:Amt") == [amount]
    assert document.find(".//c:Ntry/c:Amt", NAMES).get("Ccy") == currency


def test_an_overdrawn_account_and_one_without_entries() -> None:
    overdrawn = valid(statement_of(chain([(MOMENT, "withdrawal", -5)]), "2026-10"))
    assert told(overdrawn, "c:Bal/c:CdtDbtInd") == ["CRDT", "DBIT"]
    assert told(overdrawn, "c:Bal/c:Amt") == ["0.00", "0.05"]
    assert told(valid(statement_of([], "2026-10")), "c:Ntry") == []


def test_texts_as_long_as_they_may_be() -> None:
    statement = october()
    lines = [replace(line, memo="ж" * 140) for line in statement.lines]
    account = replace(statement.account, account_number="1" * 12)
    valid(
        replace(statement, lines=lines, account=account), "A bank with a name that is longer than ISO has room for " * 4
    )


@pytest.mark.parametrize(("kind", "amount", "side"), [("payment", -500, "Cdtr"), ("incoming_payment", 500, "Dbtr")])
@pytest.mark.parametrize(("bic", "bank"), [("OTHRDEFFXXX", "c:BICFI"), (None, "c:ClrSysMmbId/c:MmbId")])
def test_payment_between_banks_names_the_other_side_and_its_bank(
    kind: TransactionType, amount: int, side: str, bic: str | None, bank: str
) -> None:
    bare = statement_of(chain([(MOMENT, kind, amount)]), "2026-10")
    party: dict[str, Any] = {"counterparty_iban": "DE89370400440532013000", "counterparty_name": "Zoë " * 40}
    also: dict[str, Any] = {"counterparty_bic": bic, "counterparty_bank_code": "37040044", "end_to_end_id": "E-1"}
    document = valid(replace(bare, lines=[replace(line, **party, **also) for line in bare.lines]))
    assert told(document, f"c:RltdPties/c:{side}/c:Pty/c:Nm") == [("Zoë " * 40)[:140]]
    assert told(document, f"c:RltdPties/c:{side}Acct/c:Id/c:IBAN") == ["DE89370400440532013000"]
    assert told(document, f"c:RltdAgts/c:{side}Agt/c:FinInstnId/{bank}") == [bic or "37040044"]
    assert told(document, "c:Refs/c:EndToEndId") == ["E-1"]


@pytest.mark.parametrize(
    ("kind", "amount", "is_instant", "family"),
    [
        ("payment", -500, True, "IRCT"),
        ("payment", -500, False, "ICDT"),
        ("incoming_payment", 500, True, "RRCT"),
        ("incoming_payment", 500, False, "RCDT"),
    ],
)
def test_code_of_a_payment_says_whether_it_was_instant(
    kind: TransactionType, amount: int, is_instant: bool, family: str
) -> None:
    bare = statement_of(chain([(MOMENT, kind, amount)]), "2026-10")
    document = valid(replace(bare, lines=[replace(line, is_instant=is_instant) for line in bare.lines]))
    assert told(document, "c:BkTxCd/c:Domn/c:Fmly/c:Cd") == [family]
    assert told(document, "c:BkTxCd/c:Domn/c:Fmly/c:SubFmlyCd") == ["ESCT"]


@pytest.mark.parametrize(("amount", "side"), [(500, "Cdtr"), (-500, "Dbtr")])
@pytest.mark.parametrize(("reason", "place"), [("MD07", "c:Cd"), ("Own reason", "c:Prtry")])
def test_return_is_matched_with_its_payment(amount: int, side: str, reason: str, place: str) -> None:
    bare = statement_of(chain([(MOMENT, "payment_return", amount)]), "2026-10")
    uetr = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"
    party: dict[str, Any] = {"counterparty_iban": "DE89370400440532013000", "counterparty_bank_code": "37040044"}
    also: dict[str, Any] = {
        "end_to_end_id": "E-1",
        "uetr": uetr,
        "return_reason": reason,
        "memo": "The payee has died.",
    }
    document = valid(replace(bare, lines=[replace(line, **party, **also) for line in bare.lines]))
    assert told(document, "c:Refs/c:EndToEndId") == ["E-1"]
    assert told(document, "c:Refs/c:UETR") == [uetr]
    assert told(document, f"c:RtrInf/c:Rsn/{place}") == [reason]
    assert told(document, f"c:RltdPties/c:{side}Acct/c:Id/c:IBAN") == ["DE89370400440532013000"]


def test_the_schema_refuses_what_it_should() -> None:
    """Or the tests above would prove nothing."""
    document = valid(october())
    document.find(".//c:Ntry/c:CdtDbtInd", NAMES).text = "CREDIT"
    assert not SCHEMA.validate(document)
