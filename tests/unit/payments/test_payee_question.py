"""Asking another bank whether a name fits: by ISO's messages, to the simulated clearing bank, for five seconds."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib import aws
from chalicelib.domain.clearing import acmt023, acmt024
from chalicelib.domain.clearing.acmt023 import PayeeQuestion
from chalicelib.domain.clearing.heading import heading_of
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.safe_xml import XmlRefused
from chalicelib.domain.payments.payee_name import Comparison
from chalicelib.services.payments import payee_question
from clearing_bank import handler
from tests.unit.clearing.messages import NOW, valid

IBAN = "DE89370400440532013000"
NOT_POSSIBLE = Comparison("not_possible")


class Functions:
    """Lambda with the clearing bank's function, run in this process."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Any = None
        self.settings: dict[str, int] = {}
        self.ids: list[str] = []

    def invoke(self, **request: str) -> dict[str, Any]:
        document = json.loads(request["Payload"])["document"]
        valid(acmt023.NAME, document)
        self.asked.append(request["FunctionName"])
        self.ids.append(heading_of(document.encode()).message_id)
        if isinstance(self.answer, Exception):
            raise self.answer
        answer = self.answer if self.answer is not None else handler.handle({"document": document}, None)
        return {"Payload": Body(json.dumps(answer)), **({"FunctionError": "x"} if answer == "failed" else {})}


class Body:
    """The stream of an answer."""

    def __init__(self, text: str):
        self.text = text

    def read(self) -> str:
        return self.text


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Functions:
    made = Functions()

    def client(service: str, **settings: int) -> Functions:
        made.settings = settings
        return made

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("PAYEE_VERIFIER", "florin-unit-clearing-bank")
    return made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ben Okafor", Comparison("match")),
        ("Bén Okafor closematch", Comparison("close_match", "Ben Okafor")),
        ("Ben nomatch", Comparison("no_match")),
    ],
)
def test_the_other_bank_s_answer_is_the_result(functions: Functions, name: str, expected: Comparison) -> None:
    assert payee_question.ask(IBAN, name) == expected
    assert functions.asked == ["florin-unit-clearing-bank"]


def test_each_question_has_an_id_of_its_own_that_nobody_can_guess(functions: Functions) -> None:
    for _ in range(2):
        payee_question.ask(IBAN, "Ben Okafor")
    first, second = functions.ids
    assert first != second
    assert all(re.fullmatch("VRQ-[0-9a-f]{28}", one) for one in functions.ids)


def test_a_question_is_sent_once_and_waits_five_seconds_with_its_connection(functions: Functions) -> None:
    functions.answer = ReadTimeoutError(endpoint_url="https://lambda.invalid")
    assert payee_question.ask(IBAN, "Ben slow-verification") == NOT_POSSIBLE
    assert functions.settings["attempts_max"] == 1
    assert functions.settings["read_timeout_seconds"] + aws.CONNECT_TIMEOUT_SECONDS == 5


def report(verdict: str, question: str = "VRQ-1") -> dict[str, str]:
    return {
        "document": f'<Document xmlns="{acmt024.NAMESPACE}"><IdVrfctnRpt><Rpt><OrgnlId>{question}</OrgnlId>'
        f"<Vrfctn>{verdict}</Vrfctn></Rpt></IdVrfctnRpt></Document>"
    }


@pytest.mark.parametrize(
    "answer",
    ["failed", {}, {"document": "hello"}, {"document": "<!DOCTYPE a><a/>"}, report("true"), report("maybe")],
)
def test_what_is_no_answer_to_the_question_is_not_possible(functions: Functions, answer: Any) -> None:
    functions.answer = answer
    assert payee_question.ask(IBAN, "Ben Okafor") == NOT_POSSIBLE


def test_without_a_clearing_nobody_is_asked(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYEE_VERIFIER")
    assert payee_question.ask(IBAN, "Ben Okafor") == NOT_POSSIBLE
    assert functions.asked == []


def test_a_question_is_valid_and_latin() -> None:
    text = acmt023.build(PayeeQuestion("VRQ-1", "Jānis Bērziņš", IBAN, "FLRNLV22"), NOW)
    assert valid(acmt023.NAME, text).findtext(".//{*}PtyAndAcctId/{*}Pty/{*}Nm") == "Janis Berzins"
    assert heading_of(text.encode()).message_id == "VRQ-1"


def test_an_answer_is_read_strictly() -> None:
    assert acmt024.parse(report("1")["document"].encode()).is_match
    with pytest.raises(Invalid):
        acmt024.parse(report("maybe")["document"].encode())
    with pytest.raises(Invalid):
        acmt024.parse(f'<Document xmlns="{acmt024.NAMESPACE}"><IdVrfctnRpt/></Document>'.encode())
    with pytest.raises(XmlRefused):
        acmt024.parse(b"<Document/>")
