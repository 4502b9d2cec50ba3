"""Examples of the clearing in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

import pytest

from chalicelib.domain.days import DAY
from chalicelib.services.clearing import inbox
from tests.api.helpers.bank import Json
from tests.api.helpers.clearing import BANK, Clearing, connect, report, send_return, submit_instant
from tests.api.helpers.nostro import state
from tests.api.helpers.received_recalls import ask_back, credit
from tests.api.helpers.recorder import Recorder

UNKNOWN = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"
PAYEE = {"to_iban": "DE89370400440532013000", "to_name": "Zoë Müller"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Clearing:
    return connect(monkeypatch)


def test_examples_of_the_clearing_are_answers_of_the_api(recorder: Recorder, sent: Clearing) -> None:
    asked = {"type": "current", "currency": "EUR", "initial_deposit": "500.00"}
    payer = recorder.ask("open_account", "customer", asked).ok(201)["id"]
    paid = {"from_account_id": payer, "amount": "40.00", **PAYEE}
    standard = recorder.ask("transfer", "customer", paid | {"rail": "standard"}).ok(202)
    sent.cut_off(standard)
    recorder.example("list_clearing_cycles", "manager")
    instant = recorder.ask("transfer", "customer", paid | {"rail": "instant"}).ok(202)
    submit_instant(instant)
    recorder.example("list_clearing_payments", "manager", query="state=submitted&limit=1")
    recorder.example("inquire_payment", "manager", transaction_id=instant["id"])
    recorder.example("send_payment", "manager", transaction_id=instant["id"])
    inbox.receive(BANK, report(sent, "ACSC", standard, name="ANSWER-0"))
    state(sent.now().date(), sent.now(), (standard["payment"]["uetr"], "-40.00"), (UNKNOWN, "5.00"))
    recorder.example("get_clearing_reconciliation", "manager", query=f"date={sent.now().date()}")
    _book_fee(recorder, sent)
    _end_by_hand(recorder, paid)
    _recall(recorder, sent, instant)
    _answer_recalls(recorder, sent, paid["from_account_id"])
    _forward(recorder, sent)
    recorder.compare()


def _book_fee(recorder: Recorder, sent: Clearing) -> None:
    """Book a fee that a statement of the day before has."""
    day = sent.now().date() - DAY
    state(day, sent.now(), ("", "-5.00"), name="STM-0")
    [stated] = recorder.ask("get_clearing_reconciliation", "manager", query=f"date={day}").ok()["differences"]
    body = {"date": day.isoformat(), "currency": "EUR", "entry": stated["uetr"], "reason": "Fees of November"}
    recorder.example("book_fee", "manager", body)


def _recall(recorder: Recorder, sent: Clearing, payment: Json) -> None:
    inbox.receive(BANK, report(sent, "ACSC", payment, name="ANSWER-1"))
    recorder.example("recall_payment", "customer", {"reason": "AM09"}, transaction_id=payment["id"])


def _end_by_hand(recorder: Recorder, paid: Json) -> None:
    reasons = {
        "settle_payment": "In the clearing's statement of today",
        "void_payment": "The clearing has never received it",
    }
    for name, reason in reasons.items():
        silent = recorder.ask("transfer", "customer", paid | {"rail": "instant"}).ok(202)
        submit_instant(silent)
        recorder.ask("inquire_payment", "manager", transaction_id=silent["id"]).ok()
        recorder.example(name, "manager", {"reason": reason}, transaction_id=silent["id"])


def _forward(recorder: Recorder, sent: Clearing) -> None:
    """Let money come back when the account that has paid it is closed."""
    asked = {"type": "current", "currency": "EUR"}
    ended = recorder.ask("open_account", "customer", asked | {"initial_deposit": "40.00"}).ok(201)["id"]
    paid = {"from_account_id": ended, "amount": "40.00", "rail": "instant", **PAYEE}
    payment = recorder.ask("transfer", "customer", paid).ok(202)
    submit_instant(payment)
    inbox.receive(BANK, report(sent, "ACSC", payment, name="ANSWER-2"))
    recorder.ask("close_account", "customer", account_id=ended).ok()
    send_return(sent, payment, 4000)
    account_id = recorder.ask("open_account", "customer", asked).ok(201)["id"]
    recorder.example("forward_payment", "manager", {"account_id": account_id}, transaction_id=payment["id"])


def _answer_recalls(recorder: Recorder, sent: Clearing, account_id: str) -> None:
    iban = recorder.ask("get_account", "customer", account_id=account_id).ok()["iban"]
    for number, name in enumerate(("refuse_recall", "accept_recall")):
        uetr = UNKNOWN[:-1] + str(number + 1)
        credit(sent, iban, uetr)
        ask_back(sent, uetr, name=f"RCM-{number}")
        [recall] = recorder.ask("list_received_recalls", "manager").ok()["data"]
        if not number:
            recorder.example("list_received_recalls", "manager")
        body = {"reason": "The payee agrees"} if number else {"code": "CUST"}
        recorder.example(name, "manager", body, recall_id=recall["id"])
