"""Entries of a camt.053: each booking as an `Ntry`, with a `TxDtls` for each payment in it.

A batch is one entry with its sum, as ISO 20022 has it: `NtryDtls/Btch` names the file and the `PmtInf` that asked for
it, and each payment has its own amount. So a company matches the one debit that it expects.
"""

from chalicelib.domain import money
from chalicelib.domain.statements.booking import Booking
from chalicelib.domain.statements.statement import Line, PaymentBatch
from chalicelib.domain.xml_builder import Element, child

CODES = {
    ("deposit", True): ("PMNT", "CNTR", "CDPT"),
    ("withdrawal", False): ("PMNT", "CNTR", "CWDL"),
    ("transfer", True): ("PMNT", "RCDT", "BOOK"),
    ("transfer", False): ("PMNT", "ICDT", "BOOK"),
    ("payment", False): ("PMNT", "ICDT", "ESCT"),
    ("incoming_payment", True): ("PMNT", "RCDT", "ESCT"),
    ("payment_return", True): ("PMNT", "RCDT", "RRTN"),
    ("payment_return", False): ("PMNT", "ICDT", "RRTN"),
    ("interest_credit", True): ("ACMT", "MCOP", "INTR"),
}
"""Domain, family and sub-family (ISO's external code sets) by the entry's type and whether it is a credit."""
INSTANT_FAMILIES = {"ICDT": "IRCT", "RCDT": "RRCT"}
"""Families of instant payments, by those of all others."""
_OTHER = {True: ("PMNT", "MCOP", "OTHR"), False: ("PMNT", "MDOP", "OTHR")}


def add_entry(parent: Element, booking: Booking, currency: str, bank_name: str) -> None:
    """Fill an `Ntry`."""
    entry, day = booking.last.entry, booking.day.isoformat()
    child(parent, "NtryRef", str(entry.seq))
    add_amount(parent, booking.amount, currency)
    if entry.type == "reversal":
        child(parent, "RvslInd", "true")
    child(child(parent, "Sts"), "Cd", "BOOK")
    child(child(parent, "BookgDt"), "Dt", day)
    child(child(parent, "ValDt"), "Dt", day)
    child(parent, "AcctSvcrRef", _reference(booking))
    _code(child(parent, "BkTxCd"), booking.last, bank_name)
    details = child(parent, "NtryDtls")
    if booking.batch:
        _batch(child(details, "Btch"), booking, booking.batch, currency)
    for line in booking.lines:
        _transaction(child(details, "TxDtls"), line, has_own_amount=booking.batch is not None)


def add_amount(parent: Element, amount: int, currency: str) -> None:
    """Add an amount in minor units without its sign, and its direction."""
    child(parent, "Amt", money.text(abs(amount), currency)).set("Ccy", currency)
    child(parent, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")


def _reference(booking: Booking) -> str:
    """Return the bank's own reference: a transaction, or a file with the entry where its batch is booked.

    It has at most 35 characters, and no other entry has it: importers skip a reference that they know.
    """
    entry = booking.last.entry
    if booking.batch is None:
        return entry.transaction_id
    return f"{booking.batch.file_id.removeprefix('pfl_')}-{entry.seq}"[:35]


def _batch(parent: Element, booking: Booking, batch: PaymentBatch, currency: str) -> None:
    _add_text(parent, "MsgId", batch.message_id)
    _add_text(parent, "PmtInfId", batch.payment_information_id)
    child(parent, "NbOfTxs", str(len(booking.lines)))
    child(parent, "TtlAmt", money.text(abs(booking.amount), currency)).set("Ccy", currency)
    child(parent, "CdtDbtInd", "CRDT" if booking.amount >= 0 else "DBIT")


def _transaction(parent: Element, line: Line, *, has_own_amount: bool) -> None:
    references = child(parent, "Refs")
    _add_text(references, "MsgId", line.batch.message_id if line.batch else None)
    child(references, "AcctSvcrRef", line.entry.transaction_id)
    _add_text(references, "PmtInfId", line.batch.payment_information_id if line.batch else None)
    child(references, "EndToEndId", line.end_to_end_id or "NOTPROVIDED")
    _add_text(references, "UETR", line.uetr)
    if has_own_amount:
        add_amount(parent, line.entry.amount, line.entry.currency)
    if line.counterparty_iban:
        _counterparty(parent, line, line.counterparty_iban)
    if line.memo:
        child(child(parent, "RmtInf"), "Ustrd", line.memo[:140])
    if line.return_reason:
        child(parent, f"RtrInf/Rsn/{'Cd' if len(line.return_reason) <= 4 else 'Prtry'}", line.return_reason)


def _add_text(parent: Element, name: str, text: str | None) -> None:
    if text:
        child(parent, name, text)


def _counterparty(details: Element, line: Line, iban: str) -> None:
    """Add who is on the other side, and the bank where that is another one. A return has the sides of the payment."""
    has_paid = (line.entry.amount > 0) != (line.entry.type == "payment_return")
    side = "Dbtr" if has_paid else "Cdtr"
    parties = child(details, "RltdPties")
    if line.is_between_banks and line.counterparty_name:
        child(child(child(parties, side), "Pty"), "Nm", line.counterparty_name[:140])
    child(child(child(parties, f"{side}Acct"), "Id"), "IBAN", iban)
    if line.is_between_banks:
        bank = child(child(child(details, "RltdAgts"), f"{side}Agt"), "FinInstnId")
        if line.counterparty_bic:
            child(bank, "BICFI", line.counterparty_bic)
        else:
            child(child(bank, "ClrSysMmbId"), "MmbId", line.counterparty_bank_code)


def _code(parent: Element, line: Line, bank_name: str) -> None:
    entry = line.entry
    is_credit = entry.amount > 0
    domain, family, sub_family = CODES.get((entry.type, is_credit), _OTHER[is_credit])
    within = child(parent, "Domn")
    child(within, "Cd", domain)
    fine = child(within, "Fmly")
    child(fine, "Cd", INSTANT_FAMILIES[family] if line.is_instant else family)
    child(fine, "SubFmlyCd", sub_family)
    own = child(parent, "Prtry")
    child(own, "Cd", entry.type)
    child(own, "Issr", bank_name[:35])
