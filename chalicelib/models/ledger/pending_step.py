"""The writes of a pending transaction's one step forward: its own, and the release of its holds."""

from dataclasses import dataclass

from chalicelib.domain.ledger.posting import Posting, TransactionStatus
from chalicelib.domain.permissions import Caller
from chalicelib.models.item import Action
from chalicelib.models.ledger import items
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction


@dataclass(frozen=True)
class PendingStep:
    """The action of the transaction, which must be pending, and one for each of its holds."""

    transaction: Action
    releases: tuple[Action, ...]


def enter(pending: Transaction, decision: Posting, snapshot: Snapshot) -> None:
    """Note on a pending transaction the entries that post it, and who holds its accounts now."""
    pending.posted_at, pending.entries = decision.created_at, items.entries_json(decision)
    pending.joint_holders = _joint_holders(pending, snapshot)


def take(pending: Transaction, status: TransactionStatus, snapshot: Snapshot, caller: Caller, at: str) -> PendingStep:
    """Bring a pending transaction to a status, and return the actions that do so in the table."""
    changes = Transaction.setting({"status": status})
    if status == "posted":
        changes += [
            Transaction.entries.set(pending.entries),
            Transaction.posted_at.set(pending.posted_at),
            Transaction.is_shown.set(True),
            Transaction.gsi1pk.set(pending.gsi1pk),
            Transaction.gsi1sk.set(pending.gsi1sk),
        ]
        changes += Transaction.setting(pending.place_by_initiator())
    pending.joint_holders = _joint_holders(pending, snapshot)
    changes += Transaction.setting({"joint_holders": pending.joint_holders})
    if pending.reason is not None:
        changes.append(Transaction.reason.set(pending.reason))
    step = pending.update_if(Transaction.status == "pending", changes, caller, at)
    held = items.holds_of(pending).values()
    releases = tuple(items.release(one, pending.id, caller, at, is_posted=status == "posted") for one in held)
    pending.status, pending.updated_at = status, at
    return PendingStep(step, releases)


def _joint_holders(pending: Transaction, snapshot: Snapshot) -> dict[str, list[str]] | None:
    """Return who holds its accounts now; of an account that was not read, who held it when it was requested."""
    unread = {name: held for name, held in (pending.joint_holders or {}).items() if name not in snapshot.accounts}
    return unread | (items.joint_holders(snapshot, pending.account_ids()) or {}) or None
