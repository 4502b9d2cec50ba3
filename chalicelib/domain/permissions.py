"""Permissions of the roles, in one table, and the caller of a request."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from chalicelib.domain.errors import Forbidden

Role = Literal["customer", "teller", "manager", "auditor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The roles of users."""
CallerRole = Literal[Role, "metrics"]
METRICS: Final = "metrics"
SYSTEM_ID: Final = "system"
"""The bank itself, where something is done that no user requests."""
"""The role of the program that reads the metrics. No user has it."""

Permission = Literal[
    "customers.create",
    "customers.list",
    "customers.read",
    "customers.edit",
    "customers.review",
    "customers.hold",
    "accounts.open",
    "accounts.read",
    "accounts.edit",
    "accounts.limit",
    "accounts.close",
    "accounts.freeze",
    "accounts.unfreeze_any",
    "accounts.list_closed",
    "accounts.list_hot",
    "holders.set",
    "holders.end",
    "pins.set",
    "pins.reset",
    "money.move",
    "transactions.read",
    "transactions.annotate",
    "transactions.reverse",
    "transactions.overdraw",
    "transactions.recall",
    "transactions.decide",
    "branches.read",
    "branches.manage",
    "branches.move_cash",
    "branches.report",
    "interest_rates.read",
    "interest_rates.set",
    "interest.apply",
    "interest.run",
    "interest.read",
    "statements.run",
    "statements.read_runs",
    "customers.export",
    "customers.erase",
    "customers.reads",
    "tickets.raise",
    "tickets.read",
    "tickets.edit",
    "tickets.assign",
    "announcements.read",
    "announcements.read_all",
    "announcements.publish",
    "approvals.read",
    "approvals.decide",
    "approvals.cancel",
    "approval_policies.read",
    "approval_policies.set",
    "authority.read",
    "authority.set",
    "risk.read",
    "risk.settle",
    "risk_thresholds.read",
    "risk_thresholds.set",
    "category_rules.own",
    "beneficiaries.own",
    "orders.read_runs",
    "calendar_links.own",
    "payee_verifications.own",
    "clearing.read",
    "clearing.operate",
    "payment_files.own",
    "orders.make",
    "orders.read",
    "webhooks.manage",
    "reports.read",
    "reports.books",
    "events.read",
    "audit.read",
    "profile.read",
    "profile.edit",
    "session.own",
    "logins.own",
    "factors.own",
    "users.manage",
    "users.read",
    "users.unlock",
    "operations.read",
]

_STAFF: frozenset[Role] = frozenset({"teller", "manager", "admin"})
_CUSTOMER_OR_STAFF: frozenset[Role] = _STAFF | {"customer"}
_EVERYONE = frozenset(ROLES)
_ONESELF_OR_MANAGERS: frozenset[Role] = frozenset({"customer", "manager", "admin"})

