"""Plans several requests as one write: each is decided on what the one before has left."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain.errors import BankError, Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.posting import Posting
from chalicelib.domain.ledger.posting_sequence import PostingSequence
from chalicelib.models.item import Action, key_written
from chalicelib.models.ledger import items, ledger, posting_plan, shards, spending
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.new_transaction import (
    transaction_of_hold,
    transaction_of_posting,
    transaction_of_refusal,
)
from chalicelib.models.ledger.overdue import FREED_BY_RELEASE
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.spending import Bounded, Count
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction
from chalicelib.models.ledger.waiting import Allowance, Judge, Wait
from chalicelib.models.transact import Extra

ACTIONS_MAX = 100
"""Of one TransactWriteItems: 24 transfers of one account to as many others, each four items and the account one; or 19
payments of one account to other banks, each five."""


@dataclass(frozen=True)
class Member:
    """A request of a group, and who says what it waits for. A group has transfers between customers' accounts, and
    payments to other banks, which are held."""

    request: PostingRequest
    judge: Judge

    @property
    def transaction_id(self) -> str:
        return self.request.idempotency_key.transaction_id

    @property
    def is_plain(self) -> bool:
        """Return whether all that commits with it is what every transfer has."""
        return self.may_join and not (self.request.extras or self.request.for_clearing)

    @property
    def may_join(self) -> bool:
        """Return whether a group has a place for it. Its extras must be conditions, or changes of items of its own."""
        request = self.request
        return not (request.opening or request.tried_again)


class DecideAlone(Exception):
    """A request that a group cannot decide: it waits for a person, or has more to write than a plain transfer."""


@dataclass(frozen=True)
class New:
    """A transaction that a group's write records: posted, held for the clearing, or refused. `shares` and `most` (minor
    units) are what it counts for its customers, and up to what sum of their day it needs no other person. `own` are
    actions that commit with it alone."""

    request: PostingRequest
    prepared: PreparedMovement
    made: Transaction
    posting: Posting | None = None
    refusal: Refusal | None = None
    shares: tuple[Share, ...] = ()
    most: int | None = None
    own: tuple[Action, ...] = ()

    @property
    def extras(self) -> tuple[Extra, ...]:
        """Return the conditions of its request; a refusal has none."""
        return self.request.extras if self.posting else ()

    @property
    def may_be_freed(self) -> bool:
        """Return whether the release of a payer's holds may remove the refusal."""
        positions = self.prepared.positions
        is_held = any(positions[leg.account_id].held for leg in self.prepared.movement.legs if leg.amount < 0)
        return self.refusal is not None and self.refusal.code in FREED_BY_RELEASE and is_held

    @property
    def size(self) -> int:
        """Return the number of `actions`, without making them."""
        return len(self.posting.entries) + (self.request.label is not None) + len(self.own) if self.posting else 0

    def actions(self) -> list[Action]:
        """Return the entries or the hold, the label and what else commits with it."""
        if self.posting is None:
            return []
        label = [self.request.label(self.prepared.at)] if self.request.label else []
        return [*items.entries(self.made, self.posting), *label, *self.own]

    def add_bounds(self, share: Share, before: Bounded | None) -> Bounded:
        """Return a share of it, with the `before` that others add to the same count."""
        limits = self.prepared.movement.limits
        if limits is None:
            raise ValueError("a movement without limits has no shares")
        if before is None:
            return Bounded(share, limits, self.most, self.request.caller)
        most = min((most for most in (before.most, self.most) if most is not None), default=None)
        merged = replace(share, amount=before.share.amount + share.amount)
        return Bounded(merged, limits, most, self.request.caller)

    @classmethod
    def of_refusal(cls, request: PostingRequest, prepared: PreparedMovement, refusal: Refusal) -> "New":
        return cls(request, prepared, transaction_of_refusal(request, prepared, refusal), refusal=refusal)

    def refuse(self, refusal: Refusal) -> "New":
        """Return the same request, refused."""
        return self.of_refusal(self.request, self.prepared, refusal)


Decision = Outcome | BankError | New
"""What a member has come to: an outcome that was recorded before, an error that is not recorded, or a new record."""


