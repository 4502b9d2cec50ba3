"""Several transfers in one write, on tables in memory."""

from typing import Any

import pytest

from chalicelib.domain.errors import (
    ActionBlocked,
    Conflict,
    Unauthorized,
    ValidationFailed,
)
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.session import Session
from chalicelib.models.ledger import group, ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.waiting import Allowance, Wait
from tests.fake_dynamodb.wire import BATCH_GET, WRITE
from tests.small_bank import SmallBank, customer
from tests.unit.ledger.group_of_transfers import (
    balances,
    condition,
    in_order,
    members,
    open_accounts,
    pay,
    statuses,
    together,
    writes,
)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    open_accounts(bank, monkeypatch)


def test_group_takes_one_read_and_one_write(bank: SmallBank) -> None:
    assert statuses(in_order([pay(bank, 10, "b"), pay(bank, 20, "c"), pay(bank, 30, "b")])) == ["posted"] * 3
    assert [operation for operation, _ in bank.dynamodb.sent] == [BATCH_GET, WRITE]
    assert balances(bank) == [40, 45, 25, 5]
    assert writes(bank) == [3 + 3 + 6], "an account is written once, however many transfers move it"


def test_group_leaves_the_ledger_that_a_serial_run_leaves(bank: SmallBank) -> None:
    asked = [pay(bank, 60, "b"), pay(bank, 60, "c"), pay(bank, 3, "d", "b"), pay(bank, 40, "b"), pay(bank, 1, "c")]
    found = in_order(asked)
    assert statuses(found) == ["posted", "insufficient_funds", "posted", "posted", "insufficient_funds"]
    grouped = [[entry.serialize() for entry in bank.entries(name)] for name in "abcd"]
    for table in ("bank", "ledger"):
        bank.dynamodb.table(table).items.clear()
    bank.open("a", 100)
    for number, name in enumerate("bcd", 2):
        bank.open(name, 5, owner=number)
    assert statuses([ledger.post(one) for one in asked]) == statuses(found)
    assert [[entry.serialize() for entry in bank.entries(name)] for name in "abcd"] == grouped


def test_24_transfers_to_as_many_accounts_fit_one_write(bank: SmallBank) -> None:
    for number in range(30):
        bank.open(f"p{number}", owner=number + 10)
    asked = [pay(bank, 1, f"p{number}") for number in range(30)]
    assert len(in_order(asked)) == 24
    assert writes(bank) == [97]
    assert statuses(in_order(asked)) == ["posted"] * 24, "found, and not posted again"
    assert len(in_order(asked[24:])) == 6
    assert bank.account("a").balance == 70


def test_group_ends_where_the_write_is_full(bank: SmallBank) -> None:
    """A payer with a count beside the account takes one item more, and each label takes one."""
    bank.open("a", 100, counts_alone=None)
    for number in range(24):
        bank.open(f"p{number}", owner=number + 10)

    def label(at: str) -> Any:
        return {"Put": {"TableName": "florin-unit-bank", "Item": {"pk": {"S": f"L#{at}"}, "sk": {"S": "L"}}}}

    found = in_order([pay(bank, 1, f"p{number}", label=label) for number in range(24)])
    assert statuses(found) == ["posted"] * 19
    assert writes(bank) == [19 * 5 + 1 + 1]
    assert bank.dynamodb.table("bank").items["CUSTOMER#cus_1", "SPENT#2026-11-21#USD"]["spent"] == {"N": "19"}


def test_request_that_waits_ends_the_group_before_it(bank: SmallBank) -> None:
    def judge(prepared: PreparedMovement) -> Wait | None:
        return Wait("approval", "", Approval()) if prepared.movement.amount == 7 else None

    asked = [Member(pay(bank, amount), judge) for amount in (1, 2, 7, 3)]
    assert len(group.commit_first(asked, [])) == 2
    assert group.commit_first(asked[2:], []) == []
    assert balances(bank)[:2] == [97, 8]
    with pytest.raises(ActionBlocked):
        group.commit_together(asked[2:], [])
    assert balances(bank)[:2] == [97, 8]


def test_customers_day_is_counted_once_for_all(bank: SmallBank) -> None:
    bank.open("a", 100, counts_alone=None)
    limits = Limits(100, 50)
    asked = [bank.request({"a": -20, "b": 20}, limits=limits) for _ in range(2)]
    bank.open("other", 100, counts_alone=None)
    ledger.post(bank.request({"other": -11, "b": 11}, limits=limits))
    assert group.commit_first(members(asked), []) == [], "only the write sees it, so each is decided alone"
    assert statuses(together(asked)) == ["limit_exceeded"] * 2
    assert bank.account("a").balance == 100


