"""Reads what the intents of a busy account ask of the ledger."""

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib import clock
from chalicelib.models.item import Key
from chalicelib.models.ledger.intent import FoundIntent
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.observability import logger

Json = dict[str, Any]
ParseRequest = Callable[[Json], PostingRequest]
"""Returns what an intent's JSON asks of the ledger. Raises anything for one that asks nothing."""


class IntentReader:
    """The intents of one account, whose JSON is parsed by `parse`."""

    def __init__(self, account_id: str, parse: ParseRequest):
        self._account_id, self._parse = account_id, parse

    def sort(self, found: Sequence[FoundIntent]) -> tuple[dict[str, tuple[Key, PostingRequest]], list[Key]]:
        """Return the requests by transaction with the keys of their intents, and the keys of intents to drop.

        Of two intents of one transaction the later one is looked at when the earlier one is decided.
        """
        requests, dropped = dict[str, tuple[Key, PostingRequest]](), list[Key]()
        for one in found:
            request = self._read(one)
            if request is None:
                dropped.append(one.key)
            else:
                requests.setdefault(request.idempotency_key.transaction_id, (one.key, request))
        return requests, dropped

    def _read(self, found: FoundIntent) -> PostingRequest | None:
        """Return what an intent asks for; None if its time is over, or if no group can decide it."""
        if found.intent is None:
            return None
        try:
            if found.intent.is_over(clock.now()):
                return None
            request = self._parse(found.intent.request)
            if self._account_id in request.accounts and _is_named_by(found.key, request):
                return request
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one must not stop the others
            logger.warning("an intent is no transfer", account_id=self._account_id, error=type(error).__name__)
        return None


def _is_named_by(key: Key, request: PostingRequest) -> bool:
    """Return whether an intent is stored under the transaction that it asks for."""
    return key[1].endswith(f"#{request.idempotency_key.transaction_id}")
