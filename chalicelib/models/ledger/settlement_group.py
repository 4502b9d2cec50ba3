"""Posts several payments that another bank has in one write: each with its own items, every account once.

What makes it safe is what makes a single settlement safe: each transaction must be pending, and each account is written
only on the version that was read. A payment that stops the write is left to be settled alone.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.domain.errors import BankError
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import Position, is_general_ledger
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.ledger import items, movements, pending_step, shards
from chalicelib.models.ledger.commit import is_stopped_at_a_shard, log_decision
from chalicelib.models.ledger.snapshot import Snapshot, read_together
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Reason
from chalicelib.observability import count

ACTIONS_MAX = 100
"""Of one TransactWriteItems: 14 payments of as many payers, each with seven items, or 16 of one payer."""
MEMBERS_MAX = 16

Items = Mapping[Key, BankItem]
Share = Callable[[Collection[str]], list[Action]]
"""Returns what commits once for all payments of a write, by their transactions' ids."""


class SettleAlone(Exception):
    """A payment that must be settled by itself: it has moved on, or is not what the group takes it for."""


@dataclass(frozen=True)
class PaidMember:
    """A payment of a group. `account_ids` and `others` are read with it.

    `follow` returns what commits with its posting, from the transaction and the items that were read, or raises
    SettleAlone. Payments with the same name in `shared` have one item in common, beside their accounts.
    """

    transaction_id: str
    shared: str
    account_ids: tuple[str, ...]
    others: tuple[Key, ...]
    follow: Callable[[Transaction, Items], list[Action]]


@dataclass(frozen=True)
class GroupOutcome:
    """The payments that one write has posted, and those that must be settled alone."""

    posted: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()


def settle_first(members: Sequence[PaidMember], caller: Caller, share: Share) -> GroupOutcome:
    """Post the first of these payments, as many as one write takes.

    A write that stays without an answer may still land. Nothing is concluded from that: whoever settles its payments
    alone competes with it for each of them.
    """
    first = members[:MEMBERS_MAX]
    alone = set[str]()
    for attempt in transact.attempts():
        plan = _plan([one for one in first if one.transaction_id not in alone], caller)
        alone |= plan.alone
        if not plan.steps:
            break
        try:
            transact.write(plan.actions(caller, share))
        except transact.Cancelled as cancelled:
            count("PostConflicts")
            alone |= plan.blame(cancelled.reasons, caller, share, is_again=attempt > 0)
        except (transact.Rejected, transact.Ambiguous):
            continue
        else:
            for one in plan.steps:
                log_decision(one.transaction, attempt)
            return GroupOutcome(frozenset(one.transaction.id for one in plan.steps), frozenset(alone))
    return GroupOutcome(alone=frozenset(one.transaction_id for one in first))


@dataclass(frozen=True)
class _Step:
    """The step of one payment: its actions, and the accounts that it moves."""

    transaction: Transaction
    actions: tuple[Action, ...]
    account_ids: frozenset[str]
    shared: str


@dataclass
class _Plan:
    """The steps of one write. `accounts` are as they were read, `absent` those that do not exist yet, `moved` where
    accounts stand after all steps."""

    accounts: dict[str, Account]
    absent: frozenset[str]
    others: Items
    steps: list[_Step] = field(default_factory=list)
    moved: dict[str, Position] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)

    def snapshot(self) -> Snapshot:
        """Return the accounts as the steps before leave them."""
        present = {
            name: read.with_position(self.moved[name]) if name in self.moved else read
            for name, read in self.accounts.items()
        }
        return Snapshot(None, present, self.absent - present.keys(), self.others)

    def add(self, member: PaidMember, pending: Transaction, caller: Caller) -> None:
        """Add the step of a payment, decided on what the steps before have left. Raises SettleAlone and BankError."""
        held_at = pending.created_at or ""
        prepared = movements.prepare(pending.movement(), self.snapshot(), pending.id, caller, held_at=held_at)
        held = items.holds_of(pending)
        decision = posting.settle_paid(prepared.movement, held, prepared.positions, prepared.at)
        pending_step.enter(pending, decision, prepared.snapshot)
        own = member.follow(pending.listed(), self.others)
        step = pending_step.take(pending, "posted", prepared.snapshot, caller, decision.created_at)
        for position in decision.positions:
            self.accounts.setdefault(position.account_id, prepared.snapshot.accounts[position.account_id])
            self.moved[position.account_id] = position
        actions = (step.transaction, *items.entries(pending, decision), *step.releases, *own)
        names = frozenset(one.account_id for one in decision.positions)
        self.steps.append(_Step(pending, actions, names, member.shared))

    def size(self) -> int:
        """Return how many actions the write has."""
        shared = {one.shared for one in self.steps}
        return sum(len(one.actions) for one in self.steps) + len(self.moved) + len(shared)

    def actions(self, caller: Caller, share: Share) -> list[Action]:
        """Return the actions of the write: those of each step, then the accounts, then what is shared."""
        at = max(str(one.transaction.posted_at) for one in self.steps)
        accounts = [items.account(self.accounts[name], position, caller, at) for name, position in self.moved.items()]
        ids = [one.transaction.id for one in self.steps]
        return [*(action for one in self.steps for action in one.actions), *accounts, *share(ids)]

    def blame(self, reasons: Sequence[Reason], caller: Caller, share: Share, *, is_again: bool) -> set[str]:
        """Return the payments that have stopped the write. One of the bank's own accounts is no payment's fault, and a
        customer's account that has moved is read again once."""
        actions = self.actions(caller, share)
        reported = list(zip(actions, reasons, strict=False))
        if any(is_stopped_at_a_shard(*one) for one in reported):
            shards.move()
        failed = [reason.is_condition or reason.is_conflict for reason in reasons]
        found, start = set[str](), 0
        for step in self.steps:
            own = range(start, start := start + len(step.actions))
            if any(failed[number] and not is_stopped_at_a_shard(*reported[number]) for number in own):
                found.add(step.transaction.id)
        for name, is_failed in zip(self.moved, failed[start:], strict=False):
            if is_failed and is_again and not is_general_ledger(name):
                found |= {step.transaction.id for step in self.steps if name in step.account_ids}
        shared = reasons[start + len(self.moved) :]
        if any(reason.is_condition for reason in shared):
            found |= {step.transaction.id for step in self.steps}
        return found


def _plan(members: Sequence[PaidMember], caller: Caller) -> _Plan:
    """Read what the payments need in one call, and plan as many as have a place in one write."""
    ids = [one.transaction_id for one in members]
    others = [key for one in members for key in one.others]
    records, snapshot = read_together(ids, map(shards.own_shard, _account_ids(members)), others)
    plan = _Plan(dict(snapshot.accounts), snapshot.absent, snapshot.others)
    for member in members:
        pending = records.get(member.transaction_id)
        if not isinstance(pending, Transaction) or not pending.is_at_clearing:
            plan.alone.add(member.transaction_id)
            continue
        before = (list(plan.steps), dict(plan.moved))
        try:
            plan.add(member, pending, caller)
        except (BankError, SettleAlone):
            plan.alone.add(member.transaction_id)
        if plan.size() > ACTIONS_MAX:
            plan.steps, plan.moved = before
            break
    return plan


def _account_ids(members: Iterable[PaidMember]) -> set[str]:
    return {name for one in members for name in one.account_ids}
