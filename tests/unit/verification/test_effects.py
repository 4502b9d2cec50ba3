"""Which changes in the audit are actions that can need a second person, on what, and for how much."""

from collections.abc import Collection
from typing import Any

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.audit.record import Record
from chalicelib.domain.verification.effects import amount_of, amounts_in, changes_order_terms, effects_of

Fields = dict[str, Any]
RETURNS, CUSTOMER = "gl.returns.EUR.001", "acc_1"


def record(
    event: str,
    before: Fields | None = None,
    after: Fields | None = None,
    changed: Collection[str] = (),
    *,
    by: str = "usr_ada",
    sk: str = "SK#000000000002",
) -> Record:
    return Record("PK#1", sk, 2, event, by, "", "request-1", before or {}, after or {}, [*changed], None, "")


def actions(made: Record, **state: Any) -> list[str]:
    return [effect.action for effect in effects_of(made, state)]


MONEY = {
    "transfer": "transfer",
    "withdrawal": "withdraw",
    "deposit": "deposit",
    "reversal": "reverse",
    "funding": "branch_funding",
    "vault_movement": "vault_movement",
    "clearing_fee": "clearing.fee",
}


@pytest.mark.parametrize("kind", MONEY)
def test_money_is_an_action_when_it_is_posted(kind: str) -> None:
    posted = record("transaction.posted", {"status": "pending"}, {"status": "posted"})
    assert actions(posted, transaction_type=kind, status="posted", reverses="txn_0") == [MONEY[kind]]


def test_money_that_is_not_posted_or_was_before_is_no_action() -> None:
    ended = record("transaction.voided", {"status": "pending"}, {"status": "voided"})
    assert actions(ended, transaction_type="transfer", status="voided") == []
    reversed_since = record("transaction.updated", {}, {"reversed_by": "txn_2"})
    assert actions(reversed_since, transaction_type="transfer", status="posted") == []


@pytest.mark.parametrize("kind", ["interest", "fee", "incoming_payment", "clearing_settlement"])
def test_money_that_the_bank_moves_by_itself_is_no_action(kind: str) -> None:
    posted = record("transaction.created", {}, {"status": "posted"})
    assert actions(posted, transaction_type=kind, status="posted") == []


def test_payment_to_another_bank_is_a_transfer_when_the_clearing_gets_it() -> None:
    handed_over = record("transaction.updated", {"awaits": "approval"}, {"awaits": "clearing"})
    assert actions(handed_over, transaction_type="payment", status="pending") == ["transfer"]
    settled = record("transaction.posted", {"status": "pending"}, {"status": "posted"})
    assert actions(settled, transaction_type="payment", status="posted") == []


def entries(paying: str) -> list[Fields]:
    return [{"account_id": paying, "amount": -5}, {"account_id": "gl.clearing.instant.EUR.000", "amount": 5}]


@pytest.mark.parametrize(
    ("by", "status", "paying", "found"),
    [
        ("usr_ada", "posted", CUSTOMER, ["recall.accept"]),
        ("system", "posted", CUSTOMER, []),
        ("usr_ada", "failed", CUSTOMER, []),
        ("usr_ada", "posted", RETURNS, []),
    ],
)
def test_return_that_people_post_gives_a_recalled_payment_back(
    by: str, status: str, paying: str, found: list[str]
) -> None:
    made = record("transaction.created", {}, {"status": status}, by=by)
    assert actions(made, transaction_type="payment_return", status=status, entries=entries(paying)) == found


def test_return_without_entries_does_not_pass_for_one_that_is_forwarded() -> None:
    made = record("transaction.created", {}, {"status": "posted"})
    assert actions(made, transaction_type="payment_return", status="posted") == ["recall.accept"]
    both = [*entries(CUSTOMER), *entries(RETURNS)]
    assert actions(made, transaction_type="payment_return", status="posted", entries=both) == ["recall.accept"]


