"""The cash of branches, and movements between their vaults.

A branch's cash in a currency is the negated sum of its shards. A movement between vaults takes no more than the paying
branch has in all of them: from its vault, and what the vault lacks from the others (`models/ledger/branch_cash.py`).
"""

from dataclasses import asdict, dataclass, replace

from chalicelib import config
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import SameAccount
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import batch_get
from chalicelib.models.branches.branch import Branch
from chalicelib.models.ledger import ledger, shards
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.services import amounts
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.branches import branches

OF_THE_BANK = frozenset({"funding", "vault_movement"})
"""Types of transactions that move the bank's own cash, and no customer's money."""


@dataclass(frozen=True)
class VaultMovement:
    """A request to move cash; `amount` is a decimal string in `currency`, by default the bank's currency."""

    to_branch_id: str
    amount: str
    currency: str | None = None
    reason: str | None = None


def shards_of(branch_id: str) -> list[Account]:
    """Read every account in which a branch has had cash, in one consistent read (a hundred accounts per call)."""
    names = [name for currency in sorted(config.currencies()) for name in _shards(branch_id, currency)]
    return [item for item in batch_get(map(Account.key, names)) if isinstance(item, Account)]


def position(branch_id: str) -> dict[str, int]:
    """Return a branch's cash in minor units, by currency: each that it ever had, and the bank's default."""
    cash = {config.default_currency(): 0}
    for account in shards_of(branch_id):
        cash[account.currency] = cash.get(account.currency, 0) - account.balance
    return cash


def move(caller: Caller, branch_id: str, asked: VaultMovement, idempotency_key: IdempotencyKey) -> Outcome:
    """Move cash from one branch's vault to another's, or record that the branch has less.

    It may wait for a second person. Raises NotFound, SameAccount.
    """
    ends = (branch_id, asked.to_branch_id)
    _require_two_branches(*ends)
    currency = branches.currency_of(asked.currency)
    amount = amounts.parse("amount", asked.amount, currency)
    pays, receives = (general_ledger.cash(end, currency) for end in ends)
    legs = (Leg(pays, amount), Leg(receives, -amount))
    wanted = Movement(idempotency_key.transaction_id, "vault_movement", currency, legs)
    approved = gate.require(caller, _build_request(branch_id, asked, amount, currency), idempotency_key)

    def movement(snapshot: Snapshot) -> Movement:
        for end in ends:
            if Branch.key(end) not in snapshot.others:
                raise errors.unknown("branch", end)
        return between_vaults(wanted)

    order = PostingRequest(
        idempotency_key=idempotency_key,
        caller=caller,
        accounts=accounts_of(wanted),
        movement=movement,
        others=tuple(map(Branch.key, ends)),
        branch_id=branch_id,
        reason=asked.reason,
        extras=approved,
    )
    return ledger.post(order)


def _require_two_branches(branch_id: str, to_branch_id: str) -> None:
    for end in (branch_id, to_branch_id):
        if not ids.is_id("brn", end):
            raise errors.unknown("branch", end)
    if branch_id == to_branch_id:
        raise SameAccount("A vault movement needs two different branches.")


def _build_request(branch_id: str, asked: VaultMovement, amount: int, currency: str) -> HeldRequest:
    return HeldRequest(
        "vault_movement",
        f"Move cash from branch {branch_id} to branch {asked.to_branch_id}.",
        resource_id=branch_id,
        payload=asdict(replace(asked, currency=currency)),
        amount=amount,
        currency=currency,
    )


def execute_move(maker: Caller, approval: Approval) -> None:
    """Carry out a movement that was approved. Raises its refusal."""
    asked = VaultMovement(**approval.payload)
    move(maker, str(approval.resource_id), asked, gate.key_of(approval)).raise_refusal()


def accounts_of(movement: Movement) -> tuple[str, ...]:
    """Return the accounts that are read for a movement between vaults: of a branch that pays, all of its cash."""
    return tuple(name for leg in movement.legs for name in _accounts_of(leg))


def between_vaults(movement: Movement) -> Movement:
    """Return a movement on the vaults of its branches, limited by the cash that the paying branch has anywhere."""
    return replace(movement, legs=tuple(map(_on_vault, movement.legs)), within_cash=True)


def ends_of(outcome: Outcome) -> tuple[str, str]:
    """Return the branches that a posted vault movement went from and to."""
    paid = {one["amount"] > 0: general_ledger.branch_of(one["account_id"]) for one in outcome.transaction.entries}
    return str(paid[True]), str(paid[False])


def _accounts_of(leg: Leg) -> list[str]:
    is_paid_by_branch = leg.amount > 0 and _is_cash(leg)
    return shards.all_of(leg.account_id) if is_paid_by_branch else [_on_vault(leg).account_id]


def _on_vault(leg: Leg) -> Leg:
    return Leg(shards.vault(leg.account_id), leg.amount) if _is_cash(leg) else leg


def _is_cash(leg: Leg) -> bool:
    return general_ledger.branch_of(leg.account_id) is not None


def _shards(branch_id: str, currency: str) -> list[str]:
    return shards.all_of(general_ledger.cash(branch_id, currency))
