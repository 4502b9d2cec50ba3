"""The people of the demo bank."""

from dataclasses import dataclass
from typing import Any

from infra.demo.client import Admin, Client, Reply, Unexpected

PASSWORD = "florin-demo-password"  # noqa: S105 — no secret: it is printed, and serves the stage local alone
CONFLICT, LOCKED_OUT = 409, 429


@dataclass(frozen=True)
class Person:
    """`role` is customer, or what a member of staff is."""

    role: str
    email: str
    first_name: str
    last_name: str

    @property
    def names(self) -> dict[str, str]:
        return {"first_name": self.first_name, "last_name": self.last_name}


TELLER = Person("teller", "teller@florin.example", "Tilda", "Moreno")
MANAGER = Person("manager", "manager@florin.example", "Marcus", "Adeyemi")
AUDITOR = Person("auditor", "auditor@florin.example", "Audrey", "Lindqvist")
ADA = Person("customer", "ada@florin.example", "Ada", "Bianchi")
BEN = Person("customer", "ben@florin.example", "Ben", "Okafor")
STAFF = (TELLER, MANAGER, AUDITOR)
CUSTOMERS = (ADA, BEN)


def town_email(number: int) -> str:
    """Return the address with which a generated person of the sandbox logs in, counted from 0."""
    return f"town{number + 1}@florin.example"


class ChangedByHand(Exception):
    """Somebody has changed what the demo made, or mistyped a password too often: the demo bank is theirs now."""


def log_in(bank: Client, email: str, password: str = PASSWORD) -> Client:
    """Log a person in. Raises ChangedByHand."""
    login = bank.log_in(email, password)
    if login.status in (401, LOCKED_OUT):
        raise ChangedByHand(f"{email} cannot log in with the demo's password ({login.body['detail']})")
    return bank.as_bearer(login)


def make_staff(bank: Client, admin: Admin) -> None:
    """Make the staff that is missing. The key makes a repeated request answer as the first one did."""
    signed_in = log_in(bank, admin.email, admin.password)
    for person in STAFF:
        wanted = {"email": person.email, "password": PASSWORD, "role": person.role, **person.names}
        require_created(signed_in.post("/v1/users", wanted, key=f"demo-{person.role}"))


def require_created(reply: Reply) -> Any:
    """Return what a request with one of the demo's keys has created, now or before. Raises ChangedByHand."""
    if reply.status == CONFLICT:
        raise ChangedByHand(f"another version of the demo created it ({reply.body['detail']})")
    return reply.expect(201)


def register(bank: Client, person: Person) -> None:
    """Make a customer; one who is there already stays."""
    reply = bank.post("/v1/auth/register", {"email": person.email, "password": PASSWORD, **person.names})
    if reply.status not in (201, CONFLICT):
        raise Unexpected(f"{person.email} cannot register: {reply.status} {reply.body}")
