"""Handles what the consumers of the stream have set aside, once the reason is mended."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib.models.batch import batch_get
from chalicelib.models.everything import item_kinds  # noqa: F401 — whatever kind an item is of
from chalicelib.models.everything import set_aside as model
from chalicelib.models.everything.set_aside import Consumer, SetAside
from chalicelib.services import set_aside
from chalicelib.services.audit import audit_consumer
from chalicelib.services.events import event_consumer
from chalicelib.services.progress import Progress
from chalicelib.services.risk import monitoring, rebuild_profiles


@dataclass
class Redriven:
    """How many records were handled, and what is still set aside, with the reason of this attempt."""

    handled: int = 0
    left: list[str] = field(default_factory=list)


def redrive(tell: Progress) -> Redriven:
    """Handle each record that is set aside, those of the audit in the order of their chains.

    A record that cannot be handled yet stays, and so do the later ones of its item in the audit. Raises what may pass.
    """
    done = Redriven()
    _all("audit_trail", lambda one: audit_consumer.write(model.content(one)), done, tell)
    _all("event_rows", lambda one: audit_consumer.write_event(model.content(one)), done, tell)
    _all("events", _follow, done, tell)
    return done


def _all(consumer: Consumer, handle: Callable[[SetAside], None], done: Redriven, tell: Progress) -> None:
    for one in model.all_of(consumer):
        try:
            handle(one)
        except Exception as error:
            if set_aside.may_pass(error):
                raise
            done.left.append(f"{consumer}: {' '.join(model.item_key(one))}: {type(error).__name__}: {error}")
        else:
            model.remove(one)
            done.handled += 1
        tell(f"{done.handled} records handled, {len(done.left)} left")


def _follow(one: SetAside) -> None:
    """Let every handler have the item as it is now; what it had already changes nothing.

    A posted transaction is judged by the profiles from before it: the consumer judges nothing that a profile has seen,
    and a rebuilt profile has seen everything.
    """
    for item in batch_get([model.item_key(one)]):
        happened = event_consumer.batch_of(item)
        for transaction in happened.posted:
            monitoring.judge_late(transaction, rebuild_profiles.before)
        for handler in event_consumer.HANDLERS:
            handler(happened)
