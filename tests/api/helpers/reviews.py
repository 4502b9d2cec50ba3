"""Payments that wait for a review: decide about them, let them expire, and read them."""

from chalice.test import Client as ChaliceClient

from app import app
from infra.settings import ROOT
from tests.api.helpers.accounts import new_key, read
from tests.api.helpers.bank import STAGE, Api, Json, Reply, User

LARGE = "2500.00"


def decide(client: Api, user: User, held: Json, how: str, key: str | None = None, reason: str = "Called Ada.") -> Reply:
    body = {"reason": reason} if how == "reject" else None
    return client.post(f"/v1/transactions/{held['id']}/{how}", body, token=user.token, key=key or new_key())


def expired() -> int:
    """How many expire when the schedule has its function look."""
    functions = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT))
    told = functions.lambda_.invoke("expire_holds", functions.events.generate_cw_event("events", "Scheduled", {}, []))
    assert told.payload["voided"] == 0
    return int(told.payload["expired"])


def current(client: Api, user: User, held: Json) -> Json:
    found: Json = client.get(f"/v1/transactions/{held['id']}", token=user.token).ok()
    return found


def money(client: Api, user: User, account: Json) -> tuple[str, str, str]:
    found = read(client, user, account)
    return found["balance"], found["held"], found["available"]
