"""Parts that messages between banks have in common: parties, banks, amounts, moments."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Protocol

from chalicelib.domain import money
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.sepa_text import NOT_PROVIDED, sepa_text
from chalicelib.domain.xml_builder import Element, child

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
NAME_MAX, REMITTANCE_MAX, REFERENCE_MAX, TOWN_MAX, INFORMATION_MAX = 70, 140, 35, 35, 105


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact_moment(at: datetime) -> str:
    """Format a moment with milliseconds, from which others count seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def amount(parent: Element, name: str, minor: int, currency: str) -> None:
    child(parent, name, money.text(minor, currency)).set("Ccy", currency)


def party(parent: Element, name: str, of: Party) -> None:
    """Add a party with its name and the town and country of its address."""
    element = child(parent, name)
    child(element, "Nm", sepa_text(of.name, NAME_MAX))
    if of.country:
        address = child(element, "PstlAdr")
        if of.town:
            child(address, "TwnNm", sepa_text(of.town, TOWN_MAX))
        child(address, "Ctry", of.country)


def account(parent: Element, name: str, of: Party) -> None:
    child(parent, f"{name}/Id/IBAN", of.iban)


def agent(parent: Element, name: str, bic: str | None) -> None:
    """Add a bank, by its BIC or as not provided: the IBAN names it."""
    institution = child(parent, f"{name}/FinInstnId")
    if bic:
        child(institution, "BICFI", bic)
    else:
        child(institution, "Othr/Id", NOT_PROVIDED)


def remittance(parent: Element, transfer: CreditTransfer) -> None:
    if transfer.remittance:
        child(parent, "RmtInf/Ustrd", sepa_text(transfer.remittance, REMITTANCE_MAX))


def reference(text: str) -> str:
    return sepa_text(text, REFERENCE_MAX)


def header(parent: Element, message_id: str, created_at: datetime, sender_bic: str | None) -> None:
    """Add the group header of a message that has neither total nor count."""
    element = child(parent, "GrpHdr")
    child(element, "MsgId", reference(message_id))
    child(element, "CreDtTm", moment(created_at))
    agent(element, "InstgAgt", sender_bic)


class Moved(Protocol):
    """A payment or a return of a message: an amount in minor units, settled on a day."""

    @property
    def amount(self) -> int: ...

    @property
    def currency(self) -> str: ...

    @property
    def settlement_date(self) -> date: ...


def settlement_header(
    parent: Element, message_id: str, created_at: datetime, moved: Sequence[Moved], total: str, sender_bic: str | None
) -> None:
    """Add the group header of a message that moves money of one currency on one day. `total` names its sum."""
    element, first = child(parent, "GrpHdr"), moved[0]
    child(element, "MsgId", reference(message_id))
    child(element, "CreDtTm", moment(created_at))
    child(element, "NbOfTxs", str(len(moved)))
    amount(element, total, sum(one.amount for one in moved), first.currency)
    child(element, "IntrBkSttlmDt", first.settlement_date.isoformat())
    child(element, "SttlmInf/SttlmMtd", "CLRG")
    agent(element, "InstgAgt", sender_bic)


def assignment(
    parent: Element, message_id: str, created_at: datetime, sender_bic: str | None, receiver_bic: str | None
) -> None:
    """Add the header of an investigation: from which bank to which."""
    element = child(parent, "Assgnmt")
    child(element, "Id", reference(message_id))
    agent(element, "Assgnr/Agt", sender_bic)
    agent(element, "Assgne/Agt", receiver_bic)
    child(element, "CreDtTm", moment(created_at))


def reason(parent: Element, name: str, given: Reason | None, path: str | None = None) -> None:
    """Add a reason, with the XPath of what is wrong, in pieces of 105 characters."""
    if given is None:
        return
    element = child(parent, name)
    child(element, "Rsn/Cd" if len(given.code) <= 4 else "Rsn/Prtry", given.code)
    if given.detail:
        child(element, "AddtlInf", sepa_text(given.detail, INFORMATION_MAX))
    for start in range(0, len(path or ""), INFORMATION_MAX):
        child(element, "AddtlInf", (path or "")[start : start + INFORMATION_MAX])
