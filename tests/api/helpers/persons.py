"""Somebody with rare words in every personal field, who has left something everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.api.helpers import cloud
from tests.api.helpers.accounts import deposit, opened, withdraw
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.tickets import raised, resolve, write

EMAIL = "Zx-Quillfeather@Rare-Words.example"
ADDRESS = {
    "line1": "Xanthippe Row 77",
    "line2": "Garret Qoph",
    "city": "Ytterbyville",
    "region": "Vexillology",
    "postal_code": "QX9-7ZJ",
    "country": "SJ",
}
PERSON = {
    "first_name": "Zebulonius",
    "middle_name": "Ypsilanti",
    "last_name": "Quisenberrius",
    "phone": "+442079461234",
    "date_of_birth": "1921-02-03",
}
AGENT = "Rarebrowser/77.1"
WORDS = ["Yonderpot", "vermilion-shoes", "tagthingy", "A note on Wombles", "Quibbling subject", "Oddly worded plea"]
RESOLUTION = "Soothed Zebulonius kindly"
SEALED = [EMAIL, *ADDRESS.values(), *PERSON.values(), AGENT, *WORDS[4:], RESOLUTION]
"""What stands nowhere in clear. A country of two letters is too short to be looked for."""
SEALED.remove("SJ")


@dataclass(frozen=True)
class Person:
    user: User
    account: Json
    ticket: Json


def registered(client: Api, password: str) -> Json:
    made: Json = client.post(
        "/v1/auth/register", {"email": EMAIL, "password": password, "address": ADDRESS, **PERSON}
    ).ok(201)
    return made


def lived(client: Api, user: User, manager: User) -> Person:
    """One account, closed again, with labels; one ticket, resolved; failed log-ins."""
    account = opened(client, user, nickname=WORDS[0], pin="4711")
    deposit(client, user, account, "5.00", category=WORDS[1], tags=[WORDS[2]]).ok(201)
    made = withdraw(client, user, account, "5.00", pin="4711").ok(201)
    client.patch(f"/v1/transactions/{made['id']}", {"memo": WORDS[3]}, token=user.token).ok()
    ticket = raised(client, user, subject=WORDS[4], message=WORDS[5])
    write(client, user, ticket, WORDS[5]).ok(201)
    resolve(client, manager, ticket, RESOLUTION).ok()
    wrong = {"email": user.email, "password": "not at all right"}
    for _ in range(2):
        client.post("/v1/auth/login", wrong, headers={"User-Agent": AGENT})
    return Person(user, account, ticket)


def close(client: Api, person: Person) -> None:
    client.delete(f"/v1/accounts/{person.account['id']}", token=person.user.token).ok()


def erase(client: Api, by: User, customer_id: str | None, status: int = 200) -> Json:
    erased: Json = client.delete(f"/v1/customers/{customer_id}", token=by.token).ok(status)
    return erased


def exported(client: Api, by: User, customer_id: str | None, limit: int = 7) -> Iterator[tuple[str, Json]]:
    """All records, page by page."""
    cursor = ""
    while True:
        page = client.get(f"/v1/customers/{customer_id}/export?limit={limit}{cursor}", token=by.token).ok()
        assert len(page["data"]) <= limit
        yield from ((record["kind"], record["data"]) for record in page["data"])
        if not page["has_more"]:
            return
        cursor = f"&cursor={page['next_cursor']}"


def raw() -> str:
    """Every table as it is kept."""
    return str(list(cloud.stored_items()))
