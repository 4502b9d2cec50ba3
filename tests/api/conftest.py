"""A bank on moto for each module of tests, and people who are signed in to it, new ones for each test."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from moto import mock_aws

from chalicelib.services import bootstrap
from tests.api.bank import STAGE, Api, User, make_bank

PASSWORD = "correct horse battery staple"
ADMIN_EMAIL = "root@florin.example"
numbers = count()


@pytest.fixture(scope="module", autouse=True)
def bank() -> Iterator[None]:
    """Tables, keys, head office and first admin. Passwords are hashed as cheaply as argon2 can: tests hash a lot."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name, value in {"FLORIN_STAGE": STAGE, "ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"}.items():
            environment.setenv(name, value)
        make_bank()
        bootstrap.ensure_head_office_and_admin(ADMIN_EMAIL, PASSWORD)
        yield


@pytest.fixture(scope="session")
def client() -> Api:
    return Api()


@pytest.fixture
def log_in(client: Api) -> Callable[[str], User]:
    """Log somebody in who has the tests' password."""

    def log_in(email: str) -> User:
        tokens = client.post("/v1/auth/login", {"email": email, "password": PASSWORD}).ok()
        profile = client.get("/v1/user/profile", token=tokens["access_token"]).ok()
        customer_id = profile["customer"]["customer_id"] if profile["customer"] else None
        return User(profile["user_id"], email, PASSWORD, tokens["access_token"], tokens["refresh_token"], customer_id)

    return log_in


@pytest.fixture
def new_customer(client: Api, log_in: Callable[[str], User]) -> Callable[[], User]:
    """Make one more customer, registered and logged in."""

    def new_customer() -> User:
        email = f"customer-{next(numbers)}@example.com"
        names = {"first_name": "Ada", "last_name": "Lovelace"}
        client.post("/v1/auth/register", {"email": email, "password": PASSWORD, **names}).ok(201)
        return log_in(email)

    return new_customer


@pytest.fixture
def new_staff(client: Api, admin: User, log_in: Callable[[str], User]) -> Callable[[str], User]:
    """Make one more teller, manager, auditor or admin, logged in."""

    def new_staff(role: str) -> User:
        email = f"{role}-{next(numbers)}@florin.example"
        wanted = {"email": email, "password": PASSWORD, "role": role, "first_name": "Grace", "last_name": "Hopper"}
        client.post("/v1/users", wanted, token=admin.token).ok(201)
        return log_in(email)

    return new_staff


@pytest.fixture
def admin(bank: None, log_in: Callable[[str], User]) -> User:
    """The first admin, whom the deploy tool makes."""
    return log_in(ADMIN_EMAIL)


@pytest.fixture
def customer(new_customer: Callable[[], User]) -> User:
    return new_customer()


@pytest.fixture
def other_customer(new_customer: Callable[[], User]) -> User:
    return new_customer()


@pytest.fixture
def teller(new_staff: Callable[[str], User]) -> User:
    return new_staff("teller")


@pytest.fixture
def manager(new_staff: Callable[[str], User]) -> User:
    return new_staff("manager")


@pytest.fixture
def auditor(new_staff: Callable[[str], User]) -> User:
    return new_staff("auditor")
