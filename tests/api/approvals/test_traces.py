"""What an approval does has the trace of the request that asked for it."""

import io
import json
from typing import Any

import pytest

from tests.api.helpers.accounts import new_key
from tests.api.helpers.approvals import World
from tests.api.helpers.bank import Json, User
from tests.api.helpers.events import event_rows
from tests.api.helpers.stream import Stream

OF_MAKER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OF_APPROVER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def stream(streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


def ask(world: World) -> Json:
    """Ask for an overdraft limit, in the maker's trace."""
    world.set_policy("overdraft_limit")
    body = {"overdraft_limit": "50.00"}
    return world.waiting(
        world.client.patch(world.path, body, token=world.teller.token, headers={"traceparent": OF_MAKER})
    )


def approve(world: World, approval: Json) -> Json:
    """Approve, in the approver's trace."""
    path = f"/v1/approvals/{approval['id']}/approve"
    approved: Json = world.client.post(
        path, {}, token=world.manager.token, key=new_key(), headers={"traceparent": OF_APPROVER}
    ).ok()
    return approved


def trace_of(event_type: str, subject: str) -> Any:
    """Return the trace in the bank's newest row of an event."""
    return event_rows(type=event_type, subject=subject, recipient="bank")[-1].get("traceparent")


def test_effect_of_an_approval_has_the_trace_of_its_maker(stream: Stream, world: World) -> None:
    approval = ask(world)
    assert approve(world, approval)["status"] == "executed"
    stream.deliver()
    assert world.limit_now() == "50.00"
    assert trace_of("account.updated", f"accounts/{world.account['id']}") == OF_MAKER


def test_audit_has_both_people_and_no_trace(stream: Stream, world: World, auditor: User) -> None:
    approval = ask(world)
    approve(world, approval)
    stream.deliver()
    page = world.client.get(f"/v1/audit?entity={world.account['id']}", token=auditor.token).ok()
    [limited] = [one for one in page["data"] if one["after"].get("overdraft_limit")]
    assert limited["actor"] == world.teller.user_id
    assert OF_MAKER[3:35] not in str(page)
    decided = world.client.get(f"/v1/approvals/{approval['id']}", token=auditor.token).ok()
    assert world.manager.user_id in str(decided["decisions"])


def test_log_leads_from_the_request_of_the_maker_to_that_of_the_approver(
    stream: Stream, world: World, log: io.StringIO
) -> None:
    approval = ask(world)
    approve(world, approval)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    about = [
        line for line in lines if line.get("approval_id") == approval["id"] and line["message"] == "request answered"
    ]
    assert [line["trace_id"] for line in about] == [OF_MAKER[3:35], OF_APPROVER[3:35]]
    assert [line["principal_id"] for line in about] == [world.teller.user_id, world.manager.user_id]


def test_text_in_a_path_that_is_no_id_is_not_logged(world: World, log: io.StringIO) -> None:
    world.client.get("/v1/approvals/ada.lovelace@example.com", token=world.manager.token).refused(404, "not_found")
    assert "ada.lovelace" not in log.getvalue()


def test_money_that_waited_is_posted_in_the_trace_of_the_approver(stream: Stream, world: World) -> None:
    world.set_policy("transfer")
    body = {"from_account_id": world.account["id"], "to_account_id": world.payee["id"], "amount": "5.00"}
    headers = {"traceparent": OF_MAKER}
    token = world.customer.token
    held = world.client.post("/v1/transactions/transfer", body, token=token, key=new_key(), headers=headers)
    approval = {"id": held.headers["Location"].rpartition("/")[2]}
    assert approve(world, approval)["status"] == "executed"
    stream.deliver()
    subject = f"transactions/{held.ok(202)['id']}"
    assert trace_of("transaction.pending", subject) == OF_MAKER
    assert trace_of("transaction.posted", subject) == OF_APPROVER
