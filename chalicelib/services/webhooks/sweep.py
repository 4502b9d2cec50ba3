"""Queues deliveries whose time has come, and those whose message was lost. Runs every minute."""

from chalicelib import clock
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.observability import logger
from chalicelib.services.webhooks import queue

AT_ONCE_MAX = 5_000
"""The next minute goes on."""


def sweep() -> int:
    """Queue what is due; return how many. Each moves out of the list until its message must have been handled.

    Each is queued as soon as it has moved: a sweep that ends amid many has done what it came to, however bad the line.
    """
    now, queued = clock.now(), 0
    for some in Delivery.walk_due(now):
        for one in some:
            if one.postpone_sweep(now):
                queue.send(one)
                queued += 1
        if queued >= AT_ONCE_MAX:
            break
    logger.info("deliveries swept", queued=queued)
    return queued
