"""Verification proves that a second person agreed, and names what an insider with the tables has done alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.ceilings import Authority
from chalicelib.domain.ledger.hash_chain import compact
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.four_eyes import FourEyes
from chalicelib.services.approvals import needs
from chalicelib.services.operations import bootstrap
from chalicelib.services.progress import ignore
from chalicelib.services.verification import supervision, verify_parts
from chalicelib.services.verification.verify import BankRun, facts_now, verify_bank
from chalicelib.services.verification.verify_parts import in_turn
from tests.api.helpers import orders
from tests.api.helpers.accounts import deposit, new_key, opened, withdraw
from tests.api.helpers.approvals import CASES, HOOKS, World
from tests.api.helpers.bank import Json, User, items
from tests.api.helpers.held_money import AUTHORITY, decide_approval
from tests.api.helpers.links import linked
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change

FORGED = {"request_id": "forged"}
FORGED_AT = "2099-01-01T00:00:00.000000Z"


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def supervised(stream: Stream, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """An overdraft limit needs a second person, and everybody knows it."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    monkeypatch.setattr(supervision, "CLOCKS_DIFFER_MAX", timedelta(0))
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))
    world.set_policy("overdraft_limit")
    return world


def broken(stream: Stream) -> str | None:
    """Where verification finds the first link that does not hold, when the audit is written."""
    stream.deliver()
    found = verify_bank(ignore).broken
    return found.where if found else None


def write_around(item: Json, by: User, **values: object) -> None:
    """Change an item as the bank would, in a request that the bank never had."""
    signed = {"version": int(item["version"]) + 1, "updated_by": by.user_id, "updated_at": timestamp(clock.now())}
    change("bank", item["pk"], item["sk"], **{**signed, **FORGED, **values})


def item_of(kind: str, **fields: Any) -> Json:
    [found] = items(type=kind, **fields)
    return found


def eyes_of_bank(stream: Stream) -> FourEyes:
    """What a verification that holds has found of approvals."""
    stream.deliver()
    run = BankRun(facts_now(), ignore, in_turn)
    run.bank()
    return run.whole.eyes


@pytest.mark.parametrize("action", CASES)
def test_every_action_of_two_people_is_seen_with_its_approval(
    supervised: World, stream: Stream, action: ActionName
) -> None:
    case = CASES[action]
    case.prepare(supervised)
    supervised.by(case.decider)
    supervised.set_policy(action)
    supervised.approve(supervised.waiting(case.ask(supervised)), case.decider).ok()
    eyes = eyes_of_bank(stream)
    assert [effect.action for effect in eyes.needed] == [action]
    assert eyes.executed == set(eyes.needed)


def test_what_one_person_may_do_alone_is_no_alarm(supervised: World, stream: Stream) -> None:
    """Whatever takes rights: a lower limit, a rejection, the end of a holding, and of an account with a holder."""
    for action in ("holder", "kyc", "user.role"):
        CASES[action].prepare(supervised)
    supervised.approve(supervised.waiting(supervised.limit())).ok()
    customers, client, teller = "/v1/customers", supervised.client, supervised.teller
    holder = f"{supervised.path}/holders/{supervised.other_customer.customer_id}"
    client.put(holder, {"rights": "pay"}, token=teller.token).ok()
    for action in ("holder", "kyc", "user.role", "user.create"):
        supervised.set_policy(action)
    supervised.limit("0.00").ok()
    review = {"status": "rejected", "reason": "The passport is not theirs"}
    client.post(f"{customers}/{supervised.other_customer.customer_id}/kyc", review, token=teller.token).ok()
    withdraw(client, teller, supervised.account, "100.00").ok(201)
    client.delete(supervised.path, token=teller.token).ok()
    client.patch(f"/v1/users/{teller.user_id}", {"status": "disabled"}, token=supervised.admin.token).ok()
    assert [effect.action for effect in eyes_of_bank(stream).needed] == ["overdraft_limit"]


def test_action_of_two_people_holds(supervised: World, stream: Stream) -> None:
    supervised.approve(supervised.waiting(supervised.limit())).ok()
    assert supervised.limit_now() == "50.00"
    assert broken(stream) is None


