"""Branches in the audit, and in the proof of the whole bank."""

import pytest

from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import deposit, opened, read
from tests.api.helpers.bank import Api, User, items
from tests.api.helpers.branches import HEAD_OFFICE, UNKNOWN, cash_of, move, opened_branch
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change

HOURS = {"monday": ["09:00-12:30", "13:30-17:00"], "saturday": ["10:00-24:00"]}


@pytest.fixture
def stream(bank: People, wholly_streamed_bank: None) -> Stream:
    """A bank whose stream is read from its very first item."""
    return Stream()


def test_everything_is_audited_and_proven(
    stream: Stream, client: Api, manager: User, auditor: User, customer: User
) -> None:
    branch = opened_branch(client, manager, cash="100.00", opening_hours=HOURS)["id"]
    client.patch(f"/v1/branches/{branch}", {"city": "York"}, token=manager.token).ok()
    move(client, manager, branch, HEAD_OFFICE, "30.00").ok(201)
    deposit(client, customer, opened(client, customer), "5.00", branch_id=branch).ok(201)
    stream.deliver()
    records = client.get(f"/v1/audit?entity={branch}", token=auditor.token).ok()["data"]
    assert [(one["event"], one["actor"]) for one in records] == [
        ("branch.updated", manager.user_id),
        ("branch.created", manager.user_id),
    ]
    assert records[0]["after"] == {"city": "York"}
    assert records[1]["after"]["opening_hours"] == HOURS
    verdict = verify_bank(lambda _: None)
    assert verdict.ok, verdict.broken


def test_counts_of_accounts_are_audited_and_proven(
    stream: Stream, client: Api, manager: User, auditor: User, customer: User
) -> None:
    branch = opened_branch(client, manager)["id"]
    for _ in range(3):
        opened(client, customer, "1.00", branch_id=branch)
    stream.deliver()
    records = client.get(f"/v1/audit?entity={branch}", token=auditor.token).ok()["data"]
    assert [one["event"].partition(".")[0] for one in records] == ["branch_accounts"] * 3 + ["branch"]
    assert all(one["after"]["opened"] for one in records[:3])
    assert verify_bank(lambda _: None).ok
    [counts, *_] = items(type="branch_accounts")
    change("bank", counts["pk"], counts["sk"], opened=7)
    broken = verify_bank(lambda _: None).broken
    assert broken
    assert broken.where == f"{counts['pk']} {counts['sk']}: opened"


def test_a_branch_that_was_altered_is_found(stream: Stream, client: Api, manager: User) -> None:
    branch = opened_branch(client, manager)["id"]
    stream.deliver()
    assert verify_bank(lambda _: None).ok
    change("bank", f"BRANCH#{branch}", "BRANCH", city="Elsewhere")
    verdict = verify_bank(lambda _: None)
    assert verdict.broken
    assert verdict.broken.where == f"BRANCH#{branch} BRANCH: city"


def test_an_account_moves_to_another_branch(
    stream: Stream, client: Api, manager: User, customer: User, auditor: User
) -> None:
    branch = opened_branch(client, manager)["id"]
    account = opened(client, customer, "10.00")
    path = f"/v1/accounts/{account['id']}"
    client.patch(path, {"branch_id": UNKNOWN}, token=customer.token).refused(404, "not_found")
    client.patch(path, {"branch_id": None}, token=customer.token).refused(422, "validation_failed")
    client.patch(path, {"branch_id": branch}, token=customer.token, headers={"If-Match": '"9"'}).refused(
        409, "conflict"
    )
    client.patch(path, {"branch_id": branch}, token=auditor.token).refused(403, "forbidden")
    moved = client.patch(path, {"branch_id": branch}, token=customer.token).ok()
    assert (moved["branch_id"], moved["balance"]) == (branch, "10.00")
    assert read(client, customer, account) == moved | {"pending_approvals": None}
    assert [cash_of(client, manager, one)["USD"] for one in (branch, HEAD_OFFICE)] == ["0.00", "10.00"]
    stream.deliver()
    [moved_at, _] = client.get(f"{path}/changes", token=customer.token).ok()["data"]
    assert (moved_at["before"], moved_at["after"]) == ({"branch_id": HEAD_OFFICE}, {"branch_id": branch})
