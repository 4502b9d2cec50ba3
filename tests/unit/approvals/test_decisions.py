"""Decisions about requests: by another person, in time, once, and of the people who may still decide."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import (
    ApprovalOwnRequest,
    Conflict,
    ConflictOfInterest,
    Forbidden,
    MfaStepUpRequired,
    NotFound,
)
from chalicelib.domain.permissions import Caller, system
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.session import Session
from chalicelib.services.accounts import changes
from chalicelib.services.approvals import decisions, votes
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import NOON_TEXT, A, SmallBank, customer, staff
from tests.unit.approvals.held_requests import (
    DECIDER,
    MAKER,
    OTHER,
    ask_to_unfreeze,
    control,
    employ,
    stored,
)

FACTORS = {"fac_1": {"kind": "totp"}}


def approve(approval: Approval, caller: Caller = DECIDER, note: str | None = None) -> Approval:
    return decisions.approve(caller, approval.id, note, None)[0]


def test_approval_of_another_person_has_the_request_carried_out(watched: SmallBank) -> None:
    key = watched.key(DECIDER)
    approval = ask_to_unfreeze()
    decided, replayed = decisions.approve(DECIDER, approval.id, "seen the papers", key)
    assert (decided.status, replayed) == ("executed", False)
    assert watched.account(A).status == "active"
    assert decided.decisions == [
        {"by": DECIDER.user_id, "role": "manager", "decision": "approved", "at": decided.decisions[0]["at"]}
    ]
    assert decided.decisions[0]["at"] > NOON_TEXT
    assert decided.notes == {DECIDER.user_id: "seen the papers"}
    again, replayed = decisions.approve(DECIDER, approval.id, "seen the papers", key)
    assert (again.status, replayed) == ("executed", True)


def test_two_people_are_needed_where_the_policy_demands_two(watched: SmallBank) -> None:
    control("unfreeze", required=2)
    approval = ask_to_unfreeze()
    assert approve(approval).status == "requested"
    assert watched.account(A).status == "frozen"
    with pytest.raises(Conflict, match="You have decided about this request already"):
        approve(approval)
    decided = approve(approval, OTHER)
    assert decided.status == "executed"
    assert [one["by"] for one in decided.decisions] == [DECIDER.user_id, OTHER.user_id]
    assert watched.account(A).status == "active"


def test_vote_of_a_person_who_was_disabled_since_does_not_count(watched: SmallBank) -> None:
    control("unfreeze", required=2)
    approval = ask_to_unfreeze()
    approve(approval)
    employ(watched, DECIDER, status="disabled")
    assert approve(approval, OTHER).status == "requested"
    assert watched.account(A).status == "frozen"


def test_rejection_ends_a_request_without_its_effect(watched: SmallBank) -> None:
    key = watched.key(DECIDER)
    approval = ask_to_unfreeze()
    decided, replayed = decisions.reject(DECIDER, approval.id, "not solved", key)
    assert (decided.status, decided.notes, replayed) == ("rejected", {DECIDER.user_id: "not solved"}, False)
    assert decided.decisions[0]["decision"] == "rejected"
    assert watched.account(A).status == "frozen"
    assert decisions.reject(DECIDER, approval.id, "not solved", key)[1] is True
    with pytest.raises(Conflict, match="The request is rejected"):
        approve(approval, OTHER)


@pytest.mark.parametrize(
    ("caller", "refusal", "message"),
    [
        (MAKER, ApprovalOwnRequest, "You made this request"),
        (staff("teller", user_id="usr_teller"), Forbidden, "Only manager or admin may decide"),
        (replace(OTHER, own_customer_id="cus_1"), ApprovalOwnRequest, "concerns yourself"),
        (replace(OTHER, own_customer_id="cus_3"), ApprovalOwnRequest, "concerns yourself"),
        (customer(1), NotFound, "no approval"),
    ],
)
def test_person_who_may_not_decide_is_refused(
    watched: SmallBank, caller: Caller, refusal: type[Exception], message: str
) -> None:
    approval = ask_to_unfreeze()
    employ(watched, staff("teller", user_id="usr_teller"))
    for decide in (decisions.approve, decisions.reject):
        with pytest.raises(refusal, match=message):
            decide(caller, approval.id, "x", None)
    assert stored(approval.id).decisions == []


def test_person_who_became_a_holder_since_has_a_conflict_of_interest(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    account = watched.account(A)
    account.holders = {"cus_9": "view"}
    watched.put(account)
    with pytest.raises(ConflictOfInterest):
        approve(approval, replace(DECIDER, own_customer_id="cus_9"))


@pytest.mark.parametrize("fields", [{"role": "teller"}, {"status": "disabled"}])
def test_decider_who_has_lost_its_role_decides_nothing(watched: SmallBank, fields: dict[str, Any]) -> None:
    approval = ask_to_unfreeze()
    employ(watched, DECIDER, **fields)
    with pytest.raises(Forbidden, match="Your role has changed"):
        approve(approval)
    assert (stored(approval.id).status, watched.account(A).status) == ("requested", "frozen")


def test_approval_needs_a_factor_that_was_used_of_late(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    employ(watched, DECIDER, factors=FACTORS)
    session = Session.new(DECIDER.user_id, "ses_1", "hash", watched.now).stamp(DECIDER, watched.now)
    session.factor_used_at = NOON_TEXT
    watched.put(session)
    signed_in = replace(DECIDER, session_id="ses_1", factor_used=True)
    watched.later(minutes=16)
    with pytest.raises(MfaStepUpRequired):
        approve(approval, signed_in)
    assert stored(approval.id).status == "requested"
    decisions.reject(signed_in, approval.id, "to protect takes no factor", None)


def test_request_whose_time_is_over_expires_when_it_is_decided(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    watched.later(hours=72)
    with pytest.raises(Conflict, match="has expired: it waited until 2026-11-24T12:00:00"):
        approve(approval)
    expired = stored(approval.id)
    assert (expired.status, expired.updated_by, watched.account(A).status) == ("expired", "system", "frozen")


def test_request_is_decided_up_to_its_last_moment(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    watched.later(hours=71, minutes=59, seconds=59)
    assert approve(approval).status == "executed"


def test_maker_alone_cancels_its_request(watched: SmallBank) -> None:
    key = watched.key(MAKER)
    approval = ask_to_unfreeze()
    with pytest.raises(Forbidden, match="You did not make this request"):
        decisions.cancel(DECIDER, approval.id, None)
    cancelled, replayed = decisions.cancel(MAKER, approval.id, key)
    assert (cancelled.status, replayed) == ("cancelled", False)
    assert decisions.cancel(MAKER, approval.id, key)[1] is True
    with pytest.raises(Conflict, match="The request is cancelled"):
        decisions.cancel(MAKER, approval.id, None)
    with pytest.raises(Conflict, match="The request is cancelled"):
        approve(approval)


def test_sweep_expires_what_was_not_done_in_time(watched: SmallBank) -> None:
    bank, approval = system("req_sweep"), ask_to_unfreeze()
    cut_short = ask_to_unfreeze(reason="other")
    cut_short.status, cut_short.gsi1pk = "approved", "APPROVALS#approved"
    watched.put(cut_short)
    ended = ask_to_unfreeze(reason="third")
    decisions.reject(DECIDER, ended.id, "no", None)
    assert decisions.sweep("2026-11-24T11:59:59.999999Z", bank) == 0
    assert decisions.sweep("2026-11-24T12:00:00.000000Z", bank) == 2
    assert [stored(one.id).status for one in (approval, cut_short, ended)] == ["expired", "expired", "rejected"]
    assert decisions.sweep("2026-11-24T12:00:00.000000Z", bank) == 0


def test_sweep_leaves_a_request_to_the_person_who_decides_at_the_same_time(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    watched.dynamodb.next(WRITE, after(lambda: decisions.reject(DECIDER, approval.id, "no", None)))
    assert decisions.sweep("2026-11-24T12:00:00.000000Z", system("req_sweep")) == 0
    assert stored(approval.id).status == "rejected"


def test_sweep_leaves_what_has_ended_since_the_list_was_written(watched: SmallBank) -> None:
    """The index may be a moment behind."""
    approval = ask_to_unfreeze()
    approval.status = "executed"
    watched.put(approval)
    assert decisions.sweep("2026-11-24T12:00:00.000000Z", system("req_sweep")) == 0
    assert stored(approval.id).status == "executed"


def test_of_two_decisions_at_once_both_count(watched: SmallBank) -> None:
    control("unfreeze", required=2)
    approval = ask_to_unfreeze()
    watched.dynamodb.next(WRITE, after(lambda: approve(approval, OTHER)))
    assert approve(approval).status == "executed"
    assert [one["by"] for one in stored(approval.id).decisions] == [OTHER.user_id, DECIDER.user_id]


def test_sweep_leaves_payments_to_end_with_their_transactions(watched: SmallBank) -> None:
    payment = ask_to_unfreeze()
    payment.action = "transfer"
    watched.put(payment)
    assert decisions.sweep("2026-11-25T12:00:00.000000Z", system("req_sweep")) == 0
    assert stored(payment.id).status == "requested"


def test_approval_that_was_cut_short_is_gone_on_with_by_a_person_who_may_decide(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    vote = {"by": DECIDER.user_id, "role": "manager", "decision": "approved", "at": NOON_TEXT}
    approval.status, approval.decisions = "approved", [vote]
    watched.put(approval)
    with pytest.raises(ApprovalOwnRequest):
        approve(approval, MAKER)
    assert (stored(approval.id).status, watched.account(A).status) == ("approved", "frozen")
    assert approve(approval, OTHER).status == "executed"
    assert watched.account(A).status == "active"
    assert [one["by"] for one in stored(approval.id).decisions] == [DECIDER.user_id]


def test_votes_of_people_who_may_not_decide_any_more_are_lost(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    assert votes.find_lost(approval) == frozenset()
    approval.decisions = [
        {"by": one.user_id, "role": "manager", "decision": "approved", "at": NOON_TEXT} for one in (DECIDER, OTHER)
    ]
    assert votes.find_lost(approval) == frozenset()
    employ(watched, OTHER, role="teller")
    assert votes.find_lost(approval) == {OTHER.user_id}
    assert len(votes.still_counting(approval, 2)) == 2
    assert len(votes.still_counting(approval, 1)) == 1, "one is enough, so the lost one does not stand in its way"


def test_rejection_never_counts_as_a_vote(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    approval.decisions = [
        {"by": DECIDER.user_id, "role": "manager", "decision": "approved", "at": NOON_TEXT},
        {"by": OTHER.user_id, "role": "manager", "decision": "rejected", "at": NOON_TEXT},
    ]
    assert len(votes.still_counting(approval, 2)) == 1


def test_account_that_changed_since_is_not_unfrozen(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    account = watched.account(A)
    account.frozen_at = "2026-11-21T11:00:00.000000Z"
    watched.put(account)
    decided = approve(approval)
    assert (decided.status, watched.account(A).status) == ("failed", "frozen")
    assert decided.failure == {
        "code": "approval_stale",
        "detail": "What was to be changed has moved since it was asked for. Nothing was done; ask again.",
    }


def test_approval_whose_maker_has_lost_its_role_fails(watched: SmallBank) -> None:
    for fields in ({"role": "auditor"}, {"status": "disabled"}):
        approval = ask_to_unfreeze()
        employ(watched, MAKER, **fields)
        decided = approve(approval)
        assert (decided.status, watched.account(A).status) == ("failed", "frozen")
        assert (decided.failure or {})["detail"] == "The person who asked for this no longer has the role for it."
        employ(watched, MAKER)


def test_approval_whose_maker_does_not_exist_fails(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    approval.maker = {**approval.maker, "user_id": "usr_nobody"}
    watched.put(approval)
    decided = approve(approval)
    assert (decided.status, (decided.failure or {})["code"]) == ("failed", "forbidden")


def test_maker_who_is_linked_to_the_owner_since_fails(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    employ(watched, MAKER, linked_customer_id="cus_1")
    decided = approve(approval)
    assert (decided.status, (decided.failure or {})["code"]) == ("failed", "conflict_of_interest")
    assert watched.account(A).status == "frozen"


def test_effect_is_written_as_the_makers_in_the_deciders_request(watched: SmallBank) -> None:
    approve(ask_to_unfreeze())
    account = watched.account(A)
    assert (account.updated_by, account.request_id) == (MAKER.user_id, DECIDER.request_id)


def test_what_another_person_has_done_since_leaves_nothing_to_do(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    control("unfreeze", control="off")
    changes.unfreeze(OTHER, A, "sooner", None)
    decided = approve(approval)
    assert (decided.status, watched.account(A).status) == ("failed", "active")


def test_sealed_part_goes_when_the_request_has_ended(watched: SmallBank) -> None:
    approval = ask_to_unfreeze()
    approval.sealed = {"iban": "x"}
    watched.put(approval)
    decisions.reject(DECIDER, approval.id, "no", None)
    assert stored(approval.id).sealed is None
