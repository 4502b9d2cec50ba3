"""The demo bank: staff, two customers, four accounts and their first movements.

Every request has a fixed idempotency key, so running it again answers what the first run made and changes nothing.
"""

from typing import Any

from infra.demo import people
from infra.demo.client import Admin, Client
from infra.demo.invitation import Seeded
from infra.demo.people import ADA, BEN, CUSTOMERS, ChangedByHand
from infra.progress import say, step

ACCOUNTS = {
    ("savings", ADA): "2500.00",
    ("current", ADA): "800.00",
    ("savings", BEN): "1200.00",
    ("current", BEN): "150.00",
}
"""What each customer pays in, in dollars."""


def seed(bank: Client, admin: Admin) -> Seeded | None:
    """Make what is missing of the demo bank. Return its facts, or None if it was changed."""
    with step("Demo bank"):
        try:
            return _make(bank, admin)
        except ChangedByHand as changed:
            say(f"    not changed, because {changed}. For a new one, run make reset, then make up")
            return None


def _make(bank: Client, admin: Admin) -> Seeded:
    people.make_staff(bank, admin)
    signed_in = {}
    for customer in CUSTOMERS:
        people.register(bank, customer)
        signed_in[customer] = people.log_in(bank, customer.email)
    opened = {}
    for (kind, customer), amount in ACCOUNTS.items():
        opened[kind, customer] = _account(signed_in[customer], kind, amount)
    seeded = Seeded(opened["current", ADA]["id"], opened["current", BEN]["account_number"])
    rent = {"to_account_number": seeded.ben_current_number, "amount": "425.00", "memo": "Rent, with thanks"}
    transfer = {"from_account_id": seeded.ada_current_id, **rent, "category": "housing"}
    people.require_created(signed_in[ADA].post("/v1/transactions/transfer", transfer, key="demo-rent"))
    return seeded


def _account(owner: Client, kind: str, amount: str) -> dict[str, Any]:
    """Open an account and pay something in."""
    nickname = "Rainy days" if kind == "savings" else "Everyday"
    wanted = {"type": kind, "nickname": nickname}
    account = people.require_created(owner.post("/v1/accounts", wanted, key=f"demo-open-{kind}"))
    deposit = {"account_id": account["id"], "amount": amount, "memo": "First deposit"}
    people.require_created(owner.post("/v1/transactions/deposit", deposit, key=f"demo-deposit-{kind}"))
    return dict(account)
