"""How many requests a caller may send to what is dear: work of seconds, files, hashes, items that stay forever.

API Gateway throttles all callers of a route together. These limits keep one of them from using that up.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.domain.permissions import CallerRole

WINDOW_SECONDS = 3600
LimitName = Literal[
    "registrations",
    "customers",
    "accounts",
    "beneficiaries",
    "customer_exports",
    "interest",
    "payment_files",
    "payment_file_reads",
    "replays",
    "reports",
    "runs",
    "statements",
    "tickets",
    "verifications",
]


@dataclass(frozen=True)
class Limit:
    """The most requests of one caller within an hour of the clock: of a customer, and of anybody else."""

    of_customer: int
    of_staff: int

    def of(self, role: CallerRole) -> int:
        return self.of_customer if role == "customer" else self.of_staff


LIMITS: dict[LimitName, Limit] = {
    # Nobody is signed in: those of a network count together, and an office may stand behind one address.
    "registrations": Limit(20, 20),
    "customers": Limit(0, 60),
    "accounts": Limit(10, 60),
    # Each compares a name with the holders of an account, or asks another bank: who tries names learns one.
    "beneficiaries": Limit(60, 60),
    # Pages of at most a hundred records.
    "customer_exports": Limit(300, 300),
    # Each reads every entry since the last credit: of a busy account, a hundred thousand.
    "interest": Limit(120, 600),
    "payment_files": Limit(60, 60),
    # Each reads the whole file, of 10,000 payments at most; who watches a file reads it every few seconds.
    "payment_file_reads": Limit(1200, 1200),
    # Of up to a hundred messages each, to an address that may be a stranger's.
    "replays": Limit(60, 600),
    "reports": Limit(120, 120),
    "runs": Limit(0, 12),
    "statements": Limit(120, 120),
    # Each is read by a person at the bank, and stays.
    "tickets": Limit(60, 600),
    "verifications": Limit(0, 12),
}


def window(now: datetime) -> int:
    """Return the number of the hour in which a request counts."""
    return int(now.timestamp()) // WINDOW_SECONDS


def seconds_left(now: datetime) -> int:
    """Return the seconds until the next hour begins, at least 1."""
    return WINDOW_SECONDS - int(now.timestamp()) % WINDOW_SECONDS
