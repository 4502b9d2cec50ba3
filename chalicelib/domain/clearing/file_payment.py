"""A payment of a file: one `CdtTrfTxInf` of a pain.001, or why it is refused alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain import money
from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.payments import iban
from chalicelib.domain.payments.iban import InvalidIban

NAME_MAX = 100
"""Characters of a name, as of the payee of any payment."""


@dataclass(frozen=True)
class FilePayment:
    """A payment of a file. `amount` is in minor units; texts are as the customer has written them."""

    path: str
    end_to_end_id: str
    amount: int
    currency: str
    creditor_name: str
    creditor_iban: str
    remittance: str | None


@dataclass(frozen=True)
class RefusedPayment:
    """A payment that is wrong alone: code of ISO's external status reasons, the XPath, and words for people.

    Of an end-to-end id that is too long, `end_to_end_id` is the beginning.
    """

    end_to_end_id: str | None
    code: str
    path: str
    detail: str


def parse_payments(group: Node) -> Iterator[FilePayment | RefusedPayment]:
    """Yield the payments of a `PmtInf`, in their order."""
    for node in group.all_with_paths("CdtTrfTxInf"):
        try:
            yield _parse_payment(node)
        except Invalid as error:
            reference = (node.text("PmtId/EndToEndId") or "")[: parts.REFERENCE_MAX] or None
            yield RefusedPayment(reference, error.code, error.path, error.detail)


def _parse_payment(node: Node) -> FilePayment:
    amount, currency = _amount(node)
    return FilePayment(
        path=node.path,
        end_to_end_id=short_text(node, "PmtId/EndToEndId", parts.REFERENCE_MAX),
        amount=amount,
        currency=currency,
        creditor_name=short_text(node, "Cdtr/Nm", NAME_MAX, "RR03"),
        creditor_iban=account_iban(node, "CdtrAcct/Id/IBAN", "AC03"),
        remittance=_remittance(node),
    )


def _remittance(node: Node) -> str | None:
    """Return what the payment is for: the text, or the reference that the payee has given it.

    Raises Invalid for more than goes on to the payee: nothing of it is lost unseen.
    """
    texts, references = list(node.all("RmtInf/Ustrd")), list(node.all("RmtInf/Strd/CdtrRefInf/Ref"))
    if len(texts) + len(references) > 1:
        raise Invalid("FF01", f"{node.path}/RmtInf", "may have one text or one reference")
    if not texts and not references:
        return None
    return short_text(node, "RmtInf/Ustrd" if texts else "RmtInf/Strd/CdtrRefInf/Ref", parts.REMITTANCE_MAX)


def short_text(node: Node, path: str, length_max: int, code: str = "FF01") -> str:
    """Return a text that must be there. Raises Invalid for one that is longer than the standard, or the bank, takes."""
    text = " ".join(node.require(path, code).split())
    if len(text) > length_max:
        raise Invalid("FF01", f"{node.path}/{path}", f"has {len(text)} characters; at most {length_max} are accepted")
    return text


def _amount(node: Node) -> tuple[int, str]:
    path = f"{node.path}/Amt/InstdAmt"
    found, text = node.find("Amt/InstdAmt"), node.require("Amt/InstdAmt", "AM12")
    currency = str(found.element.get("Ccy")) if found else ""
    if currency not in money.DECIMALS:
        raise Invalid("AM03", path, f"has the currency {currency[:3]}, which is not accepted")
    try:
        return money.parse(text, currency), currency
    except ValueError as error:
        raise Invalid("AM12", path, str(error)) from None


def account_iban(node: Node, path: str, code: str) -> str:
    """Return an IBAN in its electronic form. Raises Invalid with the code."""
    try:
        return iban.parse(node.require(path, code))
    except InvalidIban as error:
        raise Invalid(code, f"{node.path}/{path}", str(error)) from None
