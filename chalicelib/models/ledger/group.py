"""Commits several transfers in one write: in order as far as possible, or all of them or none.

What makes it safe is what makes a single post safe: each transaction is put only if its key has no record, and each
account is written only on the version that was read. So of any number of attempts that have a request in common, one
takes effect.
"""

from collections.abc import Callable, Sequence

from chalicelib.domain.errors import (
    ActionBlocked,
    BankError,
    BatchRefused,
    Conflict,
    LimitExceeded,
    OutcomeUnknown,
    Refusal,
    Unavailable,
    ValidationFailed,
)
from chalicelib.models import transact
from chalicelib.models.item import Key
from chalicelib.models.ledger import items, ledger, shards, spending
from chalicelib.models.ledger.commit import Outcome, log_decision
from chalicelib.models.ledger.group_plan import ACTIONS_MAX, Decision, GroupPlan, Member, New
from chalicelib.models.ledger.snapshot import read_together
from chalicelib.models.ledger.waiting import BeyondAllowance
from chalicelib.models.transact import Extra
from chalicelib.observability import count

MEMBERS_MAX = 24
"""Transfers of one account in one write."""
Result = Outcome | BankError
"""What a request has come to: its recorded outcome, or an error of which nothing is recorded."""
NOT_POSTED = "Another transfer of this batch was refused. Nothing of it was posted."
NEEDS_PERSON = "A transfer of this batch must be approved by another person. Make it as a request of its own."
TOO_MANY = f"have more than the {ACTIONS_MAX} items that one transaction takes. Send fewer, or atomic: false"
USED_BEFORE = "Some of these transfers were made before, under the same keys. Send the others with atomic: false."


def commit_first(members: Sequence[Member], unproved: list[Key]) -> list[Result]:
    """Decide the first members in order, as many as one write takes, and commit them; return what they came to.

    Return nothing where the first one must be decided alone: because it waits for a person, or may be refused for
    overdue holds or for the day of its customer, which only the write sees, or because a condition of one of them does
    not hold. The sessions that are `unproved` are judged at the first attempt, and proved then.
    """

    def decide() -> GroupPlan:
        plan = _plan(members[:MEMBERS_MAX], unproved)
        plan.cut(lambda one: one.may_be_freed)
        return plan

    try:
        return _commit(decide)
    except (LimitExceeded, BeyondAllowance, ConditionFailed):
        return []


def commit_together(members: Sequence[Member], unproved: list[Key]) -> list[Result]:
    """Commit all members in one write, or none of them, and return what each came to.

    If one is refused, that is recorded under all keys: its own refusal, and BatchRefused for the others. Raises
    Conflict if only some of the keys are used, ActionBlocked if one would wait, and ValidationFailed for too many.
    """
    try:
        return _commit(lambda: _plan_together(members, unproved))
    except LimitExceeded as error:  # of the customer's day, which the write itself has found
        refusal = error
    except BeyondAllowance:
        raise ActionBlocked(NEEDS_PERSON) from None
    return _commit(lambda: _plan_together(members, unproved, refusal))


def _plan_together(members: Sequence[Member], unproved: list[Key], refusal: Refusal | None = None) -> GroupPlan:
    """Plan to post all, or to record that none is posted: for a `refusal` of all, or because one is refused."""
    if not all(one.is_plain for one in members):
        raise ActionBlocked(NEEDS_PERSON)
    plan = _plan(members, unproved)
    _require_alike(plan)
    if _release_overdue(plan):
        return _plan_together(members, unproved, refusal)
    if any(isinstance(one, BankError) for one in plan.decisions):
        plan.decisions = [BatchRefused(NOT_POSTED) if isinstance(one, New) else one for one in plan.decisions]
    elif refusal or any(one.refusal for one in plan.new):
        others = refusal or BatchRefused(NOT_POSTED)
        plan.decisions = [one if one.refusal else one.refuse(others) for one in plan.new]
    return plan


def _plan(members: Sequence[Member], unproved: list[Key]) -> GroupPlan:
    accounts = {shards.own_shard(name) for member in members for name in member.request.accounts}
    others = {*unproved, *(key for member in members for key in member.request.others)}
    records, snapshot = read_together([member.transaction_id for member in members], accounts, others)
    if len(records) < len(members):
        snapshot.require_sessions(unproved)
        unproved.clear()
    plan = GroupPlan(records, snapshot)
    plan.decide(members)
    return plan


