"""Writes what the clearing sends: statuses, payments, returns, recalls and refusals of recalls."""

from datetime import date, datetime

from clearing_bank import xml_writer as xml
from clearing_bank.facts import Party, Payment
from clearing_bank.requests import Mention

OWN_BIC = "CLRGDEFFXXX"
PACS_008, STATUSES = "pacs.008.001.08", {"settled": "ACSC", "returned": "ACSC", "rejected": "RJCT", "received": "PDNG"}


def status_report(message_id: str, payments: list[Payment], at: datetime) -> str:
    """Return a pacs.002 on payments, each with its status."""
    root, message = xml.document("pacs.002.001.10", "FIToFIPmtStsRpt")
    _add_header(message, message_id, at)
    for payment in payments:
        element = xml.add(message, "TxInfAndSts")
        _add_original(element, payment)
        xml.add(element, "TxSts", STATUSES[payment.state])
        xml.add_reason(element, "StsRsnInf", payment.code if payment.state == "rejected" else None)
    return xml.render(root)


def message_refusal(message_id: str, original_id: str, original_name: str, at: datetime) -> str:
    """Return a pacs.002 that refuses a whole message."""
    root, message = xml.document("pacs.002.001.10", "FIToFIPmtStsRpt")
    _add_header(message, message_id, at)
    group = xml.add(message, "OrgnlGrpInfAndSts")
    xml.add(group, "OrgnlMsgId", original_id)
    xml.add(group, "OrgnlMsgNmId", original_name)
    xml.add(group, "GrpSts", "RJCT")
    xml.add_reason(group, "StsRsnInf", "FF01")
    return xml.render(root)


def payment_return(message_id: str, payment: Payment, code: str, day: date, at: datetime) -> str:
    """Return a pacs.004 that gives one payment back."""
    root, message = xml.document("pacs.004.001.09", "PmtRtr")
    header = _add_settlement_header(message, message_id, at)
    xml.add_amount(header, "TtlRtrdIntrBkSttlmAmt", payment.amount, payment.currency)
    _add_clearing(header, day)
    element = xml.add(message, "TxInf")
    xml.add(element, "RtrId", message_id)
    _add_original(element, payment)
    xml.add_amount(element, "RtrdIntrBkSttlmAmt", payment.amount, payment.currency)
    xml.add(element, "ChrgBr", "SLEV")
    xml.add_reason(element, "RtrRsnInf", code)
    return xml.render(root)


def credit_transfer(payment: Payment, at: datetime) -> str:
    """Return a pacs.008 with one payment to the member."""
    root, message = xml.document(PACS_008, "FIToFICstmrCdtTrf")
    header = _add_settlement_header(message, payment.message_id, at)
    xml.add_amount(header, "TtlIntrBkSttlmAmt", payment.amount, payment.currency)
    _add_clearing(header, payment.settlement_date)
    element = xml.add(message, "CdtTrfTxInf")
    ids = xml.add(element, "PmtId")
    xml.add(ids, "EndToEndId", payment.end_to_end_id)
    xml.add(ids, "TxId", payment.transaction_id)
    xml.add(ids, "UETR", payment.uetr)
    kind = xml.add(element, "PmtTpInf")
    xml.add(kind, "SvcLvl/Cd", "SEPA")
    xml.add_if(kind, "LclInstrm/Cd", "INST" if payment.is_instant else None)
    xml.add_amount(element, "IntrBkSttlmAmt", payment.amount, payment.currency)
    xml.add(element, "ChrgBr", "SLEV")
    _add_party(element, "Dbtr", payment.debtor)
    xml.add_bank(element, "DbtrAgt", payment.debtor.bic)
    xml.add_bank(element, "CdtrAgt", payment.creditor.bic)
    _add_party(element, "Cdtr", payment.creditor)
    xml.add_if(element, "RmtInf/Ustrd", payment.remittance)
    return xml.render(root)


