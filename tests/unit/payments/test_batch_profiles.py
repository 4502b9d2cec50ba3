"""Risk profiles of a batch: read once, and moved on by each transfer that will be posted."""

from collections import Counter
from dataclasses import replace

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import RiskDeclined
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.risk.profile import Move, fold
from chalicelib.models.ledger import snapshot
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.waiting import Allowance, Wait
from chalicelib.models.risk import profile
from chalicelib.services.payments.batch_profiles import BatchProfiles
from tests.fake_dynamodb.wire import BATCH_GET, lost
from tests.small_bank import CASH, NOON, NOON_TEXT, A, B, C, SmallBank, customer
from tests.unit.payments.risky_bank import act_on_many_payments, hold_above, turn_rules_off

CLEARING = general_ledger.clearing("standard", "USD")
SEEN = {A: 1, B: 2, C: 3}
"""How many entries each account has before the batch."""


class Batch:
    """Transfers of an account, each prepared on what those before it have left."""

    def __init__(self) -> None:
        self.profiles = BatchProfiles([A, B, C])
        self._posted = Counter(SEEN)
        self._number = 0

    def prepare(self, payee: str = B, amount: int = 1) -> PreparedMovement:
        self._number += 1
        transaction_id = ids.transaction_id("usr_1", f"key-{self._number}")
        movement = Movement(transaction_id, "transfer", "USD", (Leg(A, -amount), Leg(payee, amount)))
        return self.again(PreparedMovement(movement, snapshot.read_together([], [A, payee])[1], NOON_TEXT))

    def again(self, prepared: PreparedMovement) -> PreparedMovement:
        """Return a movement on the accounts as they are now."""
        found = prepared.snapshot
        accounts = {
            name: one.with_position(replace(one.position(), last_seq=self._posted[name]))
            for name, one in found.accounts.items()
        }
        return replace(prepared, snapshot=replace(found, accounts=accounts))

    def post(self, prepared: PreparedMovement) -> None:
        """Count a movement as one that will be posted."""
        self.profiles.add(prepared)
        self._posted.update(leg.account_id for leg in prepared.movement.legs)

    def known(self, prepared: PreparedMovement, account_id: str = A) -> list[tuple[int, int]]:
        """Return numbers and amounts of what an account's profile remembers when a movement is judged."""
        profiles = self.profiles.of(prepared)
        assert profiles
        return [(one.seq, one.amount) for one in profiles[account_id].folded.recent]


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    for owner, (account_id, entries) in enumerate(SEEN.items(), 1):
        bank.open(account_id, 10_000, owner=owner, last_seq=entries)


def store_profile(account_id: str, amount: int) -> None:
    """Have an account's profile know its last entry."""
    moved = Move(account_id, "txn_before", SEEN[account_id], amount, "USD", int(NOON.timestamp()) - 60, "cash")
    [stored] = profile.read([account_id], consistent=True).values()
    profile.store(stored, fold(stored.folded, [moved]), NOON_TEXT)


def profile_reads(bank: SmallBank) -> list[tuple[list[str], bool]]:
    """Return of whom profiles were read each time, and whether consistently."""
    tables = [request.get("RequestItems", {}).get("florin-unit-reports") for _, request in bank.dynamodb.sent]
    return [
        ([key["pk"]["S"].removeprefix("RISK#") for key in table["Keys"]], table.get("ConsistentRead", False))
        for table in tables
        if table
    ]


def test_profile_knows_what_is_stored_and_each_transfer_before(bank: SmallBank) -> None:
    store_profile(A, -50)
    batch = Batch()
    for payee, amount in ((B, 10), (C, 20), (B, 40)):
        prepared = batch.prepare(payee, amount)
        batch.known(prepared)
        batch.post(prepared)
    last = batch.prepare(C)
    assert batch.known(last) == [(1, -50), (2, -10), (3, -20), (4, -40)]
    assert batch.known(last, C) == [(4, 20)]
    assert batch.known(batch.prepare(B), B) == [(3, 10), (4, 40)]


