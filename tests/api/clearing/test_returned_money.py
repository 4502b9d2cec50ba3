"""Money that came back to a closed account: people forward it to its owner, once, and to nobody else."""

from collections.abc import Callable

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import read_facts
from chalicelib.services import progress
from chalicelib.services.verification import verify_payments
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import closed, deposit, new_key, opened
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.clearing import Clearing, answer, own, pay, send_return
from tests.api.helpers.held_money import decide_approval
from tests.api.helpers.links import linked
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change

Forward = Callable[..., Reply]


@pytest.fixture
def stream(wholly_streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def returned(client: Api, customer: User, payer: Json, clearing: Clearing) -> Json:
    """Return a payment of 1,000.00 EUR that came back when its account was closed."""
    payment = pay(client, customer, payer, "1000.00")
    clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    closed(client, customer, payer)
    send_return(clearing, payment, 100_000)
    assert (own("clearing"), own("returns")) == (0, 100_000)
    [back] = items(type="transaction", transaction_type="payment_return")
    assert "to_account_id" not in back
    return payment


@pytest.fixture
def forward(client: Api, manager: User, returned: Json) -> Forward:
    def ask(account_id: str, *, by: User = manager, key: str | None = None) -> Reply:
        path = f"/v1/clearing/payments/{returned['id']}/forward"
        return client.post(path, {"account_id": account_id}, token=by.token, key=key or new_key())

    return ask


def euros(client: Api, user: User) -> Json:
    return opened(client, user, currency="EUR")


def test_money_that_waits_goes_to_its_owner_once(client: Api, customer: User, returned: Json, forward: Forward) -> None:
    account = euros(client, customer)
    seen = forward(account["id"], key="k").ok()
    assert (seen["state"], seen["trace"][-1]["what"]) == ("returned", "forwarded")
    assert forward(account["id"], key="k").ok() == seen
    for other in (account, euros(client, customer)):
        forward(other["id"]).refused(409, "conflict")
    assert (read_account(client, customer, account)["balance"], own("returns")) == ("1000.00", 0)
    [line] = client.get(f"/v1/accounts/{account['id']}/history", token=customer.token).ok()["data"]
    assert (line["type"], line["bank_counterparty"]["name"]) == ("payment_return", "Zoë Müller")


def test_money_that_waits_goes_to_nobody_else(
    client: Api, customer: User, other_customer: User, teller: User, returned: Json, forward: Forward
) -> None:
    account, dollars, ended = euros(client, customer), opened(client, customer), euros(client, customer)
    closed(client, customer, ended)
    forward(euros(client, other_customer)["id"]).refused(422, "validation_failed")
    forward("acc_01ARZ3NDEKTSV4RRFFQ69G5FAV").refused(404, "not_found")
    forward(dollars["id"]).refused(422, "currency_mismatch")
    forward(ended["id"]).refused(422, "account_closed")
    for user in (customer, teller):
        forward(account["id"], by=user).refused(403, "forbidden")
    assert own("returns") == 100_000
    forward(account["id"]).ok()


def test_money_of_an_erased_customer_goes_to_the_new_one_when_two_people_agree(
    stream: Stream, client: Api, customer: User, other_customer: User, manager: User, admin: User, forward: Forward
) -> None:
    account = euros(client, other_customer)
    client.put("/v1/approval-policies/payment.forward", {"control": "require"}, token=admin.token).ok()
    client.delete(f"/v1/customers/{customer.customer_id}", token=customer.token).ok()
    waiting = forward(account["id"]).ok(202)
    assert (waiting["action"], own("returns")) == ("payment.forward", 100_000)
    decide_approval(client, manager, waiting, "approve").refused(403, "approval_own_request")
    assert decide_approval(client, admin, waiting, "approve").ok()["status"] == "executed"
    assert (read_account(client, other_customer, account)["balance"], own("returns")) == ("1000.00", 0)
    forward(account["id"]).refused(409, "conflict")
    stream.deliver()
    stream.let_follow()
    assert verify_bank(progress.ignore, timestamp(clock.now())).broken is None


def test_staff_forward_no_money_of_their_own(
    client: Api,
    customer: User,
    admin: User,
    new_staff: Callable[[str], User],
    log_in: Callable[[str], User],
    forward: Forward,
) -> None:
    account = euros(client, customer)
    oneself = linked(client, admin, new_staff("manager"), customer, log_in)
    forward(account["id"], by=oneself).refused(403, "conflict_of_interest")
    assert own("returns") == 100_000


def test_staff_forward_no_money_of_others_to_themselves(
    client: Api,
    customer: User,
    other_customer: User,
    admin: User,
    new_staff: Callable[[str], User],
    log_in: Callable[[str], User],
    forward: Forward,
) -> None:
    account = euros(client, other_customer)
    oneself = linked(client, admin, new_staff("manager"), other_customer, log_in)
    client.delete(f"/v1/customers/{customer.customer_id}", token=customer.token).ok()
    forward(account["id"], by=oneself).refused(403, "conflict_of_interest")
    assert own("returns") == 100_000
    forward(account["id"]).ok()


def test_money_that_reached_its_account_is_not_forwarded(
    client: Api, customer: User, manager: User, payer: Json, clearing: Clearing
) -> None:
    payment = pay(client, customer, payer)
    path = f"/v1/clearing/payments/{payment['id']}/forward"

    def ask() -> Reply:
        return client.post(path, {"account_id": payer["id"]}, token=manager.token, key=new_key())

    ask().refused(409, "conflict")
    clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    ask().refused(409, "conflict")
    send_return(clearing, payment)
    ask().refused(409, "conflict")
    assert read_account(client, customer, payer)["balance"] == "1000.00"


def test_bank_that_has_forwarded_money_is_proven(
    stream: Stream, client: Api, customer: User, admin: User, returned: Json, forward: Forward
) -> None:
    client.put("/v1/approval-policies/recall.accept", {"control": "require"}, token=admin.token).ok()
    account = euros(client, customer)
    forward(account["id"]).ok()
    deposit(client, customer, account, "1.00").ok(201)
    stream.deliver()
    stream.let_follow()
    assert len(items(type="transaction", transaction_type="payment_return")) == 2
    assert verify_bank(progress.ignore, timestamp(clock.now())).broken is None
    keys = [Transaction.key(str(one["id"])) for one in items(type="transaction")]
    verify_payments.prove(read_facts(keys))
    change("bank", f"PAYMENT#{returned['id']}", "PAYMENT", customer_id="cus_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with pytest.raises(Broken, match="customer_id"):
        verify_payments.prove([one for one in read_facts(keys) if one.transaction_type == "payment_return"])
