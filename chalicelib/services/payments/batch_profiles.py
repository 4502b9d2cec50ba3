"""Risk profiles for transfers that are judged one after the other, before the stream knows of any of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from chalicelib.domain.errors import Refusal, Unavailable
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk.profile import Move, Profile, fold
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.waiting import Allowance, Judge, Wait
from chalicelib.models.risk import profile
from chalicelib.models.risk.profile import StoredProfile
from chalicelib.services.payments import judgement
from chalicelib.services.risk import screening


@dataclass(frozen=True)
class Earlier:
    """Movements by transaction, and the profiles by account that have seen them: to fold them again takes longer."""

    moves: Mapping[str, list[Move]] = field(default_factory=dict)
    folded: Mapping[str, Profile] = field(default_factory=dict)


NOTHING_EARLIER = Earlier()


class BatchProfiles:
    """Profiles of all accounts of a batch, read once, to which each transfer adds its movements.

    Otherwise many transfers at once would all be judged as the first, and no rule about many would see them. `earlier`
    are movements of transactions before the batch, which the stored profiles may not have yet.
    """

    def __init__(self, account_ids: Iterable[str], earlier: Earlier = NOTHING_EARLIER):
        self._wanted = [name for name in account_ids if not is_general_ledger(name)]
        self._stored: Mapping[str, StoredProfile] | None = None
        self._moves, self._earlier = dict(earlier.moves), earlier.folded
        self._folded: dict[str, tuple[int, Profile]] = {}
        """The last profile of each account, and how many transactions it has seen."""

    def judge(self, caller: Caller) -> Judge:
        """Return the judge of a movement of a caller, which comes after those that it has let pass."""
        decide = judgement.judge(caller, profiles=self.of)

        def judge(prepared: PreparedMovement) -> Refusal | Wait | Allowance | None:
            found = decide(prepared)
            if found is None or isinstance(found, Allowance):
                self.add(prepared)
            return found

        return judge

    def of(self, prepared: PreparedMovement) -> Mapping[str, StoredProfile] | None:
        """Return the profiles for a movement, with all before it; None if they cannot be read.

        A movement that is judged again, after a conflict, follows those before it, as at the first time.
        """
        self._forget_from(prepared.movement.transaction_id)
        if self._stored is None:
            try:
                self._stored = self._read(prepared)
            except Unavailable:  # the screening reads and judges that by itself
                return None
        names = [leg.account_id for leg in prepared.movement.legs if leg.account_id in self._stored]
        return {name: self._with_moves(self._stored[name]) for name in names}

    def _read(self, prepared: PreparedMovement) -> Mapping[str, StoredProfile]:
        """Return the profiles of all accounts, which may have been read with the accounts themselves."""
        beside = prepared.snapshot.beside
        if profile.TABLE in beside:
            return profile.pick_from(beside, self._wanted)
        return profile.read(self._wanted, consistent=False)

    def add(self, prepared: PreparedMovement) -> None:
        """Remember a movement that will be posted."""
        numbers = {name: position.last_seq + 1 for name, position in prepared.positions.items()}
        moves = screening.moves_of(prepared.movement, prepared.snapshot, numbers)
        self._moves[prepared.movement.transaction_id] = moves

    def moves_of(self, transaction_ids: set[str]) -> dict[str, list[Move]]:
        """Return the movements that were added, of some transactions."""
        return {name: moves for name, moves in self._moves.items() if name in transaction_ids}

    def newest_profiles(self) -> dict[str, Profile]:
        """Return the profiles that were asked for, with what was added before."""
        return {name: folded for name, (_, folded) in self._folded.items()}

    def _with_moves(self, stored: StoredProfile) -> StoredProfile:
        seen, folded = self._folded.get(stored.account_id) or (0, self._newest(stored))
        later = (move for moves in islice(self._moves.values(), seen, None) for move in moves)
        folded = fold(folded, (move for move in later if move.account_id == stored.account_id))
        self._folded[stored.account_id] = len(self._moves), folded
        return replace(stored, folded=folded)

    def _newest(self, stored: StoredProfile) -> Profile:
        """Return an account's earlier profile if it has seen all that the stored one has, else the stored one."""
        earlier = self._earlier.get(stored.account_id)
        last_stored = max((stored.folded.seen_to, *stored.folded.seen_ahead))
        return earlier if earlier and earlier.seen_to >= last_stored else stored.folded

    def _forget_from(self, transaction_id: str) -> None:
        names = list(self._moves)
        if transaction_id in self._moves:
            for name in names[names.index(transaction_id) :]:
                del self._moves[name]
            self._folded.clear()
