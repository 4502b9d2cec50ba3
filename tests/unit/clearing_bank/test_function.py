"""The function as Lambda calls it: the queue's records, verifications, commands, and the schedule."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.clearing import acmt023, acmt024, pacs008
from chalicelib.domain.payments.payee_name import Comparison
from clearing_bank import handler
from clearing_bank.xml_node import XmlRefused
from tests.unit.clearing.messages import valid
from tests.unit.clearing_bank.member import OWN, TablesClient, transfer

REQUEST = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:acmt.023.001.04"><IdVrfctnReq><Assgnmt>
<MsgId>VRQ-1</MsgId><CreDtTm>2026-11-30T09:30:00Z</CreDtTm>
<Assgnr><Agt><FinInstnId><BICFI>FLRNLV22</BICFI></FinInstnId></Agt></Assgnr>
<Assgne><Agt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></Agt></Assgne></Assgnmt>
<Vrfctn><Id>1</Id><PtyAndAcctId><Pty><Nm>{name}</Nm></Pty>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct></PtyAndAcctId></Vrfctn></IdVrfctnReq></Document>"""


class QueueClient:
    """A client of SQS that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[QueueClient]:
    clients = {"dynamodb": TablesClient(), "sqs": QueueClient()}
    monkeypatch.setattr("boto3.client", clients.__getitem__)
    monkeypatch.setenv("CLEARING_TABLE_NAME", "clearing")
    monkeypatch.setenv("CLEARING_INBOX_URL", "https://queue.example")
    monkeypatch.setenv("CLEARING_CUT_OFF", "23:59")
    handler.client.cache_clear()
    yield clients["sqs"]  # type: ignore[misc]
    handler.client.cache_clear()


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    each: list[float] = []
    monkeypatch.setattr("time.sleep", each.append)
    return each


def test_a_message_of_the_queue_is_answered_on_the_other_queue(queue: QueueClient) -> None:
    payment = transfer(1, rail="instant", behaviour="late:30")
    text = pacs008.build(pacs008.Batch("MSG-1", [payment], sender_bic=OWN), handler.now())
    assert handler.handle({"Records": [{"body": text}]}, None) == {}
    assert [(one["QueueUrl"], one["DelaySeconds"]) for one in queue.sent] == [
        ("https://queue.example", 30),
        ("https://queue.example", 0),
    ]


def test_the_schedule_sends_what_is_due(queue: QueueClient) -> None:
    text = pacs008.build(
        pacs008.Batch("MSG-1", [transfer(1, rail="instant", behaviour="return:0:AC04")], sender_bic=OWN), handler.now()
    )
    handler.handle({"Records": [{"body": text}]}, None)
    assert handler.handle({"command": "advance", "days": 9}, None)["sent"] == 1
    assert handler.handle({}, None) == {"sent": 0, "statements": 1}
    assert handler.handle({}, None) == {"sent": 0, "statements": 0}
    assert len(queue.sent) == 5


def test_a_message_that_is_no_xml_stays_on_the_queue(queue: QueueClient) -> None:
    with pytest.raises(XmlRefused):
        handler.handle({"Records": [{"body": "hello"}]}, None)
    assert queue.sent == []


@pytest.mark.parametrize(
    ("name", "fits", "right", "pauses"),
    [
        ("Ben Okafor", "true", None, []),
        ("Ben nomatch", "false", None, []),
        ("Ben closematch Okafor", "false", "Ben Okafor", []),
        ("closematch", "false", "Someone", []),
        ("Ben slow-verification", "true", None, [8]),
    ],
)
def test_a_verification_is_answered_by_words_in_the_name(
    sleeps: list[float], name: str, fits: str, right: str | None, pauses: list[float]
) -> None:
    request = REQUEST.format(name=name)
    valid("acmt.023.001.04", request)
    answer = handler.handle({"document": request}, None)["document"]
    report = valid("acmt.024.001.04", answer)
    assert (text(report, "Vrfctn"), text(report, "OrgnlId")) == (fits, "1")
    assert text(report, "Nm") == right
    assert text(report, "OrgnlAssgnmt/{*}MsgId") == "VRQ-1"
    assert sleeps == pauses


def text(document: Any, name: str) -> str | None:
    found = document.find(f".//{{*}}{name}")
    return None if found is None else str(found.text)


def test_a_hostile_verification_is_refused() -> None:
    with pytest.raises(XmlRefused):
        handler.handle({"document": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}, None)


def test_a_question_to_the_member_keeps_its_answer(queue: QueueClient) -> None:
    asked = handler.handle({"command": "verify", "iban": "LV42FLRN0123456789012", "name": "Ada"}, None)
    assert asked["id"] in queue.sent[-1]["MessageBody"]
    assert handler.handle({"command": "verify", "id": asked["id"]}, None)["answer"] is None
    questions = acmt023.parse(queue.sent[-1]["MessageBody"].encode())
    answer = acmt024.PayeeAnswer(asked["id"], Comparison("close_match", "Ada Lovelace"))
    report = acmt024.build("ANSWER-1", questions, [answer], OWN, handler.now())
    handler.handle({"Records": [{"body": report}]}, None)
    told = handler.handle({"command": "verify", "id": asked["id"]}, None)["answer"]
    assert told == {"is_match": False, "reason": "CMTC", "name": "Ada Lovelace"}
    assert len(queue.sent) == 1
