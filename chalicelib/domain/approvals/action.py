"""What can need a second person, in one table: who decides by default, and where the bank carries it out.

A new action is one line here, its executor (`services/approvals/execution.py` loads it), and a call of
`services/approvals/gate.py` in the service that does it.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from chalicelib.domain.permissions import Role

ActionName = Literal[
    "transfer",
    "standing_order",
    "withdraw",
    "deposit",
    "reverse",
    "overdraft_limit",
    "unfreeze",
    "pin_reset",
    "holder",
    "kyc",
    "user.create",
    "user.role",
    "user.factors",
    "interest_rate",
    "risk_thresholds",
    "customer.erase",
    "customer.invite",
    "legal_hold",
    "branch_funding",
    "vault_movement",
    "payment.settle",
    "payment.void",
    "payment.forward",
    "clearing.fee",
    "recall.accept",
    "webhook_endpoint",
    "announcement",
    "approval_policy",
    "authority",
]
ACTION_NAMES: tuple[ActionName, ...] = get_args(ActionName)

CappedAction = Literal["deposit", "withdraw", "transfer", "reverse", "overdraft_limit"]
"""What staff do alone up to the ceiling of their role (`ceilings.py`)."""
CAPPED: tuple[ActionName, ...] = get_args(CappedAction)
CEILINGS: Mapping[ActionName, ActionName] = {**{name: name for name in CAPPED}, "standing_order": "transfer"}
"""The action whose ceiling counts. An order pays transfers."""

_MANAGERS: tuple[Role, ...] = ("manager", "admin")
_ADMINS: tuple[Role, ...] = ("admin",)


class Action(NamedTuple):
    """`executor` is `module.function` below `chalicelib.services`; money has none: its pending transaction is posted.

    `has_amount`: whether a policy's thresholds (`above`) can apply to it. `deciders`: who decides by default.
    `is_secret`: whether the customers whom it concerns must not learn of it, also if they work for the bank.
    """

    title: str
    deciders: tuple[Role, ...]
    executor: str | None = None
    has_amount: bool = False
    is_secret: bool = False


ACTIONS: Mapping[ActionName, Action] = {
    "transfer": Action("Make a transfer", _MANAGERS, has_amount=True),
    "standing_order": Action(
        "Make a standing order or a payment on a date", _MANAGERS, "orders.changes.execute", has_amount=True
    ),
    "withdraw": Action("Pay out cash", _MANAGERS, has_amount=True),
    "deposit": Action("Take in cash", _MANAGERS, has_amount=True),
    "reverse": Action("Reverse a transaction", _MANAGERS, "payments.transactions.execute_reversal", has_amount=True),
    "overdraft_limit": Action(
        "Raise an overdraft limit", _MANAGERS, "accounts.changes.execute_overdraft_limit", has_amount=True
    ),
    "unfreeze": Action("Unfreeze an account", _MANAGERS, "accounts.changes.execute_unfreeze"),
    "pin_reset": Action("Reset a PIN", _MANAGERS, "accounts.pins.execute_reset"),
    "holder": Action("Change a joint holder", _MANAGERS, "accounts.joint_holders.execute"),
    "kyc": Action("Verify a customer", _MANAGERS, "customers.kyc.execute_review"),
    "user.create": Action("Create a user", _ADMINS, "identity.users.execute_creation"),
    "user.role": Action("Change a user's role or status", _ADMINS, "identity.users.execute_edit"),
    "user.factors": Action("Remove a user's second factors", _MANAGERS, "identity.factors.execute_removal"),
    "interest_rate": Action("Set an interest rate", _MANAGERS, "interest.rates.execute"),
    "risk_thresholds": Action("Set the risk thresholds", _MANAGERS, "risk.thresholds.execute"),
    "customer.erase": Action("Erase a customer", _MANAGERS, "privacy.erasure.execute"),
    "customer.invite": Action("Invite a customer to log in", _MANAGERS, "identity.invitations.execute"),
    "legal_hold": Action("End a legal hold", _MANAGERS, "customers.legal_holds.execute_end", is_secret=True),
    "branch_funding": Action(
        "Open a branch with cash of the bank", _MANAGERS, "branches.branches.execute_funding", has_amount=True
    ),
    "vault_movement": Action(
        "Move cash between branches", _MANAGERS, "branches.vault_movements.execute_move", has_amount=True
    ),
    "payment.settle": Action(
        "Settle a payment without the clearing's answer", _MANAGERS, "clearing.hand_decisions.execute_settlement"
    ),
    "payment.void": Action(
        "Void a payment without the clearing's answer", _MANAGERS, "clearing.hand_decisions.execute_void"
    ),
    "payment.forward": Action(
        "Forward returned money of an erased customer", _MANAGERS, "clearing.returned_money.execute"
    ),
    "clearing.fee": Action("Book what the clearing has charged", _MANAGERS, "clearing.fees.execute", has_amount=True),
    "recall.accept": Action(
        "Give a recalled payment back", _MANAGERS, "clearing.received_recalls.execute_acceptance", is_secret=True
    ),
    "webhook_endpoint": Action(
        "Add, change or enable a webhook endpoint of the bank, or rotate its secret",
        _MANAGERS,
        "webhooks.endpoints.execute",
    ),
    "announcement": Action(
        "Publish or change an announcement to customers", _MANAGERS, "support.announcements.execute"
    ),
    "approval_policy": Action("Change an approval policy", _ADMINS, "approvals.policies.execute"),
    "authority": Action("Change what a role may do alone", _ADMINS, "approvals.authority.execute"),
}
