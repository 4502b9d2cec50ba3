"""Putting many items into the tables at once: BatchWriteItem, several calls at a time, nothing left behind."""

import random
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import resources
from chalicelib.aws import THROTTLED
from chalicelib.models import connection
from chalicelib.models.item import Item

BATCH_MAX = 25
"""Items that one call takes (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html)."""
CALLS_AT_ONCE = 4
ATTEMPTS_MAX = 10
BACKOFF_SECONDS = 0.05
BACKOFF_SECONDS_MAX = 5.0

Requests = dict[str, list[dict[str, Any]]]


class NotLoaded(Exception):
    """DynamoDB would not take some items, however often it was asked."""


class Loader:
    """Takes items one by one and puts them unconditionally, whatever stands there.

    No more calls are under way than `CALLS_AT_ONCE`, so memory stays bounded whatever is put. Leaving the block waits
    for all of them. Raises NotLoaded, or what else DynamoDB says.
    """

    def __init__(self) -> None:
        self.items = 0
        self._batch: list[Item] = []
        self._calls: deque[Future[None]] = deque()
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self.flush()
        self._pool.shutdown(cancel_futures=True)

    def put_all(self, items: Iterable[Item]) -> None:
        for item in items:
            self.put(item)

    def put(self, item: Item) -> None:
        self.items += 1
        self._batch.append(item)
        if len(self._batch) == BATCH_MAX:
            self._send()

    def flush(self) -> None:
        """Wait until everything that was put is there."""
        if self._batch:
            self._send()
        while self._calls:
            self._calls.popleft().result()

    def _send(self) -> None:
        requests: Requests = {}
        for item in self._batch:
            put = {"PutRequest": {"Item": item.serialize()}}
            requests.setdefault(resources.table_name(item.Meta.table_name), []).append(put)
        self._batch = []
        if len(self._calls) == CALLS_AT_ONCE:
            self._calls.popleft().result()
        self._calls.append(self._pool.submit(_write, requests))


def _write(requests: Requests) -> None:
    """Putting an item twice does no harm, so a call that is not answered is simply made again."""
    for attempt in range(ATTEMPTS_MAX):
        try:
            requests = connection.client().batch_write_item(RequestItems=requests).get("UnprocessedItems", {})
        except BotoCoreError:
            pass
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLED:
                raise
        if not requests:
            return
        time.sleep(random.uniform(0, min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2**attempt)))
    raise NotLoaded(f"{sum(map(len, requests.values()))} items, after {ATTEMPTS_MAX} attempts")
