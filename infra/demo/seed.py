"""The demo bank: staff, two customers, four accounts and their first movements.

Every request has a fixed idempotency key, so running it again answers what the first run made and changes nothing.
"""

from dataclasses import dataclass
from typing import Any

from infra.demo import people
from infra.demo.client import Admin, Client
from infra.demo.people import ADA, BEN, CUSTOMERS, PASSWORD, STAFF, ChangedByHand
from infra.progress import say, step

ACCOUNTS = {
    ("savings", ADA): "2500.00",
    ("current", ADA): "800.00",
    ("savings", BEN): "1200.00",
    ("current", BEN): "150.00",
}
"""What each customer pays in, in dollars."""


@dataclass(frozen=True)
class Seeded:
    """The facts of the demo bank that the printed log-ins and `curl` lines need."""

    ada_current_id: str
    ben_current_number: str


def seed(bank: Client, admin: Admin) -> None:
    """Make what is missing of the demo bank, and tell how to use it."""
    with step("Demo bank"):
        try:
            seeded = _make(bank, admin)
        except ChangedByHand as changed:
            say(f"    not changed, because {changed}. For a new one, run make reset, then make up")
            return
    _tell(bank, admin, seeded)


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
    people.made(signed_in[ADA].post("/v1/transactions/transfer", transfer, key="demo-rent"))
    return seeded


def _account(owner: Client, kind: str, amount: str) -> dict[str, Any]:
    """Open an account and pay something in."""
    nickname = "Rainy days" if kind == "savings" else "Everyday"
    wanted = {"type": kind, "nickname": nickname}
    account = people.made(owner.post("/v1/accounts", wanted, key=f"demo-open-{kind}"))
    deposit = {"account_id": account["id"], "amount": amount, "memo": "First deposit"}
    people.made(owner.post("/v1/transactions/deposit", deposit, key=f"demo-deposit-{kind}"))
    return dict(account)


def _tell(bank: Client, admin: Admin, seeded: Seeded) -> None:
    logins = [("admin", admin.email, "printed by `make status`")]
    logins += [(person.role, person.email, PASSWORD) for person in (*STAFF, *CUSTOMERS)]
    say(f"\n  The bank's API is {bank.url}\n")
    say(f"  {'role':<10}{'e-mail address':<26}password")
    for role, email, password in logins:
        say(f"  {role:<10}{email:<26}{password}")
    say("\n  Three lines to paste into any shell: Ada's accounts, a deposit, and a transfer to Ben.\n")
    for line in curl_lines(bank.url, seeded):
        say(f"{line}\n")
    say("  See also: make demo, make verify, make status, and the API's description at")
    say(f"  {bank.url}/v1/docs\n")


def curl_lines(url: str, seeded: Seeded) -> list[str]:
    """Return `curl` lines.

    Each logs in by itself, so that it works alone, in a new shell, and after the token expires.
    """
    json_type = "-H 'Content-Type: application/json'"
    credentials = f'{{"email":"{ADA.email}","password":"{PASSWORD}"}}'
    token = (
        f"""TOKEN=$(curl -s {url}/v1/auth/login {json_type} -d '{credentials}' | sed 's/.*access_token":"//;s/".*//')"""
    )
    sent = """-H "Authorization: Bearer $TOKEN" """.rstrip()
    posted = f"""{sent} {json_type} -H "Idempotency-Key: %s-$(date +%%s)" """.rstrip()
    deposit = f'{{"account_id":"{seeded.ada_current_id}","amount":"125.50"}}'
    transfer = (
        f'{{"from_account_id":"{seeded.ada_current_id}","to_account_number":"{seeded.ben_current_number}",'
        '"amount":"20.00","memo":"Lunch"}'
    )
    return [
        f"{token}; curl -s {url}/v1/accounts {sent}; echo",
        f"{token}; curl -s {url}/v1/transactions/deposit {posted % 'deposit'} -d '{deposit}'; echo",
        f"{token}; curl -s {url}/v1/transactions/transfer {posted % 'transfer'} -d '{transfer}'; echo",
    ]
