"""Four eyes in the audit: what needed approval, and which approvals are rightful."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.ceilings import Authority
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.audit.record import Record
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.recall_return import key_of_return
from chalicelib.domain.orders import execution
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.four_eyes import FourEyes
from chalicelib.domain.verification.ranks import DISABLED, Ranks
from chalicelib.domain.verification.supervision import Supervision

BEFORE, SET, AFTER = "2026-11-01T00:00:00.000000Z", "2026-11-02T00:00:00.000000Z", "2026-11-03T00:00:00.000000Z"
LATER, END = "2026-11-04T00:00:00.000000Z", "2026-11-05T00:00:00.000000Z"
Fields = Mapping[str, Any]
STAFF = frozenset({"usr_ada", "usr_bob", "usr_eve"})


def policy(action: ActionName, *, above: Mapping[str, int] | None = None, required: int = 1) -> Policy:
    return Policy(action, "require", above or {}, False, required, ("manager", "admin"))


def watched(*policies: Policy) -> FourEyes:
    return FourEyes(Supervision({one.action: [(SET, one)] for one in policies}, STAFF))


def record(
    event: str, *, before: Fields | None = None, after: Fields | None = None, at: str = AFTER, by: str = "usr_ada"
) -> Record:
    fields = dict(before or {}), dict(after or {})
    return Record(
        "PK#1", "SK#000000000002", 2, event, by, at, "request-1", *fields, changed=[], image_digest=None, prev_hash=""
    )


VERIFIED = record("customer.updated", after={"kyc_status": "verified", "kyc_reviewed_at": AFTER})
LIMIT = {"overdraft_limit": 20000, "currency": "EUR"}
EFFECTS: list[tuple[ActionName, Record, Fields]] = [
    ("overdraft_limit", record("account.updated", after={"overdraft_limit": 20000}), LIMIT),
    ("unfreeze", record("account.active", before={"status": "frozen"}, after={"status": "active"}), {}),
    ("holder", record("account.updated", after={"holders": {"cus_1": "pay"}}), {}),
    (
        "holder",
        record("account.updated", before={"holders": {"cus_1": "view"}}, after={"holders": {"cus_1": "pay"}}),
        {},
    ),
    ("pin_reset", record("pin.updated", after={"pin_hash": None}), {}),
    ("kyc", VERIFIED, {"kyc_status": "verified"}),
    ("kyc", record("customer.updated", after={"kyc_reviewed_at": AFTER}), {"kyc_status": "verified"}),
    ("customer.erase", record("customer.erasing", after={"status": "erasing"}), {}),
    ("user.create", record("user.created", after={"role": "manager", "status": "active"}), {}),
    ("user.role", record("user.updated", after={"role": "manager"}), {}),
    ("user.role", record("user.active", before={"status": "disabled"}, after={"status": "active"}), {}),
    ("user.role", record("user.updated", after={"linked_customer_id": "cus_1"}), {}),
    ("user.factors", record("user.updated", before={"factors": {"fac_1": "totp"}}, after={"factors": None}), {}),
    ("interest_rate", record("interest_rate.created"), {}),
    ("risk_thresholds", record("risk_thresholds.created"), {}),
    ("risk_thresholds", record("risk_thresholds.updated"), {}),
    ("payment.forward", record("clearing_payment.updated", after={"forwarded_to": "acc_2"}), {"amount": 100}),
    ("announcement", record("announcement.created", after={"audience": "customers"}), {"audience": "customers"}),
    ("announcement", record("announcement.updated", after={"audience": "everyone"}), {"audience": "everyone"}),
    ("approval_policy", record("approval_policy.created"), {"action": "1"}),
    ("approval_policy", record("approval_policy.updated"), {"action": "1"}),
    ("authority", record("authority.created"), {}),
    ("overdraft_limit", record("account.created", after={"overdraft_limit": 20000}), LIMIT),
    ("kyc", record("customer.created", after={"kyc_reviewed_at": AFTER}), {"kyc_status": "verified"}),
]


@pytest.mark.parametrize(("action", "effect", "state"), EFFECTS)
def test_effect_without_an_approval_is_named(action: ActionName, effect: Record, state: Fields) -> None:
    eyes = watched(policy(action))
    eyes.follow(effect, state)
    with pytest.raises(Broken, match=f"one of {action}, executed in the same request"):
        eyes.require_all_approved()


@pytest.mark.parametrize(("action", "effect", "state"), EFFECTS)
def test_effect_with_its_approval_holds(action: ActionName, effect: Record, state: Fields) -> None:
    eyes, other = watched(policy(action)), watched(policy(action))
    eyes.follow(effect, state)
    other.follow(record("approval.executed", after={"status": "executed"}), approval(policy(action)))
    eyes.merge(other)
    eyes.require_all_approved()


@pytest.mark.parametrize(
    ("event", "after"),
    [
        ("account.updated", {"nickname": "x"}),
        ("account.updated", {"overdraft_limit": 0}),
        ("account.updated", {"holders": None}),
        ("account.closed", {"holders": None, "status": "closed"}),
        ("customer.updated", {"kyc_status": "rejected", "kyc_reviewed_at": AFTER}),
        ("customer.updated", {"last_name": "x"}),
        ("pin.updated", {"failures": 1}),
        ("account.frozen", {"status": "frozen"}),
        ("user.disabled", {"status": "disabled"}),
        ("announcement.created", {"audience": "staff"}),
        ("announcement.updated", {"is_withdrawn": True}),
    ],
)
def test_other_changes_need_no_approval(event: str, after: Fields) -> None:
    eyes = watched(*(policy(action) for action, _, _ in EFFECTS))
    before = {"status": "active", "holders": {"cus_1": "pay"}, "overdraft_limit": 5000, "kyc_status": "pending"}
    eyes.follow(record(event, before={name: before.get(name) for name in after}, after=after), {**before, **after})
    eyes.require_all_approved()


def test_own_factors_need_no_approval() -> None:
    own = record("user.updated", before={"factors": {"fac_1": "totp"}}, after={"factors": None})
    eyes = watched(policy("user.factors"))
    eyes.follow(replace(own, pk="USER#usr_ada"), {})
    eyes.require_all_approved()


def test_payment_that_had_to_wait_needs_its_approval_whatever_the_policy() -> None:
    """It was above a ceiling, or its risk was to be reviewed."""
    eyes = watched()
    posted = record("transaction.posted", before={"status": "pending"}, after={"status": "posted"}, by="usr_customer")
    state = {"transaction_type": "transfer", "status": "posted", "amount": 1, "currency": "EUR"}
    eyes.follow(posted, state)
    eyes.require_all_approved()
    eyes.follow(posted, state | {"approval_required": 1})
    with pytest.raises(Broken, match="one of transfer, executed in the same request"):
        eyes.require_all_approved()


@pytest.mark.parametrize(("second_admin_id", "needs"), [("usr_1", False), ("usr_2", True), (None, True)])
def test_second_admin_is_created_by_the_first_alone(second_admin_id: str | None, needs: bool) -> None:
    eyes = watched(policy("user.create"))
    eyes.supervision = replace(eyes.supervision, second_admin_id=second_admin_id)
    eyes.follow(replace(record("user.created", after={"role": "admin"}), pk="USER#usr_1"), {})
    assert bool(eyes.needed) is needs


def test_effect_before_the_policy_needs_no_approval() -> None:
    eyes = watched(policy("kyc"))
    eyes.follow(replace(VERIFIED, at=BEFORE), VERIFIED.after)
    eyes.require_all_approved()


@pytest.mark.parametrize(("grace_seconds", "needs"), [(86_399, True), (86_401, False)])
def test_policy_that_may_not_have_been_known_holds_nothing_back(grace_seconds: int, needs: bool) -> None:
    eyes = watched(policy("kyc"))
    eyes.supervision = replace(eyes.supervision, grace=timedelta(seconds=grace_seconds))
    eyes.follow(VERIFIED, VERIFIED.after)
    assert bool(eyes.needed) is needs


def test_approval_under_a_policy_that_was_never_set_is_named() -> None:
    eyes = watched(policy("kyc", required=2))
    with pytest.raises(Broken, match="policy"):
        eyes.follow(record("approval.created"), approval(policy("kyc")))
    eyes.follow(record("approval.created"), approval(policy("kyc", required=2)))


def test_act_of_a_customer_needs_no_approval() -> None:
    eyes = watched(policy("customer.erase"))
    eyes.follow(record("customer.erasing", after={"status": "erasing"}, by="usr_customer"), {})
    eyes.require_all_approved()


@pytest.mark.parametrize("by", ["usr_customer", "system"])
def test_act_of_the_bank_needs_approval_whoever_is_written_as_its_actor(by: str) -> None:
    eyes = watched(policy("overdraft_limit"), policy("user.create"))
    eyes.follow(record("account.updated", after={"overdraft_limit": 20000}, by=by), LIMIT)
    eyes.follow(record("user.created", after={"role": "customer"}, by=by), {"role": "customer"})
    assert [effect.action for effect in eyes.needed] == ["overdraft_limit"]


def test_each_action_of_one_change_needs_its_approval() -> None:
    eyes = watched(policy("overdraft_limit"), policy("holder"))
    eyes.follow(record("account.updated", after={"overdraft_limit": 20000, "holders": {"cus_1": "pay"}}), LIMIT)
    eyes.follow(record("approval.executed"), approval(policy("overdraft_limit")))
    with pytest.raises(Broken, match="one of holder, executed in the same request"):
        eyes.require_all_approved()


def test_approval_covers_one_thing_not_all_of_its_request() -> None:
    eyes = watched(policy("overdraft_limit"))
    eyes.follow(record("account.updated", after={"overdraft_limit": 20000}), LIMIT)
    eyes.follow(record("approval.executed"), approval(policy("overdraft_limit"), resource_id="2"))
    with pytest.raises(Broken, match="one of overdraft_limit, executed in the same request"):
        eyes.require_all_approved()


@pytest.mark.parametrize(
    ("number", "control", "needs"), [(1, "require", False), (2, "require", True), (1, "off", True)]
)
def test_standard_policy_that_a_deployment_records_needs_no_approval(number: int, control: str, needs: bool) -> None:
    eyes = watched(policy("approval_policy"))
    state = {"action": "authority", "number": number, "policy": {"control": control}}
    eyes.follow(record("approval_policy.created", by="system"), state)
    assert bool(eyes.needed) is needs


@pytest.mark.parametrize(
    ("number", "ceilings", "by", "needs"),
    [(1, {}, "system", False), (1, {"teller": {}}, "system", True), (2, {}, "system", True), (1, {}, "usr_ada", True)],
)
def test_standard_ceilings_that_a_deployment_records_need_no_approval(
    number: int, ceilings: Fields, by: str, needs: bool
) -> None:
    eyes = watched(policy("authority"))
    eyes.follow(record("authority.created", by=by), {"number": number, "ceilings": ceilings})
    assert bool(eyes.needed) is needs


def test_facts_from_after_the_beginning_of_a_verification_are_no_alarm() -> None:
    eyes, held_by = watched(policy("kyc")), policy("kyc", required=2)
    hired = decision("usr_hired"), decision("usr_bob")
    eyes.supervision = replace(eyes.supervision, as_of=AFTER)
    eyes.follow(record("approval.created"), approval(held_by))
    eyes.follow(record("approval.executed"), approval(held_by, *hired))
    eyes.supervision = replace(eyes.supervision, as_of=LATER)
    with pytest.raises(Broken, match="policy"):
        eyes.follow(record("approval.created"), approval(held_by))
    with pytest.raises(Broken, match="people who work for the bank"):
        eyes.follow(record("approval.executed"), approval(held_by, *hired))


@pytest.mark.parametrize(("amount", "needs"), [(1000, False), (1001, True)])
def test_payment_of_anybody_above_the_threshold_needs_approval(amount: int, needs: bool) -> None:
    eyes = watched(policy("transfer", above={"EUR": 1000}))
    state = {"transaction_type": "transfer", "status": "posted", "amount": amount, "currency": "EUR"}
    eyes.follow(record("transaction.created", after=state, by="usr_customer"), state)
    assert bool(eyes.needed) is needs


def test_pending_payment_needs_no_approval_yet() -> None:
    eyes = watched(policy("transfer"))
    state = {"transaction_type": "transfer", "status": "pending", "amount": 5, "currency": "EUR"}
    eyes.follow(record("transaction.created", after=state), state)
    assert not eyes.needed
    eyes.follow(record("transaction.posted", after={"status": "posted"}), {**state, "status": "posted"})
    assert eyes.needed


def decision(by: str, **other: Any) -> dict[str, Any]:
    return {"by": by, "role": "manager", "decision": "approved", "at": AFTER, **other}


def approval(held_by: Policy, *decisions: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "action": held_by.action,
        "resource_id": "1",
        "decide_until": END,
        "requested_by": "usr_ada",
        "parties": ["cus_1"],
        "policy": held_by.to_json(),
        "required": held_by.required,
        "roles": list(held_by.roles),
        "decisions": list(decisions or [decision("usr_bob")]),
        "status": "executed",
        **other,
    }


@pytest.mark.parametrize(
    ("decisions", "found"),
    [
        ([], "0"),
        ([decision("usr_bob")], "1"),
        ([decision("usr_bob"), decision("usr_bob")], "1"),
        ([decision("usr_bob"), decision("usr_ada")], "usr_ada"),
        ([decision("usr_bob"), decision("cus_1")], "cus_1"),
        ([decision("usr_bob"), decision("usr_eve", role="teller")], "teller"),
        ([decision("usr_bob"), decision("usr_customer")], "usr_customer"),
        ([decision("usr_bob"), decision("usr_eve", at=LATER)], LATER),
        ([decision("usr_bob"), decision("usr_eve", at=END)], END),
        ([decision("usr_bob"), decision("usr_eve", decision="rejected")], "rejected"),
    ],
)
def test_approval_without_enough_other_people_is_named(decisions: list[dict[str, Any]], found: str) -> None:
    eyes, held_by = watched(), policy("kyc", required=2)
    state = {**approval(held_by), "decisions": decisions}
    with pytest.raises(Broken) as broken:
        eyes.follow(record("approval.executed", after={"status": "executed"}), state)
    assert (broken.value.where, broken.value.found) == ("audit of PK#1, SK#000000000002: decisions", found)


def test_approval_that_demands_less_than_its_policy_is_named() -> None:
    eyes, held_by = watched(), policy("kyc", required=2)
    with pytest.raises(Broken, match="required: expected 2, found 1"):
        eyes.follow(record("approval.executed"), approval(held_by, required=1))


def test_two_other_people_are_enough_for_two() -> None:
    eyes, held_by = watched(), policy("kyc", required=2)
    eyes.follow(record("approval.executed"), approval(held_by, decision("usr_bob"), decision("usr_eve")))
    assert eyes.executed == {("kyc", "1", "request-1")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [decision("usr_bob")]),
        ([decision("usr_ada")], []),
        ([decision("usr_bob")], [decision("usr_eve"), decision("usr_ada")]),
        ([], [decision("usr_ada", at=BEFORE)]),
    ],
)
def test_decision_that_its_maker_has_not_made_is_named(before: list[Any], after: list[Any]) -> None:
    eyes = watched()
    with pytest.raises(Broken, match="decisions"):
        eyes.follow(record("approval.updated", before={"decisions": before}, after={"decisions": after}), {})


def test_decision_of_the_person_who_makes_the_change_holds() -> None:
    watched().follow(
        record(
            "approval.updated",
            before={"decisions": [decision("usr_bob")]},
            after={"decisions": [decision("usr_bob"), decision("usr_ada")]},
        ),
        {},
    )


def test_supervision_survives_a_checkpoint() -> None:
    supervision = watched(policy("kyc", above={}), policy("transfer", above={"EUR": 5}, required=2)).supervision
    supervision = replace(supervision, ranks=RANKS, grace=timedelta(seconds=61), second_admin_id="usr_1", as_of=END)
    assert Supervision.from_json(json.loads(json.dumps(supervision.to_json()))) == supervision


RANKS = Ranks(
    ((SET, Authority({"teller": {"deposit": {"EUR": 5000}}, "manager": {"deposit": {"EUR": 9000}}}, is_strict=False)),),
    {"usr_ada": [(BEFORE, "teller"), (LATER, "manager")], "usr_bob": [(BEFORE, "manager"), (LATER, DISABLED)]},
)
DEPOSIT = {"transaction_type": "deposit", "status": "posted", "currency": "EUR"}


def of_ranks() -> FourEyes:
    return FourEyes(Supervision(staff_ids=STAFF, ranks=RANKS))


@pytest.mark.parametrize(
    ("amount", "by", "at", "needs"),
    [
        (5000, "usr_ada", AFTER, False),
        (5001, "usr_ada", AFTER, True),
        (5001, "usr_ada", END, False),  # a manager by then
        (9001, "usr_ada", END, True),
        (5001, "usr_ada", BEFORE, False),  # no ceilings were set
        (9001, "usr_bob", AFTER, True),
        (9001, "usr_customer", AFTER, False),
    ],
)
def test_effect_above_the_ceiling_of_its_maker_needs_an_approval(amount: int, by: str, at: str, needs: bool) -> None:
    eyes = of_ranks()
    posted = record("transaction.created", after={"status": "posted"}, by=by, at=at)
    eyes.follow(posted, DEPOSIT | {"amount": amount})
    assert bool(eyes.needed) is needs


def test_ceiling_that_was_set_a_moment_before_may_not_have_been_known() -> None:
    eyes = of_ranks()
    eyes.supervision = replace(eyes.supervision, grace=timedelta(days=2))
    eyes.follow(record("transaction.created", after={"status": "posted"}), DEPOSIT | {"amount": 5001})
    eyes.require_all_approved()


@pytest.mark.parametrize(("as_of", "needs"), [(AFTER, False), (LATER, True), (None, True)])
def test_ceilings_are_known_up_to_the_beginning_of_a_verification(as_of: str | None, needs: bool) -> None:
    eyes = of_ranks()
    eyes.supervision = replace(eyes.supervision, as_of=as_of)
    eyes.follow(record("transaction.created", after={"status": "posted"}, at=AFTER), DEPOSIT | {"amount": 5001})
    assert bool(eyes.needed) is needs


def capped(*roles: str, **fields: Any) -> dict[str, Any]:
    made = approval(policy("deposit"))
    return {**made, "roles": list(roles), "amount": 7000, "currency": "EUR", "reasons": ["ceiling"], **fields}


def test_request_that_may_be_decided_below_its_amount_is_named() -> None:
    eyes = of_ranks()
    eyes.follow(record("approval.created"), capped("manager", "admin"))
    eyes.follow(record("approval.created"), capped("teller", reasons=["risk_review"]))
    with pytest.raises(Broken) as broken:
        eyes.follow(record("approval.created"), capped("teller", "manager"))
    assert broken.value.where == "audit of PK#1, SK#000000000002: roles"
    assert (broken.value.expected, broken.value.found) == ("roles whose ceiling covers 7000 EUR", "teller")


@pytest.mark.parametrize("name", ["roles", "policy", "required", "amount", "parties", "requested_by", "decide_until"])
def test_request_that_is_changed_after_it_was_made_is_named(name: str) -> None:
    with pytest.raises(Broken, match="a request as it was made"):
        of_ranks().follow(record("approval.updated", before={name: 1}, after={name: 2}), capped("manager"))


def test_decision_in_a_role_that_its_maker_had_not_is_named() -> None:
    """Of an insider who is written as a manager, and was a teller."""
    eyes, held_by = of_ranks(), policy("kyc")
    state = {**approval(held_by), "decisions": [decision("usr_bob", role="admin")]}
    with pytest.raises(Broken) as broken:
        eyes.follow(record("approval.executed"), state)
    assert broken.value.found == "admin"


def test_vote_of_somebody_who_was_disabled_before_the_effect_does_not_count() -> None:
    eyes, held_by = of_ranks(), policy("kyc", required=2)
    votes = [decision("usr_bob"), decision("usr_eve")]
    eyes.follow(record("approval.executed"), approval(held_by, *votes))
    late = {**approval(held_by, *votes), "decide_until": "2026-12-01T00:00:00.000000Z"}
    with pytest.raises(Broken, match="decisions: expected 2 by different people, found 1"):
        eyes.follow(record("approval.executed", at="2026-11-06T00:00:00.000000Z"), late)


def test_decision_counts_until_the_time_for_it_is_over_whenever_it_is_carried_out() -> None:
    eyes, held_by, later = watched(), policy("kyc"), "2026-11-06T00:00:00.000000Z"
    eyes.follow(record("approval.executed", at=later), approval(held_by, decision("usr_bob", at=LATER)))
    with pytest.raises(Broken, match=f"decisions: expected before {END}, found {END}"):
        eyes.follow(record("approval.executed", at=later), approval(held_by, decision("usr_bob", at=END)))


ORDER = {
    "status": "active",
    "from_account_id": "acc_1",
    "to_account_id": "acc_2",
    "currency": "EUR",
    "amount": 5000,
    "first_amount": 7000,
    "approval_id": "apr_1",
}
DAY = date(2026, 11, 3)


def paid(amount: int = 5000, at: str = AFTER, **fields: Any) -> tuple[Record, dict[str, Any]]:
    """Return the audit record of a payment of the order, and the payment."""
    state = {
        "transaction_type": "transfer",
        "status": "posted",
        "currency": "EUR",
        "from_account_id": "acc_1",
        "to_account_id": "acc_2",
        "amount": amount,
        "order_id": "1",
        "occurrence": DAY.isoformat(),
    }
    made = replace(
        record("transaction.created", after={"status": "posted"}, at=at, by="system"),
        pk=f"TXN#{execution.transaction_id('1', DAY)}",
        request_id="request-2",
    )
    return made, state | fields


def of_order(order: Fields = ORDER, *, is_executed: bool = True) -> FourEyes:
    """Return what is found of an order of a moment after the policy was set, with its approval unless told."""
    held_by = policy("standing_order")
    eyes = watched(held_by, policy("transfer"))
    eyes.follow(record("order.created", after={"amount": 5000}, at=AFTER), order)
    if is_executed:
        eyes.follow(record("approval.executed"), approval(held_by))
    return eyes


@pytest.mark.parametrize("amount", [5000, 7000])
def test_payment_on_approved_terms_of_an_order_needs_no_approval_of_its_own(amount: int) -> None:
    eyes = of_order()
    eyes.follow(*paid(amount))
    assert len(eyes.paid) == 1
    eyes.require_all_approved()


@pytest.mark.parametrize(
    "payment",
    [
        paid(5001),
        paid(to_account_id="acc_3"),
        paid(from_account_id="acc_3"),
        paid(currency="USD"),
        paid(at="2026-11-02T12:00:00.000000Z"),
    ],
)
def test_payment_that_the_approved_terms_do_not_allow_is_named(payment: tuple[Record, dict[str, Any]]) -> None:
    """The last one was made before the terms were set."""
    eyes = of_order()
    eyes.follow(*payment)
    with pytest.raises(Broken, match="one of transfer, executed in the same request"):
        eyes.require_all_approved()


def test_payment_of_an_order_whose_approval_was_not_carried_out_is_named() -> None:
    eyes = of_order(is_executed=False)
    eyes.follow(*paid())
    with pytest.raises(Broken):
        eyes.require_all_approved()


def test_payment_of_an_order_without_an_approval_is_named() -> None:
    eyes = of_order({name: value for name, value in ORDER.items() if name != "approval_id"})
    eyes.follow(*paid())
    with pytest.raises(Broken, match="one of transfer"):
        eyes.require_all_approved()


def test_terms_and_payments_that_are_found_in_two_places_meet() -> None:
    eyes, other = of_order(), watched(policy("standing_order"), policy("transfer"))
    other.follow(*paid())
    other.merge(eyes)
    other.require_all_approved()


def test_payment_in_a_slot_that_is_not_its_occurrences_is_named() -> None:
    made, state = paid()
    with pytest.raises(Broken, match="order_id"):
        of_order().follow(replace(made, pk="TXN#txn_other"), state)
    with pytest.raises(Broken, match="order_id"):
        of_order().follow(made, state | {"occurrence": "2026-11-04"})


def test_recalled_payment_is_given_back_by_the_transaction_that_its_approval_names() -> None:
    held_by, given_back = policy("recall.accept"), key_of_return("1", 0).transaction_id
    eyes = watched(held_by)
    state = {"transaction_type": "payment_return", "status": "posted", "entries": [], "amount": 5, "currency": "EUR"}
    posted = record("transaction.created", after={"status": "posted"})
    eyes.follow(replace(posted, pk=f"TXN#{given_back}"), state)
    eyes.follow(record("approval.executed"), approval(held_by))
    eyes.require_all_approved()
    eyes.follow(replace(posted, pk="TXN#txn_other"), state)
    with pytest.raises(Broken, match=r"one of recall\.accept"):
        eyes.require_all_approved()


@pytest.mark.parametrize(("action", "kind"), [("vault_movement", "vault_movement"), ("branch_funding", "funding")])
def test_cash_of_the_bank_moves_by_the_transaction_under_its_approvals_own_key(action: ActionName, kind: str) -> None:
    """The approval names a branch, so another movement of the branch's cash must not pass for it."""
    held_by, key = policy(action), derive_key("approval", "1", action, "sha")
    eyes = watched(held_by)
    state = {"transaction_type": kind, "status": "posted", "amount": 5, "currency": "EUR"}
    posted = record("transaction.created", after={"status": "posted"})
    eyes.follow(replace(posted, pk=f"TXN#{key.transaction_id}"), state)
    eyes.follow(record("approval.executed"), approval(held_by, resource_id="brn_1", payload_sha256="sha"))
    eyes.require_all_approved()
    eyes.follow(replace(posted, pk="TXN#brn_1"), state)
    with pytest.raises(Broken, match=f"one of {action}"):
        eyes.require_all_approved()