@pytest.fixture
def secret(supervised: World) -> str:
    """The path that rotates the secret of an endpoint of the bank, for which it takes two people."""
    body = {"url": "http://127.0.0.1:9/hook", "events": ["*"], "signature": "hmac"}
    made = supervised.client.post(HOOKS, body, token=supervised.manager.token).ok(201)
    supervised.set_policy("webhook_endpoint")
    return f"{HOOKS}/{made['id']}/rotate-secret"


def test_secret_that_two_people_rotate_holds(supervised: World, stream: Stream, secret: str) -> None:
    approval = supervised.waiting(supervised.client.post(secret, token=supervised.manager.token))
    supervised.approve(approval, "admin").ok()
    supervised.client.post(secret, token=supervised.manager.token).ok()
    again = supervised.waiting(supervised.client.post(secret, token=supervised.manager.token))
    supervised.approve(again, "admin").ok()
    supervised.client.delete(secret.removesuffix("/rotate-secret"), token=supervised.admin.token).ok(204)
    eyes = eyes_of_bank(stream)
    assert [effect.action for effect in eyes.needed] == ["webhook_endpoint"] * 2, "to end an endpoint takes one"
    assert eyes.executed == set(eyes.needed)


@pytest.mark.parametrize("is_approved", [True, False])
def test_leave_to_rotate_a_secret_around_the_bank_is_named(
    supervised: World, stream: Stream, secret: str, is_approved: bool
) -> None:
    """Of an insider who lets a colleague rotate it, or who writes another secret where a colleague may rotate it."""
    values = {"rotation_for": supervised.manager.user_id, "rotation_until": "2099-01-01T00:00:00.000000Z"}
    if is_approved:
        approval = supervised.waiting(supervised.client.post(secret, token=supervised.manager.token))
        supervised.approve(approval, "admin").ok()
        stream.deliver()
        values = {"secret": "sealed by the insider"}
    write_around(item_of("webhook_endpoint"), supervised.teller, **values)
    assert str(broken(stream)).endswith(": approval")


def test_action_around_the_bank_is_named(supervised: World, stream: Stream) -> None:
    """Of an insider who can write every table, the audit's source too, but has no second person."""
    account = item_of("account", id=supervised.account["id"])
    write_around(account, supervised.teller, overdraft_limit=5000)
    where = broken(stream)
    assert where is not None
    assert (where.startswith(f"audit of {account['pk']}"), where.endswith(": approval")) == (True, True)


def _close(world: World) -> str:
    account = opened(world.client, world.customer)
    world.client.delete(f"/v1/accounts/{account['id']}", token=world.customer.token).ok()
    return str(account["id"])


def _save_payee(world: World) -> str:
    body = {"name": "Ben", "account_number": world.payee["account_number"]}
    made = world.client.post("/v1/beneficiaries", body, token=world.customer.token, key=new_key()).ok(201)
    return str(made["id"])


THEFTS: dict[str, tuple[str, Callable[[World], object], Json, str]] = {
    "account of another": ("account", lambda world: world.account["id"], {"customer_id": "cus_thief"}, "customer_id"),
    "closed account": ("account", _close, {"status": "active"}, "status"),
    "saved payee": ("beneficiary", _save_payee, {"account_id": "acc_thief"}, "account_id"),
    "number of a saved payee": ("beneficiary", _save_payee, {"account_number": "sealed anew"}, "account_number"),
}
"""What an insider writes, by the kind of item, which of them, and the field that verification names."""


@pytest.mark.parametrize("theft", THEFTS)
def test_theft_that_looks_like_a_change_of_the_customers_is_named(
    supervised: World, stream: Stream, theft: str
) -> None:
    """The audit records the change as any other: nothing but that the bank never makes it tells it from one."""
    kind, prepare, values, field = THEFTS[theft]
    item = item_of(kind, id=prepare(supervised))
    stream.deliver()
    write_around(item, supervised.customer, **values)
    assert str(broken(stream)).endswith(f": {field}")


KYC = {"kyc_status": "verified"}


