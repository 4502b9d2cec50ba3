"""Erasure waits for what is open, whoever asks; a customer hears the same words whatever it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.services.clearing import adapter
from chalicelib.services.privacy import erasure_blocks
from tests.api.helpers.accounts import closed, opened, withdraw
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.customers import edit, review
from tests.api.helpers.holders import put_holder
from tests.api.helpers.persons import erase, exported
from tests.api.helpers.race import just_before
from tests.api.helpers.received_recalls import recalled_by_hand
from tests.api.helpers.risk import held_by_hand, raised

Open = Callable[[], Callable[[], object]]
"""Opens something, and returns what settles it."""


def refusal(client: Api, user: User, customer: User) -> str:
    reply = client.delete(f"/v1/customers/{customer.customer_id}", token=user.token).refused(409, "conflict")
    return str(reply.json["detail"])


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    paid = opened(client, customer, "1.00")
    withdraw(client, customer, paid, "1.00").ok(201)
    return closed(client, customer, paid)


@pytest.fixture
def alert(client: Api, customer: User, manager: User, account: Json) -> Open:
    def begin() -> Callable[[], object]:
        path = f"/v1/reports/risk/{raised(customer, account, 'low')}/settle"
        body = {"outcome": "dismissed", "note": "n"}
        return lambda: client.post(path, body, token=manager.token).ok()

    return begin


@pytest.fixture
def payment(client: Api, customer: User, other_customer: User, manager: User) -> Open:
    """From another one's account, which the customer holds."""

    def begin() -> Callable[[], object]:
        joint = opened(client, other_customer, "9.00")
        put_holder(client, manager, joint, customer, "pay").ok()
        held = held_by_hand(customer, joint, opened(client, other_customer))
        return lambda: client.post(f"/v1/transactions/{held}/cancel", token=customer.token).ok()

    return begin


@pytest.fixture
def ask_kyc(client: Api, customer: User, teller: User, admin: User) -> Callable[[], Json]:
    """Ask a colleague to verify the customer."""
    client.put("/v1/approval-policies/kyc", {"control": "require"}, token=admin.token).ok()
    return lambda: review(client, teller, customer.customer_id, "verified").ok(202)


@pytest.fixture
def request_of_staff(client: Api, manager: User, ask_kyc: Callable[[], Json]) -> Open:
    def begin() -> Callable[[], object]:
        path = f"/v1/approvals/{ask_kyc()['id']}/reject"
        return lambda: client.post(path, {"reason": "r"}, token=manager.token).ok()

    return begin


@pytest.fixture
def hold(client: Api, customer: User, manager: User) -> Open:
    path = f"/v1/customers/{customer.customer_id}/legal-hold"

    def begin() -> Callable[[], object]:
        client.post(path, {"reason": "r"}, token=manager.token).ok()
        return lambda: client.delete(path, token=manager.token).ok()

    return begin