PERMISSIONS: dict[Permission, frozenset[CallerRole]] = {
    "customers.create": _STAFF,
    "customers.list": _STAFF | {"auditor"},
    "customers.read": _EVERYONE,
    "customers.edit": _CUSTOMER_OR_STAFF,
    "customers.review": _STAFF,
    "customers.hold": frozenset({"manager", "admin"}),
    "accounts.open": _CUSTOMER_OR_STAFF,
    "accounts.read": _EVERYONE,
    "accounts.edit": _CUSTOMER_OR_STAFF,
    "accounts.limit": _STAFF,
    "accounts.close": _CUSTOMER_OR_STAFF,
    "accounts.freeze": _STAFF,
    "accounts.unfreeze_any": frozenset({"manager", "admin"}),
    "accounts.list_closed": _STAFF | {"auditor"},
    "accounts.list_hot": frozenset({"manager", "auditor", "admin"}),
    "holders.set": _STAFF,
    "holders.end": _CUSTOMER_OR_STAFF,
    "pins.set": frozenset({"customer"}),
    "pins.reset": _STAFF,
    "money.move": _CUSTOMER_OR_STAFF,
    "transactions.read": _EVERYONE,
    "transactions.annotate": _CUSTOMER_OR_STAFF,
    "transactions.reverse": _STAFF,
    "transactions.overdraw": frozenset({"manager", "admin"}),
    "transactions.recall": _CUSTOMER_OR_STAFF,
    "transactions.decide": frozenset({"manager", "admin"}),
    "branches.read": _EVERYONE,
    "branches.manage": frozenset({"manager", "admin"}),
    "branches.move_cash": frozenset({"manager", "admin"}),
    "branches.report": _STAFF | {"auditor"},
    "interest_rates.read": _EVERYONE,
    "interest_rates.set": frozenset({"manager", "admin"}),
    "interest.apply": frozenset({"manager", "admin"}),
    "interest.run": frozenset({"manager", "admin"}),
    "interest.read": _STAFF | {"auditor"},
    "statements.run": frozenset({"manager", "admin"}),
    "statements.read_runs": _STAFF | {"auditor"},
    "customers.export": _ONESELF_OR_MANAGERS,
    "customers.erase": _ONESELF_OR_MANAGERS,
    "customers.reads": frozenset({"auditor", "admin"}),
    "tickets.raise": _CUSTOMER_OR_STAFF,
    "tickets.read": _EVERYONE,
    "tickets.edit": _CUSTOMER_OR_STAFF,
    "tickets.assign": _STAFF,
    "announcements.read": _EVERYONE,
    "announcements.read_all": _STAFF | {"auditor"},
    "announcements.publish": _STAFF,
    "approvals.read": _EVERYONE,
    "approvals.decide": _STAFF,
    "approvals.cancel": _CUSTOMER_OR_STAFF,
    "approval_policies.read": _STAFF | {"auditor"},
    "approval_policies.set": frozenset({"admin"}),
    "authority.read": _STAFF | {"auditor"},
    "authority.set": frozenset({"admin"}),
    "risk.read": _STAFF | {"auditor"},
    "risk.settle": _STAFF,
    "risk_thresholds.read": _STAFF | {"auditor"},
    "risk_thresholds.set": frozenset({"manager", "admin"}),
    "category_rules.own": frozenset({"customer"}),
    "beneficiaries.own": frozenset({"customer"}),
    "orders.read_runs": _STAFF | {"auditor"},
    "calendar_links.own": frozenset({"customer"}),
    "payee_verifications.own": frozenset({"customer"}),
    "clearing.read": _STAFF | {"auditor"},
    "clearing.operate": frozenset({"manager", "admin"}),
    "payment_files.own": frozenset({"customer"}),
    "orders.make": _CUSTOMER_OR_STAFF,
    "orders.read": _EVERYONE,
    "webhooks.manage": _ONESELF_OR_MANAGERS,
    "reports.read": _EVERYONE,
    "reports.books": _STAFF | {"auditor"},
    "events.read": _EVERYONE,
    "audit.read": frozenset({"auditor", "admin"}),
    "profile.read": _EVERYONE,
    "profile.edit": _EVERYONE,
    "session.own": _EVERYONE,
    "logins.own": _EVERYONE,
    "factors.own": _EVERYONE,
    "users.manage": frozenset({"admin"}),
    "users.read": frozenset({"auditor", "admin"}),
    "users.unlock": frozenset({"manager", "admin"}),
    "operations.read": frozenset({"auditor", "admin", METRICS}),
}

OWN_ALWAYS: frozenset[Permission] = frozenset(
    {"profile.read", "profile.edit", "session.own", "logins.own", "factors.own"}
)
"""What is done to oneself, whatever one's role."""

SHARED_RESOURCE_PERMISSIONS: frozenset[Permission] = frozenset(
    {"branches.read", "interest_rates.read", "announcements.read"}
)
"""What customers may besides, of things that are nobody's own; of all else they reach their own only."""


@dataclass(frozen=True)
class Caller:
    """Who asks, and in which request: what every change is recorded with.

    `customer_id` is the customer that the user acts as, `own_customer_id` the one that a member of staff is in private.
    `email_verified` may be outdated for as long as API Gateway remembers the authorizer's answer: true stays true.
    """

    user_id: str
    role: CallerRole
    request_id: str
    customer_id: str | None = None
    branch_id: str | None = None
    session_id: str | None = None
    own_customer_id: str | None = None
    email_verified: bool = False
    factor_used: bool = False
    """Whether the session had used a second factor when the authorizer read it, up to 60 seconds ago."""
    approval_id: str | None = None
    """The approval that is being carried out; no request sets it."""
    traceparent: str | None = None
    """The trace of the request, as its client named it."""

    @property
    def identities(self) -> frozenset[str]:
        """Return the ids of the user and of the customers that the caller is."""
        return frozenset(filter(None, (self.user_id, self.customer_id, self.own_customer_id)))

    @property
    def user_role(self) -> Role:
        """Return the role, which is a user's. Raises Forbidden for the program that reads the metrics."""
        if self.role == METRICS:
            raise Forbidden("Only users may do this.")
        return self.role

    def may(self, permission: Permission) -> bool:
        return self.role in PERMISSIONS[permission]

    @property
    def is_staff(self) -> bool:
        """Return whether the caller may act for any customer."""
        return self.role in _STAFF

    @property
    def sees_everything(self) -> bool:
        """Return whether the caller sees every customer's resources: staff and auditors do, customers do not."""
        return self.role not in ("customer", METRICS)

    def sees(self, customer_id: str | None) -> bool:
        return self.sees_everything or (customer_id is not None and customer_id == self.customer_id)

    def is_own(self, customer_id: str | None) -> bool:
        """Return whether a customer is the member of staff that asks."""
        return customer_id is not None and customer_id == self.own_customer_id


def system(request_id: str) -> Caller:
    """Return the caller for the bank's own actions, which no user requests."""
    return Caller(user_id=SYSTEM_ID, role="admin", request_id=request_id)
