"""Changes of policies and ceilings: within their bounds, as they were read, and by two people where that is set."""

from dataclasses import replace

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.ceilings import Ceilings
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.errors import Conflict, MfaStepUpRequired, NoApprover, NotFound, ValidationFailed
from chalicelib.domain.if_match import IfMatch
from chalicelib.models.approvals.policy import ApprovalPolicy
from chalicelib.models.identity.session import Session
from chalicelib.models.paging import Paging
from chalicelib.services.approvals import authority, decisions, in_force, policies
from tests.small_bank import NOON_TEXT, SmallBank, staff
from tests.unit.approvals.held_requests import control, employ, stored

ADMIN, SECOND = staff("admin", user_id="usr_admin"), staff("admin", user_id="usr_second", request_id="req_2")
POLICY = Policy("deposit", "require", {"USD": 100}, within_24h=True, required=1, roles=("manager",))
CEILINGS: Ceilings = {"teller": {"deposit": {"USD": 100}}, "manager": {"deposit": {"USD": 200}}}
PAGE = Paging(10, None)


def test_policy_is_replaced_and_kept_in_the_history(bank: SmallBank) -> None:
    first = policies.put(ADMIN, POLICY)
    assert (first.policy, first.number, first.set_by) == (POLICY, 1, "usr_admin")
    second = policies.put(SECOND, Policy("deposit", "off", {}, within_24h=False, required=1, roles=("admin",)))
    assert (second.number, second.set_by) == (2, "usr_second")
    assert str(second.set_at) > str(first.set_at)
    assert policies.latest("deposit") == second
    assert policies.history("deposit", PAGE).items == [second, first]
    assert policies.history("kyc", PAGE).items == []


def test_policy_out_of_bounds_is_refused_with_each_wrong_field(bank: SmallBank) -> None:
    with pytest.raises(ValidationFailed, match=r"required: must be from 1 to 2; roles: must be") as failed:
        policies.put(ADMIN, Policy("deposit", "require", {}, within_24h=False, required=3, roles=()))
    assert [one.field for one in failed.value.errors] == ["required", "roles"]
    assert policies.latest("deposit").number == 0


def test_policy_that_another_has_changed_since_is_not_replaced(bank: SmallBank) -> None:
    unset, set_once = IfMatch.parse('"0"'), IfMatch.parse('"1"')
    policies.put(ADMIN, POLICY, unset)
    with pytest.raises(Conflict, match="current version is 1"):
        policies.put(ADMIN, POLICY, unset)
    assert policies.put(ADMIN, POLICY, set_once).number == 2


def test_policy_of_policies_needs_people_who_could_change_it_again(bank: SmallBank) -> None:
    strict = Policy("approval_policy", "require", {}, within_24h=False, required=2, roles=("admin",))
    employ(bank, ADMIN, SECOND)
    with pytest.raises(NoApprover):
        policies.put(ADMIN, strict)
    employ(bank, staff("admin", user_id="usr_third"))
    assert policies.put(ADMIN, strict).number == 1


@pytest.mark.parametrize("action", ["approval_policy", "deposit"])
def test_policy_that_holds_no_change_of_policies_needs_nobody_else(bank: SmallBank, action: ActionName) -> None:
    control = "off" if action == "approval_policy" else "require"
    policy = Policy(action, control, {}, within_24h=False, required=2, roles=("admin",))  # type: ignore[arg-type]
    assert policies.put(ADMIN, policy).number == 1


def test_change_of_a_policy_waits_for_another_admin(bank: SmallBank) -> None:
    employ(bank, ADMIN, SECOND)
    control("approval_policy", roles=("admin",))
    with pytest.raises(HeldForApproval) as held:
        policies.put(ADMIN, POLICY)
    approval = stored(held.value.approval_id)
    assert (approval.resource_id, approval.resource_version, approval.payload) == ("deposit", "0", POLICY.to_json())
    assert approval.summary == "Change the approval policy of deposit to require."
    assert ApprovalPolicy.current("deposit") is None
    assert decisions.approve(SECOND, approval.id, None, None)[0].status == "executed"
    assert policies.latest("deposit").policy == POLICY
    assert policies.latest("deposit").set_by == "usr_admin"


@pytest.mark.parametrize("name", ["", "Deposit", "unknown"])
def test_action_that_does_not_exist_is_unknown(bank: SmallBank, name: str) -> None:
    with pytest.raises(NotFound, match=f"There is no action {name}"):
        policies.latest(name)
    assert policies.name_of("deposit") == "deposit"