@dataclass
class GroupPlan:
    """The decisions about the first members, and what writes them. `is_whole`: about all. `is_full`: the write has no
    place for the next one. `hot_until` (epoch seconds) is written with the accounts that are named there."""

    records: Mapping[str, IdempotencyRecord]
    snapshot: Snapshot
    decisions: list[Decision] = field(default_factory=list)
    is_whole: bool = False
    is_full: bool = False
    hot_until: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sequence = PostingSequence(self.snapshot.positions())

    @property
    def new(self) -> list[New]:
        return [one for one in self.decisions if isinstance(one, New)]

    def decide(self, members: Sequence[Member]) -> None:
        """Decide members in order, until one must be decided alone or has no place in the write."""
        for member in members:
            try:
                self.decisions.append(self._decide(member))
            except DecideAlone:
                return
            if self._size() > ACTIONS_MAX or self._has_two_of_one_item():
                self.decisions.pop()
                self.is_full = True
                return
        self.is_whole = True

    def cut(self, is_end: Callable[[New], bool]) -> None:
        """Leave the first new record of a kind, and all after it, to another write."""
        for number, one in enumerate(self.decisions):
            if isinstance(one, New) and is_end(one):
                del self.decisions[number:]
                self.is_whole = False
                return

    def actions(self) -> list[Action]:
        """Return the actions of the write, the transactions' own first and in order, without what counts for customers.

        An account that several move is signed by the last one.
        """
        accounts = [
            items.account(
                self.snapshot.accounts[name],
                position,
                last.request.caller,
                last.prepared.at,
                self.hot_until.get(name),
            )
            for name, (last, position) in self._positions().items()
        ]
        transactions = [one.made.put_if_absent() for one in self.new]
        return [*transactions, *accounts, *(action for one in self.new for action in one.actions())]

    def extras(self) -> list[Extra]:
        """Return the conditions of all requests, each once: many rest on the right of the same maker."""
        found = list[Extra]()
        for extra in (extra for one in self.new for extra in one.extras):
            if all(extra.action != other.action for other in found):
                found.append(extra)
        return found

    def counts(self) -> list[Count]:
        """Return what counts all of them for their customers: a write has each count once.

        Each customer's count is within the customer's own bounds: the smallest of those whose shares it has.
        """
        bounded = dict[Share, Bounded]()
        for one in self.new:
            for share in one.shares:
                name = replace(share, amount=0)
                bounded[name] = one.add_bounds(share, bounded.get(name))
        return spending.count_each(list(bounded.values()), max(one.prepared.at for one in self.new))

    def _positions(self) -> dict[str, tuple[New, Position]]:
        """Return where the accounts that move stand after all of it, and which one moved each last."""
        posted = [(one, one.posting) for one in self.new if one.posting]
        return {position.account_id: (one, position) for one, posting in posted for position in posting.positions}

    def _size(self) -> int:
        """Return how many items the write has at most: just after midnight, a count has a check beside it."""
        own = sum(one.size for one in self.new) + len(self.extras())
        shares = spending.merge(share for one in self.new for share in one.shares)
        counts = len(shares) * (2 if any(one.most is not None for one in self.new) else 1)
        return len(self.new) + len(self._positions()) + own + counts

    def _has_two_of_one_item(self) -> bool:
        """Return whether two conditions are of one item, which one write cannot have."""
        keys = [key_written(extra.action) for extra in self.extras()]
        return len(set(keys)) < len(keys)

    def _decide(self, member: Member) -> Decision:
        request = member.request
        record = self.records.get(member.transaction_id)
        try:
            if record:
                return ledger.answer(record, request.idempotency_key, request.caller)
            if not member.may_join:
                raise DecideAlone
            prepared = posting_plan.prepare(request, self._snapshot_for(map(shards.own_shard, request.accounts)))
            refusal = posting.refusal_to_post(prepared.movement, prepared.positions, prepared.day)
            return self._take(request, prepared, refusal or member.judge(prepared))
        except BankError as error:
            return error

    def _take(
        self, request: PostingRequest, prepared: PreparedMovement, judgement: Refusal | Wait | Allowance | None
    ) -> New:
        if isinstance(judgement, Wait):
            raise DecideAlone
        if isinstance(judgement, Refusal):
            return New.of_refusal(request, prepared, judgement)
        self._sequence.include(prepared.positions)
        is_held = request.for_clearing is not None
        decision = self._sequence.decide(prepared.movement, prepared.at, prepared.day, is_held=is_held)
        if isinstance(decision, Refusal):
            return New.of_refusal(request, prepared, decision)
        made, own = _transaction(request, prepared, decision)
        allowance = judgement if isinstance(judgement, Allowance) else None
        shares = tuple(items.shares_of(made, prepared, request.caller, allowance))
        most = allowance.most if allowance else None
        self._sequence.take(decision)
        return New(request, prepared, made, decision, shares=shares, most=most, own=own)

    def _snapshot_for(self, account_ids: Iterable[str]) -> Snapshot:
        """Return the accounts of one movement as the members before it leave them."""
        accounts, moved, wanted = self.snapshot.accounts, self._sequence.changes, set(account_ids)
        present = {
            name: accounts[name].with_position(moved[name]) if name in moved else accounts[name]
            for name in wanted & accounts.keys()
        }
        read = self.snapshot
        return Snapshot(None, present, frozenset(wanted - present.keys()), read.others, read.beside)


def _transaction(
    request: PostingRequest, prepared: PreparedMovement, decision: Posting
) -> tuple[Transaction, tuple[Action, ...]]:
    """Return the transaction of a decision, and what commits with it alone, beside entries and label."""
    if request.for_clearing is None:
        return transaction_of_posting(request, prepared, decision), ()
    made, holds = transaction_of_hold(replace(request, awaits="clearing"), prepared, decision)
    return made, (*holds, *request.for_clearing(made))
