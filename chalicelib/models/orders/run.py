"""Daily runs of orders: counts of attempts, and payments in minor units by currency."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.orders.run_tally import Tally
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.orders.order import order_id_at
from chalicelib.models.scheduled_runs.run import FAILURE, Run, RunFailure, RunPartition, Tallied


class _Tallied(Tallied):
    KIND, TALLY = "STANDING_ORDERS", Tally

    posted = IntegerAttribute(default=0)
    executed = IntegerAttribute(default=0)
    pending = IntegerAttribute(default=0)
    failed = IntegerAttribute(default=0)
    retried = IntegerAttribute(default=0)
    skipped = IntegerAttribute(default=0)
    errors = IntegerAttribute(default=0)
    totals = CompactJSONAttribute(default=dict)


class OrderRun(_Tallied, Run, discriminator="order_run"):
    """The run for a day. Each attempt finds what is due then, so its tally is that of all attempts together."""

    def overall(self, tally: Tally) -> Tally:
        so_far: Tally = self.tally()
        return so_far + tally

    @property
    def failure_prefix(self) -> str:
        return FAILURE


class OrderPartition(_Tallied, RunPartition, discriminator="order_run_partition"):
    """A partition of a run of orders: `cursor` is a place in the list of due ones."""


class OrderFailure(RunFailure, discriminator="order_run_failure"):
    """An occurrence that was refused for good, or an order that an attempt could not work on."""

    SUBJECT = "order_id"

    order_id = UnicodeAttribute()

    @classmethod
    def subject_at(cls, place: str) -> str:
        return order_id_at(place)