@pytest.mark.parametrize(
    ("before", "after", "by", "found"),
    [
        ("submitted", "settled", "usr_ada", ["payment.settle"]),
        ("submitted", "rejected", "usr_ada", ["payment.void"]),
        ("submitted", "settled", "system", []),
        ("submitted", "returned", "usr_ada", []),
        ("waiting", "rejected", "usr_ada", []),
    ],
)
def test_payment_at_the_clearing_is_ended_by_people(before: str, after: str, by: str, found: list[str]) -> None:
    assert actions(record("clearing_payment.updated", {"status": before}, {"status": after}, by=by)) == found


def test_payment_at_the_clearing_whose_state_stays_is_not_ended() -> None:
    assert actions(record("clearing_payment.updated", {"status": "submitted"}, {"answer": "x"})) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"overdraft_limit": 5}, {"overdraft_limit": 6}, ["overdraft_limit"]),
        ({"overdraft_limit": 5}, {"overdraft_limit": 5}, []),
        ({"overdraft_limit": 6}, {"overdraft_limit": 5}, []),
        ({}, {"overdraft_limit": 1}, ["overdraft_limit"]),
        ({"overdraft_limit": 1}, {}, []),
        ({"holders": {"cus_1": "pay"}}, {"holders": {"cus_1": "manage"}}, ["holder"]),
        ({"holders": {"cus_1": "pay", "cus_2": "pay"}}, {"holders": {"cus_1": "pay"}}, []),
        ({"holders": None}, {"holders": {"cus_2": "view"}}, ["holder"]),
        ({"status": "frozen"}, {"status": "active"}, ["unfreeze"]),
        ({"status": "active"}, {"status": "frozen"}, []),
        ({"status": "frozen"}, {"status": "closed"}, []),
        ({}, {"status": "active"}, []),
        (
            {"overdraft_limit": 0, "status": "frozen"},
            {"overdraft_limit": 1, "status": "active", "holders": {"cus_1": "pay"}},
            ["overdraft_limit", "holder", "unfreeze"],
        ),
    ],
)
def test_account_is_given_more_by_limits_holders_and_unfreezing(
    before: Fields, after: Fields, found: list[str]
) -> None:
    assert actions(record("account.updated", before, after)) == found


@pytest.mark.parametrize(
    ("before", "after", "status", "found"),
    [
        ({}, {"kyc_status": "verified"}, "verified", ["kyc"]),
        ({}, {"kyc_reviewed_at": "x"}, "verified", ["kyc"]),
        ({}, {"kyc_expires_on": "x"}, "verified", ["kyc"]),
        ({}, {"kyc_expires_on": "x"}, "rejected", []),
        ({}, {"email": "x"}, "verified", []),
        ({}, {"status": "erasing"}, "verified", ["customer.erase"]),
        ({}, {"status": "active"}, "verified", []),
        ({"legal_hold_set_at": "x"}, {}, "verified", ["legal_hold"]),
        ({"legal_hold_set_at": "x"}, {"legal_hold_set_at": "y"}, "verified", []),
        ({}, {"legal_hold_set_at": "y"}, "verified", []),
    ],
)
def test_customer_is_verified_erased_or_let_go(before: Fields, after: Fields, status: str, found: list[str]) -> None:
    assert actions(record("customer.updated", before, after), kyc_status=status) == found


def test_invitation_is_an_action_when_it_is_asked_for_and_not_when_it_is_sent_or_used() -> None:
    asked = {"invited_at": "2026-12-01T08:00:00.000000Z"}
    assert actions(record("invitation.created", {}, asked | {"status": "requested"})) == ["customer.invite"]
    assert actions(record("invitation.updated", {"invited_at": "x"}, asked)) == ["customer.invite"]
    assert actions(record("invitation.sent", {"status": "requested"}, {"status": "sent"}, ["secret_hash"])) == []
    assert actions(record("invitation.used", {"status": "sent"}, {"status": "used"})) == []


