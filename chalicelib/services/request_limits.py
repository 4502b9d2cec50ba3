"""Counts the requests of a caller to what is dear, and refuses those above the limit."""

from chalicelib import clock, config
from chalicelib.domain.errors import Contention, OutcomeUnknown, TooManyAttempts, Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.domain.request_limits import LIMITS, LimitName, seconds_left
from chalicelib.models import transact
from chalicelib.models.request_count import RequestCount
from chalicelib.models.transact import Extra
from chalicelib.observability import logger


def count(caller: Caller, name: LimitName, network_hmac: str | None = None) -> None:
    """Count a request of a user, or of a network where nobody is signed in. One write, also when it is refused.

    Raises TooManyAttempts above the limit. Raises Unavailable if it cannot be counted: nothing was done then.
    """
    if not config.limits_callers():
        return
    now, most = clock.now(), LIMITS[name].of(caller.role)
    refusal = TooManyAttempts(
        f"You can send at most {most} such requests an hour. Retry later.", retry_after_seconds=seconds_left(now)
    )
    counted = RequestCount.add(network_hmac or caller.user_id, name, most, caller, now)
    try:
        transact.commit([Extra(counted, refusal)], caller.request_id)
    except (Contention, OutcomeUnknown) as error:
        raise Unavailable(
            "The request could not be counted. Nothing was done; retry.", retry_after_seconds=1
        ) from error
    except TooManyAttempts:
        logger.warning("too many requests", limit=name)
        raise
