"""What tests of interest ask of the API, in nearly the same words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib import clock
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User


def today() -> date:
    """The bank's, in UTC."""
    return clock.now().date()


def savings(client: Api, owner: User, balance: str | None = None, **wanted: object) -> Json:
    """A new savings account of the owner."""
    body = {"type": "savings", **wanted} | ({"initial_deposit": balance} if balance else {})
    account: Json = client.post("/v1/accounts", body, token=owner.token, key=new_key()).ok(201)
    return account


def pending(client: Api, user: User, account: Json) -> Json:
    found: Json = client.get(f"/v1/accounts/{account['id']}/interest", token=user.token).ok()
    return found


def apply(client: Api, user: User, account: Json, *, key: str | None = None) -> Reply:
    return client.post(f"/v1/accounts/{account['id']}/apply_interest", token=user.token, key=key or new_key())


def rates(client: Api, user: User) -> dict[str, Json]:
    """By account type."""
    page = client.get("/v1/interest-rates", token=user.token).ok()
    return {rate["type"]: rate for rate in page["data"]}


def put_rate(
    client: Api, user: User, annual_rate: object, effective_from: object, *, account_type: str = "savings"
) -> Reply:
    body = {"annual_rate": annual_rate, "effective_from": effective_from}
    return client.put(f"/v1/interest-rates/{account_type}", body, token=user.token)


@dataclass
class World:
    """A customer and a manager at a moment of their own; tokens are of their time, so both sign in anew with it."""

    client: Api
    customer: User
    manager: User
    log_in: Callable[[str], User]

    def at(self, moment: str) -> None:
        """Set the bank's clock: `"2027-01-15T12:00Z"`, or a day, of which it is noon then."""
        moment = moment if "T" in moment else f"{moment}T12:00Z"
        now = datetime.fromisoformat(moment)
        clock.set_clock(lambda: now)
        self.customer, self.manager = self.log_in(self.customer.email), self.log_in(self.manager.email)

    def savings(self, balance: str | None = None, **wanted: object) -> Json:
        return savings(self.client, self.customer, balance, **wanted)

    def pending(self, account: Json) -> Json:
        return pending(self.client, self.customer, account)

    def apply(self, account: Json, *, key: str | None = None) -> Reply:
        return apply(self.client, self.manager, account, key=key)

    def put_rate(self, annual_rate: str, effective_from: str) -> None:
        put_rate(self.client, self.manager, annual_rate, effective_from).ok()
