"""What every endpoint asks of DynamoDB, as a table. A Scan is never in it: no function may do one.

The authorizer's read of the session is left out, for API Gateway keeps its answer for a minute. Accounts are those of
the head office; naming another branch costs one GetItem more.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest

from chalicelib import clock
from chalicelib.handlers.routes import ROUTES
from tests.api.accounts import deposit, new_key, opened, reverse, transfer, withdraw
from tests.api.bank import Api, Json, Reply, User, counted_calls
from tests.api.branches import HEAD_OFFICE, move, opened_branch
from tests.api.run_machine import RunMachine
from tests.api.tickets import raised


class World(NamedTuple):
    client: Api
    customer: User
    admin: User
    account: Json
    other: Json
    empty: Json
    made: Json
    """A transfer from the one to the other."""
    branch: Json
    ticket: Json
    announcement: Json

    def ask(
        self, method: str, path: str, body: object = None, *, by: User | None = None, key: str | None = None
    ) -> Reply:
        path = path.format(
            account=self.account["id"],
            other=self.other["id"],
            empty=self.empty["id"],
            made=self.made["id"],
            ticket=self.ticket["id"],
            announcement=self.announcement["id"],
        )
        return self.client.send(method, path, body, token=(by or self.customer).token, key=key)


class Cost(NamedTuple):
    view: str
    get: int
    batch_get: int
    query: int
    transact: int
    request: Callable[[World], Reply]
    status: int = 200


# A table is read in columns.
# fmt: off
# ruff: noqa: E501
PIN = "4711"
MONTH = f"{clock.now():%Y-%m}"
TICKET = {"subject": "s", "message": "m"}
ANNOUNCEMENT = {"title": "t", "message": "m"}
BRANCH = {"name": "n", "code": "A", "city": "c", "country": "GB"}
COSTS = [
    #    view                                get  batch query write
    Cost("accounts.open_account",              0,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts", {"type": "current"}), 201),
    Cost("accounts.open_account",              0,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts", {"type": "current"}, key="k"), 201),
    Cost("accounts.open_account",              1,   1,   0,   1, lambda w: w.ask("POST", "/v1/accounts", {"type": "current", "initial_deposit": "1.00"}, key="i"), 201),
    Cost("accounts.list_accounts",             0,   1,   1,   0, lambda w: w.ask("GET", "/v1/accounts")),
    Cost("accounts.list_closed_accounts",      0,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/closed", by=w.admin)),
    Cost("accounts.get_account",               1,   0,   0,   0, lambda w: w.ask("GET", "/v1/accounts/{account}")),
    Cost("accounts.edit_account",              2,   0,   0,   1, lambda w: w.ask("PATCH", "/v1/accounts/{account}", {"nickname": "n"})),
    Cost("accounts.freeze_account",            2,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{other}/freeze", {"reason": "r"}, by=w.admin)),
    Cost("accounts.unfreeze_account",          3,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{other}/unfreeze", {"reason": "r"}, by=w.admin, key="u")),
    Cost("accounts.put_pin",                   2,   0,   0,   1, lambda w: w.ask("PUT", "/v1/accounts/{other}/pin", {"pin": PIN}), 204),
    Cost("accounts.reset_pin",                 2,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{other}/pin/reset", by=w.admin), 204),
    Cost("accounts.get_balance",               1,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/balance")),
    Cost("accounts.get_history",               1,   1,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/history")),
    Cost("accounts.get_history",               1,   3,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/history?category=c")),

    Cost("transactions.deposit",               0,   1,   0,   1, lambda w: deposit(w.client, w.customer, w.account, "1.00", tags=["t"]), 201),
    # A replay reads the transaction and its label.
    Cost("transactions.deposit",               0,   2,   0,   0, lambda w: deposit(w.client, w.customer, w.account, "1.00", key="again"), 201),
    Cost("transactions.withdraw",              0,   1,   0,   1, lambda w: withdraw(w.client, w.customer, w.account, "1.00"), 201),
    Cost("transactions.withdraw",              0,   1,   0,   1, lambda w: withdraw(w.client, w.customer, w.account, "999.00"), 422),
    # Screening reads, posting reads again.
    Cost("transactions.transfer",              0,   2,   0,   1, lambda w: transfer(w.client, w.customer, w.account, w.other, "1.00"), 201),
    Cost("transactions.transfer",              0,   2,   0,   1, lambda w: transfer(w.client, w.customer, w.account, w.other, "999.00"), 422),
    Cost("transactions.list_transactions",     0,   2,   1,   0, lambda w: w.ask("GET", "/v1/transactions")),
    # Four shards of the day.
    Cost("transactions.list_transactions",     0,   2,   4,   0, lambda w: w.ask("GET", "/v1/transactions", by=w.admin)),
    Cost("transactions.get_transaction",       1,   1,   0,   0, lambda w: w.ask("GET", "/v1/transactions/{made}")),
    # Both sides are the customer's own: a read and a write for each.
    Cost("transactions.annotate_transaction",  3,   1,   0,   2, lambda w: w.ask("PATCH", "/v1/transactions/{made}", {"category": "d"})),
    Cost("transactions.reverse_transaction",   1,   1,   0,   1, lambda w: reverse(w.client, w.admin, w.made, key=new_key()), 201),
    Cost("accounts.close_account",             2,   0,   0,   1, lambda w: w.ask("DELETE", "/v1/accounts/{empty}")),

    # The last entry of the month, the entries, what moved them; an account on the other side is named by its number.
    Cost("statements.get_statement",           1,   2,   2,   0, lambda w: w.ask("GET", f"/v1/accounts/{{account}}/statements/{MONTH}")),
    Cost("statements.get_statement",           1,   2,   2,   0, lambda w: w.ask("GET", f"/v1/accounts/{{account}}/statements/{MONTH}?format=camt053")),
    Cost("statements.get_statement",           1,   0,   1,   0, lambda w: w.ask("GET", f"/v1/accounts/{{empty}}/statements/{MONTH}")),

    # The list is kept; naming a branch's cash is one read of all accounts that it may be in.
    Cost("branches.create_branch",             0,   1,   0,   1, lambda w: w.ask("POST", "/v1/branches", BRANCH, by=w.admin), 201),
    Cost("branches.create_branch",             0,   2,   0,   1, lambda w: w.ask("POST", "/v1/branches", BRANCH | {"code": "B", "initial_balance": "9.00"}, by=w.admin, key="b"), 201),
    Cost("branches.create_branch",             1,   2,   0,   0, lambda w: w.ask("POST", "/v1/branches", BRANCH | {"code": "B", "initial_balance": "9.00"}, by=w.admin, key="b"), 201),
    Cost("branches.list_branches",             0,   1,   1,   0, lambda w: w.ask("GET", "/v1/branches")),
    Cost("branches.list_branches",             0,   0,   0,   0, lambda w: w.ask("GET", "/v1/branches")),
    Cost("branches.get_branch",                1,   0,   0,   0, lambda w: w.ask("GET", f"/v1/branches/{HEAD_OFFICE}")),
    Cost("branches.get_branch",                1,   1,   0,   0, lambda w: w.ask("GET", f"/v1/branches/{HEAD_OFFICE}", by=w.admin)),
    Cost("branches.edit_branch",               2,   1,   0,   1, lambda w: w.ask("PATCH", f"/v1/branches/{HEAD_OFFICE}", {"city": "York"}, by=w.admin)),
    Cost("branches.move_vault",                0,   1,   0,   1, lambda w: move(w.client, w.admin, HEAD_OFFICE, w.branch["id"], "1.00"), 201),
    Cost("branches.move_vault",                0,   1,   0,   1, lambda w: move(w.client, w.admin, HEAD_OFFICE, w.branch["id"], "999999.00"), 422),
    # A query for each account of its cash that has moved that day (its vault, no teller's), one for counts of accounts.
    Cost("branches.get_branch_report",         1,   1,   2,   0, lambda w: w.ask("GET", f"/v1/branches/{w.branch['id']}/report", by=w.admin)),

    # A ticket comes with its messages in one query.
    Cost("tickets.raise_ticket",               0,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets", TICKET), 201),
    Cost("tickets.raise_ticket",               1,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets", TICKET | {"account_id": w.account["id"]}, key="t"), 201),
    Cost("tickets.list_tickets",               0,   1,   1,   0, lambda w: w.ask("GET", "/v1/tickets")),
    Cost("tickets.list_tickets",               0,   1,   1,   0, lambda w: w.ask("GET", "/v1/tickets?status=open&order=oldest", by=w.admin)),
    Cost("tickets.get_ticket",                 0,   0,   1,   0, lambda w: w.ask("GET", "/v1/tickets/{ticket}")),
    Cost("tickets.list_messages",              0,   0,   1,   0, lambda w: w.ask("GET", "/v1/tickets/{ticket}/messages")),
    Cost("tickets.write_message",              1,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets/{ticket}/messages", {"message": "m"}), 201),
    Cost("tickets.write_message",              2,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets/{ticket}/messages", {"message": "m"}, key="m"), 201),
    Cost("tickets.write_message",              3,   0,   0,   0, lambda w: w.ask("POST", "/v1/tickets/{ticket}/messages", {"message": "m"}, key="m"), 201),
    Cost("tickets.edit_ticket",                1,   0,   1,   1, lambda w: w.ask("PATCH", "/v1/tickets/{ticket}", {"status": "resolved", "resolution": "r"}, by=w.admin)),
    Cost("tickets.edit_ticket",                2,   0,   1,   1, lambda w: w.ask("PATCH", "/v1/tickets/{ticket}", {"assigned_to": w.admin.user_id}, by=w.admin)),

    # Those to be read are kept, for all audiences together.
    Cost("announcements.list_announcements",     0,   1,   1,   0, lambda w: w.client.get("/v1/announcements")),
    Cost("announcements.list_announcements",     0,   0,   0,   0, lambda w: w.client.get("/v1/announcements?limit=1")),
    Cost("announcements.list_own_announcements", 0,   0,   0,   0, lambda w: w.ask("GET", "/v1/user/announcements")),
    Cost("announcements.list_all_announcements", 0,   1,   1,   0, lambda w: w.ask("GET", "/v1/announcements/all", by=w.admin)),
    Cost("announcements.get_announcement",       1,   0,   0,   0, lambda w: w.ask("GET", "/v1/announcements/{announcement}", by=w.admin)),
    Cost("announcements.publish_announcement",   0,   0,   0,   1, lambda w: w.ask("POST", "/v1/announcements", ANNOUNCEMENT, by=w.admin), 201),
    Cost("announcements.edit_announcement",      2,   0,   0,   1, lambda w: w.ask("PATCH", "/v1/announcements/{announcement}", {"title": "u"}, by=w.admin)),
    Cost("announcements.withdraw_announcement",  2,   0,   0,   1, lambda w: w.ask("DELETE", "/v1/announcements/{announcement}", by=w.admin)),
    Cost("announcements.withdraw_announcement",  1,   0,   0,   0, lambda w: w.ask("DELETE", "/v1/announcements/{announcement}", by=w.admin)),

    # While it runs, its partitions are read to say how far it is.
    # A query for each type of account; of an account, one of its entries and one of its rates.
    Cost("interest.list_rates",                0,   0,   2,   0, lambda w: w.ask("GET", "/v1/interest-rates")),
    Cost("interest.put_rate",                  0,   0,   1,   1, lambda w: w.ask("PUT", "/v1/interest-rates/savings", {"annual_rate": "0.0400", "effective_from": "2099-01-01"}, by=w.admin)),
    Cost("interest.list_rate_history",         0,   0,   1,   0, lambda w: w.ask("GET", "/v1/interest-rates/savings/history")),
    Cost("interest.get_interest",              1,   0,   0,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/interest")),
    # Nothing is due on the first day; tests/api/test_interest.py counts a credit.
    Cost("interest.apply_interest",            0,   1,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{account}/apply_interest", by=w.admin, key="a"), 409),
    Cost("interest_runs.start_run",            2,   0,   1,   1, lambda w: w.ask("POST", "/v1/interest-runs", {"period": "2026-10"}, by=w.admin), 202),
    Cost("interest_runs.start_run",            3,   0,   1,   1, lambda w: w.ask("POST", "/v1/interest-runs", {"period": "2026-09"}, by=w.admin, key="r"), 202),
    Cost("interest_runs.start_run",            2,   0,   1,   0, lambda w: w.ask("POST", "/v1/interest-runs", {"period": "2026-09"}, by=w.admin, key="r"), 202),
    Cost("interest_runs.list_runs",            0,   1,   3,   0, lambda w: w.ask("GET", "/v1/interest-runs", by=w.admin)),
    Cost("interest_runs.get_run",              1,   0,   1,   0, lambda w: w.ask("GET", "/v1/interest-runs/2026-10", by=w.admin)),
    Cost("interest_runs.list_failures",        1,   0,   1,   0, lambda w: w.ask("GET", "/v1/interest-runs/2026-10/failures", by=w.admin)),

    Cost("statements.list_statements",         1,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/statements")),
    Cost("statement_runs.start_statement_run", 2,   0,   1,   1, lambda w: w.ask("POST", "/v1/statement-runs", {"period": "2026-10"}, by=w.admin), 202),
    Cost("statement_runs.list_statement_runs", 0,   1,   2,   0, lambda w: w.ask("GET", "/v1/statement-runs", by=w.admin)),
    Cost("statement_runs.get_statement_run",   1,   0,   1,   0, lambda w: w.ask("GET", "/v1/statement-runs/2026-10", by=w.admin)),
    Cost("statement_runs.list_statement_failures", 1, 0, 1, 0, lambda w: w.ask("GET", "/v1/statement-runs/2026-10/failures", by=w.admin)),

    Cost("meta.health",                        0,   0,   0,   0, lambda w: w.client.get("/v1/health")),
    Cost("meta.openapi",                       0,   0,   0,   0, lambda w: w.client.get("/v1/openapi.json")),
    Cost("meta.docs",                          0,   0,   0,   0, lambda w: w.client.get("/v1/docs")),
]
# fmt: on
ELSEWHERE = ("auth", "users", "audit", "digests", "privacy")
"""Modules whose own tests count."""


@pytest.fixture
def world(client: Api, customer: User, admin: User) -> World:
    account, other = opened(client, customer, "100.00"), opened(client, customer)
    made = transfer(client, customer, account, other, "1.00", category="c").ok(201)
    deposit(client, customer, account, "1.00", key="again").ok(201)
    return World(
        client,
        customer,
        admin,
        account,
        other,
        opened(client, customer),
        made,
        opened_branch(client, admin, "Z"),
        raised(client, customer),
        client.post("/v1/announcements", ANNOUNCEMENT, token=admin.token).ok(201),
    )


def test_every_endpoint_has_its_price() -> None:
    views = {route.view for route in ROUTES if route.view.partition(".")[0] not in ELSEWHERE}
    assert {cost.view for cost in COSTS} | {"audit.list_account_changes"} >= views


def test_calls_of_every_endpoint(world: World, interest_machine: RunMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the table, for one endpoint prepares the next."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")
    monkeypatch.setenv("STATEMENT_STATE_MACHINE_ARN", interest_machine.arn)
    guarded = {route.view for route in ROUTES if route.permission}
    interest_machine.idle = True
    wrong = []
    for cost in COSTS:
        with counted_calls() as calls:
            reply = cost.request(world)
        assert reply.status == cost.status, (cost.view, reply)
        calls["GetItem"] -= 1 if cost.view in guarded else 0
        stated = {
            "GetItem": cost.get,
            "BatchGetItem": cost.batch_get,
            "Query": cost.query,
            "TransactWriteItems": cost.transact,
        }
        if +calls != +Counter(stated):
            wrong.append(f"{cost.view}: {dict(+calls)}, stated {dict(+Counter(stated))}")
    assert not wrong, "\n".join(wrong)
