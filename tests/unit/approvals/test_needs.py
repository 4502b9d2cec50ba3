"""Why one person may not do something alone, and which roles may decide about it."""

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.errors import ActionBlocked, NoApprover
from chalicelib.models import transact
from chalicelib.models.approvals.authority import RoleCeilings, replace_ceilings
from chalicelib.models.ledger.share import Share
from chalicelib.services.approvals import in_force, needs
from tests.small_bank import NOON_TEXT, SmallBank, customer, staff
from tests.unit.approvals.held_requests import control

TELLER, MANAGER = staff("teller", user_id="usr_t"), staff("manager", user_id="usr_m")
CEILINGS = {"teller": {"deposit": {"USD": 500}}, "manager": {"deposit": {"USD": 900}}}


@pytest.fixture
def limited(bank: SmallBank) -> SmallBank:
    """Return a bank in which a teller takes in 5.00 and a manager 9.00 USD alone."""
    transact.commit(replace_ceilings(None, CEILINGS, staff("admin"), NOON_TEXT), "req")
    return bank


def test_nothing_is_needed_where_nothing_is_set(bank: SmallBank) -> None:
    assert needs.find_reasons(TELLER, "kyc") == ()
    assert needs.find_reasons(TELLER, "deposit", "USD", 10**12) == ()


def test_ceiling_of_the_role_is_a_reason(limited: SmallBank) -> None:
    assert needs.find_reasons(TELLER, "deposit", "USD", 500) == ()
    assert needs.find_reasons(TELLER, "deposit", "USD", 501) == ("ceiling",)
    assert needs.find_reasons(MANAGER, "deposit", "USD", 900) == ()
    assert needs.find_reasons(MANAGER, "deposit", "USD", 901) == ("ceiling",)
    assert needs.find_reasons(customer(), "deposit", "USD", 901) == ()


def test_policy_is_a_reason_of_its_own(limited: SmallBank) -> None:
    control("deposit", above={"USD": 300}, within_24h=True)
    assert needs.find_reasons(TELLER, "deposit", "USD", 300) == ()
    assert needs.find_reasons(TELLER, "deposit", "USD", 301) == ("policy",)
    assert needs.find_reasons(TELLER, "deposit", "USD", 200, sent_24h=101) == ("policy",)
    assert needs.find_reasons(TELLER, "deposit", "USD", 501) == ("policy", "ceiling")
    assert needs.find_reasons(customer(), "deposit", "USD", 301) == ("policy",)


def test_blocked_action_is_done_by_nobody(bank: SmallBank) -> None:
    control("deposit", control="block")
    with pytest.raises(ActionBlocked, match="policy blocks deposit"):
        needs.find_reasons(customer(), "deposit", "USD", 1)


def test_roles_decide_whose_ceiling_covers_the_amount(limited: SmallBank) -> None:
    policy = control("deposit", roles=("teller", "manager", "admin"), expires_hours=5)
    need = needs.need_of("deposit", "USD", 501, ("ceiling",))
    assert (need.roles, need.policy, need.reasons) == (("manager", "admin"), policy, ("ceiling",))
    assert need.deciding_policy.roles == ("manager", "admin")
    assert need.until == "2026-11-21T17:00:00.000000Z"
    assert needs.need_of("deposit", "USD", 500, ("policy",)).roles == ("teller", "manager", "admin")


def test_amount_above_every_ceiling_is_approved_by_nobody(limited: SmallBank) -> None:
    control("deposit", roles=("teller", "manager"))
    with pytest.raises(NoApprover, match=r"9\.01 USD is above every ceiling for deposit \(teller 5\.00, manager 9\.00"):
        needs.need_of("deposit", "USD", 901, ("ceiling",))
    with pytest.raises(NoApprover):
        needs.need_of("deposit", "USD", 901, ("risk_review", "ceiling"))


def test_review_of_risk_alone_is_decided_by_the_policys_roles_whatever_the_amount(limited: SmallBank) -> None:
    control("deposit", roles=("teller", "manager"))
    assert needs.need_of("deposit", "USD", 901, ("risk_review",)).roles == ("teller", "manager")


@pytest.mark.parametrize(
    ("action", "kind"), [("deposit", "STAFF_DEPOSIT"), ("withdraw", "STAFF_WITHDRAW"), ("transfer", "STAFF_TRANSFER")]
)
def test_what_staff_move_alone_is_counted_by_person_action_and_day(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, action: ActionName, kind: str
) -> None:
    assert needs.shares_of_staff(TELLER, action, 7, "USD", "2026-11-21") == (), "no ceiling, no limit of the day"
    monkeypatch.setenv("APPROVALS", "on")
    [share] = needs.shares_of_staff(TELLER, action, 7, "USD", "2026-11-21")
    ceiling = in_force.current_authority().authority.ceiling("teller", action, "USD")
    assert share == Share("usr_t", 7, "USD", "2026-11-21", kind, 10 * (ceiling or 0))  # type: ignore[arg-type]
    assert needs.shares_of_staff(customer(), action, 7, "USD", "2026-11-21") == ()


def test_part_of_a_larger_request_never_waits(limited: SmallBank) -> None:
    needs.require_alone(TELLER, "deposit", "USD", 500)
    with pytest.raises(ActionBlocked, match="This deposit needs a second person"):
        needs.require_alone(TELLER, "deposit", "USD", 501)
    control("deposit", above={"USD": 300}, within_24h=True)
    with pytest.raises(ActionBlocked):
        needs.require_alone(TELLER, "deposit", "USD", 200, sent_24h=101)


def test_standard_of_the_stage_holds_until_something_is_set(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    assert needs.find_reasons(TELLER, "deposit", "USD", 5_000_001) == ()
    monkeypatch.setenv("APPROVALS", "on")
    assert needs.find_reasons(TELLER, "deposit", "USD", 5_000_001) == ("policy", "ceiling")
    assert needs.find_reasons(TELLER, "deposit", "USD", 2_000_000) == ()
    assert needs.find_reasons(TELLER, "kyc") == ("policy",)
    assert needs.find_reasons(customer(), "transfer", "USD", 2_000_000) == (), "ceilings are of staff"
    standard = in_force.latest_authority()
    assert (standard.number, standard.set_at, standard.set_by, standard.authority.is_strict) == (0, None, None, True)
    policy = in_force.all_latest()["kyc"]
    assert (policy.number, policy.set_at, policy.set_by) == (0, None, None)


def test_what_was_set_says_when_and_by_whom(limited: SmallBank) -> None:
    control("kyc")
    found = in_force.latest_authority()
    assert (found.number, found.set_at, found.set_by) == (1, NOON_TEXT, "usr_staff")
    assert (found.authority.to_json(), found.authority.is_strict) == (CEILINGS, False)
    policies = in_force.all_latest()
    assert (policies["kyc"].number, policies["kyc"].set_at, policies["kyc"].set_by) == (1, NOON_TEXT, "system")
    assert policies["holder"].number == 0
    assert in_force.policy_of("kyc").control == "require"
    assert RoleCeilings.current()