def test_ceilings_are_replaced_whole_and_kept_in_the_history(bank: SmallBank) -> None:
    first = authority.put(ADMIN, CEILINGS)
    assert (first.authority.to_json(), first.number, first.set_by) == (CEILINGS, 1, "usr_admin")
    second = authority.put(SECOND, {})
    assert (second.authority.to_json(), second.number) == ({}, 2)
    assert str(second.set_at) > str(first.set_at)
    assert authority.history(PAGE).items == [second, first]


def test_ceilings_that_give_a_lower_role_more_are_refused(bank: SmallBank) -> None:
    wrong: Ceilings = {"teller": {"deposit": {"USD": 300}}, "manager": {"deposit": {"USD": 200}}}
    with pytest.raises(ValidationFailed, match=r"ceilings\.manager\.deposit\.USD: must not be less") as failed:
        authority.put(ADMIN, wrong)
    assert [one.field for one in failed.value.errors] == ["ceilings.manager.deposit.USD"]
    assert authority.history(PAGE).items == []


def test_ceilings_that_another_has_changed_since_are_not_replaced(bank: SmallBank) -> None:
    authority.put(ADMIN, CEILINGS, IfMatch.parse('"0"'))
    with pytest.raises(Conflict, match="current version is 1"):
        authority.put(ADMIN, {}, IfMatch.parse('"0"'))


def test_change_of_what_people_may_do_alone_needs_a_factor_that_was_used_of_late(bank: SmallBank) -> None:
    employ(bank, ADMIN, factors={"fac_1": {"kind": "totp"}})
    session = Session.new(ADMIN.user_id, "ses_1", "hash", bank.now).stamp(ADMIN, bank.now)
    session.factor_used_at = NOON_TEXT
    bank.put(session)
    signed_in = replace(ADMIN, session_id="ses_1", factor_used=True)
    bank.later(minutes=16)
    with pytest.raises(MfaStepUpRequired):
        authority.put(signed_in, CEILINGS)
    with pytest.raises(MfaStepUpRequired):
        policies.put(signed_in, POLICY)
    assert (authority.history(PAGE).items, policies.latest("deposit").number) == ([], 0)


def test_change_counts_at_once_in_the_process_that_made_it(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "60")
    assert in_force.policy_of("deposit").control == "off"
    assert in_force.current_authority().number == 0
    policies.put(ADMIN, POLICY)
    assert in_force.policy_of("deposit").control == "require"
    assert in_force.current_authority().number == 0
    authority.put(ADMIN, CEILINGS)
    assert in_force.current_authority().number == 1


def test_change_is_dated_after_the_one_before_though_the_clock_stands_still(bank: SmallBank) -> None:
    moments = [str(authority.put(ADMIN, CEILINGS).set_at) for _ in range(2)]
    assert moments == [NOON_TEXT, "2026-11-21T12:00:00.000001Z"]
    moments = [str(policies.put(ADMIN, POLICY).set_at) for _ in range(2)]
    assert moments == [NOON_TEXT, "2026-11-21T12:00:00.000001Z"]


def test_refusal_names_five_wrong_ceilings_at_most_and_lists_all(bank: SmallBank) -> None:
    wrong: Ceilings = {"teller": {"deposit": dict.fromkeys(("AAA", "BBB", "CCC", "DDD", "EEE", "FFF"), 1)}}
    with pytest.raises(ValidationFailed) as failed:
        authority.put(ADMIN, wrong)
    known = "is no currency that is known here"
    assert failed.value.detail == "; ".join(f"ceilings: {name} {known}" for name in ("AAA", "BBB", "CCC", "DDD", "EEE"))
    assert len(failed.value.errors) == 6


def test_change_of_ceilings_waits_for_another_admin(bank: SmallBank) -> None:
    employ(bank, ADMIN, SECOND)
    control("authority", roles=("admin",))
    with pytest.raises(HeldForApproval) as held:
        authority.put(ADMIN, CEILINGS)
    approval = stored(held.value.approval_id)
    assert (approval.action, approval.resource_id, approval.resource_version) == ("authority", "authority", "0")
    assert (approval.payload, approval.summary) == (CEILINGS, "Change what roles may do alone.")
    assert decisions.approve(SECOND, approval.id, None, None)[0].status == "executed"
    [kept] = authority.history(PAGE).items
    assert (kept.authority.to_json(), kept.set_by) == (CEILINGS, "usr_admin")