def recall(message_id: str, payment: Payment, code: str, at: datetime) -> str:
    """Return a camt.056 that asks for a payment to the member back."""
    root, message = xml.document("camt.056.001.08", "FIToFIPmtCxlReq")
    _add_assignment(message, message_id, payment.member_bic, at)
    element = xml.add(message, "Undrlyg/TxInf")
    xml.add(element, "CxlId", message_id)
    _add_original(element, payment)
    xml.add_amount(element, "OrgnlIntrBkSttlmAmt", payment.amount, payment.currency)
    xml.add(element, "OrgnlIntrBkSttlmDt", payment.settlement_date.isoformat())
    xml.add_reason(element, "CxlRsnInf", code)
    return xml.render(root)


def recall_refusal(
    message_id: str, mention: Mention, payment: Payment | None, code: str, member_bic: str | None, at: datetime
) -> str:
    """Return a camt.029 that refuses a recall."""
    root, message = xml.document("camt.029.001.09", "RsltnOfInvstgtn")
    _add_assignment(message, message_id, member_bic, at)
    xml.add(message, "Sts/Conf", "RJCR")
    element = xml.add(message, "CxlDtls/TxInfAndSts")
    xml.add(element, "CxlStsId", message_id)
    case = xml.add(element, "RslvdCase")
    xml.add(case, "Id", mention.id or "NOTPROVIDED")
    xml.add_bank(case, "Cretr/Agt", member_bic)
    if payment:
        _add_original(element, payment)
    else:
        xml.add_if(element, "OrgnlTxId", mention.transaction_id)
        xml.add_if(element, "OrgnlUETR", mention.uetr)
    xml.add(element, "TxCxlSts", "RJCR")
    xml.add_reason(element, "CxlStsRsnInf", code)
    return xml.render(root)


def _add_header(message: xml.Element, message_id: str, at: datetime) -> None:
    header = xml.add(message, "GrpHdr")
    xml.add(header, "MsgId", message_id)
    xml.add(header, "CreDtTm", xml.moment(at))
    xml.add_bank(header, "InstgAgt", OWN_BIC)


def _add_settlement_header(message: xml.Element, message_id: str, at: datetime) -> xml.Element:
    header = xml.add(message, "GrpHdr")
    xml.add(header, "MsgId", message_id)
    xml.add(header, "CreDtTm", xml.moment(at))
    xml.add(header, "NbOfTxs", "1")
    return header


def _add_clearing(header: xml.Element, day: date) -> None:
    xml.add(header, "IntrBkSttlmDt", day.isoformat())
    xml.add(header, "SttlmInf/SttlmMtd", "CLRG")
    xml.add_bank(header, "InstgAgt", OWN_BIC)


def _add_assignment(message: xml.Element, message_id: str, member_bic: str | None, at: datetime) -> None:
    assignment = xml.add(message, "Assgnmt")
    xml.add(assignment, "Id", message_id)
    xml.add_bank(assignment, "Assgnr/Agt", OWN_BIC)
    xml.add_bank(assignment, "Assgne/Agt", member_bic)
    xml.add(assignment, "CreDtTm", xml.moment(at))


def _add_original(element: xml.Element, payment: Payment) -> None:
    group = xml.add(element, "OrgnlGrpInf")
    xml.add(group, "OrgnlMsgId", payment.message_id)
    xml.add(group, "OrgnlMsgNmId", PACS_008)
    xml.add(element, "OrgnlEndToEndId", payment.end_to_end_id)
    xml.add(element, "OrgnlTxId", payment.transaction_id)
    xml.add(element, "OrgnlUETR", payment.uetr)


def _add_party(element: xml.Element, name: str, party: Party) -> None:
    one = xml.add(element, name)
    xml.add(one, "Nm", party.name)
    if party.country:
        address = xml.add(one, "PstlAdr")
        xml.add_if(address, "TwnNm", party.town)
        xml.add(address, "Ctry", party.country)
    xml.add(element, f"{name}Acct/Id/IBAN", party.iban)
