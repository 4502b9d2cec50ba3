"""Commits posts to one busy account in one write, for callers who do not know of each other.

What makes it safe is what makes a single post safe: each transaction is put only if its key has no record, and each
account is written only on the version that was read. So it does not matter how many processes do this at once, nor
whether the answer to a write is lost: an earlier write and a later one exclude each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.ledger import spending
from chalicelib.models.ledger.commit import log_decision
from chalicelib.models.ledger.crowd import find_written_account
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.shared_plan import SharedPlan, plan_shared
from chalicelib.models.ledger.snapshot import read_together
from chalicelib.models.ledger.spending import Count
from chalicelib.observability import count, logger, measure


@dataclass
class Round:
    """The members of a group by what became of them, as ids of transactions; one in none of the sets is tried again.

    `recorded` were recorded by this write, `done` before it. `alone` must be decided by themselves. `stopped` have
    something to write that another writer was faster to write.
    """

    recorded: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)


def commit_round(account_id: str, members: Sequence[Member]) -> Round:
    """Read, decide and write once: as many members as one write takes. Raises Unavailable if the read is not answered.

    Each member has another transaction, and moves the account.
    """
    names = {name for member in members for name in member.request.accounts}
    others = {key for member in members for key in member.request.others}
    records, snapshot = read_together([member.transaction_id for member in members], names, others)
    plan, counts = plan_shared(records, snapshot, members)
    found = Round(done=plan.done, alone=plan.alone)
    if plan.new:
        plan.mark_hot(account_id)
        _write(plan, counts, account_id, found)
    return found


def _write(plan: SharedPlan, counts: list[Count], account_id: str, found: Round) -> None:
    actions = plan.actions()
    try:
        transact.write(actions + [extra.action for extra in spending.extras_of(counts)])
    except transact.Cancelled as cancelled:
        count("PostConflicts")
        _judge(plan, actions, cancelled, plan.owners(counts), account_id, found)
    except (transact.Rejected, transact.Ambiguous):
        return
    except ClientError as error:
        # Whatever it is, each by itself meets it or does not, and nobody waits for it.
        logger.error("a group was refused", account_id=account_id, size=len(plan.new), exc_info=error)
        found.alone |= {one.made.id for one in plan.new}
    else:
        found.recorded = {one.made.id for one in plan.new}
        measure(GroupSize=len(plan.new))
        for one in plan.new:
            log_decision(one.made, 0)


def _judge(
    plan: SharedPlan,
    actions: list[Action],
    cancelled: transact.Cancelled,
    owners: list[set[str]],
    account_id: str,
    found: Round,
) -> None:
    """Note whom the reasons of a cancelled write concern: nobody if it is the busy account itself.

    Reasons that mean neither another writer nor a condition set those aside whom they concern.
    """
    reasons = cancelled.reasons
    stopping = [number for number, one in enumerate(reasons) if one.is_condition or one.is_conflict]
    for number, one in enumerate(reasons):
        if number not in stopping and one.code != "None":
            found.alone |= owners[number]
    if any(number < len(actions) and find_written_account(actions[number]) == account_id for number in stopping):
        return
    for number in stopping:
        if reasons[number].is_condition and number < len(plan.new):
            found.done |= owners[number]
        elif reasons[number].is_condition and number >= len(actions):
            found.alone |= owners[number]  # the customer's day, which only the write sees
        else:
            found.stopped |= owners[number]
