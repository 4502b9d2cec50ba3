"""Write who may do what to docs/permissions.md, where a test compares it with the code."""

from pathlib import Path

from chalicelib.domain.permissions import SHARED_RESOURCE_PERMISSIONS, OWN_ALWAYS, PERMISSIONS, ROLES, Permission, Role
from chalicelib.handlers.routes import ROUTES

HEAD = """# Permissions
Written by `make openapi` from the code (`handlers/routes.py`, `domain/permissions.py`). A test compares the two, and
another one asks every route as every role.

- **all**: the role may do this to whatever is there; only rules of the matter itself still say no (nobody changes
  their own role).
- **own**: the role may do this to what is its own. A customer's are its profile, sessions and log-ins, its accounts
  with their entries, proofs and interest, the transactions that it made or that moved one of its accounts, and its
  tickets. What is somebody else's is 404, as if it were not there, and lists leave it out.
- **–**: 403 `forbidden`, whatever the request says, and whether or not the thing exists.

Without a valid token all but *anyone* is 401.

*Staff* is teller, manager and admin. An auditor reads everything and changes nothing but its own password, names and
sessions. A role counts from the log-in on: who gets another one, or is disabled, is signed out at once, and API Gateway
lets the old token in for 60 seconds more at most.
"""
INSIDE = """
## Within a route
Some requests ask for more than their route does; without this permission they are 403 too.

| permission | needed to | customer | teller | manager | auditor | admin |
| --- | --- | --- | --- | --- | --- | --- |
"""
ALSO = """
Besides, undoing a vault movement or a branch's funding takes `branches.move_cash`, and a branch shows its cash to
whoever has `branches.report`.
"""
PURPOSES: dict[Permission, str] = {
    "accounts.limit": "set an overdraft limit (`PATCH /v1/accounts/{account_id}`)",
    "transactions.overdraw": "reverse although the money is spent (`allow_overdrawn`)",
    "tickets.assign": "take up, assign and resolve (`PATCH /v1/tickets/{ticket_id}`)",
}


def text() -> str:
    routes = [f"\n## Routes\n| | permission | {' | '.join(ROLES)} |", f"| --- | --- |{' --- |' * len(ROLES)}"]
    for route in ROUTES:
        name = f"`{route.permission}`" if route.permission else "anyone"
        routes.append(f"| `{route.method} {route.path}` | {name} | {_cells(route.permission)} |")
    elsewhere = [name for name in PERMISSIONS if name not in {route.permission for route in ROUTES}]
    inside = [f"| `{name}` | {PURPOSES[name]} | {_cells(name)} |" for name in elsewhere]
    return HEAD + "\n".join(routes) + "\n" + INSIDE + "\n".join(inside) + "\n" + ALSO


def _cells(permission: Permission | None) -> str:
    def cell(role: Role) -> str:
        if permission is None:
            return "all"
        if role not in PERMISSIONS[permission]:
            return "–"
        return "own" if permission in OWN_ALWAYS or (role == "customer" and permission not in SHARED_RESOURCE_PERMISSIONS) else "all"

    return " | ".join(cell(role) for role in ROLES)


def write(root: Path) -> Path:
    path = root / "docs" / "permissions.md"
    path.write_text(text())
    return path
