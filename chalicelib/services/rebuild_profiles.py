"""Profiles of risk made afresh from the ledger while the bank goes on; nothing is judged, and no alert raised.

An account's movements are folded as the stream's consumer folds them, and the profile is stored if nobody has written
it meanwhile. What the consumer has not seen of the last days it may still be told of; that is left to it, for what a
profile has seen is not judged any more.
"""

from collections.abc import Iterator

from chalicelib import clock
from chalicelib.domain.position import is_general_ledger
from chalicelib.domain.risk_profile import Move, Profile, fold
from chalicelib.domain.risk_reach import Reach
from chalicelib.domain.time import timestamp
from chalicelib.models import risk_profile, transact, walk
from chalicelib.models.batch import batch_get
from chalicelib.models.entry import LedgerEntry
from chalicelib.models.paging import walk_pages
from chalicelib.models.risk_profile import Standing
from chalicelib.models.rollup import MARKS_KEPT
from chalicelib.models.transaction import Transaction
from chalicelib.services import risk_watch
from chalicelib.services.progress import Progress


def rebuild(tell: Progress, *, caught_up: bool = False) -> int:
    """Make every customer's account's profile from its entries; how many accounts have moved.

    `caught_up`: whoever calls knows that the stream has nothing left to tell of what was posted before.
    """
    now = clock.now()
    told_until = timestamp(now if caught_up else now - MARKS_KEPT)
    account_ids = [account_id for account_id in walk.account_ids() if not is_general_ledger(account_id)]
    made = 0
    for number, account_id in enumerate(account_ids, 1):
        made += _Remade(account_id, told_until).store()
        tell(f"{number} of {len(account_ids)} accounts: {made} profiles")
    return made


class _Remade:
    """One account's profile. What was posted before `told_until`, a timestamp, is in it whether it was seen or not."""

    def __init__(self, account_id: str, told_until: str):
        self._account_id, self._told_until = account_id, told_until
        self._left: list[Move] = []
        self._newest = ""

    def store(self) -> bool:
        """Whether there is one: an account that never moved has none. Raises Contention."""
        standing = self._standing()
        remade = self._whole(standing)
        for _ in transact.attempts():
            if remade == standing.folded or risk_profile.store(standing, remade, timestamp(clock.now())):
                return remade != Profile()
            standing = self._standing()
            remade = self._caught_up(remade, standing)
        raise transact.gave_up(ambiguous=False)

    def _standing(self) -> Standing:
        return risk_profile.read([self._account_id], consistent=True)[self._account_id]

    def _whole(self, standing: Standing) -> Profile:
        """From as far back as matters. Its entries are read after the profile: what that has seen is among them."""
        reach, told, first_seq = Reach(), list[Move](), 1
        for sk, move in self._moves():
            self._newest = self._newest or sk
            first_seq = move.seq
            if standing.folded.has_seen(move.seq) or sk < self._told_until:
                told.append(move)
                reach.extend(move)
            else:
                self._left.append(move)
            if reach.is_enough:
                break
        return fold(Profile(seen_to=first_seq - 1), reversed(told))

    def _caught_up(self, remade: Profile, standing: Standing) -> Profile:
        """With what the consumer has seen by now."""
        newer = list(self._moves(since=self._newest))
        self._newest = newer[0][0] if newer else self._newest
        self._left += [move for _, move in newer]
        seen = [move for move in self._left if standing.folded.has_seen(move.seq)]
        return fold(remade, sorted(seen, key=lambda move: move.seq))

    def _moves(self, since: str = "") -> Iterator[tuple[str, Move]]:
        """The account's movements, newest first, by the sort keys of their entries, after one of those."""
        within = LedgerEntry.sk > since if since else None
        for page in walk_pages(LedgerEntry, f"ACCOUNT#{self._account_id}", within=within, newest_first=True):
            made = batch_get(Transaction.key(item["transaction_id"]["S"]) for item in page)
            moves = [move for one in made if isinstance(one, Transaction) for move in risk_watch.moves(one)]
            mine = {move.seq: move for move in moves if move.account_id == self._account_id}
            yield from ((item["sk"]["S"], mine[int(item["seq"]["N"])]) for item in page)
