"""Writes messages of ISO 20022."""

from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree

Element = ElementTree.Element


def document(name: str, message: str) -> tuple[Element, Element]:
    """Return the root of a document and the message within it."""
    root = Element("Document", {"xmlns": f"urn:iso:std:iso:20022:tech:xsd:{name}"})
    return root, ElementTree.SubElement(root, message)


def add(parent: Element, path: str, text: str | None = None) -> Element:
    """Add the elements of a path such as `Id/IBAN`, the last one with text."""
    for name in path.split("/"):
        parent = ElementTree.SubElement(parent, name)
    parent.text = text
    return parent


def add_if(parent: Element, path: str, text: str | None) -> None:
    if text:
        add(parent, path, text)


def add_amount(parent: Element, name: str, amount: Decimal, currency: str) -> None:
    add(parent, name, f"{abs(amount):f}").set("Ccy", currency)


def add_bank(parent: Element, name: str, bic: str | None) -> None:
    """Add a bank by its BIC, or as one that is not named."""
    add(parent, f"{name}/FinInstnId/{'BICFI' if bic else 'Othr/Id'}", bic or "NOTPROVIDED")


def add_reason(parent: Element, name: str, code: str | None) -> None:
    if code:
        add(parent, f"{name}/Rsn/Cd", code)


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def render(root: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")
