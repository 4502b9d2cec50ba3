"""Recalls in both directions against the simulated clearing bank, which shares no code with the bank."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.services.clearing import adapter, inbox
from clearing_bank import commands
from clearing_bank.answers import OWN_BIC
from clearing_bank.clearing import Clearing as Simulated
from clearing_bank.receiving import receive
from clearing_bank.store import Answer, Store
from tests.api.helpers.accounts import new_key
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import BANK, Clearing, own, pay, read, recall, submit_instant
from tests.unit.clearing_bank.member import TablesClient


class OtherSide:
    """The simulated clearing, with queues that deliver when a test says so."""

    def __init__(self) -> None:
        self.store = Store(TablesClient(), "clearing")
        self.to_bank: list[Answer] = []
        self.to_clearing: list[str] = []

    def send(self, answer: Answer) -> None:
        self.to_bank.append(answer)

    def take(self, xml: str) -> None:
        self.to_clearing.append(xml)

    @property
    def clearing(self) -> Simulated:
        return Simulated(self.store, self, datetime.now(UTC))

    def deliver(self) -> None:
        """Deliver all messages, and those that answer them, each twice."""
        while self.to_clearing or self.to_bank:
            out, self.to_clearing = self.to_clearing, []
            for document in (*out, *out):
                receive(self.clearing, document)
            back, self.to_bank = self.to_bank, []
            for answer in (*back, *back):
                inbox.receive(BANK, answer.document)

    def tell(self, command: str, **arguments: Any) -> Json:
        return commands.execute(self.clearing, {"command": command, **arguments})


@pytest.fixture
def other_side(clearing: Clearing, monkeypatch: pytest.MonkeyPatch) -> OtherSide:
    made = OtherSide()
    monkeypatch.setenv("CLEARING_BIC", OWN_BIC)
    monkeypatch.setattr(adapter, "send", made.take)
    return made


@pytest.mark.parametrize(
    ("word", "state", "balance"),
    [("recall:accept", "returned", "1000.00"), ("recall:refuse:LEGL", "refused", "990.00")],
)
def test_the_other_bank_answers_a_recall_as_its_word_says(
    client: Api, customer: User, payer: Json, other_side: OtherSide, word: str, state: str, balance: str
) -> None:
    payment = pay(client, customer, payer, rail="instant", remittance=f"Invoice 7 {word}")
    submit_instant(payment)
    other_side.deliver()
    assert read(client, customer, payment)["payment"]["state"] == "settled"
    recall(client, customer, payment).ok()
    other_side.deliver()
    found = read(client, customer, payment)["payment"]["recall"]
    assert (found["state"], read_account(client, customer, payer)["balance"]) == (state, balance)
    assert (found["refusal"] or {}).get("code") == ("LEGL" if state == "refused" else None)
    assert own("clearing") == 0, "the clearing has advised all"


@pytest.mark.parametrize(("how", "balance"), [("accept", "1000.00"), ("refuse", "1025.00")])
def test_the_bank_answers_a_recall_by_the_other_bank(
    client: Api, customer: User, manager: User, payer: Json, other_side: OtherSide, how: str, balance: str
) -> None:
    uetr = other_side.tell("pay", iban=payer["iban"], name="Ada Lovelace", amount="25.00")["uetr"]
    other_side.deliver()
    other_side.tell("recall", uetr=uetr, code="FRAD")
    other_side.deliver()
    [open_one] = client.get("/v1/clearing/recalls", token=manager.token).ok()["data"]
    body = {"reason": "The payee agrees"} if how == "accept" else {"code": "CUST"}
    path = f"/v1/clearing/recalls/{open_one['id']}/{how}"
    client.post(path, body, token=manager.token, key=new_key()).ok()
    other_side.deliver()
    assert (read_account(client, customer, payer)["balance"], own("clearing")) == (balance, 0)
    assert other_side.tell("payment", uetr=uetr)["state"] == ("returned" if how == "accept" else "settled")
