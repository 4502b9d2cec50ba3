"""Removing the factors of somebody who has lost them: an admin asks, another person approves."""

from collections.abc import Callable
from itertools import count

import pytest

from chalicelib.domain.errors import Contention
from chalicelib.services.identity import sessions
from tests.api.helpers.bank import Api, LogIn, User, items
from tests.api.helpers.factors import enrolled_app, enrolled_passkey, logged_in, own_factors
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream, audited


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


def test_removal_of_anothers_factors_waits_for_a_second_person_who_is_not_that_user(
    client: Api, admin: User, manager: User, new_staff: Callable[[str], User], stream: Stream, log_in: LogIn
) -> None:
    """Until then factors and sessions stay; the audit has who asked and who decided."""
    second = new_staff("admin")
    app = enrolled_app(client, second)
    client.put("/v1/approval-policies/user.factors", {"control": "require"}, token=admin.token).ok()
    approval = client.delete(f"/v1/users/{second.user_id}/factors", token=admin.token).ok(202)
    assert own_factors(client, second)["data"][0]["id"] == app.factor_id
    path = f"/v1/approvals/{approval['id']}/approve"
    for party in (admin, second):
        client.post(path, {}, token=party.token).refused(403, "approval_own_request")
    assert client.post(path, {}, token=manager.token).ok()["status"] == "executed"
    client.get("/v1/user/profile", token=second.token).refused(401, "unauthorized")
    assert own_factors(client, log_in(second.email))["data"] == []
    stream.deliver()
    of_user = [one for one in audited() if (one["pk"], one["event"]) == (f"USER#{second.user_id}", "user.updated")]
    assert (of_user[-1]["actor"], "factors" in str(of_user[-1]["before"])) == (admin.user_id, True)
    assert [one["event"] for one in audited() if one["pk"].endswith(approval["id"])][-1] == "approval.executed"


def test_factor_enrolled_meanwhile_outdates_the_removal(client: Api, admin: User, manager: User, teller: User) -> None:
    """The user was not locked out after all: a recovery code let it in."""
    app = enrolled_app(client, teller)
    client.put("/v1/approval-policies/user.factors", {"control": "require"}, token=admin.token).ok()
    approval = client.delete(f"/v1/users/{teller.user_id}/factors", token=admin.token).ok(202)
    again = logged_in(client, teller, recovery_code=app.recovery_codes[0])
    enrolled_passkey(client, again)
    failed = client.post(f"/v1/approvals/{approval['id']}/approve", {}, token=manager.token).ok()
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "approval_stale")
    assert len(own_factors(client, again)["data"]) == 2


def test_removal_cut_short_leaves_no_session(
    client: Api, admin: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has used the factor would be asked for none any more."""
    enrolled_app(client, manager)
    ended, calls = sessions.end_all, count()

    def once(*given: object, **named: object) -> None:
        if next(calls):
            raise Contention("cut short")
        ended(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sessions, "end_all", once)
    assert client.delete(f"/v1/users/{manager.user_id}/factors", token=admin.token).status == 503
    monkeypatch.undo()
    client.get("/v1/user/profile", token=manager.token).refused(401, "unauthorized")
    assert items(type="user", id=manager.user_id)[0].get("factors") is None
