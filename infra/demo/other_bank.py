"""The chapter of payments to another bank: one arrives, one is refused there, and its money is free again."""

from typing import Any

from infra.demo.chapters import Customer
from infra.demo.narrator import Narrator

IBAN = "DE89370400440532013000"
"""The example of the IBAN registry: a bank that is not this one."""
CLOSED = "reject:AC04"
"""The simulated clearing refuses a payee of this name, as if the account were closed."""


def pay(story: Narrator, ada: Customer) -> None:
    """Play it, unless this bank pays no other banks. Ada has 175.00 euros afterwards."""
    euros = {"type": "current", "currency": "EUR", "initial_deposit": "200.00"}
    account_id = ada.client.post("/v1/accounts", euros, key="open-euros").expect(201)["id"]
    order = {"from_account_id": account_id, "to_iban": IBAN, "rail": "instant"}
    sent = ada.client.post(
        "/v1/transactions/transfer", order | {"to_name": "Clara Weiss", "amount": "25.00"}, key="abroad"
    )
    if sent.body.get("code") == "clearing_unavailable":
        return
    story.chapter("To another bank")
    paid = story.step("Ada pays 25.00 euros to an IBAN at another bank.", sent, 202, tells=_state)
    story.step_when(
        "The clearing has answered: it arrived, and is posted.",
        lambda: ada.client.get(f"/v1/transactions/{paid['id']}"),
        ready=lambda body: body["status"] == "posted",
        tells=_state,
    )
    refused = story.step(
        "She pays 10.00 to an account that is closed there.",
        ada.client.post("/v1/transactions/transfer", order | {"to_name": CLOSED, "amount": "10.00"}, key="closed"),
        202,
        tells=_state,
    )
    ended = story.step_when(
        "The clearing refuses it. Its money is free again.",
        lambda: ada.client.get(f"/v1/transactions/{refused['id']}"),
        ready=lambda body: body["status"] == "voided",
        tells=_state,
    )
    story.check("The reason", ended["payment"]["reason"]["code"], "AC04")
    left = ada.client.get(f"/v1/accounts/{account_id}").expect(200)
    story.check("What is left", (left["balance"], left["held"]), ("175.00", "0.00"))


def _state(body: Any) -> str:
    reason = body["payment"]["reason"]
    return f"{body['status']}, {body['payment']['state']}" + (
        f": {reason['code']}, {reason['detail']}" if reason else ""
    )