@pytest.fixture
def recall(client: Api, customer: User, manager: User, account: Json, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Another bank asks for a payment back that came into the account."""
    monkeypatch.setattr(adapter, "send", lambda _: None)

    def begin() -> Callable[[], object]:
        credited = str(items(type="transaction")[0]["id"])
        recalled = recalled_by_hand(credited, str(customer.customer_id), account["id"])
        path = f"/v1/clearing/recalls/{recalled}/refuse"
        return lambda: client.post(path, {"code": "AC04"}, token=manager.token).ok()

    return begin


@pytest.mark.parametrize(
    ("what", "word"),
    [
        ("recall", "that another bank recalls"),
        ("alert", "risk alert"),
        ("payment", "payment of the customer waits"),
        ("request_of_staff", "waits for another person"),
        ("hold", "legal hold"),
    ],
)
def test_erasure_waits_for_what_is_open_and_tells_a_customer_nothing_of_it(
    client: Api, customer: User, manager: User, what: str, word: str, request: pytest.FixtureRequest
) -> None:
    settle = request.getfixturevalue(what)()
    before = items(type="customer", id=customer.customer_id)
    assert word in refusal(client, manager, customer)
    assert refusal(client, customer, customer) == erasure_blocks.TOLD_TO_CUSTOMERS
    assert items(type="customer", id=customer.customer_id) == before
    settle()
    assert erase(client, customer, customer.customer_id)["status"] == "erased"


def test_staff_hear_of_all_that_is_open(client: Api, customer: User, manager: User, alert: Open, hold: Open) -> None:
    alert()
    hold()
    told = refusal(client, manager, customer)
    assert "risk alert" in told
    assert "legal hold" in told


def test_each_reason_costs_one_query_whichever_holds(
    client: Api, customer: User, manager: User, hold: Open, account: Json
) -> None:
    """So a customer cannot tell by the time, either."""
    held = hold()
    with counted_calls() as refused:
        refusal(client, customer, customer)
    held()
    raised(customer, account, "low")
    with counted_calls() as again:
        refusal(client, customer, customer)
    # The session, by the authorizer and before a change, and the customer; its accounts, its alerts, what it has asked
    # for and made, what is asked about it, and a read to fill each list that is not empty.
    assert refused == {"GetItem": 3, "Query": 6, "BatchGetItem": 1}
    assert again == {"GetItem": 3, "Query": 6, "BatchGetItem": 2}


def test_a_request_blocks_no_longer_than_it_can_be_decided(
    client: Api, customer: User, ask_kyc: Callable[[], Json], log_in: Callable[[str], User],
    at_time: Callable[[timedelta], None],
) -> None:  # fmt: skip
    """Whether or not the sweep has come by."""
    ask_kyc()
    at_time(timedelta(hours=71))
    refusal(client, log_in(customer.email), customer)
    at_time(timedelta(hours=73))
    assert erase(client, log_in(customer.email), customer.customer_id)["status"] == "erased"


def test_a_request_to_erase_a_customer_does_not_keep_it_from_erasing_itself(
    client: Api, customer: User, manager: User, admin: User, new_staff: Callable[[str], User]
) -> None:
    client.put("/v1/approval-policies/customer.erase", {"control": "require"}, token=admin.token).ok()
    asked = client.delete(f"/v1/customers/{customer.customer_id}", token=manager.token).ok(202)
    assert erase(client, customer, customer.customer_id)["status"] == "erased"
    decided = client.post(f"/v1/approvals/{asked['id']}/approve", {}, token=new_staff("manager").token).ok()
    assert decided["status"] == "failed"
    assert len(items(type="customer", id=customer.customer_id)) == 1


def test_a_request_to_enable_the_customer_s_user_is_about_the_customer(
    client: Api, customer: User, manager: User, admin: User, new_staff: Callable[[str], User]
) -> None:
    new_staff("admin")
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    client.put("/v1/approval-policies/user.role", {"control": "require"}, token=admin.token).ok()
    client.patch(f"/v1/users/{customer.user_id}", {"status": "active"}, token=admin.token).ok(202)
    assert "waits for another person" in refusal(client, manager, customer)


def test_an_export_does_not_tell_of_requests_by_staff(
    client: Api, customer: User, manager: User, ask_kyc: Callable[[], Json]
) -> None:
    asked = ask_kyc()
    for user in (customer, manager):
        assert asked["id"] not in str(list(exported(client, user, customer.customer_id)))


def test_an_account_that_was_closed_lately_blocks_where_the_stage_says_so(
    client: Api, customer: User, manager: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alerts about its last payments come through the stream, a moment after them."""
    monkeypatch.setenv("ERASURE_WAIT_HOURS", "24")
    assert "closed lately" in refusal(client, manager, customer)
    assert refusal(client, customer, customer) == erasure_blocks.TOLD_TO_CUSTOMERS
    monkeypatch.setenv("ERASURE_WAIT_HOURS", "0")
    assert erase(client, customer, customer.customer_id)["status"] == "erased"


def test_nobody_is_erased_under_a_name_that_was_not_verified(
    client: Api, customer: User, manager: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer that gives itself another name and erases itself would leave the bank with that name."""
    monkeypatch.setenv("KYC_REQUIRED", "true")
    review(client, manager, customer.customer_id, "verified").ok()
    edit(client, customer, customer.customer_id, last_name="Nobody").ok()
    assert "not verified" in refusal(client, manager, customer)
    assert refusal(client, customer, customer) == erasure_blocks.TOLD_TO_CUSTOMERS
    review(client, manager, customer.customer_id, "verified").ok()
    assert erase(client, customer, customer.customer_id)["status"] == "erased"


def test_a_joint_holder_is_not_erased_under_a_name_that_was_not_verified(
    client: Api, customer: User, other_customer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_holder(client, manager, opened(client, other_customer), customer, "view").ok()
    monkeypatch.setenv("KYC_REQUIRED", "true")
    assert "not verified" in refusal(client, manager, customer)
    review(client, manager, customer.customer_id, "verified").ok()
    assert erase(client, customer, customer.customer_id)["status"] == "erased"


def test_a_name_that_is_given_while_the_erasure_begins_is_seen(
    client: Api, customer: User, manager: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYC_REQUIRED", "true")
    review(client, manager, customer.customer_id, "verified").ok()
    with just_before("TransactWriteItems", lambda: edit(client, customer, customer.customer_id, last_name="Nobody")):
        refusal(client, customer, customer)
    assert items(type="retained_identity") == []


def test_an_account_that_was_closed_a_day_ago_does_not_block(
    client: Api, customer: User, log_in: Callable[[str], User], at_time: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("ERASURE_WAIT_HOURS", "24")
    closed(client, customer, opened(client, customer))
    at_time(timedelta(hours=24, minutes=1))
    again = log_in(customer.email)
    assert erase(client, again, customer.customer_id)["status"] == "erased"