def test_pin_is_reset_when_it_goes_or_changes_but_not_when_it_is_first_set() -> None:
    assert actions(record("pin.updated", changed=["pin_hash"])) == ["pin_reset"]
    assert actions(record("pin.created", changed=["pin_hash"])) == []
    assert actions(record("pin.updated", {"failures": 0}, {"failures": 1})) == []


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (record("user.created", {}, {"role": "teller", "status": "active"}), ["user.create"]),
        (record("user.updated", {"role": "teller"}, {"role": "admin"}), ["user.role"]),
        (record("user.updated", {"linked_customer_id": "cus_1"}, {}), ["user.role"]),
        (record("user.active", {"status": "disabled"}, {"status": "active"}), ["user.role"]),
        (record("user.disabled", {"status": "active"}, {"status": "disabled"}), []),
        (record("user.updated", {}, {}, ["factors"]), ["user.factors"]),
        (record("user.updated", {}, {}, ["factors"], by="1"), []),
        (record("user.updated", {}, {"first_name": "x"}), []),
        (record("user.updated", {"role": "teller"}, {"role": "admin"}, ["factors"]), ["user.role", "user.factors"]),
    ],
)
def test_user_is_given_rights_or_loses_factors_by_another_person(made: Record, found: list[str]) -> None:
    assert actions(made) == found


@pytest.mark.parametrize("kind", ["interest_rate", "risk_thresholds", "approval_policy", "authority"])
def test_setting_is_an_action_whether_it_is_new_or_changed(kind: str) -> None:
    assert actions(record(f"{kind}.created"), action="transfer") == [kind]
    assert actions(record(f"{kind}.updated"), action="transfer") == [kind]


ENDPOINT_EDITS = ["url", "description", "events", "format", "responsible_id"]


@pytest.mark.parametrize("name", ENDPOINT_EDITS)
def test_endpoint_of_the_bank_is_edited_by_what_it_sends_and_where(name: str) -> None:
    edit = record("webhook_endpoint.updated", changed=[name])
    assert actions(edit, scope="bank") == ["webhook_endpoint"]
    assert actions(edit, scope="customer") == []
    assert actions(record("webhook_endpoint.updated", {}, {name: "x", "status": "deleted"}), scope="bank") == []


@pytest.mark.parametrize(
    ("made", "state", "found"),
    [
        (record("webhook_endpoint.updated", {}, {"status": "enabled"}), {}, ["webhook_endpoint"]),
        (record("webhook_endpoint.updated", {}, {"status": "disabled"}), {}, []),
        (record("webhook_endpoint.updated", {}, {"rotation_for": "usr_ada"}), {}, ["webhook_endpoint"]),
        (record("webhook_endpoint.updated", {"rotation_for": "usr_ada"}, {}, ["secret"]), {}, []),
        (record("webhook_endpoint.updated", {"rotation_for": "usr_bob"}, {}, ["secret"]), {}, ["webhook_endpoint"]),
        (
            record("webhook_endpoint.updated", {}, {}, ["secret"]),
            {"rotation_for": "usr_bob"},
            ["webhook_endpoint"],
        ),
        (record("webhook_endpoint.updated", {}, {}, ["secret"]), {"rotation_for": "usr_ada"}, []),
        (record("webhook_endpoint.updated", {}, {}, ["secret"]), {}, []),
    ],
)
def test_secret_of_an_endpoint_is_rotated_by_the_person_whom_two_let_do_so(
    made: Record, state: Fields, found: list[str]
) -> None:
    assert actions(made, scope="bank", **state) == found


ORDER = {"status": "active", "amount": 5}


@pytest.mark.parametrize(
    "name",
    [
        "from_account_id",
        "to_account_id",
        "amount",
        "first_amount",
        "final_amount",
        "unit",
        "every",
        "day",
        "weekday",
        "start",
        "business_days",
    ],
)
def test_order_has_other_terms_by_what_it_pays_and_when(name: str) -> None:
    assert actions(record("order.updated", changed=[name]), **ORDER) == ["standing_order"]


