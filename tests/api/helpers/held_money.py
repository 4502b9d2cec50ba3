"""Money that policies and ceilings hold back: set them, and decide by either path."""

import json

from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User, items

AUTHORITY = "/v1/authority"
CAPPED = ("deposit", "withdraw", "transfer", "reverse", "overdraft_limit")


def set_ceilings(client: Api, by: User, /, currency: str = "USD", **of_role: str) -> Json:
    """Give each role the same ceiling for all actions."""
    ceilings = {role: {action: {currency: amount} for action in CAPPED} for role, amount in of_role.items()}
    found: Json = client.put(AUTHORITY, {"ceilings": ceilings}, token=by.token).ok()
    return found


def set_policy(client: Api, admin: User, action: str, control: str = "require", **fields: object) -> None:
    body = {"control": control, **fields}
    client.put(f"/v1/approval-policies/{action}", body, token=admin.token).ok()


def approval_of(client: Api, user: User, held: Json) -> Json:
    found: Json = client.get(f"/v1/approvals/{held['id'].replace('txn_', 'apr_')}", token=user.token).ok()
    return found


def decide_approval(client: Api, user: User, held: Json, how: str, key: str | None = None) -> Reply:
    """Decide about a held transaction at `/v1/approvals`."""
    body = {"approve": {"note": "Called Ada."}, "reject": {"reason": "Ada was talked into it."}, "cancel": None}[how]
    path = f"/v1/approvals/{held['id'].replace('txn_', 'apr_')}/{how}"
    return client.post(path, body, token=user.token, key=key or new_key())


def stored(held: Json) -> tuple[str, str]:
    """The statuses of a transaction and of its approval, straight from the table."""
    [transaction] = items(type="transaction", id=held["id"])
    return str(transaction["status"]), str(approval_item(held)["status"])


def approval_item(held: Json) -> Json:
    """The approval of a transaction as it is stored, with its decisions."""
    [approval] = items(type="approval", id=held["id"].replace("txn_", "apr_"))
    return {**approval, "decisions": json.loads(approval["decisions"])}
