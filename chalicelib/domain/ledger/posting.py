"""Decisions about what a transaction does to its accounts. Pure: the ledger reads, decides here, and writes.

nothing ──post──► posted ◄──settle── pending ──release──► voided, expired
   └────hold────────────────────────────▲
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from chalicelib.domain.errors import CurrencyMismatch, InsufficientFunds, Refusal, SameAccount
from chalicelib.domain.ledger.balance import InterestPaid, Position, is_general_ledger
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.money import check_minor

TransactionType = Literal[
    "deposit", "withdrawal", "transfer", "reversal", "interest_credit", "funding", "vault_movement"
]
TransactionStatus = Literal["pending", "posted", "failed", "voided", "expired"]
Awaited = Literal["risk_review"]
"""What a pending transaction waits for."""
AWAITED: Mapping[Awaited, str] = {
    "risk_review": "The bank looks at this payment before it is made. Until then its money is set aside.",
}


@dataclass(frozen=True)
class Leg:
    """A side of a movement: a signed amount in minor units, positive where the account is credited."""

    account_id: str
    amount: int


@dataclass(frozen=True)
class Movement:
    """The legs of a transaction before it is posted. A general-ledger account is named without its shard.

    `interest` are the days that the movement pays; the account's position takes them over. `funds` (minor units) is set
    if the payer has more than its account: a branch's cash is spread over many.
    """

    transaction_id: str
    type: TransactionType
    currency: str
    legs: tuple[Leg, ...]
    limits: Limits | None = None
    allow_overdrawn: bool = False
    interest: InterestPaid | None = None
    funds: int | None = None

    def __post_init__(self) -> None:
        for leg in self.legs:
            check_minor(leg.amount)
        if len(self.legs) < 2 or any(leg.amount == 0 for leg in self.legs):
            raise ValueError("a movement has two or more legs, none of them zero")
        if sum(leg.amount for leg in self.legs) != 0:
            raise ValueError("the legs of a movement sum to zero")
        if max(Counter(leg.account_id for leg in self.legs).values()) > 1:
            raise SameAccount("The two sides of a movement are two accounts.")

    @property
    def amount(self) -> int:
        """Return how much moves, positive, in minor units."""
        return sum(leg.amount for leg in self.legs if leg.amount > 0)

    def on(self, accounts: Mapping[str, str]) -> "Movement":
        """Return the same movement with general-ledger accounts replaced by the chosen shards."""
        legs = tuple(Leg(accounts.get(leg.account_id, leg.account_id), leg.amount) for leg in self.legs)
        return replace(self, legs=legs)

    def reversed(self, transaction_id: str, *, allow_overdrawn: bool) -> "Movement":
        """Return the linked opposite. Funds and status apply to it, limits do not."""
        legs = tuple(Leg(leg.account_id, -leg.amount) for leg in self.legs)
        return Movement(transaction_id, "reversal", self.currency, legs, allow_overdrawn=allow_overdrawn)


@dataclass(frozen=True)
class Held:
    """An amount (positive, minor units) set aside on an account for a pending transaction, counted on one day."""

    account_id: str
    amount: int
    counted_on: str


@dataclass(frozen=True)
class Posting:
    """The result of a decision to post: the positions afterwards, and the entries and holds to write."""

    created_at: str
    positions: tuple[Position, ...]
    entries: tuple[Entry, ...] = ()
    holds: tuple[Held, ...] = field(default=())


Positions = Mapping[str, Position]


def post(movement: Movement, positions: Positions, created_at: str, day: str) -> Posting | Refusal:
    """Move the money at once."""
    refusal = _refusal(movement, positions, day)
    if refusal:
        return refusal
    after, entries = [], []
    for leg in movement.legs:
        position = positions[leg.account_id]
        if _is_spending(leg) and movement.limits:
            position = position.spend(-leg.amount, day)
        if movement.interest and movement.interest.account_id == leg.account_id:
            position = position.pay_interest(movement.interest)
        position, entry = position.enter(movement.transaction_id, movement.type, leg.amount, created_at)
        after.append(position.moved())
        entries.append(entry)
    return Posting(created_at, tuple(after), tuple(entries))


def pay_nothing(paid: InterestPaid, position: Position) -> Position:
    """Record days whose interest rounds to zero: only the paid days and the carried fraction of the account move."""
    return position.pay_interest(paid).moved()


def hold(movement: Movement, positions: Positions, created_at: str, day: str) -> Posting | Refusal:
    """Set aside what the paying customers' accounts will pay; nobody receives anything yet."""
    refusal = _refusal(movement, positions, day)
    if refusal:
        return refusal
    paying = [leg for leg in movement.legs if _is_spending(leg)]
    after = [positions[leg.account_id].hold(-leg.amount).spend(-leg.amount, day).moved() for leg in paying]
    holds = tuple(Held(leg.account_id, -leg.amount, positions[leg.account_id].counting_day(day)) for leg in paying)
    return Posting(created_at, tuple(after), holds=holds)


def settle(movement: Movement, holds: Mapping[str, Held], positions: Positions, created_at: str) -> Posting | Refusal:
    """Post a pending movement and release its holds. What it spends was counted when it was held."""
    after, entries = [], []
    for leg in movement.legs:
        position = positions[leg.account_id]
        refusal = position.refusal_to_move(leg.amount)
        if refusal:
            return refusal
        held = holds.get(leg.account_id)
        if held:
            position = position.hold(-held.amount)
        position, entry = position.enter(movement.transaction_id, movement.type, leg.amount, created_at)
        after.append(position.moved())
        entries.append(entry)
    return Posting(created_at, tuple(after), tuple(entries))


def release(holds: Mapping[str, Held], positions: Positions, created_at: str) -> Posting:
    """Void or expire: the holds go, nothing was paid. A frozen or closed account does not stand in the way."""
    after = tuple(_give_back(positions[held.account_id], held).moved() for held in holds.values())
    return Posting(created_at, after)


def _give_back(position: Position, held: Held) -> Position:
    """Release a hold. A day that is over keeps its count: the position counts another day now."""
    position = position.hold(-held.amount)
    if position.spent_on != held.counted_on:
        return position
    return position.spend(-held.amount, held.counted_on)


def _refusal(movement: Movement, positions: Positions, day: str) -> Refusal | None:
    for leg in movement.legs:
        if positions[leg.account_id].currency != movement.currency:
            raise CurrencyMismatch(f"An account of this transaction is not in {movement.currency}.")
    if movement.limits and (refusal := movement.limits.refuse_transaction(movement.amount, movement.currency)):
        return refusal
    if movement.funds is not None and movement.amount > movement.funds and not movement.allow_overdrawn:
        return InsufficientFunds("The branch has less cash than the amount.")
    for leg in sorted(movement.legs, key=lambda leg: leg.amount):
        position = positions[leg.account_id]
        refused = position.refusal_to_move(leg.amount)
        if not refused and _is_spending(leg) and not movement.allow_overdrawn:
            refused = position.refusal_to_spend(-leg.amount, day, movement.limits)
        if refused:
            return refused
    return None


def _is_spending(leg: Leg) -> bool:
    return leg.amount < 0 and not is_general_ledger(leg.account_id)
