"""Commits posts to one busy account in one write, for callers who do not know of each other.

What makes it safe is what makes a single post safe: each transaction is put only if its key has no record, and each
account is written only on the version that was read. So it does not matter how many processes do this at once, nor
whether the answer to a write is lost: an earlier write and a later one exclude each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import background
from chalicelib.domain.errors import Unavailable
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action
from chalicelib.models.ledger import spending
from chalicelib.models.ledger.commit import log_decision
from chalicelib.models.ledger.crowd import find_written_account
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.shared_plan import SharedPlan, plan_shared
from chalicelib.models.ledger.snapshot import Snapshot, read_together
from chalicelib.models.ledger.spending import Count
from chalicelib.models.ledger.transaction import IdempotencyRecord
from chalicelib.observability import count, logger, measure


@dataclass
class Round:
    """The members of a group by what became of them, as ids of transactions; one in none of the sets is tried again.

    `recorded` were recorded by this write, `done` before it. `alone` must be decided by themselves; of them `overspent`
    are, or may be, too much for their customer's day. `stopped` have something to write that another writer was faster
    to write.
    """

    recorded: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    overspent: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    is_overtaken: bool = False


@dataclass
class Group:
    """Members of one account that are decided, and not written yet. `became` has those that need no write.

    `actions` are the plan's own, made ahead: while a write is under way there is time for it.
    """

    account_id: str
    plan: SharedPlan
    counts: list[Count]
    actions: list[Action]

    @property
    def account(self) -> Account:
        """Return the busy account as it was read."""
        return self.plan.snapshot.accounts[self.account_id]

    @property
    def last_entry_at(self) -> str | None:
        """Return when the busy account's last entry is made, once this is written."""
        position = self.plan.positions_after().get(self.account_id)
        return position.last_entry_at if position else None

    @property
    def became(self) -> Round:
        plan = self.plan
        return Round(done=set(plan.done), alone=set(plan.alone), overspent=set(plan.overspent))

    @property
    def size(self) -> int:
        """Return how many transactions its write records."""
        return len(self.plan.new)

    @property
    def names(self) -> set[str]:
        """Return the transactions that are decided; members for which there was no place are in none of the sets."""
        return {one.made.id for one in self.plan.new} | self.plan.done | self.plan.alone


def prepare_group(account_id: str, members: Sequence[Member], after: "GroupWrite | None" = None) -> Group:
    """Read and decide as many members as one write takes. Raises Unavailable if the read is not answered.

    Each member has another transaction, and moves the account. Where a write is under way, the group is decided on what
    it will leave. Such a group may only be written once that write is known to be recorded: until then, another writer
    could bring an account to the same version with another balance.
    """
    names = {name for member in members for name in member.request.accounts}
    others = {key for member in members for key in member.request.others}
    beside = [wanted for member in members for wanted in member.request.beside]
    records, snapshot = read_together([member.transaction_id for member in members], names, others, beside)
    if after:
        snapshot = snapshot.with_later(after.group.plan.positions_after())
    try:
        return _plan_group(account_id, records, snapshot, members)
    except (Unavailable, BotoCoreError, ClientError):
        raise
    except Exception as error:  # noqa: BLE001 — whatever is wrong with one must not stop the others
        logger.error("a group cannot be planned", account_id=account_id, size=len(members), exc_info=error)
        wrong = {one.transaction_id for one in members if not _can_be_planned(account_id, records, snapshot, one)}
        alone = wrong or {one.transaction_id for one in members}
        return Group(account_id, SharedPlan(records, snapshot, alone=alone), [], [])


def _plan_group(
    account_id: str, records: Mapping[str, IdempotencyRecord], snapshot: Snapshot, members: Sequence[Member]
) -> Group:
    plan, counts = plan_shared(records, snapshot, members)
    plan.mark_hot(account_id)
    return Group(account_id, plan, counts, plan.actions())


def _can_be_planned(
    account_id: str, records: Mapping[str, IdempotencyRecord], snapshot: Snapshot, member: Member
) -> bool:
    try:
        return bool(_plan_group(account_id, records, snapshot, [member]))
    except Exception:  # noqa: BLE001 — it is decided alone, and meets the same there
        return False


class GroupWrite:
    """The write of a group, which goes on beside its caller until it is finished."""

    def __init__(self, group: Group):
        self.group = group
        counts = [extra.action for extra in spending.extras_of(group.counts)]
        self._sent = background.start(partial(transact.write, group.actions + counts))

    @property
    def is_over(self) -> bool:
        """Return whether there is an answer, so that nobody waits for it."""
        return self._sent.done()

    def finish(self) -> Round:
        """Wait for the answer, and return what has become of the members."""
        group, plan, found = self.group, self.group.plan, self.group.became
        try:
            self._sent.result()
        except transact.Cancelled as cancelled:
            count("PostConflicts")
            _judge(group, cancelled, found)
        except (transact.Rejected, transact.Ambiguous):
            pass
        except Exception as error:  # noqa: BLE001 — each by itself meets it or does not, and nobody waits for it
            logger.error("a group was refused", account_id=group.account_id, size=group.size, exc_info=error)
            found.alone |= {one.made.id for one in plan.new}
        else:
            found.recorded = {one.made.id for one in plan.new}
            measure(GroupSize=group.size)
            for one in plan.new:
                log_decision(one.made, 0)
        return found


def _judge(group: Group, cancelled: transact.Cancelled, found: Round) -> None:
    """Note whom the reasons of a cancelled write concern: none of the members if it is the busy account itself.

    Reasons that mean neither another writer nor a condition set those aside whom they concern.
    """
    plan, actions, reasons = group.plan, group.actions, cancelled.reasons
    owners = plan.owners(group.counts)
    stopping = [number for number, one in enumerate(reasons) if one.is_condition or one.is_conflict]
    for number, one in enumerate(reasons):
        if number not in stopping and one.code != "None":
            found.alone |= owners[number]
    if any(number < len(actions) and find_written_account(actions[number]) == group.account_id for number in stopping):
        found.is_overtaken = True
        return
    for number in stopping:
        if reasons[number].is_condition and number < len(plan.new):
            found.done |= owners[number]
        elif reasons[number].is_condition and number >= len(actions):
            found.overspent |= owners[number]  # by what only the write sees
            found.alone |= owners[number]
        else:
            found.stopped |= owners[number]
