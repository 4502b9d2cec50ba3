"""The story of Ada and Ben, played over HTTP, with every response checked.

Its customers are new ones at each telling, so it can be told again.
"""

import secrets

from infra.demo import chapters, other_bank, people, webhooks
from infra.demo.chapters import Customer
from infra.demo.client import Admin, Client, Unexpected
from infra.demo.narrator import Narrator
from infra.demo.people import ADA, AUDITOR, BEN, PASSWORD, TELLER, ChangedByHand, Person
from infra.progress import say


def tell(bank: Client, admin: Admin) -> None:
    """Tell all of it. Raises Unexpected at the first answer that is not as it should be."""
    say(f"\nFlorin: the story of Ada and Ben, told over HTTP to {bank.url}")
    try:
        people.make_staff(bank, admin)
        teller, auditor = people.log_in(bank, TELLER.email), people.log_in(bank, AUDITOR.email)
    except ChangedByHand as changed:
        raise Unexpected(f"{changed}. For a new bank, run make reset, then make up") from changed
    story = Narrator()
    ada, ben = _signing_up(story, bank)
    chapters.accounts(story, ada, ben)
    with webhooks.Receiver() as receiver:
        endpoint_id = webhooks.register(story, ada, receiver)
        transfer = chapters.money(story, ada, ben)
        chapters.history(story, ada)
        other_bank.pay(story, ada)
        chapters.at_the_counter(story, teller, ada, ben, transfer)
        chapters.audit(story, auditor, ada)
        if endpoint_id:  # functions in containers do not reach this machine
            webhooks.receive(story, ada, receiver, endpoint_id)
    story.end()


def _signing_up(story: Narrator, bank: Client) -> tuple[Customer, Customer]:
    story.chapter("Signing up")
    suffix = secrets.token_hex(4)
    ada_email = _email(ADA, suffix)
    wanted = {"email": ada_email, "password": PASSWORD, **ADA.names}
    registered = story.step(
        "Ada becomes a customer.",
        bank.post("/v1/auth/register", wanted),
        201,
        tells=lambda body: f"user {body['user_id']}, customer {body['customer_id']}",
    )
    story.step("An e-mail address can register once.", bank.post("/v1/auth/register", wanted), 409, "conflict")
    story.step("A wrong password is refused, and counted.", bank.log_in(ada_email, "let me in"), 401, "unauthorized")
    ada_login = bank.log_in(ada_email, PASSWORD)
    story.step("Ada logs in.", ada_login, tells=lambda body: f"a token for {body['expires_in'] // 60} minutes")
    wanted = {"email": _email(BEN, suffix), "password": PASSWORD, **BEN.names}
    other = story.step("Ben becomes a customer,", bank.post("/v1/auth/register", wanted), 201)
    ben_login = bank.log_in(wanted["email"], PASSWORD)
    story.step("and logs in.", ben_login)
    ada = Customer("Ada", registered["user_id"], bank.as_bearer(ada_login))
    return ada, Customer("Ben", other["user_id"], bank.as_bearer(ben_login))


def _email(person: Person, suffix: str) -> str:
    return person.email.replace("@", f".{suffix}@")