def test_allowance_of_all_together_is_asked_by_the_write(bank: SmallBank) -> None:
    bank.open("a", 100, counts_alone=None)
    allowed = Allowance(30, lambda *_: None)
    asked = [Member(pay(bank, 20), lambda _: allowed) for _ in range(2)]
    assert group.commit_first(asked, []) == []
    with pytest.raises(ActionBlocked):
        group.commit_together(asked, [])
    assert statuses(group.commit_first(asked[:1], [])) == ["posted"]


def test_error_that_is_not_recorded_concerns_its_request_alone(bank: SmallBank) -> None:
    asked = [pay(bank, 1), pay(bank, 1, "nobody"), pay(bank, 2)]
    assert statuses(in_order(asked)) == ["posted", "not done: not_found", "posted"]
    assert statuses(together([pay(bank, 1), pay(bank, 1, "nobody")])) == [
        "not done: batch_refused",
        "not done: not_found",
    ]
    assert balances(bank)[:2] == [97, 8]


def test_together_all_are_posted_or_none(bank: SmallBank) -> None:
    assert statuses(together([pay(bank, 50, "b"), pay(bank, 50, "c")])) == ["posted"] * 2
    refused = [pay(bank, 3, "d", "b"), pay(bank, 1, "c"), pay(bank, 2, "d", "c")]
    expected = ["batch_refused", "insufficient_funds", "batch_refused"]
    assert statuses(together(refused)) == expected
    assert balances(bank) == [0, 55, 55, 5]
    ledger.post(pay(bank, 50, "a", "b"))
    assert statuses(together(refused)) == expected, "a repeated batch gets the first response"
    assert [one.replayed for one in together(refused) if isinstance(one, Outcome)] == [False] * 3


def test_together_with_keys_of_which_some_are_used_is_a_conflict(bank: SmallBank) -> None:
    first, second = pay(bank, 1), pay(bank, 2)
    ledger.post(first)
    with pytest.raises(Conflict):
        together([first, second])
    assert balances(bank)[:2] == [99, 6]


def test_together_with_one_that_was_made_and_one_that_would_wait_is_a_conflict(bank: SmallBank) -> None:
    made = pay(bank, 1)
    ledger.post(made)
    waiting = Member(pay(bank, 2), lambda _: Wait("approval", "", Approval()))
    with pytest.raises(Conflict):
        group.commit_together([*members([made]), waiting], [])


def test_together_more_than_a_transaction_takes_are_refused(bank: SmallBank) -> None:
    for number in range(25):
        bank.open(f"p{number}", owner=number + 10)
    with pytest.raises(ValidationFailed) as refused:
        together([pay(bank, 1, f"p{number}") for number in range(25)])
    [error] = refused.value.errors
    assert (error.field, "100 items" in error.message) == ("transfers", True)
    assert writes(bank) == []


def test_key_of_another_request_is_refused_and_the_rest_posted(bank: SmallBank) -> None:
    first = pay(bank, 1)
    ledger.post(first)
    reused = pay(bank, 2, key=type(first.idempotency_key)(first.idempotency_key.transaction_id, "other"))
    assert statuses(in_order([reused, pay(bank, 3)])) == ["not done: idempotency_key_reused", "posted"]


@pytest.mark.parametrize("commit", [group.commit_first, group.commit_together])
def test_transfers_that_were_all_made_before_are_answered_without_a_session(bank: SmallBank, commit: Any) -> None:
    asked = members([pay(bank, 10), pay(bank, 20)])
    assert statuses(commit(asked, [])) == ["posted"] * 2
    assert statuses(commit(asked, [Session.key("usr_1", "ses_ended")])) == ["posted"] * 2
    assert balances(bank)[:2] == [70, 35]


def test_ended_session_is_asked_before_the_first_write(bank: SmallBank) -> None:
    unproved = [Session.key("usr_1", "ses_1")]
    with pytest.raises(Unauthorized):
        group.commit_first(members([pay(bank, 10)]), unproved)
    assert bank.account("a").balance == 100


def test_each_customer_of_a_group_has_its_own_day_and_bounds(bank: SmallBank) -> None:
    """Two customers pay a third: what one may pay does not depend on what the other pays, nor does its signature."""
    for number, name in enumerate("pq", 5):
        bank.open(name, 100, owner=number, counts_alone=None)
    small, large = Allowance(20, lambda *_: None), Allowance(90, lambda *_: None)
    asked = [
        Member(pay(bank, 80, "b", "p", caller=customer(5, "req_p")), lambda _: large),
        Member(pay(bank, 15, "b", "q", caller=customer(6, "req_q")), lambda _: small),
    ]
    assert statuses(group.commit_first(asked, [])) == ["posted"] * 2
    stored = bank.dynamodb.table("bank").items
    counts = [stored[f"CUSTOMER#cus_{number}", "SPENT#2026-11-21#USD"] for number in (5, 6)]
    assert [count["spent"]["N"] for count in counts] == ["80", "15"]
    assert [count["updated_by"]["S"] for count in counts] == ["usr_5", "usr_6"]
    assert [bank.account(name).updated_by for name in "pqb"] == ["usr_5", "usr_6", "usr_6"]
    assert [bank.account(name).request_id for name in "pqb"] == ["req_p", "req_q", "req_q"]
    assert bank.dynamodb.count(BATCH_GET) == 2, "yesterday's counts of all customers are one read"
    asked = [Member(pay(bank, 6, "b", "q", caller=customer(6)), lambda _: small)]
    assert group.commit_first(asked, []) == [], "the customer with the smaller allowance is at its end"


