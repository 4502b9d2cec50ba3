"""The cash of branches, and movements between their vaults.

A branch's cash in a currency is the negated sum of its shards. Withdrawals at the counter are not bound by it; vaults
are. Whatever leaves a vault is written to one account, on the version that was read with all the others: so of any two
movements out of a vault the later one knows of the earlier one, and together they never take more than there was. What
tellers pay out in the milliseconds between that read and its write is not counted.
"""

from dataclasses import dataclass, replace

from chalicelib import config
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import SameAccount
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.branches.branch import Branch
from chalicelib.models.ledger import ledger, shards
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.ledger import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.services import amounts
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

    Raises NotFound, SameAccount.
    """
    ends = (branch_id, asked.to_branch_id)
    for end in ends:
        if not ids.is_id("brn", end):
            raise errors.unknown("branch", end)
    if ends[0] == ends[1]:
        raise SameAccount("A vault movement needs two different branches.")
    currency = branches.currency_of(asked.currency)
    amount = amounts.parse("amount", asked.amount, currency)
    pays, receives = (general_ledger.cash(end, currency) for end in ends)

    def movement(snapshot: Snapshot) -> Movement:
        for end in ends:
            if Branch.key(end) not in snapshot.others:
                raise errors.unknown("branch", end)
        legs = (Leg(pays, amount), Leg(receives, -amount))
        return within_cash(Movement(idempotency_key.transaction_id, "vault_movement", currency, legs), snapshot)

    order = PostingRequest(
        idempotency_key=idempotency_key,
        caller=caller,
        accounts=(*shards.all_of(pays), shards.vault(receives)),
        movement=movement,
        others=tuple(map(Branch.key, ends)),
        branch_id=branch_id,
        reason=asked.reason,
    )
    return ledger.post(order)


def accounts_of(movement: Movement) -> tuple[str, ...]:
    """Return the accounts that must be read for `within_cash`."""
    return tuple(name for leg in movement.legs for name in (shards.all_of(leg.account_id) if _pays(leg) else ()))


def within_cash(movement: Movement, snapshot: Snapshot) -> Movement:
    """Return a movement between vaults, limited by the cash that the paying branch has in all of its shards."""
    legs, funds = [], None
    for leg in movement.legs:
        is_cash = general_ledger.branch_of(leg.account_id) is not None
        legs.append(Leg(shards.vault(leg.account_id), leg.amount) if is_cash else leg)
        if _pays(leg):
            names = shards.all_of(leg.account_id)
            funds = -sum(snapshot.accounts[name].balance for name in names if name in snapshot.accounts)
    return replace(movement, legs=tuple(legs), funds=funds)


def ends_of(outcome: Outcome) -> tuple[str, str]:
    """Return the branches that a posted vault movement went from and to."""
    paid = {one["amount"] > 0: general_ledger.branch_of(one["account_id"]) for one in outcome.transaction.entries}
    return str(paid[True]), str(paid[False])


def _pays(leg: Leg) -> bool:
    """Return whether cash leaves a branch: its account, which is negative, is credited."""
    return leg.amount > 0 and general_ledger.branch_of(leg.account_id) is not None


def _shards(branch_id: str, currency: str) -> list[str]:
    return shards.all_of(general_ledger.cash(branch_id, currency))
