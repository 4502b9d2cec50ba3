"""The chapters after Ada and Ben have signed up. Each checks its results."""

from dataclasses import dataclass
from typing import Any

from infra.demo.client import Client
from infra.demo.narrator import Narrator, describe_verdict

ACCEPTED = 202
AUDITED = ("opened", "deposit", "withdrawal", "transfer", "frozen", "unfrozen", "reversal")
"""What happened to Ada's current account, each with a record of its own."""


@dataclass
class Customer:
    """A customer of the story, Ada or Ben. `current_id` is the customer's current account."""

    name: str
    user_id: str
    client: Client
    current_id: str = ""


def accounts(story: Narrator, ada: Customer, ben: Customer) -> None:
    story.chapter("Accounts")
    savings = {"type": "savings", "nickname": "Rainy days", "initial_deposit": "1000.00"}
    opened = story.step(
        "Ada opens a savings account with a first deposit: both happen, or neither.",
        ada.client.post("/v1/accounts", savings, key="open-savings"),
        201,
        tells=lambda body: f"account {body['account_number']}, balance {body['balance']} {body['currency']}",
    )
    story.check("The balance of the savings account", opened["balance"], "1000.00")
    for customer in (ada, ben):
        opened = story.step(
            f"{customer.name} opens a current account.",
            customer.client.post("/v1/accounts", {"type": "current"}, key="open-current"),
            201,
            tells=lambda body: f"account {body['account_number']}, balance {body['balance']} {body['currency']}",
        )
        customer.current_id = opened["id"]
    listed = story.step(
        "Ada looks at her accounts.",
        ada.client.get("/v1/accounts"),
        tells=lambda body: ", ".join(f"{one['type']} {one['balance']}" for one in body["data"]),
    )
    story.check("The number of Ada's accounts", len(listed["data"]), 2)


def money(story: Narrator, ada: Customer, ben: Customer) -> str:
    """Play Ada's payments, after which her current account has 294.50. Return the id of her transfer to Ben."""
    story.chapter("Money")
    deposit = {"account_id": ada.current_id, "amount": "500.00", "memo": "Wages", "category": "income"}
    paid_in = ada.client.post("/v1/transactions/deposit", deposit, key="wages")
    _move_money(story, "Ada deposits 500.00.", paid_in, ada, "500.00")
    withdrawal = {"account_id": ada.current_id, "amount": "80.00"}
    paid_out = ada.client.post("/v1/transactions/withdraw", withdrawal, key="cash")
    _move_money(story, "Ada withdraws 80.00.", paid_out, ada, "420.00")
    transfer = {
        "from_account_id": ada.current_id,
        "to_account_id": ben.current_id,
        "amount": "125.50",
        "memo": "Dinner",
    }
    sent = ada.client.post("/v1/transactions/transfer", transfer, key="dinner")
    posted = _move_money(story, "Ada sends Ben 125.50.", sent, ada, "294.50")
    again = ada.client.post("/v1/transactions/transfer", transfer, key="dinner")
    replayed = _move_money(
        story, "The response was lost, so she sends the transfer again with its key.", again, ada, "294.50"
    )
    story.check("The repeated transfer", replayed["id"], posted["id"])
    story.check("Its header Idempotent-Replayed", again.is_replay, wanted=True)
    other = ada.client.post("/v1/transactions/transfer", transfer | {"amount": "1.00"}, key="dinner")
    story.step("A key serves one request only.", other, 409, "idempotency_key_reused")
    too_much = ada.client.post("/v1/transactions/withdraw", withdrawal | {"amount": "294.51"}, key="too-much")
    story.step("A withdrawal above the balance is refused, even by a cent.", too_much, 422, "insufficient_funds")
    foreign = ben.client.get(f"/v1/accounts/{ada.current_id}")
    story.step("To Ben, Ada's account does not exist.", foreign, 404, "not_found")
    return str(posted["id"])


def history(story: Narrator, ada: Customer) -> None:
    story.chapter("History")
    entries = story.step(
        "Ada reads her account's history, newest first.",
        ada.client.get(f"/v1/accounts/{ada.current_id}/history"),
        tells=lambda body: ", ".join(f"{one['type']} {one['direction']} {one['amount']}" for one in body["data"]),
    )["data"]
    story.check("The balances after", [one["balance_after"] for one in entries], ["294.50", "420.00", "500.00"])
    links = [one["prev_hash"] for one in entries[:-1]]
    story.check("Each entry's link to the one before", links, [one["hash"] for one in entries[1:]])
    moment = entries[1]["created_at"]
    then = story.step(
        "What was the balance right after the withdrawal?",
        ada.client.get(f"/v1/accounts/{ada.current_id}/balance?at={moment}"),
        tells=lambda body: f"{body['balance']} {body['currency']} after entry {body['seq']}",
    )
    story.check("The balance at that moment", then["balance"], "420.00")


