"""What tests of standing orders and of payments on a date ask of the API."""

from datetime import date, timedelta
from typing import Any

from chalicelib import clock, config
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User

PATH, PAYMENTS = "/v1/standing-orders", "/v1/scheduled-payments"
TRANSFER = "/v1/transactions/transfer"


def day(ahead: int = 0) -> date:
    """A day of the bank, so many days from today."""
    return clock.now().astimezone(config.timezone()).date() + timedelta(days=ahead)


def terms(payer: Json, payee: Json, **also: Any) -> Json:
    """An order of 12.50 a month from tomorrow on."""
    return {
        "from_account_id": payer["id"],
        "to_account_id": payee["id"],
        "amount": "12.50",
        "frequency": {"unit": "month"},
        "start": day(1).isoformat(),
        "business_days": "none",
        **also,
    }


def ask(client: Api, user: User, payer: Json, payee: Json, key: str | None = None, **also: Any) -> Reply:
    return client.post(PATH, terms(payer, payee, **also), token=user.token, key=key)


def ordered(client: Api, user: User, payer: Json, payee: Json, **also: Any) -> Json:
    """A new standing order."""
    return dict(ask(client, user, payer, payee, **also).ok(201))


def dated(client: Api, user: User, payer: Json, payee: Json, key: str | None = None, **also: Any) -> Reply:
    """Ask for a payment of 12.50 tomorrow."""
    body: Json = {"from_account_id": payer["id"], "to_account_id": payee["id"], "amount": "12.50"}
    body |= {"execution_date": day(1).isoformat(), **also}
    return client.post(TRANSFER, body, token=user.token, key=key or new_key())


def read_order(client: Api, user: User, order: Json) -> Json:
    return dict(client.get(f"{PATH}/{order['id']}", token=user.token).ok())


def change(client: Api, user: User, order: Json, how: str, key: str | None = None, **body: object) -> Reply:
    """Suspend, resume or skip."""
    content = None if how == "suspend" else body
    return client.post(f"{PATH}/{order['id']}/{how}", content, token=user.token, key=key)


def ordered_ids(client: Api, user: User, payer: Json, payee: Json) -> dict[str, str]:
    """The ids of a new standing order and of a payment on a date, by the names that paths have for them."""
    payment = dated(client, user, payer, payee).ok(202)
    return {"order_id": ordered(client, user, payer, payee)["id"], "payment_id": payment["id"]}
