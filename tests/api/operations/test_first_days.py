"""A new bank with the settings of dev or prod: how two people take it into use, and what neither can do alone."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chalicelib.services import reference_cache
from chalicelib.services.operations.bootstrap import ensure_head_office_and_admin
from tests.api.conftest import ADMIN_EMAIL, PASSWORD
from tests.api.helpers.accounts import deposit, new_key, opened, read, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.customers import review
from tests.api.helpers.factors import enrolled_app
from tests.api.helpers.held_money import decide_approval
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.stages import deployed_settings

SECOND = "second@florin.example"


@dataclass
class Town:
    """A bank that nobody has used yet. Everybody chooses the same password, each by an own mail."""

    client: Api
    mailbox: Mailbox
    log_in: Callable[[str], User]

    def first_admin(self) -> User:
        user = self.log_in(ADMIN_EMAIL)
        enrolled_app(self.client, user)
        return user

    def hire(self, by: User, role: str, email: str, **also: object) -> Reply:
        body = {"email": email, "role": role, "first_name": "Mary", "last_name": "Somerville", **also}
        return self.client.post("/v1/users", body, token=by.token, key=new_key())

    def set_password(self, email: str) -> Reply:
        """Use the code in the mailbox."""
        body = {"token": self.mailbox.code_for(email), "new_password": PASSWORD}
        return self.client.post("/v1/auth/password/reset", body)

    def arrive(self, email: str) -> User:
        """Choose a password with the code from the mail, log in, and enrol an app."""
        self.set_password(email).ok(204)
        user = self.log_in(email)
        self.client.get("/v1/customers", token=user.token).refused(403, "mfa_enrolment_required")
        enrolled_app(self.client, user)
        return user

    def approve(self, by: User, asked: Reply) -> None:
        done: Json = decide_approval(self.client, by, asked.ok(202), "approve").ok()
        assert (done["status"], done["failure"]) == ("executed", None)


@pytest.fixture(params=["dev", "prod"])
def town(
    empty_bank: None,
    client: Api,
    mailbox: Mailbox,
    log_in: Callable[[str], User],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Town:
    """As the deploy tool leaves it."""
    settings = deployed_settings(request.param)
    for name in settings.keys() - {"FLORIN_STAGE"}:  # the tables have the stage in their names
        monkeypatch.setenv(name, settings[name])
    reference_cache.forget()
    ensure_head_office_and_admin(ADMIN_EMAIL, PASSWORD)
    return Town(client, mailbox, log_in)


def test_two_admins_take_the_bank_into_use(town: Town, new_customer: Callable[[], User]) -> None:
    client, first = town.client, town.log_in(ADMIN_EMAIL)
    town.hire(first, "admin", SECOND).refused(403, "mfa_enrolment_required")
    enrolled_app(client, first)
    town.hire(first, "manager", "m@florin.example").refused(422, "no_approver")
    town.hire(first, "admin", SECOND).ok(201)
    second = town.arrive(SECOND)
    for role in ("admin", "manager", "teller"):
        asked = town.hire(first, role, f"{role}@florin.example")
        decide_approval(client, first, asked.ok(202), "approve").refused(403, "approval_own_request")
        town.approve(second, asked)
    manager, teller = town.arrive("manager@florin.example"), town.arrive("teller@florin.example")
    ada = new_customer()
    client.post("/v1/accounts", {"type": "current"}, token=ada.token, key=new_key()).refused(409, "conflict")
    town.approve(manager, review(client, teller, ada.customer_id, "verified"))
    current, savings = opened(client, ada), opened(client, ada, type="savings")
    deposit(client, teller, current, "500.00").ok(201)
    withdraw(client, teller, current, "100.00").ok(201)
    transfer(client, ada, current, savings, "50.00").refused(403, "forbidden")  # its address is not verified yet
    code = {"code": town.mailbox.code_for(ada.email)}
    client.post("/v1/auth/email/verify", code, token=ada.token).ok(204)
    transfer(client, ada, current, savings, "50.00").ok(201)
    assert read(client, ada, current)["balance"] == "350.00"


def test_admin_who_brings_in_the_second_cannot_be_the_second(town: Town) -> None:
    """With a password that the first has chosen, one person would be both."""
    first = town.first_admin()
    chosen = town.hire(first, "admin", SECOND, password=PASSWORD).refused(422, "validation_failed")
    assert chosen.wrong_fields == ["password"]
    town.hire(first, "admin", SECOND).ok(201)
    for password in (PASSWORD, "None", "null"):
        guess = {"email": SECOND, "password": password}
        town.client.post("/v1/auth/login", guess).refused(401, "unauthorized")
    town.hire(first, "teller", "t@florin.example").ok(202)
    assert [one["status"] for one in items(type="approval")] == ["requested"]
    town.hire(first, "admin", "third@florin.example").ok(202)
    assert len(items(type="user")) == 2


def test_lost_phone_is_replaced_by_whoever_reads_the_mailbox(town: Town) -> None:
    """Neither the password alone gets in afterwards, nor the mailbox alone before."""
    first = town.first_admin()
    town.hire(first, "admin", SECOND).ok(201)
    second = town.arrive(SECOND)
    town.approve(second, town.hire(first, "manager", "m@florin.example"))
    manager = town.arrive("m@florin.example")
    asked = town.client.delete(f"/v1/users/{second.user_id}/factors", token=first.token)
    decide_approval(town.client, second, asked.ok(202), "approve").refused(403, "approval_own_request")
    town.approve(manager, asked)
    town.client.get("/v1/users", token=second.token).refused(401, "unauthorized")
    known = {"email": SECOND, "password": PASSWORD}
    town.client.post("/v1/auth/login", known).refused(401, "unauthorized")
    town.client.post("/v1/auth/password/reset-requests", {"email": SECOND}).ok(202)
    again = town.arrive(SECOND)
    town.client.get("/v1/users", token=again.token).ok()
