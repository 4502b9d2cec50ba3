"""What tests of accounts and money ask of the API in nearly the same words."""

from itertools import count

from tests.api.helpers.bank import Api, Json, Reply, User, items

keys = count()


def new_key() -> str:
    return f"key-{next(keys)}"


def opened(client: Api, owner: User, balance: str | None = None, **wanted: object) -> Json:
    """A new current account of the owner."""
    body = {"type": "current", **wanted} | ({"initial_deposit": balance} if balance else {})
    account: Json = client.post("/v1/accounts", body, token=owner.token, key=new_key()).ok(201)
    return account


def read(client: Api, user: User, account: Json) -> Json:
    found: Json = client.get(f"/v1/accounts/{account['id']}", token=user.token).ok()
    return found


def as_listed(found: Json) -> Json:
    """Without what only a GET of a single account, customer or user shows."""
    assert "pending_approvals" in found
    return {name: value for name, value in found.items() if name != "pending_approvals"}


def balance(account: Json) -> int:
    """In minor units, straight from the table."""
    [item] = items(type="account", id=account["id"])
    return int(item["balance"])


def deposit(client: Api, user: User, account: Json, amount: object, *, key: str | None = None, **also: object) -> Reply:
    body = {"account_id": account["id"], "amount": amount, **also}
    return client.post("/v1/transactions/deposit", body, token=user.token, key=key or new_key())


def withdraw(
    client: Api, user: User, account: Json, amount: object, *, key: str | None = None, **also: object
) -> Reply:
    body = {"account_id": account["id"], "amount": amount, **also}
    return client.post("/v1/transactions/withdraw", body, token=user.token, key=key or new_key())


def transfer(
    client: Api, user: User, payer: Json, payee: Json, amount: object, *, key: str | None = None, **also: object
) -> Reply:
    body = {"from_account_id": payer["id"], "to_account_id": payee["id"], "amount": amount, **also}
    return client.post("/v1/transactions/transfer", body, token=user.token, key=key or new_key())


def reverse(
    client: Api, user: User, transaction: Json, *, key: str | None = None, reason: str = "a mistake", **also: object
) -> Reply:
    path = f"/v1/transactions/{transaction['id']}/reverse"
    return client.post(path, {"reason": reason, **also}, token=user.token, key=key or new_key())


def history(client: Api, user: User, account: Json, query: str = "") -> Json:
    page: Json = client.get(f"/v1/accounts/{account['id']}/history?{query}", token=user.token).ok()
    return page


def closed(client: Api, owner: User, account: Json) -> Json:
    found: Json = client.delete(f"/v1/accounts/{account['id']}", token=owner.token).ok()
    return found


def frozen(client: Api, staff: User, account: Json) -> Json:
    path = f"/v1/accounts/{account['id']}/freeze"
    found: Json = client.post(path, {"reason": "suspicion"}, token=staff.token).ok()
    return found
