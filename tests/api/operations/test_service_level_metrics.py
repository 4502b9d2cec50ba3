"""The metrics of the service levels: what a request, the authorizer, the sealer and a delivery emit."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.errors import Unavailable
from chalicelib.handlers.http.authorizer import authorize
from chalicelib.services.identity import authenticate
from chalicelib.services.payments import deposits_withdrawals
from chalicelib.services.verification import seal_digest
from tests.api.helpers.accounts import deposit, opened
from tests.api.helpers.archive import Archive
from tests.api.helpers.bank import Api, User

METHOD = "arn:aws:execute-api:us-east-1:123456789012:api-id/api/GET/v1/accounts"


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Any:
    """Returns the values of a metric that were emitted since the last question."""

    def values(name: str) -> list[float]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        found = [line[name] for line in lines if name in line]
        return [one for value in found for one in (value if isinstance(value, list) else [value])]

    return values


def test_money_that_moves_counts_as_no_failure(client: Api, customer: User, emitted: Any) -> None:
    account = opened(client, customer)
    emitted("")
    deposit(client, customer, account, "10.00").ok(201)
    assert emitted("MoneyFailures") == [0]


def test_refusal_by_a_rule_counts_as_no_failure(client: Api, customer: User, emitted: Any) -> None:
    account = opened(client, customer)
    emitted("")
    deposit(client, customer, account, "-1.00").refused(422, "validation_failed")
    assert emitted("MoneyFailures") == [0]


def test_bank_that_cannot_post_counts_as_a_failure(
    client: Api, customer: User, emitted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Unavailable("The table cannot be reached.")

    account = opened(client, customer)
    monkeypatch.setattr(deposits_withdrawals, "deposit", fail)
    emitted("")
    deposit(client, customer, account, "10.00").refused(503, "unavailable")
    assert emitted("MoneyFailures") == [1]


def test_time_of_a_money_request_is_emitted_and_of_a_read_is_not(client: Api, customer: User, emitted: Any) -> None:
    account = opened(client, customer)
    emitted("")
    client.get(f"/v1/accounts/{account['id']}", token=customer.token).ok()
    assert emitted("MoneyMilliseconds") == []
    deposit(client, customer, account, "10.00").ok(201)
    [milliseconds] = emitted("MoneyMilliseconds")
    assert 0 < milliseconds < 10_000


def test_wrong_token_is_no_error_of_the_authorizer(client: Api, emitted: Any) -> None:
    """A stranger who sends wrong tokens must not wake anyone."""
    with pytest.raises(Exception, match="Unauthorized"):
        authorize({"type": "TOKEN", "authorizationToken": "Bearer no", "methodArn": METHOD}, None)
    assert emitted("AuthorizerErrors") == []


def test_authorizer_that_cannot_read_sessions_counts_an_error(
    client: Api, customer: User, emitted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise Unavailable("The table cannot be reached.")

    monkeypatch.setattr(authenticate, "principal_of", fail)
    with pytest.raises(Unavailable):
        authorize({"type": "TOKEN", "authorizationToken": f"Bearer {customer.token}", "methodArn": METHOD}, None)
    assert emitted("AuthorizerErrors") == [1]


def test_sealer_that_has_nothing_to_seal_has_succeeded(client: Api, archive: Archive, emitted: Any) -> None:
    before = clock.now() - timedelta(hours=1)
    clock.set_clock(lambda: before)
    try:
        assert seal_digest.seal() == []
    finally:
        clock.set_clock(None)
    assert emitted("SealRuns") == [1]
