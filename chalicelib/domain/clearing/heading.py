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

    def is_sent_by(self, bic: str) -> bool:
        """Return whether a bank is the sender. A BIC of 8 characters is that of the head office, which ends in XXX."""
        return self.sender_bic is not None and self.sender_bic.removesuffix("XXX") == bic.removesuffix("XXX")


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
    return Heading(name, read_reference(message, path), _read_sender(message))


def _read_sender(message: Node) -> str | None:
    """Return the BIC of the sender. Raises Invalid if parts of the message, such as two notifications, name several."""
    named = set[str]()
    for path in _SENDERS:
        part, rest = path.split("/", 1)
        named |= {bic for one in message.all(part) if (bic := read_bic(one, rest))}
    if len(named) > 1:
        raise Invalid("FF01", message.path, "names more than one sender")
    return next(iter(named), None)
