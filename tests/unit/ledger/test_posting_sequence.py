"""Movements that are decided together are decided as one after the other."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Leg, Movement, Posting
from chalicelib.domain.ledger.posting_sequence import PostingSequence

DAY = "2026-11-21"
ACCOUNTS = ("a", "b", "c")
LIMITS = Limits(60, 150)
Asked = tuple[str, str, int]

transfers = st.lists(
    st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.integers(1, 70)).filter(
        lambda one: one[0] != one[1]
    ),
    max_size=24,
)
balances = st.tuples(*(st.integers(0, 120) for _ in ACCOUNTS))


def movement(number: int, asked: Asked) -> Movement:
    payer, payee, amount = asked
    return Movement(f"txn_{number}", "transfer", "USD", (Leg(payer, -amount), Leg(payee, amount)), LIMITS)


def moment(number: int) -> str:
    return f"2026-11-21T08:30:00.{number:06}Z"


def opened(amounts: tuple[int, ...]) -> dict[str, Position]:
    return {name: Position(name, "USD", balance=amount) for name, amount in zip(ACCOUNTS, amounts, strict=True)}


def codes(decisions: list[Posting | Refusal]) -> list[str | None]:
    return [one.code if isinstance(one, Refusal) else None for one in decisions]


def entries(decisions: list[Posting | Refusal]) -> list[Entry]:
    return [entry for one in decisions if isinstance(one, Posting) for entry in one.entries]


@given(transfers, balances)
def test_sequence_decides_what_a_serial_run_decides(asked: list[Asked], amounts: tuple[int, ...]) -> None:
    sequence, serial = PostingSequence(opened(amounts)), opened(amounts)
    together, alone = list[Posting | Refusal](), list[Posting | Refusal]()
    for number, one in enumerate(asked):
        together.append(sequence.post(movement(number, one), moment(number), DAY))
        decision = posting.post(movement(number, one), serial, moment(number), DAY)
        if isinstance(decision, Posting):
            serial |= {position.account_id: position for position in decision.positions}
        alone.append(decision)
    assert codes(together) == codes(alone)
    assert entries(together) == entries(alone)
    assert sequence.positions(ACCOUNTS) == serial


@given(transfers, balances)
def test_sequence_makes_and_loses_no_money(asked: list[Asked], amounts: tuple[int, ...]) -> None:
    sequence = PostingSequence(opened(amounts))
    for number, one in enumerate(asked):
        sequence.post(movement(number, one), moment(number), DAY)
    after = sequence.positions(ACCOUNTS)
    assert sum(position.balance for position in after.values()) == sum(amounts)
    assert all(position.balance >= 0 and position.spent <= LIMITS.daily for position in after.values())


@given(transfers, balances)
def test_only_accounts_that_moved_are_changes(asked: list[Asked], amounts: tuple[int, ...]) -> None:
    before, sequence = opened(amounts), PostingSequence(opened(amounts))
    decisions = [sequence.post(movement(number, one), moment(number), DAY) for number, one in enumerate(asked)]
    assert sequence.changes.keys() == {entry.account_id for entry in entries(decisions)}
    still = before.keys() - sequence.changes.keys()
    assert sequence.positions(still) == {name: before[name] for name in still}


def test_positions_of_accounts_that_do_not_exist_are_left_out() -> None:
    assert PostingSequence(opened((1, 2, 3))).positions(["a", "d"]).keys() == {"a"}
