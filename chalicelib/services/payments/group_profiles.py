"""Risk profiles for the groups of one leader: each transfer is judged after those of the groups before.

The stream brings a group into the stored profiles when the next ones are decided already.
"""

from collections.abc import Sequence

from chalicelib.domain.risk.profile import RECENT_MAX, Move, Profile
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.services.payments.batch_profiles import BatchProfiles, Earlier

Moves = dict[str, list[Move]]
"""By transaction."""


class GroupProfiles:
    """The movements of a leader's last groups: of as many transactions as a profile remembers one by one."""

    def __init__(self) -> None:
        self._recorded, self._writing = Moves(), Moves()
        self._folded = dict[str, Profile]()
        self._prepared = BatchProfiles(())

    def to_members(self, requests: Sequence[PostingRequest]) -> list[Member]:
        """Return requests as members of one group: each is judged after those before it, risk and policies included.

        What is being written counts as recorded: otherwise the group is not written.
        """
        names = dict.fromkeys(name for request in requests for name in request.accounts)
        self._prepared = BatchProfiles(names, Earlier(self._recorded | self._writing, self._folded))
        return [Member(request, self._prepared.judge(request.caller)) for request in requests]

    def note_begin(self, names: set[str]) -> None:
        """Note the transactions of the group that was prepared last, and is being written."""
        self._writing = self._prepared.moves_of(names)
        self._folded |= self._prepared.newest_profiles()

    def note_end(self, recorded: set[str]) -> None:
        """Note which of the transactions that were being written are recorded."""
        if not self._writing.keys() <= recorded:
            self._folded = {}
        moved = {name: moves for name, moves in self._writing.items() if name in recorded}
        self._recorded = dict(list((self._recorded | moved).items())[-RECENT_MAX:])
        self._writing = Moves()
