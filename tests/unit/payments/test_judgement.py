"""What holds money back before it moves: its risk, the bank's policies, and what the day has seen already."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import trial
from chalicelib.domain import ids
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.held import WouldWait
from chalicelib.domain.approvals.policy import Policy, Reason
from chalicelib.domain.errors import NoApprover, RiskDeclined
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Leg, Movement, TransactionType
from chalicelib.domain.permissions import system
from chalicelib.domain.risk.profile import Move, fold
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models import transact
from chalicelib.models.approvals.policy import replace_policy
from chalicelib.models.identity.user import User
from chalicelib.models.ledger import ledger, snapshot
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.waiting import Allowance, BeyondAllowance, Wait
from chalicelib.models.risk import profile
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from chalicelib.services.payments import judgement
from tests.small_bank import CASH, NOON, NOON_TEXT, A, B, C, SmallBank, customer, staff

TRANSACTION_ID = ids.transaction_id("usr_1", "key")
TODAY = "2026-11-21"
AFTER_24_HOURS = "2026-11-22T12:00:00.000000Z"
AFTER_72_HOURS = "2026-11-24T12:00:00.000000Z"


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 100_000, holders={"cus_3": "pay"})
    bank.open(B, 100_000, owner=2)


@pytest.fixture
def decider(bank: SmallBank) -> None:
    """Have one member of staff who may decide."""
    bank.put(User.new("usr_decider", "hmac", "hash", "manager").stamp(staff(), NOON).listed())


def set_policy(bank: SmallBank, action: ActionName = "transfer", **fields: Any) -> None:
    """Have an action wait above 10.00 for a day at most, unless told otherwise."""
    given: dict[str, Any] = {"control": "require", "above": {"USD": 1000}, "within_24h": False, "required": 1}
    policy = Policy(action, **given | {"roles": ("manager", "admin"), "expires_hours": 24} | fields)
    transact.commit(replace_policy(None, action, policy.to_json(), system("req"), NOON_TEXT), "req")


def stop_new_counterparties(bank: SmallBank, action: Any = "review") -> None:
    rule = STANDARD.rules["new_counterparty"]
    strict = Rule(action, rule.points, {"at_least_units": 1, "largest_percent": 0})
    thresholds = replace(STANDARD, rules={**STANDARD.rules, "new_counterparty": strict})
    item = RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=thresholds.to_json())
    bank.put(item.stamp(staff(), NOON_TEXT))


def send_before(amount: int, hours: int = 1) -> None:
    """Have account A's profile know of a payment so long ago."""
    paid = Move(A, "txn_before", 1, -amount, "USD", int(NOON.timestamp()) - hours * 3600, "cash")
    [stored] = profile.read([A], consistent=True).values()
    profile.store(stored, fold(stored.folded, [paid]), NOON_TEXT)


def prepare(amount: int, kind: TransactionType = "transfer", at: str = NOON_TEXT) -> PreparedMovement:
    """Return a movement of account A, ready to be judged."""
    other = {"transfer": B}.get(kind, CASH)
    own = amount if kind == "deposit" else -amount
    movement = Movement(TRANSACTION_ID, kind, "USD", (Leg(A, own), Leg(other, -own)))
    return PreparedMovement(movement, snapshot.read(TRANSACTION_ID, [A, B]), at)


def profile_reads(bank: SmallBank) -> int:
    return sum("florin-unit-reports" in str(request.get("RequestItems")) for _, request in bank.dynamodb.sent)


def waits(found: object) -> Wait:
    assert isinstance(found, Wait)
    return found


def test_amount_above_the_policy_waits_and_one_up_to_it_does_not(bank: SmallBank, decider: None) -> None:
    set_policy(bank)
    for judge in (judgement.judge, judgement.judge_by_rules):
        assert judge(customer())(prepare(1000)) is None
        assert waits(judge(customer())(prepare(1001))).awaits == "approval"


