"""Webhook endpoints: whose they are, and when one gets nothing more. Pure rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment

Scope = Literal["bank", "customer"]
Status = Literal["enabled", "disabled", "deleted"]
Signature = Literal["ed25519", "hmac"]
Format = Literal["standard", "cloudevents"]
DisabledReason = Literal["gone", "failing", "right_ended"]
"""`gone`: the receiver answered 410. `failing`: no success for five days. `right_ended`: the person responsible lost
the right to it."""

BANK = "bank"
"""The recipient of the bank's own view of an event; any other recipient is a customer's id."""
ENDPOINTS_MAX = 20
"""Of one owner: the bank, or a customer."""
FAILING_MAX = timedelta(days=5)
TESTS_MAX = 20
"""Test messages of one owner within `TESTS_WITHIN`: the address may be a stranger's."""
TESTS_WITHIN = timedelta(hours=1)
SECRET_OVERLAP = timedelta(hours=24)
"""How long the secret before the present one signs as well."""

ROTATION_WITHIN = timedelta(hours=24)
"""How long an approval lets its maker rotate the secret of an endpoint of the bank, once."""


def owner_of(caller: Caller) -> str | None:
    """Return whose endpoints the caller handles: the customer's own, or the bank's. None for neither."""
    return BANK if caller.sees_everything else caller.customer_id


def has_failed_too_long(failing_since: str | None, now: datetime) -> bool:
    """Return whether an endpoint has had no success for five days since its first failure."""
    return failing_since is not None and now - moment(failing_since) >= FAILING_MAX


def recent_tests(times: Iterable[int], now: int) -> list[int]:
    """Return the times of test messages (epoch seconds) that still count, the earliest first."""
    return sorted(one for one in times if one > now - TESTS_WITHIN.total_seconds())


def seconds_until_test(times: Iterable[int], now: int) -> int:
    """Return the seconds until another test message is allowed; 0 if it is allowed now."""
    counting = recent_tests(times, now)
    return counting[-TESTS_MAX] + int(TESTS_WITHIN.total_seconds()) - now if len(counting) >= TESTS_MAX else 0


def secret_overlaps(previous_until: str | None, at: str) -> bool:
    """Return whether the secret before the present one still signs at a moment (UTC)."""
    return previous_until is not None and at < previous_until
