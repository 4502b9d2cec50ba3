"""Remembers whose transfers have stopped a leader's groups, so that the next ones of the same account stop no more.

A client could otherwise have one new transfer after the other cancel the writes of all others.
"""

from collections import Counter
from collections.abc import Iterable

from chalicelib.models.ledger.posting_request import PostingRequest

STOPPED_MAX = 3
"""How many groups an account may stop before its transfers are decided alone."""


class StoppedAccounts:
    """The accounts that have stopped groups of one leader, for as long as it leads."""

    def __init__(self, busy_id: str):
        self._busy_id = busy_id
        self._stops = Counter[str]()
        self._overspent = set[str]()

    def note(self, stopped: Iterable[PostingRequest], overspent: Iterable[PostingRequest]) -> None:
        """Note the transfers of a group that another writer has stopped, and those beyond their customer's day."""
        self._stops.update({name for request in stopped for name in request.accounts if name != self._busy_id})
        self._overspent.update(request.accounts[0] for request in overspent)

    def must_be_alone(self, request: PostingRequest) -> bool:
        """Return whether no group takes a transfer any more: it moves such an account, or is paid from it."""
        return request.accounts[0] in self._overspent or any(
            self._stops[name] >= STOPPED_MAX for name in request.accounts
        )