@pytest.mark.parametrize(
    ("kind", "action", "summary", "sides", "parties"),
    [
        (
            "transfer",
            "transfer",
            f"Transfer 10.01 USD from account {A} to account {B}.",
            (A, B),
            ["cus_1", "cus_2", "cus_3"],
        ),
        ("withdrawal", "withdraw", f"Pay out 10.01 USD from account {A}.", (A, None), ["cus_1", "cus_3"]),
        ("deposit", "deposit", f"Take in 10.01 USD to account {A}.", (None, A), ["cus_1", "cus_3"]),
    ],
)
def test_approval_says_what_moves_between_whose_accounts(
    bank: SmallBank,
    decider: None,
    kind: TransactionType,
    action: ActionName,
    summary: str,
    sides: tuple[str | None, str | None],
    parties: list[str],
) -> None:
    set_policy(bank, action)
    found = waits(judgement.judge_by_rules(customer())(prepare(1001, kind)))
    approval = found.approval
    assert (approval.id, approval.resource_id) == (ids.with_prefix("apr", TRANSACTION_ID), TRANSACTION_ID)
    assert (approval.action, approval.summary, approval.parties) == (action, summary, parties)
    assert approval.payload == {
        "from_account_id": sides[0],
        "to_account_id": sides[1],
        "amount": "10.01",
        "currency": "USD",
    }
    assert (approval.amount, approval.currency, approval.reasons) == (1001, "USD", ["policy"])
    assert (approval.created_at, approval.decide_until, found.until) == (NOON_TEXT, AFTER_24_HOURS, AFTER_24_HOURS)
    assert approval.roles == ["manager", "admin"]


def test_policy_that_nobody_could_decide_refuses(bank: SmallBank) -> None:
    set_policy(bank)
    with pytest.raises(NoApprover):
        judgement.judge_by_rules(customer())(prepare(1001))


def test_risk_alone_waits_though_nobody_could_decide(bank: SmallBank) -> None:
    stop_new_counterparties(bank)
    found = waits(judgement.judge(customer())(prepare(500)))
    assert (found.awaits, found.until, found.approval.reasons) == ("risk_review", AFTER_72_HOURS, ["risk_review"])


