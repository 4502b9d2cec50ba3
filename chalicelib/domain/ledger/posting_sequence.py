"""Decides movements that are posted one after the other and committed together. Pure."""

from collections.abc import Iterable, Mapping

from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.posting import Movement, Posting


class PostingSequence:
    """Accounts while movements are posted in order: each is decided on what the one before has left.

    So every decision is the one that the same movement would meet if it were posted by itself at its turn, and a
    refused movement leaves no trace.
    """

    def __init__(self, positions: Mapping[str, Position]):
        self._as_read = dict(positions)
        self._present = dict(positions)

    def positions(self, account_ids: Iterable[str]) -> dict[str, Position]:
        """Return where these accounts stand now, without those that do not exist."""
        return {name: self._present[name] for name in account_ids if name in self._present}

    def include(self, positions: Mapping[str, Position]) -> None:
        """Add accounts that were not known before: those that begin with the next movement."""
        begun = {name: position for name, position in positions.items() if name not in self._present}
        self._as_read |= begun
        self._present |= begun

    @property
    def changes(self) -> dict[str, Position]:
        """Return where the accounts stand that have moved."""
        return {name: now for name, now in self._present.items() if now is not self._as_read[name]}

    def post(self, movement: Movement, created_at: str, day: str) -> Posting | Refusal:
        """Post the next movement. It is dated `created_at` (UTC), and counts on `day` of the bank."""
        decision = self.decide(movement, created_at, day)
        if isinstance(decision, Posting):
            self.take(decision)
        return decision

    def decide(self, movement: Movement, created_at: str, day: str, *, is_held: bool = False) -> Posting | Refusal:
        """Return what the next movement would meet, posted or held. Nothing has moved until it is taken."""
        decide = posting.hold if is_held else posting.post
        return decide(movement, self._present, created_at, day)

    def take(self, decided: Posting) -> None:
        """Move the accounts as was decided last."""
        self._present |= {position.account_id: position for position in decided.positions}
