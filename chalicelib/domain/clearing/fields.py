"""Values of received elements: amounts, days, moments, references and reasons. What is wrong raises Invalid."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime

from chalicelib.domain import money
from chalicelib.domain.clearing import safe_xml
from chalicelib.domain.clearing.node import DETAIL_MAX, Invalid, Node
from chalicelib.domain.text import visible_line

REFERENCE_MAX, NAME_MAX = 35, 140
_UETR = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_BIC = re.compile("[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_CODE = re.compile("[A-Z0-9]{1,4}")
_COUNT = re.compile("[0-9]{1,15}")


@dataclass(frozen=True)
class Reason:
    """Why a payment was refused, returned or recalled: the code of ISO's external lists, and words for people."""

    code: str
    detail: str | None = None


def read_message(received: bytes, namespace: str, name: str) -> Node:
    """Return the message in a document. Raises XmlRefused, and Invalid if it is another message."""
    root = Node(safe_xml.parse(received, namespace), namespace)
    message = root.find(name)
    if message is None:
        raise Invalid("FF01", root.path, f"has no {name}")
    return message


def read_reference(node: Node, path: str) -> str:
    """Return an identification, at most 35 characters. Raises Invalid if it is missing or longer."""
    found = read_optional_reference(node, path)
    if found is None:
        raise Invalid("FF01", f"{node.path}/{path}", "is missing")
    return found


def read_optional_reference(node: Node, path: str) -> str | None:
    return read_text(node, path, REFERENCE_MAX)


def read_text(node: Node, path: str, length_max: int) -> str | None:
    """Return a text or None. Raises Invalid if it is too long."""
    text = node.text(path)
    if text is not None and len(text) > length_max:
        raise Invalid("FF01", f"{node.path}/{path}", f"has more than {length_max} characters")
    return text


def read_uetr(node: Node, path: str) -> str | None:
    """Return the unique end-to-end transaction reference, a UUID of version 4, or None."""
    return _read_matching(node, path, _UETR, "is no UUID of version 4 in small letters")


def read_bic(node: Node, path: str) -> str | None:
    """Return the BIC of a bank such as `GrpHdr/InstgAgt`, or None if it is named otherwise."""
    return _read_matching(node, f"{path}/FinInstnId/BICFI", _BIC, "is no BIC")


def read_amount(node: Node, path: str, *, zero_allowed: bool = False) -> tuple[int, str]:
    """Return minor units and currency. Raises Invalid with AM12 or AM03."""
    found, text = node.find(path), node.require(path, "AM12")
    currency = str(found.element.get("Ccy")) if found else ""
    if currency not in money.DECIMALS:
        raise Invalid("AM03", f"{node.path}/{path}", f"has the currency {currency[:3]}, which is not accepted")
    try:
        return money.parse(text, currency, zero_allowed=zero_allowed), currency
    except ValueError as error:
        raise Invalid("AM12", f"{node.path}/{path}", str(error)) from None


def read_day(node: Node, path: str) -> date | None:
    """Return a date, also of an element that has `Dt` or `DtTm`, or None. Raises Invalid with DT01."""
    text = node.text(path) or node.text(f"{path}/Dt") or (node.text(f"{path}/DtTm") or "")[:10]
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("DT01", f"{node.path}/{path}", "is no date such as 2026-11-30") from None


def read_moment(node: Node, path: str) -> datetime | None:
    """Return a moment in UTC, or None. One without an offset is taken as UTC. Raises Invalid with DT01."""
    text = node.text(path)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("DT01", f"{node.path}/{path}", "is no moment such as 2026-11-30T09:30:00Z") from None


def read_count(node: Node, path: str, counted: int) -> None:
    """Raise Invalid with AM18 unless the stated number is the counted one. It may have zeros before it."""
    if not is_count(node.require(path), counted):
        raise Invalid("AM18", f"{node.path}/{path}", f"is not {counted}, which were counted")


def is_count(stated: str, counted: int) -> bool:
    """Return whether a text of at most 15 digits, as the standard has them, is a number."""
    return _COUNT.fullmatch(stated) is not None and int(stated) == counted


def require_total(message: Node, path: str, total: int, currencies: AbstractSet[str]) -> None:
    """Raise Invalid with AM10 if a total is stated and is not that of the payments, all in one currency."""
    if message.find(path) is None:
        return
    stated, currency = read_amount(message, path)
    if {currency} != currencies or stated != total:
        raise Invalid("AM10", f"{message.path}/{path}", "is not the sum of the payments")


def read_reason(node: Node, path: str) -> Reason | None:
    """Return the first reason at a path such as `StsRsnInf`, with all additional information; None without a code."""
    found = node.find(path)
    if found is None:
        return None
    code = _read_matching(found, "Rsn/Cd", _CODE, "is no code") or read_optional_reference(found, "Rsn/Prtry")
    if code is None:
        return None
    details = [text for one in found.all("AddtlInf") if (text := visible_line(one.element.text or ""))]
    return Reason(code, " ".join(details)[:DETAIL_MAX] or None)


def _read_matching(node: Node, path: str, pattern: re.Pattern[str], complaint: str) -> str | None:
    text = node.text(path)
    if text is not None and not pattern.fullmatch(text):
        raise Invalid("FF01", f"{node.path}/{path}", complaint)
    return text
