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
    "deposit",
    "withdrawal",
    "transfer",
    "payment",
    "incoming_payment",
    "payment_return",
    "clearing_settlement",
    "clearing_fee",
    "reversal",
    "interest_credit",
    "funding",
    "vault_movement",
]
TransactionStatus = Literal["pending", "posted", "failed", "voided", "expired"]
Awaited = Literal["risk_review", "approval", "clearing"]
"""What a pending transaction waits for: a person of the bank, or the answer of the clearing of a payment to another
bank. What waits for the clearing has no end of its own: silence is no answer."""
AWAITED: Mapping[Awaited, str] = {
    "risk_review": "The bank looks at this payment before it is made. Until then its money is set aside.",
    "approval": "Another person must approve this at the bank. Until then nothing is paid.",
    "clearing": "The payment is on its way to another bank. Until that bank's clearing answers its money is set aside.",
}


@dataclass(frozen=True)
class Leg:
    """A side of a movement: a signed amount in minor units, positive where the account is credited."""

    account_id: str
    amount: int


@dataclass(frozen=True)
class Movement:
    """The legs of a transaction before it is posted. A general-ledger account is named without its shard.

    `interest` are the days that the movement pays; the account's position takes them over. `within_cash` limits it by
    all the cash of the branch that pays, also if the bank does not count cash; `funds` (minor units) is that cash
    where it is less than the amount. `gives_back` are the shares of daily limits that a reversal returns, also to the
    joint holder who paid (`holder_id`).
    """

    transaction_id: str
    type: TransactionType
    currency: str
    legs: tuple[Leg, ...]
    limits: Limits | None = None
    allow_overdrawn: bool = False
    interest: InterestPaid | None = None
    within_cash: bool = False
    funds: int | None = None
    gives_back: tuple["Held", ...] = ()
    holder_id: str | None = None

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

    def reverse(
        self,
        transaction_id: str,
        *,
        allow_overdrawn: bool,
        counted: "tuple[Held, ...]" = (),
        holder_id: str | None = None,
    ) -> "Movement":
        """Return the linked opposite. Funds and status apply to it, limits do not.

        `counted` is what this movement counted against its payers' limits, and `holder_id` the joint holder who paid.
        """
        legs = tuple(Leg(leg.account_id, -leg.amount) for leg in self.legs)
        return Movement(
            transaction_id,
            "reversal",
            self.currency,
            legs,
            allow_overdrawn=allow_overdrawn,
            gives_back=counted,
            holder_id=holder_id,
        )


@dataclass(frozen=True)
class Held:
    """An amount (positive, minor units) that an account has set aside or paid, counted against its limit of one day."""

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
    refusal = refusal_to_post(movement, positions, day)
    if refusal:
        return refusal
    ready = dict(positions)
    for leg in movement.legs:
        if _is_spending(leg) and movement.limits:
            ready[leg.account_id] = ready[leg.account_id].spend(-leg.amount, day)
    for counted in movement.gives_back:
        ready[counted.account_id] = ready[counted.account_id].give_back(counted.amount, counted.counted_on)
    if movement.interest:
        ready[movement.interest.account_id] = ready[movement.interest.account_id].pay_interest(movement.interest)
    return _enter(movement, ready, created_at)


def pay_nothing(paid: InterestPaid, position: Position) -> Position:
    """Record days whose interest rounds to zero: only the paid days and the carried fraction of the account move."""
    return position.pay_interest(paid).next_version()


def hold(movement: Movement, positions: Positions, created_at: str, day: str) -> Posting | Refusal:
    """Set aside what the paying customers' accounts will pay; nobody receives anything yet."""
    refusal = refusal_to_post(movement, positions, day)
    if refusal:
        return refusal
    holds = spending_of(movement, positions, day)
    after = [positions[one.account_id].hold(one.amount).spend(one.amount, day).next_version() for one in holds]
    return Posting(created_at, tuple(after), holds=holds)


def spending_of(movement: Movement, positions: Positions, day: str) -> tuple[Held, ...]:
    """Return what a movement takes from customers' accounts, and the days on which these count it."""
    return tuple(
        Held(leg.account_id, -leg.amount, positions[leg.account_id].counting_day(day))
        for leg in movement.legs
        if _is_spending(leg)
    )


def settle(movement: Movement, holds: Mapping[str, Held], positions: Positions, created_at: str) -> Posting | Refusal:
    """Post a pending movement in place of its holds, if it may be posted now.

    What it spends stays counted on the day on which it was held, and is asked against the limit of that day.
    """
    counted_on = next((held.counted_on for held in holds.values()), "")  # without a hold, no customer pays
    free = {held.account_id: _before_hold(positions[held.account_id], held) for held in holds.values()}
    refusal = refusal_to_post(movement, {**positions, **free}, counted_on)
    return refusal or settle_paid(movement, holds, positions, created_at)


def settle_paid(movement: Movement, holds: Mapping[str, Held], positions: Positions, created_at: str) -> Posting:
    """Post a pending movement in place of its holds, in any case: another bank has the money already."""
    released = {held.account_id: positions[held.account_id].hold(-held.amount) for held in holds.values()}
    return _enter(movement, {**positions, **released}, created_at)


def release(holds: Mapping[str, Held], positions: Positions, created_at: str) -> Posting:
    """Void or expire: the holds go, nothing was paid. A frozen or closed account does not stand in the way."""
    after = tuple(_give_back(positions[held.account_id], held).next_version() for held in holds.values())
    return Posting(created_at, after)


def refusal_to_post(movement: Movement, positions: Positions, day: str) -> Refusal | None:
    """Return why a movement may not be posted, or None. Every way to post or to hold asks this.

    `day` is the one of the bank's days on which the movement counts against limits.
    """
    for leg in movement.legs:
        if positions[leg.account_id].currency != movement.currency:
            raise CurrencyMismatch(f"An account of this transaction is not in {movement.currency}.")
    if movement.limits and (refusal := movement.limits.refuse_transaction(movement.amount, movement.currency)):
        return refusal
    if movement.funds is not None and movement.amount > movement.funds and not movement.allow_overdrawn:
        return InsufficientFunds("The branch has less cash than the amount. Ask for less, or at another branch.")
    for leg in sorted(movement.legs, key=lambda leg: leg.amount):
        position = positions[leg.account_id]
        refused = position.refusal_to_move(leg.amount)
        if not refused and _is_spending(leg) and not movement.allow_overdrawn:
            refused = position.refusal_to_spend(-leg.amount, day, movement.limits)
        if refused:
            return refused
    return None


def _enter(movement: Movement, positions: Positions, created_at: str) -> Posting:
    """Append an entry to each account of a movement."""
    after, entries = [], []
    for leg in movement.legs:
        entered = positions[leg.account_id].enter(movement.transaction_id, movement.type, leg.amount, created_at)
        after.append(entered[0].next_version())
        entries.append(entered[1])
    return Posting(created_at, tuple(after), tuple(entries))


def _give_back(position: Position, held: Held) -> Position:
    """Release a hold, and the share of its day's limit."""
    return position.hold(-held.amount).give_back(held.amount, held.counted_on)


def _before_hold(position: Position, held: Held) -> Position:
    """Return an account without a hold, counting the hold's day: of a day that is over, only the hold is known."""
    free = _give_back(position, held)
    return free if position.spent_on == held.counted_on else replace(free, spent_on=held.counted_on, spent=0)


def _is_spending(leg: Leg) -> bool:
    return leg.amount < 0 and not is_general_ledger(leg.account_id)