def _require_alike(plan: GroupPlan) -> None:
    """Check that all members can have one fate. Raises what `commit_together` does."""
    found = sum(isinstance(one, Outcome) for one in plan.decisions)
    if found and (found < len(plan.decisions) or not plan.is_whole):
        raise Conflict(USED_BEFORE)
    if plan.is_full:
        raise ValidationFailed.of("transfers", TOO_MANY)
    if not plan.is_whole:
        raise ActionBlocked(NEEDS_PERSON)


def _release_overdue(plan: GroupPlan) -> bool:
    """Release overdue holds for which one is refused; return whether any has ended."""
    refused = [one for one in plan.new if one.may_be_freed]
    released = [ledger.expire_overdue(one.prepared, one.request.caller) for one in refused]
    return any(released)


def _commit(decide: Callable[[], GroupPlan]) -> list[Result]:
    """Plan and write until DynamoDB has answered; return the results of the members that were planned.

    After a lost answer nothing is concluded from not finding a write, as in `commit_with_retry`: an error that is not
    recorded is then an unknown outcome, for the earlier attempt may still land.
    """
    is_ambiguous = False
    for attempt in transact.attempts():
        try:
            plan = decide()
            _write(plan)
        except (BankError, BeyondAllowance) as error:
            _require_lost(error, is_ambiguous=is_ambiguous)
        except _Retry as retry:
            is_ambiguous = is_ambiguous or retry.was_resent
        except transact.Rejected:
            continue
        except transact.Ambiguous:
            is_ambiguous = True
        else:
            for one in plan.new:
                log_decision(one.made, attempt)
            return [_result(one, is_ambiguous=is_ambiguous) for one in plan.decisions]
    raise transact.gave_up(ambiguous=is_ambiguous)


def _require_lost(error: BankError | BeyondAllowance, *, is_ambiguous: bool) -> None:
    """Raise the error of an attempt, unless an earlier one may still land: then it is unknown, or tried again.

    What a customer's day refuses is recorded by whoever catches it, under the same keys as the earlier attempt.
    """
    if not is_ambiguous or isinstance(error, (LimitExceeded, BeyondAllowance)):
        raise error
    if not isinstance(error, Unavailable):
        raise OutcomeUnknown.from_lost_answer() from error


class ConditionFailed(Exception):
    """A condition of one request does not hold: whose it is shows when each is decided alone."""


class _Retry(Exception):
    """Another writer was faster: all is read and decided again. `was_resent`: this write may still land."""

    def __init__(self, *, was_resent: bool):
        super().__init__()
        self.was_resent = was_resent


def _write(plan: GroupPlan) -> None:
    """Commit what is new in a plan. Raises _Retry, ConditionFailed for a request's own condition, the error of a count,
    and what `write` does.

    A record that another attempt has put, or is just putting, comes first.
    """
    if not plan.new:
        return
    own = plan.extras()
    actions, counts = [*plan.actions(), *(one.action for one in own)], spending.extras_of(plan.counts())
    try:
        transact.write(actions + [extra.action for extra in counts])
    except transact.Cancelled as cancelled:
        reasons = cancelled.reasons
        is_recorded = any(reason.is_condition or reason.is_conflict for reason in reasons[: len(plan.new)])
        error = None if is_recorded else _error_of(counts, reasons[len(actions) :])
        if error:
            raise error from cancelled
        of_own = reasons[len(actions) - len(own) : len(actions)]
        if not is_recorded and any(reason.is_condition for reason in of_own):
            raise ConditionFailed from cancelled
        if not any(reason.is_condition or reason.is_conflict for reason in reasons):
            raise
        count("PostConflicts")
        raise _Retry(was_resent=cancelled.was_resent) from cancelled


def _error_of(extras: Sequence[Extra], reasons: Sequence[transact.Reason]) -> Exception | None:
    failed = (extra for extra, reason in zip(extras, reasons, strict=False) if reason.is_condition)
    return next((extra.error for extra in failed), None)


def _result(decision: Decision, *, is_ambiguous: bool) -> Result:
    if isinstance(decision, New):
        sides = items.sides(decision.prepared.movement, decision.prepared.snapshot, decision.request.caller)
        return Outcome(decision.made, sides=sides)
    if isinstance(decision, BankError) and is_ambiguous:
        return OutcomeUnknown.from_lost_answer()
    return decision
