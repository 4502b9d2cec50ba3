"""What happens between two calls of one request: somebody else's request, or no answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.crypto.token_hash import digest
from chalicelib.models import transact
from chalicelib.services.crypto import passwords
from tests.api.helpers.bank import Api, Reply, User, items
from tests.api.helpers.links import link
from tests.api.helpers.network import ELSEWHERE, requests_from
from tests.api.helpers.race import just_before

Step = Callable[[], object]


def log_in(client: Api, user: User) -> Reply:
    return client.post("/v1/auth/login", {"email": user.email, "password": user.password})


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Step], None]:
    """Let something happen after a log-in has read its user and before it starts the session."""

    def between(step: Step) -> None:
        verify = passwords.verify_secret
        steps = [step]

        def interrupted(kept: str | None, secret: str) -> bool:
            while steps:
                steps.pop()()
            return verify(kept, secret)

        monkeypatch.setattr(passwords, "verify_secret", interrupted)

    return between


def test_a_user_disabled_during_its_log_in_gets_no_session(
    client: Api, admin: User, customer: User, between: Callable[[Step], None]
) -> None:
    between(lambda: client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok())
    log_in(client, customer).refused(401, "unauthorized")
    assert not items(type="session", user_id=customer.user_id, status="active")
    assert len(items(type="login", user_id=customer.user_id, outcome="failed")) == 1


def test_a_user_given_another_role_during_its_log_in_gets_no_session(
    client: Api, admin: User, teller: User, between: Callable[[Step], None]
) -> None:
    between(lambda: client.patch(f"/v1/users/{teller.user_id}", {"role": "auditor"}, token=admin.token).ok())
    log_in(client, teller).refused(401, "unauthorized")
    assert not items(type="session", user_id=teller.user_id, status="active")


def test_a_user_linked_to_its_customer_during_its_log_in_gets_no_session(
    client: Api, admin: User, teller: User, customer: User, between: Callable[[Step], None]
) -> None:
    """The token would not know whose accounts are out of bounds."""
    between(lambda: link(client, admin, teller, customer).ok())
    log_in(client, teller).refused(401, "unauthorized")
    assert not items(type="session", user_id=teller.user_id, status="active")


def test_a_password_changed_during_a_log_in_wins(client: Api, customer: User, between: Callable[[Step], None]) -> None:
    new = {"current_password": customer.password, "new_password": "another password"}
    between(lambda: client.post("/v1/auth/password", new, token=customer.token))
    log_in(client, customer).refused(401, "unauthorized")
    assert len(items(type="session", user_id=customer.user_id, status="active")) == 1


def test_of_two_refreshes_at_once_the_later_one_has_the_valid_token(client: Api, customer: User) -> None:
    """Both have read the same session. They may be one client's, or two hands hold the token: then the next refresh of
    the one whose token has been replaced ends the session."""
    body = {"refresh_token": customer.refresh_token}
    others: list[Reply] = []
    with just_before("TransactWriteItems", lambda: others.append(client.post("/v1/auth/refresh", body))):
        later = client.post("/v1/auth/refresh", body).ok()
    [earlier] = [reply.ok() for reply in others]
    client.post("/v1/auth/refresh", {"refresh_token": earlier["refresh_token"]}).refused(401, "unauthorized")
    client.post("/v1/auth/refresh", {"refresh_token": later["refresh_token"]}).refused(401, "unauthorized")
    client.get("/v1/user/profile", token=later["access_token"]).refused(401, "unauthorized")


def test_two_refreshes_at_once_from_two_networks_are_a_copied_token(client: Api, customer: User) -> None:
    body = {"refresh_token": customer.refresh_token}
    others: list[Reply] = []

    def from_elsewhere() -> None:
        with requests_from(ELSEWHERE):
            others.append(client.post("/v1/auth/refresh", body))

    with just_before("TransactWriteItems", from_elsewhere):
        client.post("/v1/auth/refresh", body).refused(401, "unauthorized")
    winner = others[0].ok()
    client.get("/v1/user/profile", token=winner["access_token"]).refused(401, "unauthorized")


def test_a_lost_answer_does_not_cost_an_attempt_or_a_session(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write lands, its answer is lost, and it is sent again: the log-in is made once and counted once."""
    write = transact.write
    sent: list[int] = []

    def lossy(actions: list[Any]) -> None:
        sent.append(len(actions))
        write(actions)
        if len(sent) % 2:
            raise transact.Ambiguous("ReadTimeoutError")

    monkeypatch.setattr(transact, "write", lossy)
    log_in(client, customer).ok()
    assert sent == [2, 2, 6, 6]
    assert len(items(type="session", user_id=customer.user_id)) == 2
    assert len(items(type="login", user_id=customer.user_id)) == 2


def test_conflicts_are_tried_again(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    write = transact.write
    conflicts = [2]

    def contended(actions: list[Any]) -> None:
        if conflicts[0]:
            conflicts[0] -= 1
            raise transact.Cancelled([transact.Reason("TransactionConflict")] * len(actions))
        write(actions)

    monkeypatch.setattr(transact, "write", contended)
    log_in(client, customer).ok()


def test_two_first_log_ins_at_once_both_make_their_device_known(client: Api, customer: User) -> None:
    """Each has read the same devices: the one that is overtaken adds its own to what the other has left."""
    others: list[Reply] = []
    with just_before("TransactWriteItems", lambda: others.append(log_in(client, customer))):
        here = log_in(client, customer).ok()["device_token"]
    [item] = items(type="known_devices", user_id=customer.user_id)
    known = json.loads(item["devices"])
    assert {digest(one) for one in (here, others[0].ok()["device_token"])} <= set(known)


def test_a_password_changed_during_a_log_in_leaves_no_device_known(
    client: Api, customer: User, between: Callable[[Step], None]
) -> None:
    new = {"current_password": customer.password, "new_password": "another password"}
    between(lambda: client.post("/v1/auth/password", new, token=customer.token))
    log_in(client, customer).refused(401, "unauthorized")
    [item] = items(type="known_devices", user_id=customer.user_id)
    assert json.loads(item["devices"]) == {}
