"""Payments between the bank and others, as they are when staff must decide: without an answer, or asked back."""

import itertools
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from chalicelib.domain.clearing import camt056, pacs008
from chalicelib.domain.clearing.camt056 import Recall, RecallRequest
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs008 import Batch
from clearing_bank.answers import OWN_BIC
from infra.deploy.change_set import outputs
from tests.stack import Stack, eventually
from tests.workflow.bank import Client

THEIR_IBAN = "DE89370400440532013000"
CENTS = itertools.count(17)


class Payment(NamedTuple):
    """A payment to another bank."""

    id: str
    amount: str


def pay_silent_ones(stack: Stack, customer: Client, count: int = 1) -> list[Payment]:
    """Make instant payments that the clearing keeps silent about."""
    return pay_to_other_bank(stack, customer, "Ben silent", "submitted", count)


def pay_to_other_bank(stack: Stack, customer: Client, name: str, state: str, count: int = 1) -> list[Payment]:
    """Make instant payments of amounts that no other has, and wait for their state, which follows from the name."""
    account = customer.open_account(currency="EUR", initial_deposit="500.00")
    body = {"from_account_id": account["id"], "to_iban": THEIR_IBAN, "to_name": name, "rail": "instant"}
    made = []
    with stack.configured("api", CLEARING="on"):
        for amount in (f"41.{next(CENTS)}" for _ in range(count)):
            reply = customer.post("/v1/transactions/transfer", body | {"amount": amount})
            assert reply.status in (201, 202), reply
            made.append(Payment(str(reply.body["id"]), amount))
        eventually(lambda: {state_of(customer, one) for one in made} == {state})
    return made


def state_of(customer: Client, payment: Payment) -> str:
    return str(customer.get(f"/v1/transactions/{payment.id}").body["payment"]["state"])


def receive_and_ask_back(stack: Stack, manager: Client, account: dict[str, str], cents: int) -> None:
    """Let another bank pay an account, and recall the payment as made twice."""
    uetr, now = str(uuid4()), datetime.now(UTC)
    parties = Party("Acme GmbH", THEIR_IBAN), Party("Ada Lovelace", account["iban"])
    paid = CreditTransfer(uetr, uetr[:35], "SALARY-11", cents, "EUR", *parties, now.date(), "standard", "Salary")
    _send(stack, pacs008.build(Batch(uetr[:35], (paid,), sender_bic=OWN_BIC), now))
    eventually(lambda: manager.balance(account["id"]) == f"{cents / 100:.2f}")
    asked = Recall(uetr[:30], OriginalPayment(uetr=uetr), cents, "EUR", now.date(), Reason("DUPL"))
    _send(stack, camt056.build(RecallRequest(f"R{uetr[:30]}", (asked,), OWN_BIC), now))
    eventually(lambda: account["id"] in _asked_back(manager))


def _asked_back(manager: Client) -> set[str]:
    return {one["account_id"] for one in manager.get("/v1/clearing/recalls?limit=100").body["data"]}


def _send(stack: Stack, document: str) -> None:
    inbox = outputs(stack.cloud, stack.settings.stack_name)["ClearingInboxUrl"]
    stack.client("sqs").send_message(QueueUrl=inbox, MessageBody=document)
