"""The chapter of a payment that two people made: held by a policy, refused to its maker, approved by another."""

from typing import Any

from infra.demo.client import Client
from infra.demo.narrator import Narrator

FREE, HELD = "250.00", "400.00"


def set_policy(story: Narrator, admin: Client) -> None:
    """Let larger withdrawals wait. Functions that have cached the policies know it when their clock is set."""
    story.step(
        f"An admin decides that withdrawals above {FREE} need a second person.",
        admin.send("PUT", "/v1/approval-policies/withdraw", {"control": "require", "above": {"USD": FREE}}),
        tells=lambda body: f"{body['control']}, {body['required']} of {' or '.join(body['roles'])}",
    )


def pay(story: Narrator, teller: Client, manager: Client, account_id: str, balance: str) -> None:
    """Play the withdrawal; `balance` is the account's afterwards."""
    story.chapter("A payment of two people")
    cash = {"account_id": account_id, "amount": HELD}
    held = story.step(
        f"Ada wants {HELD} in cash. The teller asks; the money is set aside, and waits.",
        teller.post("/v1/transactions/withdraw", cash, key="two-people"),
        202,
        tells=lambda body: f"{body['status']}: waits for {body['waiting']['code']}",
    )
    approval = f"/v1/approvals/{held['waiting']['approval_id']}"
    own = teller.post(f"{approval}/approve", {}, key="own")
    story.step("The teller cannot decide about it.", own, 403)
    inbox = story.step("The manager finds it in the inbox.", manager.get("/v1/approvals"), tells=_waiting)
    story.check("What waits", [one["id"] for one in inbox["data"]], [held["waiting"]["approval_id"]])
    story.step(
        "The manager approves it: the decision and the payment are one commit.",
        manager.post(f"{approval}/approve", {"note": "Ada is at the counter"}, key="approve"),
        tells=lambda body: f"{body['status']}, {body['decisions'][0]['decision']} by a {body['decisions'][0]['role']}",
    )
    paid = story.step(
        "The teller hands out the cash.",
        teller.get(f"/v1/transactions/{held['id']}"),
        tells=lambda body: f"{body['status']}, balance {body['entries'][0]['balance_after']}",
    )
    story.check("The balance", paid["entries"][0]["balance_after"], balance)


def _waiting(body: Any) -> str:
    return ", ".join(f"{one['summary']} ({' and '.join(one['reasons'])})" for one in body["data"])
