"""The rules of approval policies and decisions, without a bank."""

import pytest

from chalicelib.domain.approvals.action import ACTION_NAMES, ACTIONS
from chalicelib.domain.approvals.decision import (
    OPEN,
    STATUSES,
    Decision,
    Question,
    may_go_on,
    refusal_to_decide,
    status_after,
)
from chalicelib.domain.approvals.held import HeldForApproval, WouldWait
from chalicelib.domain.approvals.policy import EXPIRES_HOURS, Policy, Verdict, find_wrong, standard
from chalicelib.domain.money import DECIMALS
from chalicelib.domain.permissions import PERMISSIONS, Caller

AT = "2026-11-21T12:00:00.000000Z"
MANAGER = Caller("usr_m", "manager", "r")


def policy(**fields: object) -> Policy:
    given: dict[str, object] = {
        "action": "transfer",
        "control": "require",
        "above": {"USD": 10_000},
        "within_24h": False,
        "required": 1,
        "roles": ("manager",),
    }
    return Policy(**{**given, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("currency", "amount", "sent", "within_24h", "verdict"),
    [
        ("USD", 10_000, 0, False, "free"),
        ("USD", 10_001, 0, False, "wait"),
        ("USD", 1, 10_000, False, "free"),
        ("USD", 1, 10_000, True, "wait"),
        ("USD", 1, 9_999, True, "free"),
        ("EUR", 1, 0, False, "wait"),
        (None, 0, 0, False, "wait"),
    ],
)
def test_amounts_above_the_threshold_of_their_currency_wait(
    currency: str | None, amount: int, sent: int, within_24h: bool, verdict: Verdict
) -> None:
    assert policy(within_24h=within_24h).judge(currency, amount, sent) == verdict


def test_block_and_off_are_without_conditions_but_the_threshold() -> None:
    assert policy(control="block").judge("USD", 10_001) == "blocked"
    assert policy(control="block").judge("USD", 10_000) == "free"
    assert policy(control="off").judge("EUR", 10**12) == "free"


def test_action_without_an_amount_waits_whatever_is_above() -> None:
    assert policy(above={}).judge() == "wait"
    assert policy().judge() == "wait"
    assert policy(within_24h=True).judge("USD", 10_000) == "free"


@pytest.mark.parametrize(
    ("fields", "free"),
    [
        ({"within_24h": True}, 10_000),
        ({"within_24h": False}, None),
        ({"within_24h": True, "control": "off"}, None),
        ({"within_24h": True, "control": "block"}, 10_000),
        ({"within_24h": True, "above": {"EUR": 5}}, None),
    ],
)
def test_sum_of_a_day_is_free_up_to_the_threshold_where_the_day_counts(fields: dict[str, object], free: object) -> None:
    assert policy(**fields).free_in_day("USD") == free


def test_policy_is_stored_with_all_that_it_says() -> None:
    assert policy(within_24h=True, required=2).to_json() == {
        "control": "require",
        "above": {"USD": 10_000},
        "within_24h": True,
        "required": 2,
        "roles": ["manager"],
        "expires_hours": EXPIRES_HOURS,
    }
    assert EXPIRES_HOURS == 72


WRONG: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"action": "kyc"}, [("above", "must be empty: kyc has no amount")]),
    ({"above": {"XXX": 1, "USD": 1}}, [("above.XXX", "is no currency that is known here")]),
    (
        {"above": {}, "within_24h": True},
        [("within_24h", "needs `above`: the amount from which the sum of 24 hours waits")],
    ),
    ({"required": 0}, [("required", "must be from 1 to 2")]),
    ({"required": 3}, [("required", "must be from 1 to 2")]),
    ({"roles": ()}, [("roles", "must be one or more of admin, manager, teller")]),
    ({"roles": ("manager", "auditor")}, [("roles", "must be one or more of admin, manager, teller")]),
    ({"roles": ("customer",)}, [("roles", "must be one or more of admin, manager, teller")]),
    ({"expires_hours": 0}, [("expires_hours", "must be from 1 to 720")]),
    ({"expires_hours": 721}, [("expires_hours", "must be from 1 to 720")]),
    (
        {"action": "approval_policy", "above": {}, "control": "block"},
        [("control", "must not be block: no policy could ever be changed again")],
    ),
]


@pytest.mark.parametrize(("fields", "found"), WRONG)
def test_wrong_field_of_a_policy_is_named(fields: dict[str, object], found: list[tuple[str, str]]) -> None:
    assert find_wrong(policy(**fields)) == found


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"required": 2, "expires_hours": 720, "within_24h": True},
        {"expires_hours": 1, "roles": ("teller", "manager", "admin")},
        {"action": "kyc", "above": {}, "control": "block"},
        {"action": "approval_policy", "above": {}},
        {"control": "block"},
    ],
)
def test_policy_within_its_bounds_is_right(fields: dict[str, object]) -> None:
    assert find_wrong(policy(**fields)) == []


