"""What tests of branches ask of the API in nearly the same words."""

from typing import Any

from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User

HEAD_OFFICE = "brn_00000000000000000000000000"
UNKNOWN = "brn_01ARZ3NDEKTSV4RRFFQ69G5FAV"
LONDON: Json = {"name": "London Bridge", "code": "LDN", "city": "London", "country": "GB"}


def create(client: Api, user: User, *, key: str | None = None, **wanted: object) -> Reply:
    return client.post("/v1/branches", LONDON | wanted, token=user.token, key=key)


def opened_branch(client: Api, user: User, code: str = "LDN", cash: str | None = None, **also: object) -> Json:
    """A new branch, with cash if there is to be some."""
    funded = {"initial_balance": cash} if cash else {}
    branch: Json = create(client, user, key=new_key(), code=code, **funded, **also).ok(201)
    return branch


def cash_of(client: Api, user: User, branch_id: str) -> dict[str, str]:
    """A branch's cash position by currency."""
    found = client.get(f"/v1/branches/{branch_id}", token=user.token).ok()["cash_position"]
    return {one["currency"]: one["amount"] for one in found}


def move(
    client: Api, user: User, pays: str, receives: str, amount: object, *, key: str | None = None, **also: object
) -> Reply:
    body = {"to_branch_id": receives, "amount": amount, **also}
    return client.post(f"/v1/branches/{pays}/vault-movements", body, token=user.token, key=key or new_key())


def report(client: Api, user: User, branch_id: str, query: str = "") -> Json:
    found: Json = client.get(f"/v1/branches/{branch_id}/report?{query}", token=user.token).ok()
    return found


def day_of(client: Api, user: User, branch_id: str, query: str = "", currency: str = "USD") -> dict[str, Any]:
    """One currency of a branch's report: flows as (count, amount), without those that are nothing."""
    [line] = [one for one in report(client, user, branch_id, query)["lines"] if one["currency"] == currency]
    flows = {name: (one["count"], one["amount"]) for name, one in line.items() if "amount" in one}
    moved = {name: flow for name, flow in flows.items() if flow[0]}
    return {"opening": line["opening_position"], "closing": line["closing_position"], **moved}
