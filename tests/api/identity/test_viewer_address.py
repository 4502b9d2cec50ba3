"""The network of a caller behind the console's distribution, and of one who only claims to be there."""

from collections.abc import Iterator

import boto3
import pytest

from chalicelib.services.crypto import bank_keys
from infra.deploy.bank_keys import write_private
from tests.api.helpers.bank import Api, Reply, User
from tests.api.helpers.network import ELSEWHERE, NEAR, WRONG, guess, guess_from, requests_from

CLOUDFRONT = "192.0.2.30"
SECRET = "s" * 64
NAME = "/florin/test/private/edge"


@pytest.fixture
def distribution(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gives the bank a distribution that has a secret."""
    parameters = boto3.client("ssm")
    write_private(parameters, NAME, SECRET)
    monkeypatch.setenv("EDGE_SECRET_NAME", NAME)
    bank_keys.forget()
    yield
    parameters.delete_parameter(Name=NAME)
    bank_keys.forget()


def pass_on(client: Api, customer: User, viewer: str, password: str = WRONG, secret: str = SECRET) -> Reply:
    """Log in as the distribution passes it on, or somebody who writes its headers."""
    with requests_from(CLOUDFRONT):
        return guess(client, customer.email, password, **{"X-Florin-Viewer": viewer, "X-Florin-Edge": secret})


@pytest.mark.usefixtures("distribution")
def test_failures_behind_the_distribution_lock_the_network_of_the_viewer(client: Api, customer: User) -> None:
    for _ in range(5):
        pass_on(client, customer, NEAR).refused(401, "unauthorized")
    pass_on(client, customer, NEAR, customer.password).refused(429, "too_many_attempts")
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")
    pass_on(client, customer, ELSEWHERE, customer.password).ok()
    listed = client.get("/v1/user/logins", token=customer.token).ok()["data"]
    assert listed[0]["source_ip"] == ELSEWHERE


@pytest.mark.usefixtures("distribution")
@pytest.mark.parametrize("secret", ["", "t" * 64, SECRET[:-1], "\u00e9"])
def test_an_address_without_the_secret_does_not_choose_the_network(client: Api, customer: User, secret: str) -> None:
    for number in range(5):
        pass_on(client, customer, f"10.0.{number}.1", secret=secret).refused(401, "unauthorized")
    pass_on(client, customer, NEAR, customer.password, secret).refused(429, "too_many_attempts")
    guess_from(NEAR, client, customer.email, customer.password).ok()


def test_without_a_distribution_no_header_chooses_the_network(client: Api, customer: User) -> None:
    for number in range(5):
        pass_on(client, customer, f"10.0.{number}.1").refused(401, "unauthorized")
    pass_on(client, customer, NEAR, customer.password).refused(429, "too_many_attempts")
