"""Answers whether a name fits an IBAN: acmt.023 in, acmt.024 out, by words in the name."""

from collections.abc import Callable
from datetime import datetime

from clearing_bank import xml_writer as xml
from clearing_bank.answers import OWN_BIC
from clearing_bank.clearing import message_id
from clearing_bank.xml_node import Node, parse

SLOW_SECONDS = 8
"""Longer than any bank may wait."""

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