def test_condition_that_all_requests_share_is_written_once(bank: SmallBank) -> None:
    asked = [pay(bank, 1, extras=(condition("maker"), condition(f"own-{number}"))) for number in range(3)]
    assert statuses(in_order(asked)) == ["posted"] * 3
    assert writes(bank) == [3 * 3 + 2 + 3 + 1]


def test_request_whose_condition_does_not_hold_is_set_aside(bank: SmallBank) -> None:
    asked = [pay(bank, 1, extras=(condition("first"),)), pay(bank, 2, extras=(condition("wrong", holds=False),))]
    assert in_order(asked) == []
    assert balances(bank)[:2] == [100, 5]
    assert statuses(in_order(asked[:1])) == ["posted"]
    assert in_order(asked[1:]) == []
    with pytest.raises(Conflict, match="wrong does not hold"):
        ledger.post(asked[1])


def test_two_conditions_of_one_item_are_in_two_writes(bank: SmallBank) -> None:
    asked = [pay(bank, 1, extras=(condition("x"),)), pay(bank, 2, extras=(condition("x", holds=False),))]
    assert statuses(in_order(asked)) == ["posted"]


def test_requests_with_conditions_have_no_common_fate(bank: SmallBank) -> None:
    with pytest.raises(ActionBlocked):
        together([pay(bank, 1), pay(bank, 2, extras=(condition("maker"),))])


def test_transfers_between_own_accounts_and_those_without_limits_count_for_nobody(bank: SmallBank) -> None:
    for name in ("own", "own2"):
        bank.open(name, 100, counts_alone=None)
    asked = [pay(bank, 60, "own2", "own"), bank.request({"own2": -70, "b": 70}), pay(bank, 30, "b", "own2")]
    assert statuses(in_order(asked)) == ["posted"] * 3
    assert bank.dynamodb.table("bank").items["CUSTOMER#cus_1", "SPENT#2026-11-21#USD"]["spent"] == {"N": "30"}


def hold_on_payer(bank: SmallBank, amount: int) -> str:
    """Set money of the payer aside until one o'clock; it is two o'clock then."""
    held = ledger.hold(pay(bank, amount), "2026-11-21T13:00:00.000000Z").transaction.id
    bank.later(hours=2)
    return held


def test_payment_that_an_overdue_hold_may_block_ends_the_group_before_it(bank: SmallBank) -> None:
    """It is decided alone, which releases the hold."""
    held = hold_on_payer(bank, 50)
    asked = [pay(bank, 10), pay(bank, 45), pay(bank, 5)]
    assert statuses(in_order(asked)) == ["posted"]
    assert in_order(asked[1:]) == []
    assert bank.transaction(held).status == "pending"


def test_together_overdue_holds_are_released_for_what_they_block(bank: SmallBank) -> None:
    held = hold_on_payer(bank, 50)
    assert statuses(together([pay(bank, 10), pay(bank, 45)])) == ["posted"] * 2
    assert (bank.transaction(held).status, bank.account("a").balance) == ("expired", 45)


def test_together_is_refused_where_the_release_is_not_enough(bank: SmallBank) -> None:
    held = hold_on_payer(bank, 50)
    assert statuses(together([pay(bank, 10), pay(bank, 95)])) == ["batch_refused", "insufficient_funds"]
    assert bank.transaction(held).status == "expired"


def test_together_no_hold_is_released_that_blocks_nothing(bank: SmallBank) -> None:
    """One is refused for money that its payer never had; another payer's overdue hold is the sweep's."""
    held = ledger.hold(pay(bank, 1, "c", "b", caller=customer(2)), "2026-11-21T13:00:00.000000Z").transaction.id
    bank.later(hours=2)
    assert statuses(together([pay(bank, 101), pay(bank, 1, "c", "b")])) == ["insufficient_funds", "batch_refused"]
    assert bank.transaction(held).status == "pending"


def test_maker_of_a_group_sees_the_sides_that_it_may_see(bank: SmallBank) -> None:
    bank.open("joint", 10, owner=2, holders={"cus_1": "view"})
    found = in_order([pay(bank, 1, "b"), pay(bank, 1, "joint")])
    outcomes = [one for one in found if isinstance(one, Outcome)]
    assert [(one.sides, one.replayed) for one in outcomes] == [(("a",), False), (("a", "joint"), False)]
