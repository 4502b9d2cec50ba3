"""Monthly runs of interest: counts of accounts, and credits in minor units by currency."""

from chalicelib.domain.interest.run_tally import Tally
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.scheduled_runs.run import AccountFailure, Run, RunPartition, Tallied


class _Tallied(Tallied):
    KIND, TALLY = "INTEREST", Tally

    credited = IntegerAttribute(default=0)
    nothing = IntegerAttribute(default=0)
    closed = IntegerAttribute(default=0)
    failed = IntegerAttribute(default=0)
    frozen = IntegerAttribute(default=0)
    totals = CompactJSONAttribute(default=dict)


class InterestRun(_Tallied, Run, discriminator="interest_run"):
    """The run for a month."""


class InterestPartition(_Tallied, RunPartition, discriminator="interest_partition"):
    """A partition of an interest run."""


class InterestFailure(AccountFailure, discriminator="interest_failure"):
    """An account that an attempt could not pay."""
