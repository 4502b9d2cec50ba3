"""Interest credited by hand on the deployed bank, by many at once: each day is paid once.

It has a bank of its own, for it sets the clock of all functions ahead.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.models.interest import rate as interest_rate
from chalicelib.services.verification import verify
from infra.emulator.clock import set_ahead
from tests import midnight
from tests.stack import Stack, eventually, running_stack, warm_up
from tests.workflow.bank import Client, Json, Reply, at_once, log_in, make_staff, new_key, register, until_known

AHEAD = timedelta(days=30)
CLIENTS = 8
OF_THIS_FILE = timedelta(seconds=300)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("interest-by-hand")) as stack:
        yield stack


@pytest.fixture(scope="module")
def accounts(stack: Stack) -> dict[str, Json]:
    """Savings of one customer, opened today, in the real present: with much in it, and with next to nothing."""
    customer = register(stack.url)
    midnight.wait_until_far(OF_THIS_FILE)  # after one, there would be a day more to credit
    return {balance: customer.open_account(type="savings", initial_deposit=balance) for balance in ("10000.00", "1.00")}


@pytest.fixture(scope="module")
def manager(stack: Stack, accounts: dict[str, Json]) -> Client:
    """Signed in 30 days later: as many days are over since the accounts were opened."""
    set_ahead(stack.cloud, stack.settings, AHEAD)
    manager = make_staff(log_in(stack.url, stack.admin.email, stack.admin.password), "manager")
    warm_up(lambda: manager.get("/v1/interest-rates"), CLIENTS)
    return manager


def apply(manager: Client, account: Json, key: str) -> Reply:
    path = f"/v1/accounts/{account['id']}/apply_interest"
    return until_known(lambda: manager.post(path, key=key))


def deposit(manager: Client, account: Json, key: str) -> Reply:
    body = {"account_id": account["id"], "amount": "1.00"}
    return until_known(lambda: manager.post("/v1/transactions/deposit", body, key=key))


@pytest.mark.parametrize(("balance", "credited"), [("10000.00", "24.66"), ("1.00", "0.00")])
def test_of_many_credits_at_once_one_pays(
    manager: Client, accounts: dict[str, Json], balance: str, credited: str
) -> None:
    """Each is sent twice with its key, while money comes in."""
    account, keys = accounts[balance], [new_key() for _ in range(12)]
    asked = [partial(apply, manager, account, key) for key in keys for _ in range(2)]
    deposits = [partial(deposit, manager, account, new_key()) for _ in range(6)]
    replies = at_once([one for pair in zip(asked, deposits * 4, strict=True) for one in pair], CLIENTS)[::2]
    assert Counter(reply.status for reply in replies) == {201: 2, 409: 22}
    paid, again = (reply.body for reply in replies if reply.status == 201)
    assert paid == again
    assert (paid["amount"], paid["days"]) == (credited, 30)
    assert {reply.code for reply in replies if reply.status == 409} == {"conflict"}
    lines = manager.get(f"/v1/accounts/{account['id']}/history?limit=100").body["data"]
    assert Counter(line["type"] for line in lines) == Counter(deposit=7, interest_credit=int(credited != "0.00"))
    pending = manager.get(f"/v1/accounts/{account['id']}/interest").body
    assert (pending["days"], pending["paid_through"]) == (0, paid["paid_through"])


def test_everything_verifies_and_a_rate_altered_in_the_table_does_not(
    stack: Stack, manager: Client, at_the_tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    effective_from = (clock.now() + 2 * AHEAD).date().isoformat()
    wanted = {"annual_rate": "0.0400", "effective_from": effective_from}
    assert manager.call("PUT", "/v1/interest-rates/savings", wanted).status == 200
    monkeypatch.setenv("CLOCK_AHEAD_SECONDS", str(int(AHEAD.total_seconds())))
    eventually(lambda: verify.verify_bank(lambda _: None, timestamp(clock.now())).ok)
    [rate] = interest_rate.all_of("savings")
    rate.annual_rate_millionths = 250_000
    stack.client("dynamodb").put_item(TableName=stack.table_name("bank"), Item=rate.serialize())
    broken = verify.verify_bank(lambda _: None).broken
    assert broken is not None
    assert "RATE#savings" in broken.where
