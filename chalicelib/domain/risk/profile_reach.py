"""How far back an account's movements must be read to rebuild its profile: as far as they have an effect."""

from chalicelib.domain.risk.known_parties import PAIRS_MAX, period_of
from chalicelib.domain.risk.profile import HISTORY_DAYS, RECENT_MAX, RECENT_SECONDS, Move


class Reach:
    """Told an account's movements, newest first: whether those before could leave a trace in its profile."""

    def __init__(self) -> None:
        self._last_day: int | None = None
        self._last_foreign: int | None = None
        self._recent = 0
        self._met: set[tuple[int, str]] = set()
        self._met_later = 0
        self._period: int | None = None
        self.is_enough = False

    def extend(self, move: Move) -> None:
        """Take one more movement, which is not newer than the earlier ones."""
        if move.kind == "bank":
            return
        if self._last_day is None:
            self._last_day = move.day
        has_days = move.day <= self._last_day - HISTORY_DAYS
        has_recent, has_known = self._has_recent(move), self._has_known(move)
        self.is_enough = has_days and has_recent and has_known
        if not move.is_own:
            self._recent += 1
            self._last_foreign = move.second if self._last_foreign is None else self._last_foreign
        if move.counterparty:
            self._met.add((period_of(move.day), move.counterparty))

    def _has_known(self, move: Move) -> bool:
        """Return whether later periods fill what is kept of counterparties."""
        period = period_of(move.day)
        if period != self._period:
            self._period, self._met_later = period, len(self._met)
        return self._met_later >= PAIRS_MAX

    def _has_recent(self, move: Move) -> bool:
        if self._last_foreign is None:
            return False
        return self._recent >= RECENT_MAX or move.second <= self._last_foreign - RECENT_SECONDS
