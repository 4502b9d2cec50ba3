"""Sets records of the stream aside that a consumer cannot handle, so that the rest goes on; an alarm rings.

What may pass is raised instead: the stream sends the batch again. `make redrive` handles what was set aside.
"""

from typing import Any

from chalicelib import aws, clock
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.time import timestamp
from chalicelib.models.everything import set_aside
from chalicelib.models.everything.set_aside import Consumer
from chalicelib.observability import count, logger


def put(consumer: Consumer, record: dict[str, Any], error: Exception, doing: str) -> None:
    """Store a record with the error, and count it. Raises what stops the store: the record is never lost."""
    reason = f"{doing}: {type(error).__name__}: {error}"
    if set_aside.store(consumer, record, reason, timestamp(clock.now())):
        count("StreamRecordsSetAside", consumer=consumer)
    told = record["dynamodb"]
    logger.error(
        "a record of the stream is set aside",
        consumer=consumer,
        sequence=told["SequenceNumber"],
        doing=doing,
        error=type(error).__name__,
        exc_info=error,
    )


def may_pass(error: Exception) -> bool:
    """Return whether the same may succeed later: an answer that did not come, others at the same items, no memory."""
    return isinstance(error, Unavailable | MemoryError) or aws.is_passing(error)
