"""What a received document is, who sent it and under which id, before it is read: both sides dedupe by these."""

import re
from dataclasses import dataclass

from lxml import etree

from chalicelib.domain.clearing import parts, safe_xml
from chalicelib.domain.clearing.fields import read_bic, read_reference
from chalicelib.domain.clearing.node import Invalid, Node

_NAME = re.compile("[a-z]{4}[.][0-9]{3}[.][0-9]{3}[.][0-9]{2}")
_IDS = ("GrpHdr/MsgId", "Assgnmt/Id", "Assgnmt/MsgId")
_SENDERS = ("GrpHdr/InstgAgt", "GrpHdr/DbtrAgt", "Assgnmt/Assgnr/Agt", "Ntfctn/Acct/Svcr", "Stmt/Acct/Svcr")


@dataclass(frozen=True)
class Heading:
    """The name of a message such as pacs.002.001.10, its id, and the BIC of its sender where the message has it."""

    name: str
    message_id: str
    sender_bic: str | None


def heading_of(received: bytes) -> Heading:
    """Return the heading of a document of ISO 20022. Raises XmlRefused, Invalid."""
    root = safe_xml.parse_any(received)
    qualified = etree.QName(root)
    namespace = qualified.namespace or ""
    name = namespace.removeprefix(parts.NAMESPACE)
    if qualified.localname != "Document" or name == namespace or not _NAME.fullmatch(name):
        raise Invalid("FF01", "/", "is no Document of ISO 20022")
    if len(root) != 1:
        raise Invalid("FF01", "/Document", f"has {len(root)} elements, not one message")
    message = Node(root[0], namespace)
    path = next((path for path in _IDS if message.text(path)), _IDS[0])
    senders = (read_bic(message, one) for one in _SENDERS)
    return Heading(name, read_reference(message, path), next(filter(None, senders), None))