@pytest.mark.parametrize(
    ("before", "after", "is_other"),
    [
        ({"end": "2027-01-01"}, {"end": "2027-01-02"}, True),
        ({"end": "2027-01-02"}, {"end": "2027-01-01"}, False),
        ({"end": "2027-01-01"}, {"end": "2027-01-01"}, False),
        ({"end": "2027-01-01"}, {}, True),
        ({}, {"end": "2027-01-01"}, False),
        ({"times": 3}, {"times": 4}, True),
        ({"times": 4}, {"times": 3}, False),
        ({"times": 4}, {}, True),
        ({"status": "active"}, {"status": "suspended"}, False),
        ({"next_date": "x"}, {"next_date": "y"}, False),
    ],
)
def test_order_that_ends_later_has_other_terms(before: Fields, after: Fields, is_other: bool) -> None:
    assert changes_order_terms(record("order.updated", before, after), ORDER) is is_other


@pytest.mark.parametrize(
    ("status", "is_other"), [("active", True), ("suspended", True), ("ended", False), ("cancelled", False)]
)
@pytest.mark.parametrize("name", ["to_iban", "to_name"])
def test_payee_at_another_bank_counts_while_the_order_may_pay(name: str, status: str, is_other: bool) -> None:
    """The texts of a payee go when the customer is erased, from orders that are over."""
    assert changes_order_terms(record("order.updated", changed=[name]), {"status": status}) is is_other


def test_only_an_order_has_terms() -> None:
    assert not changes_order_terms(record("account.updated", changed=["amount"]), ORDER)


@pytest.mark.parametrize("kind", ["session.created", "ticket.updated", "branch.updated", "hold.created"])
def test_other_items_are_no_actions(kind: str) -> None:
    assert actions(record(kind, {"status": "submitted"}, {"status": "settled"}), scope="bank", status="active") == []


@pytest.mark.parametrize(
    ("made", "state", "resource_id"),
    [
        (record("account.active", {"status": "frozen"}, {"status": "active"}), {}, "1"),
        (
            record("transaction.created", {}, {"status": "posted"}),
            {"transaction_type": "reversal", "status": "posted", "reverses": "txn_0"},
            "txn_0",
        ),
        (
            record("transaction.created", {}, {"status": "posted"}),
            {"transaction_type": "deposit", "status": "posted", "reverses": None},
            "1",
        ),
        (record("approval_policy.updated"), {"action": "kyc"}, "kyc"),
        (
            record("webhook_endpoint.updated", {}, {"status": "enabled"}, sk="ENDPOINT#whe_7#000000000002"),
            {"scope": "bank"},
            "whe_7",
        ),
    ],
)
def test_effect_names_what_its_approval_names(made: Record, state: Fields, resource_id: str) -> None:
    [effect] = effects_of(made, state)
    assert (effect.resource_id, effect.request_id) == (resource_id, "request-1")


def test_setting_without_an_id_is_named_by_its_action() -> None:
    setting = Record("AUTHORITY", "SK#000000000002", 2, "authority.created", "usr_ada", "", "r", {}, {}, [], None, "")
    assert effects_of(setting, {})[0].resource_id == "authority"


AMOUNTS: list[tuple[ActionName, Fields, int]] = [
    ("transfer", {"amount": 7}, 7),
    ("withdraw", {"amount": "7"}, 7),
    ("deposit", {"amount": 7}, 7),
    ("reverse", {"amount": 7}, 7),
    ("branch_funding", {"amount": 7}, 7),
    ("vault_movement", {"amount": 7}, 7),
    ("clearing.fee", {"amount": 7}, 7),
    ("overdraft_limit", {"overdraft_limit": 9, "amount": 1}, 9),
    ("standing_order", {"amount": 5, "first_amount": 8, "final_amount": 3}, 8),
    ("standing_order", {"amount": 5, "first_amount": None, "final_amount": 6}, 6),
    ("kyc", {"amount": 7}, 0),
    ("recall.accept", {"amount": 7}, 0),
]


@pytest.mark.parametrize(("action", "state", "amount"), AMOUNTS)
def test_amount_of_an_action_is_the_most_that_it_moves_at_once(action: ActionName, state: Fields, amount: int) -> None:
    assert amount_of(action, state) == amount


def test_amounts_of_an_order_are_all_that_it_has() -> None:
    assert amounts_in({"amount": "5", "first_amount": 0, "final_amount": None}) == [5, 0]
