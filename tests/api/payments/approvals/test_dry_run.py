"""`?dry_run=true` on money: whether it would wait, and what it would be refused with; nothing moves or is written."""

from collections.abc import Callable

import pytest

from chalicelib.handlers.http.operation import DRY_RUN
from tests.api.helpers import cloud
from tests.api.helpers.accounts import deposit, frozen, new_key, opened, transfer, withdraw
from tests.api.helpers.approvals import PIN, Trying
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.held_money import set_ceilings, set_policy
from tests.api.helpers.risk import set_rule

Move = Callable[[Api, User, Json, Json, str], Reply]
MOVES: dict[str, Move] = {
    "deposit": lambda client, user, account, _, amount: deposit(client, user, account, amount),
    "withdraw": lambda client, user, account, _, amount: withdraw(client, user, account, amount),
    "transfer": transfer,
}
ABOVE = {"USD": "1000.00"}
each_move = pytest.mark.parametrize("action", MOVES)


@pytest.fixture
def trying() -> Trying:
    return Trying()


def read_outcome(reply: Reply) -> tuple[bool, list[str], list[str]]:
    """Whether it would wait, why, and for whom."""
    found = reply.ok()
    assert reply.headers["Content-Type"] == DRY_RUN
    return found["would_wait"], found["reasons"], found["roles"]


@each_move
def test_trying_says_whether_a_policy_holds_it_back_and_writes_nothing(
    client: Api, trying: Trying, customer: User, manager: User, admin: User, account: Json, payee: Json, action: str
) -> None:
    set_policy(client, admin, action, above=ABOVE)
    before = cloud.save()
    held = read_outcome(MOVES[action](trying, customer, account, payee, "1000.01"))
    assert held == (True, ["policy"], ["manager", "admin"])
    assert read_outcome(MOVES[action](trying, customer, account, payee, "1000.00")) == (False, [], [])
    assert cloud.save() == before
    MOVES[action](client, customer, account, payee, "1000.01").ok(202)


@each_move
def test_trying_knows_ceilings(
    client: Api, trying: Trying, teller: User, admin: User, account: Json, payee: Json, action: str
) -> None:
    set_ceilings(client, admin, teller="1000.00", manager="1000.00", admin="5000.00")
    held = read_outcome(MOVES[action](trying, teller, account, payee, "1000.01"))
    assert held == (True, ["ceiling"], ["admin"])
    MOVES[action](trying, teller, account, payee, "5000.01").refused(422, "no_approver")


@each_move
def test_trying_has_the_errors_of_the_request_and_records_none(
    client: Api, trying: Trying, customer: User, teller: User, new_customer: Callable[[], User],
    account: Json, payee: Json, action: str,
) -> None:  # fmt: skip
    MOVES[action](trying, new_customer(), account, payee, "1.00").refused(404, "not_found")
    MOVES[action](trying, customer, account, payee, "1000000.01").refused(422, "limit_exceeded")
    if action != "deposit":
        MOVES[action](trying, customer, account, payee, "9000.01").refused(422, "insufficient_funds")
        frozen(client, teller, account)
        MOVES[action](trying, customer, account, payee, "1.00").refused(422, "account_frozen")
    assert client.get("/v1/transactions?status=failed", token=customer.token).ok()["data"] == []


@each_move
def test_trying_what_a_policy_blocks_is_refused(
    client: Api, trying: Trying, customer: User, admin: User, account: Json, payee: Json, action: str
) -> None:
    set_policy(client, admin, action, "block")
    MOVES[action](trying, customer, account, payee, "1.00").refused(403, "action_blocked")


def test_key_of_what_was_tried_is_free(client: Api, trying: Trying, customer: User, account: Json, payee: Json) -> None:
    key = new_key()
    transfer(trying, customer, account, payee, "9000.01", key=key).refused(422, "insufficient_funds")
    transfer(trying, customer, account, payee, "5.00", key=key).ok()
    transfer(client, customer, account, payee, "6.00", key=key).ok(201)


def test_trying_counts_the_customers_day(
    client: Api, trying: Trying, customer: User, admin: User, account: Json, payee: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Over all accounts, which else only the write itself finds out."""
    second = opened(client, customer, "9000.00")
    set_policy(client, admin, "transfer", above=ABOVE, within_24h=True)
    transfer(client, customer, account, payee, "600.00").ok(201)
    assert read_outcome(transfer(trying, customer, second, payee, "400.01"))[1] == ["policy"]
    assert read_outcome(transfer(trying, customer, second, payee, "400.00"))[0] is False
    monkeypatch.setenv("DAILY_LIMIT", "900")
    transfer(trying, customer, second, payee, "300.01").refused(422, "limit_exceeded")


def test_trying_does_not_tell_what_is_suspicious(
    client: Api, trying: Trying, customer: User, manager: User, account: Json, payee: Json
) -> None:
    """Whoever moves stolen money would find the largest amount that nobody looks at."""
    set_rule(client, manager, "new_counterparty", action="review")
    assert read_outcome(transfer(trying, customer, account, payee, "2500.00"))[0] is False
    transfer(client, customer, account, payee, "2500.00").ok(202)


@pytest.mark.parametrize("action", ["withdraw", "transfer"])
def test_trying_does_not_tell_whether_a_pin_is_right(
    client: Api, trying: Trying, customer: User, account: Json, payee: Json, action: str
) -> None:
    client.put(f"/v1/accounts/{account['id']}/pin", {"pin": PIN}, token=customer.token).ok(204)
    before = cloud.save()
    assert MOVES[action](trying, customer, account, payee, "1.00").code == "pin_required"
    for pin in (PIN, "8264"):
        body = {"amount": "1.00", "pin": pin, "account_id": account["id"]}
        if action == "transfer":
            body = {"amount": "1.00", "pin": pin, "from_account_id": account["id"], "to_account_id": payee["id"]}
        reply = trying.post(f"/v1/transactions/{action}", body, token=customer.token, key=new_key())
        assert read_outcome(reply)[0] is False
    assert cloud.save() == before
