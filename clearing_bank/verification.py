"""Answers whether a name fits an IBAN: acmt.023 in, acmt.024 out, by words in the name."""

from collections.abc import Callable
from datetime import datetime

from clearing_bank import xml_writer as xml
from clearing_bank.answers import OWN_BIC
from clearing_bank.clearing import message_id
from clearing_bank.store import Store
from clearing_bank.xml_node import Node, parse

SLOW_SECONDS = 8
"""Longer than any bank may wait."""

ASKING_BIC = "OTHRDEFFXXX"
"""Of the bank whose customer wants to pay the member's."""

CLOSE, NO_MATCH = "closematch", "nomatch"


def answer(document: str, at: datetime, sleep: Callable[[float], None]) -> str:
    """Return the report on a request. Raises XmlRefused."""
    asked = parse(document).body
    asked_id = asked.require("Assgnmt/MsgId")
    root, message = xml.document("acmt.024.001.04", "IdVrfctnRpt")
    assignment = xml.add(message, "Assgnmt")
    xml.add(assignment, "MsgId", message_id("VRF", asked_id))
    xml.add(assignment, "CreDtTm", xml.moment(at))
    xml.add_bank(assignment, "Assgnr/Agt", OWN_BIC)
    xml.add_bank(assignment, "Assgne/Agt", asked.text("Assgnmt/Assgnr/Agt/FinInstnId/BICFI"))
    original = xml.add(message, "OrgnlAssgnmt")
    xml.add(original, "MsgId", asked_id)
    for one in asked.all("Vrfctn"):
        _report(message, one, sleep)
    return xml.render(root)


def _report(message: xml.Element, asked: Node, sleep: Callable[[float], None]) -> None:
    name = asked.text("PtyAndAcctId/Pty/Nm") or ""
    words = name.lower().split()
    if "slow-verification" in words:
        sleep(SLOW_SECONDS)
    is_close = CLOSE in words
    report = xml.add(message, "Rpt")
    xml.add(report, "OrgnlId", asked.require("Id"))
    xml.add(report, "Vrfctn", "false" if is_close or NO_MATCH in words else "true")
    if is_close:
        right = " ".join(word for word in name.split() if word.lower() != CLOSE) or "Someone"
        xml.add(report, "UpdtdPtyAndAcctId/Pty/Nm", right)


def question(message_id: str, iban: str, name: str, at: datetime) -> str:
    """Return an acmt.023 that asks the member whether a name fits one of its IBANs."""
    root, message = xml.document("acmt.023.001.04", "IdVrfctnReq")
    assignment = xml.add(message, "Assgnmt")
    xml.add(assignment, "MsgId", message_id)
    xml.add(assignment, "CreDtTm", xml.moment(at))
    xml.add_bank(assignment, "Assgnr/Agt", ASKING_BIC)
    xml.add_bank(assignment, "Assgne/Agt", None)
    asked = xml.add(message, "Vrfctn")
    xml.add(asked, "Id", message_id)
    whom = xml.add(asked, "PtyAndAcctId")
    xml.add(whom, "Pty/Nm", name)
    xml.add(whom, "Acct/Id/IBAN", iban)
    return xml.render(root)


def keep_report(store: Store, body: Node) -> None:
    """Keep what the member has answered to a question."""
    for report in body.all("Rpt"):
        told = {
            "is_match": report.require("Vrfctn") == "true",
            "reason": report.text("Rsn/Prtry"),
            "name": report.text("UpdtdPtyAndAcctId/Pty/Nm"),
        }
        store.put_report(report.require("OrgnlId"), told)
