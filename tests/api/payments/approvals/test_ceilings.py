"""What staff do above the ceiling of their role waits for somebody whose ceiling covers it."""

from collections.abc import Callable

import pytest

from tests.api.helpers.accounts import balance, deposit, new_key, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.held_money import approval_of, decide_approval, set_ceilings, set_policy, stored
from tests.api.helpers.reviews import current, decide, money

Move = Callable[[Api, User, Json, Json, str], Reply]
MOVES: dict[str, Move] = {
    "deposit": lambda client, user, account, _, amount: deposit(client, user, account, amount),
    "withdraw": lambda client, user, account, _, amount: withdraw(client, user, account, amount),
    "transfer": transfer,
}


@pytest.fixture(autouse=True)
def ceilings(client: Api, admin: User, account: Json, payee: Json) -> None:
    set_ceilings(client, admin, teller="1000.00", manager="5000.00", admin="8000.00")


def test_deposit_above_the_ceiling_is_credited_only_after_approval(
    client: Api, log_in: Callable[[str], User], customer: User, teller: User, manager: User, account: Json,
    auditor: User,
) -> None:  # fmt: skip
    deposit(client, teller, account, "1000.00").ok(201)
    reply = deposit(client, teller, account, "1000.01")
    held = reply.ok(202)
    assert (held["status"], held["type"], held["entries"]) == ("pending", "deposit", [])
    waiting = held["waiting"]
    assert waiting["code"] == "approval"
    assert waiting["required"] == 1
    assert reply.headers["Location"] == f"/v1/approvals/{waiting['approval_id']}"
    assert money(client, customer, account) == ("10000.00", "0.00", "10000.00")
    approval = approval_of(client, manager, held)
    assert approval.items() >= {
        "id": waiting["approval_id"], "action": "deposit", "status": "requested", "reasons": ["ceiling"],
        "roles": ["manager", "admin"], "amount": "1000.01", "currency": "USD", "resource": held["id"],
        "requested_by": teller.user_id, "expires_at": waiting["until"],
    }.items()  # fmt: skip
    again = log_in(teller.email)
    decide_approval(client, again, held, "approve").refused(403, "approval_own_request")
    decide(client, again, held, "approve").refused(403, "forbidden")
    executed = decide_approval(client, manager, held, "approve").ok()
    assert executed["status"] == "executed"
    assert [one["by"] for one in executed["decisions"]] == [manager.user_id]
    assert money(client, customer, account) == ("11000.01", "0.00", "11000.01")
    assert client.get("/v1/audit/verify", token=auditor.token).ok()["ok"] is True


@pytest.mark.parametrize("action", ["withdraw", "transfer"])
def test_payment_above_the_ceiling_is_held_until_it_is_approved(
    client: Api, customer: User, teller: User, manager: User, account: Json, payee: Json, action: str
) -> None:
    MOVES[action](client, teller, account, payee, "1000.00").ok(201)
    held = MOVES[action](client, teller, account, payee, "1000.01").ok(202)
    assert money(client, customer, account) == ("8000.00", "1000.01", "6999.99")
    assert approval_of(client, manager, held)["reasons"] == ["ceiling"]
    posted = decide(client, manager, held, "approve").ok()
    assert posted["status"] == "posted"
    assert money(client, customer, account) == ("6999.99", "0.00", "6999.99")
    assert stored(held) == ("posted", "executed")


@pytest.mark.parametrize("action", sorted(MOVES))
def test_manager_whose_ceiling_is_too_low_does_not_decide(
    client: Api, teller: User, manager: User, admin: User, account: Json, payee: Json, action: str
) -> None:
    held = MOVES[action](client, teller, account, payee, "5000.01").ok(202)
    assert approval_of(client, admin, held)["roles"] == ["admin"]
    for how in ("approve", "reject"):
        decide_approval(client, manager, held, how).refused(403, "forbidden")
        decide(client, manager, held, how).refused(403, "forbidden")
    assert stored(held) == ("pending", "requested")
    decide_approval(client, admin, held, "approve").ok()
    assert stored(held) == ("posted", "executed")