def test_profiles_are_of_the_accounts_that_a_transfer_moves(bank: SmallBank) -> None:
    found = Batch().profiles.of(Batch().prepare(C))
    assert found is not None
    assert {name: one.account_id for name, one in found.items()} == {A: A, C: C}


def test_bank_has_no_profile_of_its_own_account_that_a_payment_moves(bank: SmallBank) -> None:
    found = Batch().profiles.of(Batch().prepare(CLEARING))
    assert found is not None
    assert list(found) == [A]


def test_profiles_of_a_batch_are_read_once_and_none_of_the_banks_own_accounts(bank: SmallBank) -> None:
    batch = Batch()
    batch.profiles = BatchProfiles([A, CASH, B])
    for _ in range(3):
        batch.post(batch.prepare())
        batch.profiles.of(batch.prepare())
    assert profile_reads(bank) == [([A, B], False)], "a consistent read would cost twice as much"


def test_profiles_that_were_read_with_the_accounts_are_not_read_again(bank: SmallBank) -> None:
    store_profile(B, 70)
    batch = Batch()
    prepared = batch.prepare()
    beside = snapshot.read_together([], [A], beside=[profile.request_of([A, B, C])])[1].beside
    bank.dynamodb.sent.clear()
    prepared = replace(prepared, snapshot=replace(prepared.snapshot, beside=beside))
    assert batch.known(prepared, B) == [(2, 70)]
    assert bank.dynamodb.sent == []


def test_profiles_that_cannot_be_read_are_left_to_the_screening_and_read_for_the_next(bank: SmallBank) -> None:
    batch = Batch()
    first, second = batch.prepare(), batch.prepare(C)
    bank.dynamodb.next(BATCH_GET, lost, lost)
    assert batch.profiles.of(first) is None
    batch.post(first)
    assert batch.known(batch.again(second)) == [(2, -1)]


def test_transfer_that_is_judged_again_is_judged_as_at_the_first_time(bank: SmallBank) -> None:
    """A conflict has all of a group decided anew, from the first one that it had let pass."""
    batch = Batch()
    first, second, third = batch.prepare(amount=10), batch.prepare(amount=20), batch.prepare(amount=40)
    for one in (first, second, third):
        batch.known(batch.again(one))
        batch.post(batch.again(one))
    assert batch.known(second) == [(2, -10)]
    assert batch.known(second, B) == [(3, 10)]
    assert batch.known(first) == []


def test_transfer_that_is_posted_changes_the_next_judgement_and_one_that_is_not_does_not(bank: SmallBank) -> None:
    act_on_many_payments(bank, "decline", 2)
    hold_above(bank, 100, within_24h=True)
    batch = Batch()
    judge = batch.profiles.judge(customer())
    assert isinstance(judge(batch.prepare(amount=101)), Wait)
    assert batch.known(batch.prepare()) == []
    assert isinstance(judge(batch.prepare(amount=10)), Allowance)
    assert batch.known(batch.prepare()) == [(2, -10)]
    assert isinstance(judge(batch.prepare(amount=20)), RiskDeclined)
    assert batch.known(batch.prepare()) == [(2, -10)]


def test_what_a_batch_sends_counts_for_a_policy_though_no_rule_of_risk_is_on(bank: SmallBank) -> None:
    turn_rules_off(bank)
    hold_above(bank, 100, within_24h=True)
    batch = Batch()
    judge = batch.profiles.judge(customer())
    assert isinstance(judge(batch.prepare(amount=60)), Allowance)
    assert isinstance(judge(batch.prepare(amount=41)), Wait)
    assert isinstance(judge(batch.prepare(amount=40)), Allowance)


def test_transfer_under_no_policy_changes_the_next_judgement(bank: SmallBank) -> None:
    act_on_many_payments(bank, "decline", 2)
    batch = Batch()
    judge = batch.profiles.judge(customer())
    assert judge(batch.prepare(amount=10)) is None
    assert isinstance(judge(batch.prepare(amount=20)), RiskDeclined)