def test_risk_and_policy_wait_for_one_approval_until_the_first_of_both_ends(
    bank: SmallBank, decider: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_new_counterparties(bank)
    set_policy(bank)
    found = waits(judgement.judge(customer())(prepare(1001)))
    assert (found.awaits, found.until) == ("risk_review", AFTER_24_HOURS)
    assert found.approval.reasons == ["risk_review", "policy"]
    monkeypatch.setenv("RISK_REVIEW_HOURS", "2")
    assert waits(judgement.judge(customer())(prepare(1001))).until == "2026-11-21T14:00:00.000000Z"


def test_risk_alone_waits_as_long_as_a_review_may_take_whatever_the_policy_says(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_new_counterparties(bank)
    set_policy(bank, above={"USD": 100_000}, expires_hours=1)
    assert waits(judgement.judge(customer())(prepare(500))).until == AFTER_72_HOURS


def test_risk_with_a_policy_needs_somebody_who_decides(bank: SmallBank) -> None:
    stop_new_counterparties(bank)
    set_policy(bank)
    with pytest.raises(NoApprover):
        judgement.judge(customer())(prepare(1001))


def test_risk_that_declines_is_the_refusal_whatever_policies_say(bank: SmallBank, decider: None) -> None:
    stop_new_counterparties(bank, "decline")
    set_policy(bank)
    assert isinstance(judgement.judge(customer())(prepare(1001)), RiskDeclined)


def test_rules_alone_ask_for_no_risk(bank: SmallBank) -> None:
    stop_new_counterparties(bank, "decline")
    assert judgement.judge_by_rules(customer())(prepare(1001)) is None


def test_payment_that_is_approved_waits_for_its_risk_only(bank: SmallBank) -> None:
    set_policy(bank)
    assert judgement.find_reasons(customer(), prepare(1001), is_approved=True) == ()
    stop_new_counterparties(bank)
    assert judgement.find_reasons(customer(), prepare(1001), is_approved=True) == ("risk_review",)
    assert judgement.find_reasons(customer(), prepare(1001)) == ("risk_review", "policy")
    assert judgement.find_reasons(customer(), prepare(1000)) == ("risk_review",)


def test_judge_of_what_is_approved_asks_for_its_risk_and_sets_no_allowance(bank: SmallBank) -> None:
    set_policy(bank, within_24h=True)
    for amount in (1000, 1001):
        assert judgement.judge(customer(), is_approved=True)(prepare(amount)) is None
    stop_new_counterparties(bank)
    found = waits(judgement.judge(customer(), is_approved=True)(prepare(1001)))
    assert found.approval.reasons == ["risk_review"]
    stop_new_counterparties(bank, "decline")
    assert isinstance(judgement.judge(customer(), is_approved=True)(prepare(1001)), RiskDeclined)


@pytest.mark.parametrize("reasons", [("risk_review",), ("policy",), ("risk_review", "policy")])
def test_payment_is_held_for_the_reasons_that_were_found(
    bank: SmallBank, decider: None, reasons: tuple[Reason, ...]
) -> None:
    set_policy(bank)
    found = waits(judgement.hold_for(customer(), reasons)(prepare(5)))
    assert (found.approval.reasons, found.approval.requested_by) == (list(reasons), "usr_1")
    assert found.awaits == ("risk_review" if "risk_review" in reasons else "approval")
    assert judgement.hold_for(customer(), ())(prepare(5)) is None


def test_request_that_is_only_tried_is_told_that_it_would_wait(bank: SmallBank, decider: None) -> None:
    set_policy(bank)
    with trial.trial(), pytest.raises(WouldWait) as stopped:
        judgement.judge(customer())(prepare(1001))
    assert (stopped.value.reasons, stopped.value.policy.roles) == (["policy"], ("manager", "admin"))


def test_request_that_is_only_tried_does_not_learn_what_is_too_risky(bank: SmallBank) -> None:
    stop_new_counterparties(bank, "decline")
    with trial.trial():
        assert judgement.judge(customer())(prepare(1001)) is None


@pytest.mark.parametrize("judge", [judgement.judge, judgement.judge_by_rules])
def test_what_left_the_account_today_counts_where_the_policy_counts_a_day(
    bank: SmallBank, decider: None, judge: Any
) -> None:
    bank.open(A, 100_000, spent=900, spent_on=TODAY)
    set_policy(bank, within_24h=True)
    assert isinstance(judge(customer())(prepare(100)), Allowance)
    assert waits(judge(customer())(prepare(101))).approval.reasons == ["policy"]
    assert isinstance(judge(customer())(prepare(101, at="2026-11-22T00:00:00.000000Z")), Allowance)


def test_what_left_the_account_today_does_not_count_for_what_comes_in(bank: SmallBank, decider: None) -> None:
    bank.open(A, 100_000, spent=900, spent_on=TODAY)
    set_policy(bank, "deposit", within_24h=True)
    for judge in (judgement.judge, judgement.judge_by_rules):
        assert isinstance(judge(customer())(prepare(1000, "deposit")), Allowance)


def test_what_the_profile_has_seen_in_24_hours_counts_at_the_screening(bank: SmallBank, decider: None) -> None:
    send_before(900)
    set_policy(bank, within_24h=True)
    assert isinstance(judgement.judge(customer())(prepare(100)), Allowance)
    waits(judgement.judge(customer())(prepare(101)))
    bank.dynamodb.sent.clear()
    assert isinstance(judgement.judge_by_rules(customer())(prepare(101)), Allowance)
    assert profile_reads(bank) == 0


def test_what_the_profile_saw_earlier_does_not_count(bank: SmallBank, decider: None) -> None:
    send_before(900, hours=24)
    set_policy(bank, within_24h=True)
    assert isinstance(judgement.judge(customer())(prepare(1000)), Allowance)


def test_day_and_profile_are_not_added_up_for_they_have_seen_the_same(bank: SmallBank, decider: None) -> None:
    bank.open(A, 100_000, spent=500, spent_on=TODAY)
    send_before(900)
    set_policy(bank, within_24h=True)
    assert isinstance(judgement.judge(customer())(prepare(100)), Allowance)


def test_profile_is_read_once_and_only_where_something_asks_for_it(bank: SmallBank, decider: None) -> None:
    rules = {code: replace(rule, action="off") for code, rule in STANDARD.rules.items()}
    none_stops = replace(STANDARD, rules=rules).to_json()
    bank.put(RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=none_stops).stamp(staff(), NOON_TEXT))
    set_policy(bank)
    judgement.judge(customer())(prepare(100))
    assert profile_reads(bank) == 0
    set_policy(bank, "withdraw", within_24h=True)
    judgement.judge(customer())(prepare(100, "withdrawal"))
    assert profile_reads(bank) == 1
    stop_new_counterparties(bank)
    judgement.judge(customer())(prepare(100, "withdrawal"))
    assert profile_reads(bank) == 2


def test_allowance_is_the_threshold_and_what_is_beyond_waits(bank: SmallBank, decider: None) -> None:
    set_policy(bank, within_24h=True)
    prepared = prepare(1)
    allowance = judgement.judge_by_rules(customer())(prepared)
    assert isinstance(allowance, Allowance)
    assert allowance.most == 1000
    assert waits(allowance.beyond(prepared, BeyondAllowance())).approval.reasons == ["policy"]


def post(bank: SmallBank, amount: int, kind: TransactionType = "transfer", account_id: str = A) -> Transaction:
    """Post it, or have it wait, as the rules say."""
    other, sign = {"transfer": B}.get(kind, CASH), 1 if kind == "deposit" else -1
    limits = Limits(transaction=100_000, daily=100_000)
    request = bank.request({account_id: sign * amount, other: -sign * amount}, customer(), limits, kind=kind)
    return ledger.post_if_clear(request, judgement.judge_by_rules(customer())).transaction


@pytest.mark.parametrize(("kind", "action"), [("transfer", "transfer"), ("deposit", "deposit")])
def test_what_a_customer_moves_from_several_accounts_is_one_sum_in_24_hours(
    bank: SmallBank, decider: None, kind: TransactionType, action: ActionName
) -> None:
    for account_id in (A, C):
        bank.open(account_id, 100_000, counts_alone=None)
    set_policy(bank, action, within_24h=True)
    assert post(bank, 900, kind).status == "posted"
    assert post(bank, 100, kind, C).status == "posted"
    waiting = post(bank, 1, kind, C)
    assert (waiting.status, waiting.awaits) == ("pending", "approval")
    bank.later(hours=23)
    assert post(bank, 1, kind, C).status == "pending"
    bank.later(hours=2)
    assert post(bank, 999, kind, C).status == "posted"


def test_sum_of_several_accounts_that_nobody_could_decide_about_is_refused(bank: SmallBank) -> None:
    for account_id in (A, C):
        bank.open(account_id, 100_000, counts_alone=None)
    set_policy(bank, within_24h=True)
    assert post(bank, 1000).status == "posted"
    with pytest.raises(NoApprover):
        post(bank, 1, account_id=C)
    assert bank.account(C).balance == 100_000


def test_policy_may_give_more_time_than_a_review_of_the_risk(bank: SmallBank, decider: None) -> None:
    set_policy(bank, expires_hours=96)
    assert waits(judgement.judge_by_rules(customer())(prepare(1001))).until == "2026-11-25T12:00:00.000000Z"
