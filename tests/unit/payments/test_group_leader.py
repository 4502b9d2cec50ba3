"""What a leader does with intents after each round, whatever has become of their transfers."""

import math
from collections.abc import Callable, Sequence

import pytest

from chalicelib.models.ledger import shared_write
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import Intent
from chalicelib.models.ledger.shared_write import Round
from chalicelib.services.payments.group_leader import PAUSE_SECONDS_MAX, GroupLeader
from tests.small_bank import NOON, A, B, SmallBank
from tests.unit.conftest import Time

Become = Callable[[set[str]], Round]
"""What becomes of the members of a round."""


class Leader:
    """A leader of an account's transfers, whose rounds are answered by this test, in order; the last one remains."""

    def __init__(self, bank: SmallBank, monkeypatch: pytest.MonkeyPatch, intents: int = 1):
        requests = [bank.request({B: -1, A: 1}) for _ in range(intents)]
        self.names = [request.idempotency_key.transaction_id for request in requests]
        self.rounds = list[list[str]]()
        self._become: list[Become] = []
        self._requests = dict(zip(self.names, requests, strict=True))
        for name in self.names:
            Intent.new(A, name, {"name": name}, NOON, NOON.replace(minute=5)).store()
        monkeypatch.setattr(shared_write, "commit_round", self._commit)

    def serve(self, *become: Become, until: float = math.inf) -> HotAccount:
        """Lead, and return the lease as it is afterwards."""
        self._become = list(become)
        lease = HotAccount.take(A, None, "leader", NOON)
        assert lease
        GroupLeader(lease, lambda given: self._requests[given["name"]], until).serve()
        found = HotAccount.find(*HotAccount.key(A))
        assert found
        return found

    def _commit(self, _: str, members: Sequence[Member]) -> Round:
        self.rounds.append([member.transaction_id for member in members])
        become = self._become.pop(0) if len(self._become) > 1 else self._become[0]
        return become(set(self.rounds[-1]))


def nothing(_: set[str]) -> Round:
    return Round()


def recorded(names: set[str]) -> Round:
    return Round(recorded=names)


def stopped(names: set[str]) -> Round:
    return Round(stopped=names)


def waiting() -> int:
    return len(Intent.oldest(A, 100))


def test_transfer_that_others_stop_three_times_is_decided_alone(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left out of every second round, so that it stops the others of its group once only."""
    leader = Leader(bank, monkeypatch)
    lease = leader.serve(stopped)
    assert leader.rounds == [leader.names] * 3
    assert (waiting(), lease.posted) == (0, 0)


def test_transfer_that_was_stopped_twice_is_recorded_by_a_group(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Leader(bank, monkeypatch)
    lease = leader.serve(stopped, stopped, recorded)
    assert len(leader.rounds) == 3
    assert (waiting(), lease.posted, lease.last_size) == (0, 1, 1)


@pytest.mark.parametrize("fate", ["recorded", "done", "alone"])
def test_intent_that_nobody_needs_any_more_is_deleted_without_a_pause(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    leader = Leader(bank, monkeypatch, intents=3)
    leader.serve(lambda names: Round(**{fate: names}))
    assert (waiting(), passing.pauses) == (0, [])


def test_round_that_decides_nothing_is_repeated_after_a_pause_for_half_a_second(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, began = Leader(bank, monkeypatch), passing.now
    leader.serve(nothing)
    assert set(passing.pauses) == {PAUSE_SECONDS_MAX}
    assert 0.5 <= passing.now - began <= 0.5 + PAUSE_SECONDS_MAX
    assert waiting() == 1


def test_leader_whose_own_client_waits_no_longer_stops(
    bank: SmallBank, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, began = Leader(bank, monkeypatch), passing.now
    lease = leader.serve(nothing, until=passing.now + 0.1)
    assert 0.1 <= passing.now - began <= 0.1 + PAUSE_SECONDS_MAX
    assert lease.is_free(NOON)
