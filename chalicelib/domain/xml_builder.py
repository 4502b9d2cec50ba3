"""Builds XML documents, element by element."""

import re
from xml.etree import ElementTree

Element = ElementTree.Element
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(namespace: str) -> Element:
    """Return the root of a message of ISO 20022."""
    return Element("Document", {"xmlns": namespace})


def child(parent: Element, path: str, text: str | None = None) -> Element:
    """Add the elements of a path such as `Id/IBAN`, the last one with text.

    Characters that XML cannot contain become U+FFFD.
    """
    element = parent
    for name in path.split("/"):
        element = ElementTree.SubElement(element, name)
    if text is not None:
        element.text = _NOT_XML.sub("\ufffd", text)
    return element


def render(root: Element) -> str:
    """Return the whole document in UTF-8."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
