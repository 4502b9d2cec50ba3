"""Cycles of the clearing: opened at the cut-off, collected, waited for, closed. One execution of the workflow for each.

Every step may be repeated. A cycle that nobody closes is closed by the sweep.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from chalicelib import aws, clock, config, resources, workflows
from chalicelib.domain.clearing.settlement_date import CUT_OFF
from chalicelib.domain.days import DAY
from chalicelib.domain.orders.business_calendar import TARGET
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.cycle import Cycle
from chalicelib.models.clearing.message import OutgoingMessage
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.observability import logger
from chalicelib.services.clearing import inquiries, submission

STUCK_AFTER = timedelta(hours=2)
"""The workflow ends before: after it the sweep closes what the workflow left."""
PER_DAY_MAX = 100


def open_due(caller: Caller) -> Cycle | None:
    """Open the cycle that is due, or go on with the open one, and start its workflow. Return None where none is due."""
    now = clock.now()
    cut_off = _last_cut_off(now)
    latest, free_number = _latest(cut_off.astimezone(config.timezone()).date())
    if latest and latest.status != "closed":
        if now - moment(str(latest.created_at)) > STUCK_AFTER:
            close(caller, latest.id)
        else:
            _start(latest)
        return latest
    if not _is_anything_due(timestamp(cut_off)):
        return None
    day = cut_off.astimezone(config.timezone()).date().isoformat()
    opened = Cycle.new(f"{day}.{free_number}", day, timestamp(cut_off)).stamp(caller, now).put()
    logger.info("cycle opened", cycle=opened.id)
    _start(opened)
    return opened


def collect(caller: Caller, cycle_id: str, has_time: Callable[[], bool]) -> str:
    """Send what was queued before the cut-off; return "more" where the time was too short, else "done"."""
    cycle = _find(cycle_id)
    submission.send_built(caller, cycle_id)
    return "done" if submission.submit_due(caller, cycle_id, cycle.cut_off, has_time) else "more"


@transact.until_committed
def wait(caller: Caller, cycle_id: str, task_token: str) -> None:
    """Leave the workflow's token for the one who applies the last answer; it may have been applied already."""
    cycle, sent = _find(cycle_id), list(OutgoingMessage.all_of(cycle_id))
    if cycle.status == "closed":
        return
    payments = sum(len(one.transaction_ids) for one in sent)
    values = {"status": "waiting", "task_token": task_token, "messages": len(sent), "payments": payments}
    transact.commit([cycle.change(caller, timestamp(clock.now()), **values)], caller.request_id)
    _wake_if_answered(cycle_id, task_token)


def wake(cycle_id: str) -> None:
    """Let the workflow of a cycle go on, if it has all answers. An instant payment has no cycle that waits."""
    cycle = Cycle.by_id(cycle_id)
    if cycle and cycle.status == "waiting" and cycle.task_token:
        _wake_if_answered(cycle.id, cycle.task_token)


@transact.until_committed
def close(caller: Caller, cycle_id: str) -> int:
    """Close a cycle, ask for the answers that did not come, and return how many. Their payments stay as they are."""
    cycle = _find(cycle_id)
    if cycle.status == "closed":
        return cycle.unanswered or 0
    unanswered = 0
    for message in OutgoingMessage.all_of(cycle_id):
        if message.open:
            payments = get_all(ClearingPayment, map(ClearingPayment.key, message.transaction_ids))
            left = [one for one in payments if one.status == "submitted"]
            inquiries.inquire(caller, left)
            unanswered += len(left)
    at = timestamp(clock.now())
    values = {"status": "closed", "task_token": None, "unanswered": unanswered, "closed_at": at}
    transact.commit([cycle.change(caller, at, **values)], caller.request_id)
    logger.info("cycle closed", cycle=cycle_id, unanswered=unanswered)
    return unanswered


def _wake_if_answered(cycle_id: str, task_token: str) -> None:
    if not OutgoingMessage.is_any_open(cycle_id):
        send_success(task_token)


def send_success(task_token: str) -> None:
    """Let the workflow that waits with a token go on, if it still waits."""
    states = aws.client("stepfunctions")
    try:
        states.send_task_success(taskToken=task_token, output='{"status": "answered"}')
    except (states.exceptions.TaskTimedOut, states.exceptions.TaskDoesNotExist, states.exceptions.InvalidToken):
        logger.info("the workflow does not wait any more")


def _start(cycle: Cycle) -> None:
    workflows.start(resources.settlement_state_machine_arn(), f"cycle-{cycle.id}", {"cycle": cycle.id})


def _last_cut_off(now: datetime) -> datetime:
    """Return the last moment at which a cycle was due."""
    zone = config.timezone()
    local = now.astimezone(zone)
    day = local.date() if local.time() >= CUT_OFF else local.date() - DAY
    return datetime.combine(TARGET.preceding(day), CUT_OFF, zone)


def _latest(day: date) -> tuple[Cycle | None, int]:
    """Return the last cycle of a day, and the number that the next one has."""
    latest, number = None, 1
    while number <= PER_DAY_MAX and (found := Cycle.by_id(f"{day.isoformat()}.{number}")):
        latest, number = found, number + 1
    return latest, number


def _is_anything_due(until: str) -> bool:
    return any(ClearingPayment.walk_due("queued", ["standard"], until, 1))


def _find(cycle_id: str) -> Cycle:
    found = Cycle.by_id(cycle_id)
    if found is None:
        raise LookupError(f"there is no cycle {cycle_id}")
    return found
