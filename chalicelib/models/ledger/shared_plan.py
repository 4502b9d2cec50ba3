"""Plans posts of callers who do not know of each other as one write: none of them may stop another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain.ledger.balance import Position
from chalicelib.models.ledger.crowd import renewal
from chalicelib.models.ledger.group_plan import ACTIONS_MAX, DecideAlone, Decision, GroupPlan, Member, New
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.spending import Count
from chalicelib.models.ledger.transaction import IdempotencyRecord
from chalicelib.observability import logger


@dataclass
class SharedPlan(GroupPlan):
    """A plan in which each member is decided, or left to be decided `alone`. `done` have a record already. Of those
    that are left, `overspent` are together too much for their customer's day.

    All are ids of transactions. Members that the write has no place for are in none.
    """

    done: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    overspent: set[str] = field(default_factory=set)

    def decide(self, members: Sequence[Member]) -> None:
        """Decide members in order, each on what those before it have left, until the write is full."""
        for member in members:
            decision = self._decide_safely(member)
            if member.transaction_id in self.records:
                self.done.add(member.transaction_id)
            elif not isinstance(decision, New) or decision.may_be_freed:
                self.alone.add(member.transaction_id)
            else:
                self.decisions.append(decision)
                if self._size() > ACTIONS_MAX:
                    self.decisions.pop()
                    return

    def positions_after(self) -> dict[str, Position]:
        """Return where the accounts that move stand once this is written."""
        return {name: position for name, (_, position) in self._positions().items()}

    def mark_hot(self, account_id: str) -> None:
        """Note with the account that many post to it, if several do."""
        if sum(one.posting is not None for one in self.new) > 1:
            self.hot_until = {account_id: renewal(self.snapshot.accounts[account_id])}

    def members_of(self, count: Count) -> set[str]:
        """Return the ids of the transactions that a customer's count has."""
        counted = replace(count.share, amount=0)
        return {one.made.id for one in self.new if counted in [replace(share, amount=0) for share in one.shares]}

    def owners(self, counts: Sequence[Count]) -> list[set[str]]:
        """Return, for each action of the write and each that counts, the ids of the transactions that need it."""
        movers = [
            {one.made.id for one in self.new if one.posting and name in self._accounts_of(one)}
            for name in self._positions()
        ]
        own = [{one.made.id} for one in self.new]
        with_it = [{one.made.id} for one in self.new for _ in one.actions()]
        counted = [self.members_of(count) for count in counts for _ in count.extras]
        return [*own, *movers, *with_it, *counted]

    def _accounts_of(self, one: New) -> set[str]:
        return {leg.account_id for leg in one.prepared.movement.legs}

    def _decide_safely(self, member: Member) -> Decision | None:
        """Return the decision about a member, or None for one that must be decided alone, whatever the reason."""
        try:
            return self._decide(member) if member.is_plain else None
        except DecideAlone:
            return None
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one must not stop the others
            logger.error("a member cannot be decided", transaction_id=member.transaction_id, exc_info=error)
            return None


def plan_shared(
    records: Mapping[str, IdempotencyRecord], snapshot: Snapshot, members: Sequence[Member]
) -> tuple[SharedPlan, list[Count]]:
    """Return the plan of members, and what counts them for their customers.

    If one is too large for its customer's day it is left to be decided alone, and nothing else is planned: the others
    were judged as if it had been posted before them.
    """
    plan = SharedPlan(records, snapshot)
    plan.decide(members)
    counts = plan.counts() if plan.new else []
    too_large = {name for count in counts if count.error for name in plan.members_of(count)}
    if not too_large:
        return plan, counts
    plan.decisions.clear()
    plan.alone |= too_large
    plan.overspent |= too_large
    return plan, []
