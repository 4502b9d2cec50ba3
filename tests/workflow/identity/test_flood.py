"""A flood of log-ins is refused, and customers who are signed in go on paying."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

import pytest

from infra.deploy.change_set import outputs
from tests.stack import Stack
from tests.workflow.bank import Client, Reply, at_once, new_key, register, until_known

LOG_IN = "/v1/auth/login"
GUESSES_FOR_EACH_PAYMENT = 12
PAYMENTS = 5
REQUESTS_AT_ONCE = 16
RATE, BURST = "1", "10"
"""Log-ins a second, and at once."""
networks = count()


def guess(url: str, email: str, address: str) -> Reply:
    wrong = {"email": email, "password": "a wrong guess"}
    return Client(url).call("POST", LOG_IN, wrong, X_Forwarded_For=address)


def new_network() -> str:
    number = next(networks)
    return f"198.{18 + number // 250}.{number % 250}.7"


def new_address() -> str:
    return f"{uuid.uuid4().hex}@florin.example"


def flood_and_pay(url: str, one_guess: Callable[[], Reply]) -> Counter[int]:
    """Guess, and pay in between. Every payment is posted, once. Return the statuses of the guesses."""
    customer = register(url)
    payer, payee = customer.open_account()["id"], customer.open_account()["id"]
    assert customer.deposit(payer, "10.00").status == 201

    def pay() -> Reply:
        return until_known(partial(customer.transfer, payer, payee, "1.00", key=new_key()))

    replies = at_once(([one_guess] * GUESSES_FOR_EACH_PAYMENT + [pay]) * PAYMENTS, REQUESTS_AT_ONCE)
    paid = replies[GUESSES_FOR_EACH_PAYMENT :: GUESSES_FOR_EACH_PAYMENT + 1]
    assert [reply.status for reply in paid] == [201] * PAYMENTS, paid
    assert (customer.balance(payer), customer.balance(payee)) == ("5.00", "5.00")
    return Counter(reply.status for reply in replies) - Counter({201: PAYMENTS})


def test_flood_of_one_network_at_an_address_is_429_after_five_guesses(stack: Stack) -> None:
    one_guess = partial(guess, stack.url, new_address(), new_network())
    assert flood_and_pay(stack.url, one_guess) == {401: 5, 429: 55}


def test_flood_of_many_networks_at_an_address_is_429_after_fifty_guesses(stack: Stack) -> None:
    address = new_address()
    assert flood_and_pay(stack.url, lambda: guess(stack.url, address, new_network())) == {401: 50, 429: 10}


@pytest.fixture
def few_sign_ins(stack: Stack) -> Iterator[None]:
    """Let API Gateway take few log-ins; the stage local takes as many as of any other route."""
    gateway = stack.client("apigateway")
    api = outputs(stack.cloud, stack.settings.stack_name)["RestAPIId"]

    def limit(rate: str, burst: str) -> None:
        path = "/~1v1~1auth~1login/POST/throttling"
        changes = [
            {"op": "replace", "path": f"{path}/rateLimit", "value": rate},
            {"op": "replace", "path": f"{path}/burstLimit", "value": burst},
        ]
        gateway.update_stage(restApiId=api, stageName="api", patchOperations=changes)

    usual = gateway.get_stage(restApiId=api, stageName="api")["methodSettings"]["*/*"]
    limit(RATE, BURST)
    yield
    limit(str(usual["throttlingRateLimit"]), str(usual["throttlingBurstLimit"]))


@pytest.mark.usefixtures("few_sign_ins")
def test_flood_of_many_networks_at_many_addresses_is_429_by_the_route(stack: Stack) -> None:
    found = flood_and_pay(stack.url, lambda: guess(stack.url, new_address(), new_network()))
    assert set(found) == {401, 429}
    assert found[429] > found[401], "more are refused by the gateway than the bank looks at"
