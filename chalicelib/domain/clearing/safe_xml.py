"""XML from outside, parsed without trust: no DOCTYPE, no entities, no network, bounded in size and depth."""

import re
from typing import Any

from lxml import etree

BYTES_MAX = 5 * 1024 * 1024
"""Of a message, and of the body of a request."""
DEPTH_MAX = 32
"""Elements within each other; messages of ISO 20022 have fewer than twenty."""
ELEMENTS_MAX = 1_000_000
"""Of a document, a hundred for each of ten thousand payments: to look at an element takes a microsecond, and memory."""

_TOO_DEEP = f"boolean({'/*' * (DEPTH_MAX + 1)})"
_NAMESPACE = re.compile(r"\{[^}]*\}")


class XmlRefused(ValueError):
    """A document that is not read. The message says why, to whoever sent it."""


class XmlTooLarge(XmlRefused):
    """A document with more bytes than are accepted."""


def parse(document: bytes, namespace: str, bytes_max: int = BYTES_MAX) -> Any:
    """Return the root element of a message. Raises XmlRefused, XmlTooLarge."""
    root = parse_any(document, bytes_max)
    if root.tag != f"{{{namespace}}}Document":
        raise XmlRefused(f"is not a Document of {namespace}")
    return root


def parse_any(document: bytes, bytes_max: int = BYTES_MAX) -> Any:
    """Return the root element of a document of any namespace. Raises XmlRefused, XmlTooLarge."""
    if len(document) > bytes_max:
        raise XmlTooLarge(f"has {len(document)} bytes; at most {bytes_max} are accepted")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise XmlRefused(f"is no XML: {error.msg}") from None
    information = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise XmlRefused("has a DOCTYPE, which is not accepted")
    if (information.encoding or "UTF-8").upper() not in {"UTF-8", "US-ASCII", "ASCII"}:
        raise XmlRefused(f"is encoded in {information.encoding}; send UTF-8")
    if root.xpath(_TOO_DEEP):
        raise XmlRefused(f"has elements nested more than {DEPTH_MAX} deep")
    if root.xpath("count(//*)") > ELEMENTS_MAX:
        raise XmlRefused(f"has more than {ELEMENTS_MAX} elements")
    return root


def path_of(element: Any) -> str:
    """Return the XPath of an element, without prefixes: /Document/CstmrCdtTrfInitn/PmtInf[2]/PmtInfId.

    lxml counts the siblings, because each of thousands of payments side by side has a path.
    """
    tree = element.getroottree()
    path = tree.getelementpath(element)
    below = "" if path == "." else f"/{_NAMESPACE.sub('', path)}"
    return f"/{etree.QName(tree.getroot()).localname}{below}"
