"""What `make up` prints at its end: who can log in to the demo bank, and lines to paste into a shell."""

from dataclasses import dataclass

from infra.demo.people import ADA, CUSTOMERS, PASSWORD, STAFF
from infra.progress import say


@dataclass(frozen=True)
class Seeded:
    """The facts of the demo bank that the printed log-ins and `curl` lines need."""

    ada_current_id: str
    ben_current_number: str


@dataclass(frozen=True)
class Addresses:
    """Where the console is, for browsers, and the API, for programs."""

    console: str
    api: str


def invite(addresses: Addresses, admin_email: str, seeded: Seeded) -> None:
    """Print the console's address, the log-ins and the `curl` lines."""
    url = addresses.api
    logins = [("admin", admin_email, "printed by `make status`")]
    logins += [(person.role, person.email, PASSWORD) for person in (*STAFF, *CUSTOMERS)]
    say(f"\n  Open the bank in a browser: {addresses.console}")
    say(f"  Its API is {url}\n")
    say(f"  {'role':<10}{'e-mail address':<26}password")
    for role, email, password in logins:
        say(f"  {role:<10}{email:<26}{password}")
    say("\n  Three lines to paste into any shell: Ada's accounts, a deposit, and a transfer to Ben.\n")
    for line in curl_lines(url, seeded):
        say(f"{line}\n")
    say("  See also: make demo, make verify, make status, and the API's description at")
    say(f"  {url}/v1/docs\n")


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