def test_manager_above_the_own_ceiling_waits_for_an_admin(
    client: Api, manager: User, second_manager: User, admin: User, account: Json
) -> None:
    held = deposit(client, manager, account, "5000.01").ok(202)
    decide_approval(client, second_manager, held, "approve").refused(403, "forbidden")
    decide_approval(client, admin, held, "approve").ok()
    assert balance(account) == 1_400_001


@pytest.mark.parametrize("action", sorted(MOVES))
def test_amount_above_every_ceiling_is_refused_with_figures(
    client: Api, teller: User, account: Json, payee: Json, action: str
) -> None:
    refused = MOVES[action](client, teller, account, payee, "8000.01").refused(422, "no_approver")
    assert "8000.01 USD is above every ceiling" in refused.json["detail"]
    assert "manager 5000.00, admin 8000.00" in refused.json["detail"]
    assert items(type="approval") == []
    assert items(type="transaction", status="pending") == []


def test_refusal_for_want_of_an_approver_is_not_recorded_under_the_key(client: Api, admin: User, account: Json) -> None:
    key = new_key()
    deposit(client, admin, account, "8000.01", key=key).refused(422, "no_approver")
    set_ceilings(client, admin, teller="1000.00", manager="5000.00", admin="9000.00")
    deposit(client, admin, account, "8000.01", key=key).ok(201)


def test_only_person_with_the_ceiling_is_the_maker(client: Api, manager: User, admin: User, account: Json) -> None:
    set_policy(client, admin, "deposit", above={"USD": "5000.00"})
    refused = deposit(client, admin, account, "5000.01").refused(422, "no_approver")
    assert "needs 1 other active admin" in refused.json["detail"]
    held = deposit(client, manager, account, "5000.01").ok(202)
    assert approval_of(client, admin, held)["reasons"] == ["policy", "ceiling"]


def test_ceilings_are_those_of_the_currency(client: Api, customer: User, teller: User, admin: User) -> None:
    euros = opened(client, customer, currency="EUR")
    set_ceilings(client, admin, currency="EUR", teller="10.00")
    deposit(client, teller, euros, "10.00").ok(201)
    deposit(client, teller, euros, "10.01").ok(202)
    dollars = opened(client, customer)
    deposit(client, teller, dollars, "10.01").ok(201)


def test_customers_have_no_ceiling(client: Api, customer: User, account: Json, payee: Json) -> None:
    transfer(client, customer, account, payee, "8500.00").ok(201)


def test_reversal_and_overdraft_above_the_ceiling_wait(
    client: Api, customer: User, teller: User, manager: User, account: Json
) -> None:
    paid = deposit(client, customer, account, "1000.01").ok(201)
    waiting = reverse(client, teller, paid).ok(202)
    assert (waiting["action"], waiting["reasons"]) == ("reverse", ["ceiling"])
    path = f"/v1/accounts/{account['id']}"
    limited = client.patch(path, {"overdraft_limit": "1000.01"}, token=teller.token).ok(202)
    assert (limited["action"], limited["reasons"]) == ("overdraft_limit", ["ceiling"])
    client.patch(path, {"overdraft_limit": "1000.00"}, token=teller.token).ok()
    assert decide_approval(client, manager, waiting, "approve").ok()["status"] == "executed"


def test_initial_deposit_does_not_go_around_the_ceiling(client: Api, customer: User, teller: User) -> None:
    before = len(items(type="account"))
    body = {"type": "current", "customer_id": customer.customer_id, "initial_deposit": "1000.01"}
    client.post("/v1/accounts", body, token=teller.token, key=new_key()).refused(403, "action_blocked")
    assert len(items(type="account")) == before
    body["initial_deposit"] = "1000.00"
    client.post("/v1/accounts", body, token=teller.token, key=new_key()).ok(201)


def test_teller_cancels_what_it_asked_for(client: Api, customer: User, teller: User, account: Json) -> None:
    held = withdraw(client, teller, account, "1000.01").ok(202)
    decide_approval(client, customer, held, "cancel").refused(404, "not_found")
    decide_approval(client, teller, held, "cancel").ok()
    assert stored(held) == ("voided", "cancelled")
    assert money(client, customer, account) == ("9000.00", "0.00", "9000.00")
    assert current(client, teller, held)["waiting"] is None