@pytest.mark.parametrize("values", [KYC, {**KYC, "kyc_reviewed_at": FORGED_AT}, {"kyc_expires_on": "2099-01-01"}])
def test_verified_customer_around_the_bank_is_named(supervised: World, stream: Stream, values: Json) -> None:
    if "kyc_status" not in values:
        CASES["kyc"].ask(supervised).ok()
    supervised.set_policy("kyc")
    write_around(item_of("customer", id=supervised.other_customer.customer_id), supervised.teller, **values)
    assert str(broken(stream)).endswith(": approval")


@pytest.mark.parametrize("values", [{"every": 9}, {"unit": "day"}, {"start": "2098-01-01"}, {"times": 900}])
def test_dates_of_an_order_around_the_bank_are_named(supervised: World, stream: Stream, values: Json) -> None:
    orders.ask(supervised.client, supervised.customer, supervised.account, supervised.payee, count=9).ok(201)
    supervised.set_policy("standing_order")
    write_around(item_of("order"), supervised.customer, **values)
    assert str(broken(stream)).endswith(": approval")


@pytest.mark.parametrize("signed_by", ["customer", "teller"])
def test_second_effect_in_the_request_of_an_approval_is_named(
    supervised: World, stream: Stream, signed_by: str
) -> None:
    """Of an insider who writes a limit of another account as a part of what two people did, or as the customer."""
    other = opened(supervised.client, supervised.other_customer)
    supervised.approve(supervised.waiting(supervised.limit())).ok()
    request_id = item_of("account", id=supervised.account["id"])["request_id"]
    account = item_of("account", id=other["id"])
    write_around(account, supervised.by(signed_by), overdraft_limit=5000, request_id=request_id)
    assert broken(stream) == f"audit of {account['pk']}, ACCOUNT#000000000002: approval"


def test_execution_without_a_decision_is_named(supervised: World, stream: Stream) -> None:
    approval = supervised.waiting(supervised.limit())
    write_around(item_of("approval", id=approval["id"]), supervised.teller, status="executed")
    write_around(item_of("account", id=supervised.account["id"]), supervised.teller, overdraft_limit=5000)
    assert "decisions" in str(broken(stream))


@pytest.mark.parametrize("signed_by", ["teller", "manager"])
def test_forged_decision_is_named_unless_its_maker_signs_it(supervised: World, stream: Stream, signed_by: str) -> None:
    """The audit's record names who wrote the decision. Whoever forges that, too, needs the manager's own session."""
    approval = supervised.waiting(supervised.limit())
    at = timestamp(clock.now())
    decision = {"by": supervised.manager.user_id, "role": "manager", "decision": "approved", "at": at}
    item = item_of("approval", id=approval["id"])
    signed = {"version": int(item["version"]) + 1, "updated_by": supervised.by(signed_by).user_id, "updated_at": at}
    change("bank", item["pk"], item["sk"], status="approved", decisions=compact([decision]), **signed, **FORGED)
    assert (broken(stream) is None) is (signed_by == "manager")


def test_removed_decision_is_named(supervised: World, stream: Stream) -> None:
    supervised.set_policy("overdraft_limit", required=2)
    approval = supervised.waiting(supervised.limit())
    supervised.approve(approval).ok()
    write_around(item_of("approval", id=approval["id"]), supervised.teller, decisions="[]")
    assert "decisions" in str(broken(stream))


def test_policy_that_cannot_be_read_is_named(supervised: World, stream: Stream) -> None:
    stream.deliver()
    for kept in items(type="approval_policy"):
        change("bank", kept["pk"], kept["sk"], policy="{}")
    assert "APPROVAL_POLICIES" in str(broken(stream))


def test_policy_edited_around_the_bank_is_named(supervised: World, stream: Stream) -> None:
    """It is edited without a trace: neither its version nor its signature moves."""
    stream.deliver()
    kept = next(one for one in items(type="approval_policy") if one["sk"].startswith("SET#"))
    change("bank", kept["pk"], kept["sk"], policy=kept["policy"].replace('"require"', '"off"'))
    assert "APPROVAL_POLICIES" in str(broken(stream))