def test_standard_counts_the_day_of_payments_but_not_of_orders() -> None:
    assert {name for name in ACTION_NAMES if standard(name, is_on=True).above} == {
        "transfer",
        "standing_order",
        "withdraw",
        "deposit",
    }
    assert {name for name in ACTION_NAMES if standard(name, is_on=True).within_24h} == {
        "transfer",
        "withdraw",
        "deposit",
    }
    assert standard("transfer", is_on=True).above.keys() == DECIMALS.keys()
    assert standard("kyc", is_on=True).judge() == "wait"
    off = standard("transfer", is_on=False)
    assert (off.above, off.within_24h, off.required) == ({}, False, 1)
    assert standard("transfer", is_on=True).required == 1
    assert standard("authority", is_on=True).roles == ("admin",)


@pytest.mark.parametrize("action", ACTION_NAMES)
def test_standard_policy_is_valid_and_its_deciders_may_decide(action: str) -> None:
    for is_on, control in ((True, "require"), (False, "off")):
        made = standard(action, is_on=is_on)  # type: ignore[arg-type]
        assert (made.control, find_wrong(made)) == (control, [])
        assert Policy.from_json(made.action, made.to_json()) == made
    assert set(ACTIONS[made.action].deciders) <= PERMISSIONS["approvals.decide"]


def question(*decisions: Decision, required: int = 1, parties: frozenset[str] = frozenset()) -> Question:
    return Question("usr_t", parties, ("manager", "admin"), required, decisions)


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (MANAGER, None),
        (Caller("usr_t", "admin", "r"), "own"),
        (Caller("usr_party", "manager", "r"), "party"),
        (Caller("usr_x", "manager", "r", customer_id="cus_party"), "party"),
        (Caller("usr_x", "teller", "r"), "role"),
        (Caller("usr_a", "admin", "r"), "twice"),
    ],
)
def test_who_may_decide(caller: Caller, refusal: str | None) -> None:
    asked = question(Decision("usr_a", "admin", "approved", AT), parties=frozenset({"usr_party", "cus_party"}))
    assert refusal_to_decide(asked, caller) == refusal
    assert may_go_on(asked, caller) == (refusal in (None, "twice"))


def test_enough_different_people_approve_and_one_rejects() -> None:
    first, again = Decision("usr_a", "admin", "approved", AT), Decision("usr_a", "admin", "approved", AT)
    other, against = Decision("usr_b", "admin", "approved", AT), Decision("usr_b", "admin", "rejected", AT)
    assert status_after(question(), first) == "approved"
    assert status_after(question(required=2), first) == "requested"
    assert status_after(question(first, required=2), again) == "requested"
    assert status_after(question(first, required=2), other) == "approved"
    assert status_after(question(first, required=2), against) == "rejected"


def test_approval_of_a_person_who_may_not_decide_any_more_does_not_count() -> None:
    first, other = Decision("usr_a", "admin", "approved", AT), Decision("usr_b", "admin", "approved", AT)
    assert status_after(question(first, required=2), other, lost={"usr_a"}) == "requested"
    assert status_after(question(first, required=2), other, lost={"usr_c"}) == "approved"
    assert status_after(question(required=1), first, lost={"usr_a"}) == "requested"


def test_earlier_rejection_is_no_approval() -> None:
    against, other = Decision("usr_a", "admin", "rejected", AT), Decision("usr_b", "admin", "approved", AT)
    assert status_after(question(against, required=2), other) == "requested"


def test_open_requests_are_those_that_wait_or_were_cut_short() -> None:
    assert set(OPEN) == {"requested", "approved"}
    assert set(STATUSES) - set(OPEN) == {"executed", "failed", "rejected", "cancelled", "expired"}


def test_held_request_names_its_approval_and_is_new_unless_a_key_was_used_before() -> None:
    held = HeldForApproval("apr_1")
    assert (str(held), held.approval_id, held.is_new) == ("apr_1", "apr_1", True)
    assert HeldForApproval("apr_1", is_new=False).is_new is False


def test_request_that_is_only_tried_names_the_policy_and_the_reasons() -> None:
    reasons = ("policy", "ceiling")
    would = WouldWait(policy(), reasons)
    assert (str(would), would.policy, would.reasons) == ("transfer", policy(), ["policy", "ceiling"])


def test_second_decision_of_a_person_is_refused_among_others() -> None:
    votes = [Decision(by, "admin", "approved", AT) for by in ("usr_a", "usr_b")]
    assert refusal_to_decide(question(*votes, required=3), Caller("usr_b", "admin", "r")) == "twice"
