"""Write who may do what to docs/permissions.md, where a test compares it with the code."""

from pathlib import Path

from chalicelib.domain.approvals.action import ACTIONS, ActionName
from chalicelib.domain.approvals.ceilings import ROLES as CAPPED_ROLES
from chalicelib.domain.approvals.ceilings import STANDARD_UNITS
from chalicelib.domain.approvals.policy import STANDARD_ABOVE_UNITS
from chalicelib.domain.permissions import OWN_ALWAYS, PERMISSIONS, ROLES, SHARED_RESOURCE_PERMISSIONS, Permission, Role
from chalicelib.handlers.routes import ROUTES

HEAD = """# Permissions
`make openapi` writes this page from the code (`handlers/routes.py`, `domain/permissions.py`). One test compares the
page with the code, another calls every route as every role.

- **all**: the role may call this for any resource. Business rules still apply; for example, nobody changes their own
  role.
- **own**: the role may call this for its own resources. For a customer these are its profile, sessions, log-ins and
  second factors; its accounts with their entries, proofs and interest; the transactions that it made or that moved one
  of its accounts; its tickets. Other resources are 404, as if they did not exist, and are not in lists.
- **–**: 403 `forbidden`, whatever the request contains, and whether or not the resource exists.

Without a valid token every route is 401, except those marked *anyone*.

*Staff* is teller, manager and admin. An auditor reads everything and changes only its own password, names,
sessions and second factors.
No user has the role `metrics`. It is for the program that reads `GET /v1/metrics` ([metrics.md](metrics.md)), and may
do nothing but what needs `operations.read`.

If a user's role changes, or the user is disabled, all of its sessions end at once. From then on the old token changes
nothing and moves no money. API Gateway may let it read for 60 more seconds.

## Conflicts of interest
Whatever the role, these are 403 `conflict_of_interest`:

- **What is one's own.** An admin links a member of staff to the customer that the person is (`PATCH
  /v1/users/{user_id}` with `customer_id`). Staff do nothing on accounts that this customer owns or holds, on payments
  to or from them, and on the customer itself. They may look. Alerts about themselves, and
  recalls of payments to them, are 404 and in no list. Records of these, of this customer, and of reads of its data are
  not in their `GET /v1/audit`.
  `tests/api/http/test_own_matters.py` has each route of staff in a table and tries it.
- **What one made.** Nobody reverses a payment that he or she made, or settles an alert that it raised.

As customers the same people do with their accounts what every customer does, with their own user.
"""
INSIDE = """
## Within a route
Some requests need a second permission, besides the one of their route. Without it they are 403, too.

| permission | needed to | customer | teller | manager | auditor | admin |
| --- | --- | --- | --- | --- | --- | --- |
"""
ALSO = """
Reversing a vault movement or a branch's funding also needs `branches.move_cash`. A branch shows its cash only to roles
with `branches.report`.
"""
TOGETHER = """
## Together with another person
With `APPROVALS=on`, as in the stages `dev` and `prod`, these actions wait for the approval of another person until an
admin sets another policy, and payments only above an amount. The columns of roles have the **ceiling** of what a role
does alone, in USD, until an admin sets others ([approvals.md](approvals.md)).

| action | | waits above | decide | teller | manager | admin |
| --- | --- | --- | --- | --- | --- | --- |
"""
PURPOSES: dict[Permission, str] = {
    "accounts.limit": "set an overdraft limit (`PATCH /v1/accounts/{account_id}`)",
    "accounts.unfreeze_any": "unfreeze what another member of staff froze (`POST /v1/accounts/{account_id}/unfreeze`)",
    "transactions.overdraw": "reverse a transaction whose money is spent (`allow_overdrawn`)",
    "tickets.assign": "take up, assign and resolve a ticket (`PATCH /v1/tickets/{ticket_id}`)",
}


def text() -> str:
    routes = [f"\n## Routes\n| | permission | {' | '.join(ROLES)} |", f"| --- | --- |{' --- |' * len(ROLES)}"]
    for route in ROUTES:
        name = f"`{route.permission}`" if route.permission else "anyone"
        routes.append(f"| `{route.method} {route.path}` | {name} | {_cells(route.permission)} |")
    elsewhere = [name for name in PERMISSIONS if name not in {route.permission for route in ROUTES}]
    inside = [f"| `{name}` | {PURPOSES[name]} | {_cells(name)} |" for name in elsewhere]
    together = map(_action_row, ACTIONS)
    return (
        HEAD
        + "\n".join(routes)
        + "\n"
        + INSIDE
        + "\n".join(inside)
        + "\n"
        + ALSO
        + TOGETHER
        + "\n".join(together)
        + "\n"
    )


def _action_row(name: ActionName) -> str:
    above = STANDARD_ABOVE_UNITS.get(name)
    ceilings = [STANDARD_UNITS[role].get(name) for role in CAPPED_ROLES]
    cells = [f"{above:,}" if above else "always", ", ".join(ACTIONS[name].deciders)]
    cells += [f"{units:,}" if units else "–" for units in ceilings]
    title = ACTIONS[name].title
    return f"| `{name}` | {title[0].lower() + title[1:]} | {' | '.join(cells)} |"


def _cells(permission: Permission | None) -> str:
    def cell(role: Role) -> str:
        if permission is None:
            return "all"
        if role not in PERMISSIONS[permission]:
            return "–"
        return (
            "own"
            if permission in OWN_ALWAYS or (role == "customer" and permission not in SHARED_RESOURCE_PERMISSIONS)
            else "all"
        )

    return " | ".join(cell(role) for role in ROLES)


def write(root: Path) -> Path:
    path = root / "docs" / "permissions.md"
    path.write_text(text())
    return path
