"""The mark of a busy account: nothing but its posts take notice of it, and the audit holds."""

from chalicelib.domain import permissions
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.crowd import call_to_groups
from tests.api.helpers.accounts import deposit, opened
from tests.api.helpers.bank import Api, User
from tests.api.helpers.stream import Stream


def test_account_that_is_marked_as_busy_is_not_edited_and_stays_verified(
    client: Api, customer: User, auditor: User, admin: User
) -> None:
    stream = Stream()
    account = opened(client, customer, "100.00")
    stored = Account.by_id(account["id"])
    assert stored
    call_to_groups(stored, permissions.system("a leader"))
    deposit(client, customer, account, "5.00").ok(201)
    stream.deliver()
    marked = Account.by_id(account["id"])
    assert marked
    assert marked.hot_until
    assert (marked.balance, marked.ledger_version) == (10_500, int(stored.ledger_version or 0) + 1)
    shown = client.get(f"/v1/accounts/{account['id']}", token=customer.token).ok()
    assert "hot_until" not in shown
    edits = client.get(f"/v1/accounts/{account['id']}/changes", token=admin.token).ok()["data"]
    assert [one["event"] for one in edits] == ["account.created"]
    verdict = client.get("/v1/audit/verify", token=auditor.token).ok()
    assert verdict["ok"], verdict
    assert verdict["checked"]["audit_records"] >= 4
