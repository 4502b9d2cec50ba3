"""What tests of tickets ask of the API, in nearly the same words."""

from tests.api.helpers.bank import Api, Json, Reply, User

SUBJECT, MESSAGE = "Card not accepted", "It was refused twice:\nat the baker's and at the station."


def raised(client: Api, user: User, **fields: object) -> Json:
    body = {"subject": SUBJECT, "message": MESSAGE, **fields}
    ticket: Json = client.post("/v1/tickets", body, token=user.token).ok(201)
    return ticket


def read(client: Api, user: User, ticket: Json) -> Json:
    found: Json = client.get(f"/v1/tickets/{ticket['id']}", token=user.token).ok()
    return found


def edit(client: Api, user: User, ticket: Json, if_match: str | None = None, **edits: object) -> Reply:
    headers = {"If-Match": if_match} if if_match is not None else {}
    return client.patch(f"/v1/tickets/{ticket['id']}", edits, token=user.token, headers=headers)


def resolve(client: Api, user: User, ticket: Json, resolution: str = "It is unlocked.") -> Reply:
    return edit(client, user, ticket, status="resolved", resolution=resolution)


def write(client: Api, user: User, ticket: Json, message: str, key: str | None = None) -> Reply:
    return client.post(f"/v1/tickets/{ticket['id']}/messages", {"message": message}, token=user.token, key=key)


def listed(client: Api, user: User, query: str = "") -> list[str]:
    """Ids of a page of tickets."""
    return [ticket["id"] for ticket in client.get(f"/v1/tickets?{query}", token=user.token).ok()["data"]]


def words(ticket: Json) -> list[str]:
    """What was written in a ticket, newest first."""
    return [message["message"] for message in ticket["messages"]["data"]]
