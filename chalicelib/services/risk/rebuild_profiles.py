"""Rebuilds risk profiles from the ledger while the bank runs; nothing is judged, and no alert is raised.

An account's movements are folded as the stream's consumer folds them, and the profile is stored if nobody has written
it meanwhile. What the consumer has not seen of the last days it may still be told of; that is left to it, for what a
profile has seen is not judged any more.
"""

from collections.abc import Iterator

from chalicelib import clock
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.risk.profile import Move, Profile, fold
from chalicelib.domain.risk.profile_reach import Reach
from chalicelib.domain.time import timestamp
from chalicelib.models.batch import batch_get
from chalicelib.models.everything import partitions
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.reports.rollup_marks import MARKS_KEPT
from chalicelib.models.risk import profile
from chalicelib.models.risk.profile import StoredProfile
from chalicelib.services.progress import Progress
from chalicelib.services.risk import monitoring


def rebuild(tell: Progress, *, caught_up: bool = False) -> int:
    """Make every customer's account's profile from its entries; how many accounts have moved.

    `caught_up`: whoever calls knows that the stream has nothing left to tell of what was posted before.
    """
    now = clock.now()
    told_until = timestamp(now if caught_up else now - MARKS_KEPT)
    account_ids = [account_id for account_id in partitions.account_ids() if not is_general_ledger(account_id)]
    made = 0
    for number, account_id in enumerate(account_ids, 1):
        made += _Remade(account_id, told_until).store()
        tell(f"{number} of {len(account_ids)} accounts: {made} profiles")
    return made


def before(account_id: str, seq: int) -> Profile:
    """Return the profile that an account had before one of its entries, as far back as has an effect."""
    reach, moves, first_seq = Reach(), list[Move](), seq
    for _, move in moves_of(account_id):
        if move.seq < seq:
            moves.append(move)
            reach.extend(move)
            first_seq = move.seq
        if reach.is_enough:
            break
    return fold(Profile(seen_to=first_seq - 1), reversed(moves))


def moves_of(account_id: str, after: LedgerEntry | None = None) -> Iterator[tuple[LedgerEntry, Move]]:
    """Yield an account's movements with their entries, newest first, back to an entry, which is left out."""
    for page in LedgerEntry.pages_newest_first(account_id, after):
        made = batch_get(Transaction.key(entry.transaction_id) for entry in page)
        moves = [move for one in made if isinstance(one, Transaction) for move in monitoring.moves(one)]
        mine = {move.seq: move for move in moves if move.account_id == account_id}
        yield from ((entry, mine[entry.seq]) for entry in page)


class _Remade:
    """One account's profile. What was posted before `told_until`, a timestamp, is in it whether it was seen or not."""

    def __init__(self, account_id: str, told_until: str):
        self._account_id, self._told_until = account_id, told_until
        self._remade: Profile | None = None
        self._left: list[Move] = []
        self._newest: LedgerEntry | None = None

    def store(self) -> bool:
        """Store the rebuilt profile. Return False for an account that never moved. Raises Contention."""
        stored = profile.read([self._account_id], consistent=True)[self._account_id]
        return profile.update(stored, self._remake) != Profile()

    def _remake(self, stored: StoredProfile) -> Profile:
        self._remade = self._whole(stored) if self._remade is None else self._caught_up(self._remade, stored)
        return self._remade

    def _whole(self, stored: StoredProfile) -> Profile:
        """Build the profile from as far back as has an effect.

        Entries are read after the profile, so they include what it has seen.
        """
        reach, told, first_seq = Reach(), list[Move](), 1
        for entry, move in moves_of(self._account_id):
            self._newest = self._newest or entry
            first_seq = move.seq
            if stored.folded.has_seen(move.seq) or entry.created_at < self._told_until:
                told.append(move)
                reach.extend(move)
            else:
                self._left.append(move)
            if reach.is_enough:
                break
        return fold(Profile(seen_to=first_seq - 1), reversed(told))

    def _caught_up(self, remade: Profile, stored: StoredProfile) -> Profile:
        """Return the profile with what the consumer has seen by now."""
        newer = list(moves_of(self._account_id, after=self._newest))
        self._newest = newer[0][0] if newer else self._newest
        self._left += [move for _, move in newer]
        seen = [move for move in self._left if stored.folded.has_seen(move.seq)]
        return fold(remade, sorted(seen, key=lambda move: move.seq))