def at_the_counter(story: Narrator, teller: Client, ada: Customer, ben: Customer, transfer: str) -> None:
    story.chapter("At the counter")
    account = f"/v1/accounts/{ada.current_id}"
    frozen = teller.post(f"{account}/freeze", {"reason": "card reported stolen"})
    story.step("Ada's card is stolen: a teller freezes the account.", frozen, tells=lambda body: str(body["status"]))
    stolen = {"account_id": ada.current_id, "amount": "50.00"}
    refused = ada.client.post("/v1/transactions/withdraw", stolen, key="thief")
    story.step("The frozen account cannot pay.", refused, 422, "account_frozen")
    thawed = teller.post(f"{account}/unfreeze", {"reason": "card replaced"})
    story.step(
        "The card is replaced: the teller unfreezes the account.", thawed, tells=lambda body: str(body["status"])
    )
    reverse = f"/v1/transactions/{transfer}/reverse"
    linked = story.step(
        "Dinner was cancelled: the teller reverses the transfer. History stays; the linked opposite is added.",
        teller.post(reverse, {"reason": "dinner cancelled"}, key=f"reverse-{transfer}"),
        201,
        tells=lambda body: f"{body['type']} of {body['reverses']}, {body['status']}",
    )
    story.check("What it reverses", linked["reverses"], transfer)
    twice = teller.post(reverse, {"reason": "once more"}, key=f"again-{transfer}")
    story.step("A transfer can be reversed once.", twice, 409, "conflict")
    for customer, balance in ((ada, "420.00"), (ben, "0.00")):
        found = story.step(
            f"{customer.name} looks.",
            customer.client.get(f"/v1/accounts/{customer.current_id}"),
            tells=lambda body: f"{body['balance']} {body['currency']}",
        )
        story.check(f"The balance of {customer.name}'s account", found["balance"], balance)


def audit(story: Narrator, auditor: Client, ada: Customer) -> None:
    story.chapter("Audit")
    path = f"/v1/audit?entity={ada.current_id}"
    story.step_when(
        "The auditor reads every change of Ada's account in the audit trail.",
        lambda: auditor.get(path),
        ready=lambda body: len(body["data"]) >= len(AUDITED),
        tells=lambda body: " ← ".join(one["event"] for one in body["data"]),
    )
    story.step(
        "The edits of the account: who, when, before and after.",
        auditor.get(f"/v1/accounts/{ada.current_id}/changes"),
        tells=lambda body: ", ".join(f"{one['event']} by {one['actor']}" for one in body["data"]),
    )
    story.step_when(
        "Ada's log-ins, including the refused one.",
        lambda: auditor.get(f"/v1/audit/logins?user_id={ada.user_id}"),
        ready=lambda body: len(body["data"]) >= 2,
        tells=lambda body: ", ".join(one["outcome"] for one in body["data"]),
    )
    own = auditor.get(f"/v1/audit/verify?account_id={ada.current_id}")
    verdict = story.step(
        "Does Ada's account match its entries? Everything is computed again.", own, tells=describe_verdict
    )
    story.check("The verdict", verdict.get("broken"), wanted=None)
    whole = auditor.get("/v1/audit/verify")
    if whole.status == ACCEPTED:
        story.step(
            "To verify this bank takes longer than a request: a job does it.",
            whole,
            ACCEPTED,
            tells=lambda body: f"GET /v1/audit/verifications/{body['id']} has its progress and its report",
        )
        return
    verdict = story.step("Does the whole bank match?", whole, tells=describe_verdict)
    story.check("The verdict", verdict.get("broken"), wanted=None)


def _move_money(story: Narrator, sentence: str, reply: Any, owner: Customer, balance: str) -> Any:
    """Play a step that moves the owner's money, and check the balance after it."""
    body = story.step(
        sentence, reply, 201, tells=lambda body: f"{body['status']}, balance {body['entries'][0]['balance_after']}"
    )
    entry = body["entries"][0]
    story.check(f"{owner.name}'s entry", (entry["account_id"], entry["balance_after"]), (owner.current_id, balance))
    return body