@pytest.fixture
def capped(supervised: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A teller takes in 500.00 alone, and everybody knows it."""
    ceilings = {"teller": {"deposit": {"USD": "500.00"}}, "manager": {"deposit": {"USD": "900.00"}}}
    supervised.client.put(AUTHORITY, {"ceilings": ceilings}, token=supervised.admin.token).ok()
    return supervised


def test_what_was_held_above_a_ceiling_holds(capped: World, stream: Stream) -> None:
    client, account = capped.client, capped.account
    deposit(client, capped.teller, account, "500.00").ok(201)
    held = deposit(client, capped.teller, account, "500.01").ok(202)
    decide_approval(client, capped.manager, held, "approve").ok()
    deposit(client, capped.manager, account, "900.00").ok(201)
    assert broken(stream) is None


def test_effect_above_the_ceiling_of_its_time_that_was_never_held_is_named(
    capped: World, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a bank whose code asks nobody; its policies are off."""
    account = capped.account
    with monkeypatch.context() as patch:
        patch.setattr(needs, "find_reasons", lambda *_: ())
        made = deposit(capped.client, capped.teller, account, "500.01").ok(201)
    raised = {"teller": {"deposit": {"USD": "600.00"}}, "manager": {"deposit": {"USD": "900.00"}}}
    capped.client.put(AUTHORITY, {"ceilings": raised}, token=capped.admin.token).ok()
    capped.client.patch(f"/v1/users/{capped.teller.user_id}", {"role": "manager"}, token=capped.admin.token).ok()
    where = broken(stream)
    assert where == f"audit of TXN#{made['id']}, TXN#000000000001: approval", "a later ceiling or role changes nothing"


def test_decision_below_the_amount_is_named(capped: World, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a bank that lets a manager decide above the own ceiling."""
    with monkeypatch.context() as patch:
        patch.setattr(Authority, "covers", lambda _, role, *__: role != "teller")
        held = deposit(capped.client, capped.teller, capped.account, "900.01").ok(202)
        decide_approval(capped.client, capped.manager, held, "approve").ok()
    assert str(broken(stream)).endswith(": roles")


def test_request_whose_deciders_were_changed_around_the_bank_is_named(capped: World, stream: Stream) -> None:
    held = deposit(capped.client, capped.teller, capped.account, "500.01").ok(202)
    approval = item_of("approval", id=held["id"].replace("txn_", "apr_"))
    write_around(approval, capped.teller, roles='["teller","manager","admin"]')
    assert broken(stream) == f"audit of {approval['pk']}, APPROVAL#000000000002"


def test_standard_ceilings_are_recorded_by_a_deployment(
    supervised: World, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = supervised.account
    monkeypatch.setenv("APPROVALS", "on")
    bootstrap.ensure_head_office_and_admin(supervised.admin.email, supervised.admin.password)
    assert supervised.client.get(AUTHORITY, token=supervised.teller.token).ok()["number"] == 1
    deposit(supervised.client, supervised.teller, account, "20000.00").ok(201)
    assert broken(stream) is None
    monkeypatch.setattr(needs, "find_reasons", lambda *_: ())
    deposit(supervised.client, supervised.teller, account, "20000.01").ok(201)
    assert str(broken(stream)).endswith(": approval")


def test_staff_who_are_the_customer_find_no_request_to_end_its_legal_hold_in_the_audit(
    supervised: World, stream: Stream, log_in: Callable[[str], User]
) -> None:
    CASES["legal_hold"].prepare(supervised)
    supervised.set_policy("legal_hold")
    own = linked(supervised.client, supervised.admin, supervised.second_admin, supervised.other_customer, log_in)
    approval = supervised.waiting(CASES["legal_hold"].ask(supervised))
    stream.deliver()
    path = f"/v1/audit?actor={supervised.manager.user_id}"
    found = [supervised.client.get(path, token=user.token).ok()["data"] for user in (supervised.admin, own)]
    assert [any(one["pk"] == f"APPROVAL#{approval['id']}" for one in records) for records in found] == [True, False]
