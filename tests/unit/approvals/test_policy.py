"""The rules of approval policies and decisions, without a bank."""

import pytest

from chalicelib.domain.approvals.action import ACTION_NAMES, ACTIONS
from chalicelib.domain.approvals.decision import Decision, Question, may_go_on, refusal_to_decide, status_after
from chalicelib.domain.approvals.policy import Policy, Verdict, find_wrong, standard
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
