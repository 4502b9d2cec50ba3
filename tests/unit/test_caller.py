"""The caller of a request: what a role is let do, whom it sees, and who it is."""

import pytest

from chalicelib.domain import conflict_of_interest
from chalicelib.domain.errors import ConflictOfInterest, Forbidden
from chalicelib.domain.permissions import (
    METRICS,
    OWN_ALWAYS,
    PERMISSIONS,
    ROLES,
    SYSTEM_ID,
    Caller,
    CallerRole,
    Role,
    system,
)

STAFF: tuple[Role, ...] = ("teller", "manager", "admin")
CHANGES = ("set", "manage", "run", "apply", "move_cash", "overdraw", "hold", "operate", "unlock", "unfreeze_any")
"""What a teller does not do: these change rules, the bank's cash, or what another person has done."""
LOOKS = ("read", "reads", "list", "list_closed", "list_hot", "report", "books", "read_runs", "read_all")


def caller(role: CallerRole, **fields: str | None) -> Caller:
    return Caller("usr_1", role, "r", **fields)  # type: ignore[arg-type]


def test_role_may_do_what_the_table_says() -> None:
    assert caller("teller").may("money.move")
    assert not caller("teller").may("users.manage")
    assert not caller("auditor").may("money.move")
    assert not caller("customer").may("customers.list")


def test_program_that_reads_the_metrics_may_do_nothing_else() -> None:
    assert {name for name, roles in PERMISSIONS.items() if METRICS in roles} == {"operations.read"}
    assert not caller(METRICS).is_staff
    assert not caller(METRICS).sees("cus_1")
    with pytest.raises(Forbidden, match="Only users"):
        _ = caller(METRICS).user_role


def test_auditor_only_looks_except_at_what_is_its_own() -> None:
    of_auditors = {name for name, roles in PERMISSIONS.items() if "auditor" in roles} - OWN_ALWAYS
    assert {name for name in of_auditors if name.rpartition(".")[2] not in LOOKS} == set()


def test_teller_changes_no_rules_and_moves_no_cash_of_the_bank() -> None:
    of_tellers = {name for name, roles in PERMISSIONS.items() if "teller" in roles}
    assert {name for name in of_tellers if name.rpartition(".")[2] in CHANGES} == {"holders.set"}
    assert "transactions.decide" not in of_tellers


def test_rights_themselves_are_for_admins_alone() -> None:
    of_admins = {name for name, roles in PERMISSIONS.items() if roles == {"admin"}}
    assert of_admins == {"users.manage", "approval_policies.set", "authority.set"}


def test_staff_never_do_what_only_a_customer_can_want() -> None:
    of_customers = {name for name, roles in PERMISSIONS.items() if roles == {"customer"}}
    assert of_customers == {
        "pins.set",
        "category_rules.own",
        "beneficiaries.own",
        "calendar_links.own",
        "payee_verifications.own",
        "payment_files.own",
    }


def test_every_permission_is_of_known_roles() -> None:
    for name, roles in PERMISSIONS.items():
        assert roles, name
        assert roles <= {*ROLES, METRICS}, name


@pytest.mark.parametrize("role", ROLES)
def test_staff_act_for_customers_and_all_but_customers_see_everything(role: Role) -> None:
    assert caller(role).user_role == role
    assert caller(role).is_staff == (role in STAFF)
    assert caller(role).sees_everything == (role != "customer")
    assert caller(role).sees(None) == (role != "customer")
    assert caller(role).sees("cus_other") == (role != "customer")


def test_customer_sees_itself_alone() -> None:
    assert caller("customer", customer_id="cus_1").sees("cus_1")
    assert not caller("customer", customer_id="cus_1").sees("cus_2")
    assert not caller("customer").sees(None)
    assert not caller("customer", own_customer_id="cus_1").sees("cus_1")


def test_staff_know_their_own_customer() -> None:
    assert caller("teller", own_customer_id="cus_1").is_own("cus_1")
    assert not caller("teller", own_customer_id="cus_1").is_own("cus_2")
    assert not caller("teller").is_own(None)
    assert not caller("customer", customer_id="cus_1").is_own("cus_1")


def test_caller_is_its_user_and_its_customers() -> None:
    assert caller("teller").identities == {"usr_1"}
    both = caller("teller", customer_id="cus_1", own_customer_id="cus_2")
    assert both.identities == {"usr_1", "cus_1", "cus_2"}


def test_caller_has_no_factor_mail_or_approval_unless_they_are_named() -> None:
    plain = caller("customer")
    assert (plain.email_verified, plain.factor_used) == (False, False)
    assert (plain.customer_id, plain.branch_id, plain.session_id, plain.approval_id) == (None, None, None, None)


def test_bank_itself_acts_as_an_admin_whom_no_user_can_be() -> None:
    bank = system("req_1")
    assert (bank.user_id, bank.role, bank.request_id) == (SYSTEM_ID, "admin", "req_1")
    assert SYSTEM_ID == "system"


def test_staff_decide_nothing_about_themselves() -> None:
    oneself = caller("manager", own_customer_id="cus_1")
    conflict_of_interest.require_other_customer(oneself, "cus_2")
    conflict_of_interest.require_other_customer(oneself, None)
    with pytest.raises(ConflictOfInterest, match="about yourself"):
        conflict_of_interest.require_other_customer(oneself, "cus_1")


def test_maker_does_not_undo_or_judge_what_it_made() -> None:
    conflict_of_interest.require_other_maker(caller("manager"), "usr_2", conflict_of_interest.OWN_REVERSAL)
    with pytest.raises(ConflictOfInterest, match="You made this payment"):
        conflict_of_interest.require_other_maker(caller("manager"), "usr_1", conflict_of_interest.OWN_REVERSAL)
