"""How a message names a payment of an earlier message."""

from dataclasses import dataclass

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.fields import read_optional_reference, read_uetr
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.xml_builder import Element, child


@dataclass(frozen=True)
class OriginalPayment:
    """A payment and the message that it was in. The UETR or the transaction id is always there."""

    message_id: str | None = None
    message_name: str | None = None
    transaction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None


def write_original(parent: Element, original: OriginalPayment) -> None:
    """Add the references to a payment. Raises ValueError without a UETR and transaction id."""
    if not (original.uetr or original.transaction_id):
        raise ValueError("an original payment is named by its UETR or transaction id")
    if original.message_id and original.message_name:
        write_original_message(child(parent, "OrgnlGrpInf"), original.message_id, original.message_name)
    if original.end_to_end_id:
        child(parent, "OrgnlEndToEndId", parts.reference(original.end_to_end_id))
    if original.transaction_id:
        child(parent, "OrgnlTxId", parts.reference(original.transaction_id))
    if original.uetr:
        child(parent, "OrgnlUETR", original.uetr)


def write_original_message(parent: Element, message_id: str, message_name: str) -> None:
    child(parent, "OrgnlMsgId", parts.reference(message_id))
    child(parent, "OrgnlMsgNmId", message_name)


def read_original(node: Node) -> OriginalPayment:
    """Return the references to a payment. Raises Invalid with NOOR if none of them is unique."""
    original = OriginalPayment(
        message_id=read_optional_reference(node, "OrgnlGrpInf/OrgnlMsgId"),
        message_name=read_optional_reference(node, "OrgnlGrpInf/OrgnlMsgNmId"),
        transaction_id=read_optional_reference(node, "OrgnlTxId"),
        end_to_end_id=read_optional_reference(node, "OrgnlEndToEndId"),
        uetr=read_uetr(node, "OrgnlUETR"),
    )
    if not (original.uetr or original.transaction_id):
        raise Invalid("NOOR", node.path, "names no original payment by OrgnlUETR or OrgnlTxId")
    return original
