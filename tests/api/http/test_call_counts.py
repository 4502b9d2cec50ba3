"""What every endpoint asks of DynamoDB and KMS, as a table. A Scan is never in it: no function may do one.

The authorizer's read of the session is left out, for API Gateway keeps its answer for a minute, and so is the one that
each change makes itself; where the ledger posts, that is part of its BatchGetItem. Accounts are those of the head
office; naming another branch costs one GetItem more.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest

from chalicelib.domain.risk.thresholds import STANDARD
from chalicelib.handlers.http.operation import operations
from chalicelib.handlers.routes import ROUTES
from tests.api.helpers.accounts import deposit, new_key, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls
from tests.api.helpers.branches import HEAD_OFFICE, move, opened_branch
from tests.api.helpers.customers import ADDRESS, Addresses
from tests.api.helpers.orders import day
from tests.api.helpers.payment_files import Group, Pay, hand_in, write_file
from tests.api.helpers.risk import held_by_hand
from tests.api.helpers.risk import raised as raise_alert
from tests.api.helpers.run_machine import RunMachine
from tests.api.helpers.tickets import raised


class World(NamedTuple):
    client: Api
    customer: User
    friend: User
    admin: User
    account: Json
    other: Json
    empty: Json
    made: Json
    """A transfer from the one to the other."""
    branch: Json
    ticket: Json
    announcement: Json
    address_id: str
    alert: str
    held: str
    """A transfer that waits for a review."""
    unwanted: str
    """Another one."""
    hook: str
    """The path of a webhook endpoint."""
    calendar: str
    """The secret link to the calendar of the account."""
    month: str
    """In which all of it was made."""
    order: Json
    """A standing order to make."""

    def hand_in_file(self) -> Reply:
        """A file of two payments."""
        document = write_file(Group(self.account["iban"], [Pay(), Pay()]))
        return hand_in(self.client, self.customer, document, key=new_key())

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
            friend=self.friend.customer_id,
            customer=self.customer.customer_id,
            address=self.address_id,
            alert=self.alert,
            held=self.held,
            unwanted=self.unwanted,
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
    update: int = 0
    """Single changes, of items of the table `events`."""
    kms: int = 0
    """Data keys made or unwrapped: once for each person, until the process forgets."""
    put: int = 0
    """Records of who read whose personal data: one for each request of staff that shows any."""


# A table is read in columns.
# fmt: off
# ruff: noqa: E501
PIN = "4711"
HOLDER = "/v1/accounts/{account}/holders/{friend}"
APPROVAL = "/v1/approvals/apr_01ARZ3NDEKTSV4RRFFQ69G5FAV"
RECALL = "/v1/clearing/recalls/rcl_01ARZ3NDEKTSV4RRFFQ69G5FAV"
HOOKS, DELIVERY = "/v1/webhook-endpoints", "/v1/deliveries/dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV"
HOOK = {"url": "http://127.0.0.1:9/hook", "events": ["*"], "signature": "hmac"}
RULE = {"contains": "rent", "field": "memo", "category": "housing"}
TICKET = {"subject": "s", "message": "m"}
SETTLED = {"outcome": "confirmed", "note": "n"}
PAYMENT_FILE = "/v1/payment-files/pfl_01ARZ3NDEKTSV4RRFFQ69G5FAV"
BENEFICIARY = "/v1/beneficiaries/ben_01ARZ3NDEKTSV4RRFFQ69G5FAV"
ORDER = {"amount": "1.00", "frequency": {"unit": "month"}}
STANDING_ORDER = "/v1/standing-orders/sto_01ARZ3NDEKTSV4RRFFQ69G5FAV"
DATED_PAYMENT = "/v1/scheduled-payments/sch_01ARZ3NDEKTSV4RRFFQ69G5FAV"
FACTOR = "fac_01ARZ3NDEKTSV4RRFFQ69G5FAV"
FEE = {"date": "2026-11-01", "currency": "EUR", "entry": "entry 2026-11-01 F-1", "reason": "Fees"}
ANNOUNCEMENT = {"title": "t", "message": "m"}
LOGIN = {"email": "eve@example.com", "password": "long enough to do"}
PERSON = LOGIN | {"first_name": "E", "last_name": "M"}
TELLER = PERSON | {"email": "t@florin.example", "role": "teller"}
CUSTOMER = {"first_name": "Grace", "last_name": "Hopper", "phone": "+12025550147", "address": ADDRESS}
REVIEW = {"status": "verified", "reason": "r"}
BRANCH = {"name": "n", "code": "A", "city": "c", "country": "GB"}
COSTS = [
    #    view                                get  batch query write
    Cost("customers.customers.create_customer",          1,   0,   0,   1, lambda w: w.ask("POST", "/v1/customers", CUSTOMER, by=w.admin), 201, kms=1, put=1),
    Cost("customers.customers.create_customer",          1,   0,   0,   1, lambda w: w.ask("POST", "/v1/customers", CUSTOMER, by=w.admin, key="c"), 201, kms=1, put=1),
    Cost("customers.customers.list_customers",           0,   1,   1,   0, lambda w: w.ask("GET", "/v1/customers", by=w.admin), put=1),
    Cost("customers.customers.list_customers",           0,   1,   1,   0, lambda w: w.ask("GET", "/v1/customers?last_name=lovelace", by=w.admin), put=1),
    # Guard, account, customer.
    Cost("customers.customers.list_customers",           2,   1,   0,   0, lambda w: w.ask("GET", f"/v1/customers?account_number={w.account['account_number']}", by=w.admin), put=1),
    Cost("customers.customers.get_customer",             1,   0,   0,   0, lambda w: w.ask("GET", "/v1/customers/{customer}")),
    # For staff, also what waits about it: a query, and a read if there is something.
    Cost("customers.customers.get_customer",             1,   0,   1,   0, lambda w: w.ask("GET", "/v1/customers/{customer}", by=w.admin), put=1),
    Cost("customers.customers.edit_customer",            2,   0,   0,   1, lambda w: w.ask("PATCH", "/v1/customers/{customer}", {"last_name": "King"})),
    # The policies of approvals are read once in a while, all with one query: here, and again after what forgets them.
    Cost("customers.customers.review_kyc",               2,   0,   1,   1, lambda w: w.ask("POST", "/v1/customers/{customer}/kyc", REVIEW, by=w.admin), put=1),
    Cost("customers.customers.review_kyc",               3,   0,   0,   1, lambda w: w.ask("POST", "/v1/customers/{customer}/kyc", REVIEW, by=w.admin, key="y"), put=1),
    Cost("customers.legal_holds.set_legal_hold",         2,   0,   0,   1, lambda w: w.ask("POST", "/v1/customers/{customer}/legal-hold", {"reason": "r"}, by=w.admin)),
    Cost("customers.legal_holds.end_legal_hold",         2,   0,   0,   1, lambda w: w.ask("DELETE", "/v1/customers/{customer}/legal-hold", by=w.admin)),
    # The customer, and that it has a user.
    Cost("identity.invitations.invite_customer",         1,   0,   0,   0, lambda w: w.ask("POST", "/v1/customers/{customer}/invitation", by=w.admin), 409),
    # The customer, and its invitation, which there is none of.
    Cost("identity.invitations.get_invitation",          2,   0,   0,   0, lambda w: w.ask("GET", "/v1/customers/{customer}/invitation", by=w.admin), 404),
    Cost("identity.invitations.withdraw_invitation",     2,   0,   0,   0, lambda w: w.ask("DELETE", "/v1/customers/{customer}/invitation", by=w.admin), 404),
    # An address comes with its customer, on whom it stands whether it is the primary one.
    Cost("customers.customers.add_address",              1,   1,   0,   1, lambda w: w.ask("POST", "/v1/customers/{customer}/addresses", ADDRESS), 201),
    Cost("customers.customers.list_addresses",           1,   1,   0,   0, lambda w: w.ask("GET", "/v1/customers/{customer}/addresses")),
    Cost("customers.customers.get_address",              0,   1,   0,   0, lambda w: w.ask("GET", "/v1/customers/{customer}/addresses/{address}")),
    Cost("customers.customers.edit_address",             0,   2,   0,   1, lambda w: w.ask("PATCH", "/v1/customers/{customer}/addresses/{address}", {"city": "York"})),
    Cost("customers.customers.delete_address",           0,   1,   0,   1, lambda w: w.ask("DELETE", "/v1/customers/{customer}/addresses/{address}"), 204),

    # How many the customer has says whether the new account counts alone against the daily limit.
    Cost("accounts.accounts.open_account",              1,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts", {"type": "current"}), 201),
    Cost("accounts.accounts.open_account",              1,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts", {"type": "current"}, key="k"), 201),
    Cost("accounts.accounts.open_account",              2,   1,   0,   1, lambda w: w.ask("POST", "/v1/accounts", {"type": "current", "initial_deposit": "1.00"}, key="i"), 201),
    Cost("accounts.accounts.list_accounts",             0,   1,   1,   0, lambda w: w.ask("GET", "/v1/accounts")),
    Cost("accounts.accounts.list_closed_accounts",      0,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/closed", by=w.admin)),
    Cost("accounts.hot_accounts.list_hot_accounts",     0,   0,   1,   0, lambda w: w.ask("GET", "/v1/hot-accounts", by=w.admin)),
    Cost("accounts.accounts.get_account",               1,   0,   0,   0, lambda w: w.ask("GET", "/v1/accounts/{account}")),
    Cost("accounts.accounts.get_account",               1,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}", by=w.admin)),
    Cost("accounts.accounts.edit_account",              2,   0,   0,   1, lambda w: w.ask("PATCH", "/v1/accounts/{account}", {"nickname": "n"})),
    Cost("accounts.accounts.freeze_account",            2,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{other}/freeze", {"reason": "r"}, by=w.admin)),
    Cost("accounts.accounts.unfreeze_account",          3,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{other}/unfreeze", {"reason": "r"}, by=w.admin, key="u")),
    Cost("accounts.accounts.put_pin",                   3,   0,   0,   1, lambda w: w.ask("PUT", "/v1/accounts/{other}/pin", {"pin": PIN}), 204),
    Cost("accounts.accounts.reset_pin",                 2,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{other}/pin/reset", by=w.admin), 204),
    # The customer and its user are read before it becomes a holder; what it may do then stands on the account.
    Cost("accounts.holders.put_holder",                 6,   0,   0,   1, lambda w: w.ask("PUT", HOLDER, {"rights": "pay"}, by=w.admin)),
    Cost("accounts.holders.put_holder",                 3,   0,   0,   1, lambda w: w.ask("PUT", HOLDER, {"rights": "manage"}, by=w.admin)),
    Cost("accounts.holders.list_holders",               1,   1,   0,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/holders")),
    Cost("accounts.accounts.list_accounts",             0,   1,   1,   0, lambda w: w.ask("GET", "/v1/accounts", by=w.friend)),
    Cost("accounts.accounts.get_account",               1,   0,   0,   0, lambda w: w.ask("GET", "/v1/accounts/{account}", by=w.friend)),
    Cost("payments.cash.deposit",               0,   1,   0,   1, lambda w: deposit(w.client, w.friend, w.account, "1.00"), 201),
    Cost("payments.transfers.transfer",              0,   2,   0,   1, lambda w: transfer(w.client, w.friend, w.account, w.other, "1.00"), 201),
    # Accounts, the entries of each (one, later six), holds, the customer's requests; a joint account is read.
    Cost("payments.transactions.list_transactions",     0,   3,   4,   0, lambda w: w.ask("GET", "/v1/transactions", by=w.friend)),
    Cost("payments.transactions.get_transaction",       1,   1,   0,   0, lambda w: w.ask("GET", "/v1/transactions/{made}", by=w.friend)),
    Cost("payments.transactions.annotate_transaction",  1,   1,   0,   1, lambda w: w.ask("PATCH", "/v1/transactions/{made}", {"memo": "f"}, by=w.friend)),
    # As there is something held: the holds, their transactions, and the people and accounts of these.
    Cost("accounts.holders.end_holder",                 2,   2,   1,   1, lambda w: w.ask("DELETE", HOLDER, by=w.friend), 204),
    Cost("accounts.accounts.get_balance",               1,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/balance")),
    Cost("accounts.accounts.get_history",               1,   1,   2,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/history")),
    Cost("accounts.accounts.get_history",               1,   3,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/history?category=c")),

    Cost("payments.cash.deposit",               0,   1,   0,   1, lambda w: deposit(w.client, w.customer, w.account, "1.00", tags=["t"]), 201),
    # A replay reads the transaction and its label.
    Cost("payments.cash.deposit",               0,   2,   0,   0, lambda w: deposit(w.client, w.customer, w.account, "1.00", key="again"), 201),
    # The profile of risk is read with the account.
    Cost("payments.cash.withdraw",              0,   1,   0,   1, lambda w: withdraw(w.client, w.customer, w.account, "1.00"), 201),
    # What is refused for funds of an account with holds looks for overdue ones, which would be released.
    Cost("payments.cash.withdraw",              0,   1,   1,   1, lambda w: withdraw(w.client, w.customer, w.account, "999.00"), 422),
    # The PIN and the profiles of risk are read with the accounts.
    Cost("payments.transfers.transfer",              0,   1,   0,   1, lambda w: transfer(w.client, w.customer, w.account, w.other, "1.00"), 201),
    Cost("payments.transfers.transfer",              0,   1,   1,   1, lambda w: transfer(w.client, w.customer, w.account, w.other, "999.00"), 422),
    # Account, PIN and keys; profiles of risk; and for each group of up to 24 a read and a write.
    Cost("payments.batches.transfer_batch",             0,   3,   0,   1, lambda w: w.ask("POST", "/v1/transactions/batch", {"from_account_id": w.account["id"], "transfers": [{"idempotency_key": f"b{n}", "to_account_id": w.other["id"], "amount": "0.01"} for n in range(3)]})),
    Cost("payments.transactions.list_transactions",     0,   2,   9,   0, lambda w: w.ask("GET", "/v1/transactions")),
    # Four shards of the day.
    Cost("payments.transactions.list_transactions",     0,   2,   4,   0, lambda w: w.ask("GET", "/v1/transactions", by=w.admin)),
    Cost("payments.transactions.get_transaction",       1,   1,   0,   0, lambda w: w.ask("GET", "/v1/transactions/{made}")),
    # Both sides are the customer's own: a read of the other one's label, and one write for both.
    Cost("payments.transactions.annotate_transaction",  2,   1,   0,   1, lambda w: w.ask("PATCH", "/v1/transactions/{made}", {"category": "d"})),
    # The key, and the transaction twice: as it is asked for, and as it is decided on. Its accounts with the two people; its labels, and for the answer.
    Cost("payments.transactions.approve_transaction",   3,   3,   0,   1, lambda w: w.ask("POST", "/v1/transactions/{held}/approve", by=w.admin, key="approve")),
    Cost("payments.transactions.reject_transaction",    2,   0,   0,   0, lambda w: w.ask("POST", "/v1/transactions/{held}/reject", {"reason": "r"}, by=w.admin, key="reject"), 409),
    Cost("payments.transactions.cancel_transaction",    2,   3,   0,   1, lambda w: w.ask("POST", "/v1/transactions/{unwanted}/cancel")),
    # The ceilings of roles are read once in a while, where staff do what has one.
    Cost("payments.transactions.reverse_transaction",   1,   2,   0,   1, lambda w: reverse(w.client, w.admin, w.made, key=new_key()), 201),
    Cost("accounts.accounts.close_account",             2,   0,   2,   1, lambda w: w.ask("DELETE", "/v1/accounts/{empty}")),

    # The last entry of the month, the entries, what moved them; an account on the other side is named by its number.
    Cost("statements.statements.get_statement",           1,   1,   2,   0, lambda w: w.ask("GET", f"/v1/accounts/{{account}}/statements/{w.month}")),
    Cost("statements.statements.get_statement",           1,   1,   2,   0, lambda w: w.ask("GET", f"/v1/accounts/{{account}}/statements/{w.month}?format=camt053")),
    Cost("statements.statements.get_statement",           1,   0,   1,   0, lambda w: w.ask("GET", f"/v1/accounts/{{empty}}/statements/{w.month}")),

    # The list is kept; naming a branch's cash is one read of all accounts that it may be in.
    Cost("branches.branches.create_branch",             0,   1,   0,   1, lambda w: w.ask("POST", "/v1/branches", BRANCH, by=w.admin), 201),
    Cost("branches.branches.create_branch",             0,   2,   1,   1, lambda w: w.ask("POST", "/v1/branches", BRANCH | {"code": "B", "initial_balance": "9.00"}, by=w.admin, key="b"), 201),
    Cost("branches.branches.create_branch",             1,   2,   1,   0, lambda w: w.ask("POST", "/v1/branches", BRANCH | {"code": "B", "initial_balance": "9.00"}, by=w.admin, key="b"), 201),
    Cost("branches.branches.list_branches",             0,   1,   1,   0, lambda w: w.ask("GET", "/v1/branches")),
    Cost("branches.branches.list_branches",             0,   0,   0,   0, lambda w: w.ask("GET", "/v1/branches")),
    Cost("branches.branches.get_branch",                1,   0,   0,   0, lambda w: w.ask("GET", f"/v1/branches/{HEAD_OFFICE}")),
    Cost("branches.branches.get_branch",                1,   1,   0,   0, lambda w: w.ask("GET", f"/v1/branches/{HEAD_OFFICE}", by=w.admin)),
    Cost("branches.branches.edit_branch",               2,   1,   0,   1, lambda w: w.ask("PATCH", f"/v1/branches/{HEAD_OFFICE}", {"city": "York"}, by=w.admin)),
    Cost("branches.branches.move_vault",                0,   1,   1,   1, lambda w: move(w.client, w.admin, HEAD_OFFICE, w.branch["id"], "1.00"), 201),
    Cost("branches.branches.move_vault",                0,   1,   0,   1, lambda w: move(w.client, w.admin, HEAD_OFFICE, w.branch["id"], "999999.00"), 422),
    # A query for each account of its cash that has moved that day (its vault, no teller's), one for counts of accounts.
    Cost("branches.branches.get_branch_report",         1,   1,   2,   0, lambda w: w.ask("GET", f"/v1/branches/{w.branch['id']}/report", by=w.admin)),

    # A ticket comes with its messages in one query.
    Cost("support.tickets.raise_ticket",               0,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets", TICKET), 201),
    Cost("support.tickets.raise_ticket",               1,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets", TICKET | {"account_id": w.account["id"]}, key="t"), 201),
    Cost("support.tickets.list_tickets",               0,   1,   1,   0, lambda w: w.ask("GET", "/v1/tickets")),
    Cost("support.tickets.list_tickets",               0,   1,   1,   0, lambda w: w.ask("GET", "/v1/tickets?status=open&order=oldest", by=w.admin), put=1),
    Cost("support.tickets.get_ticket",                 0,   0,   1,   0, lambda w: w.ask("GET", "/v1/tickets/{ticket}")),
    Cost("support.tickets.list_messages",              0,   0,   1,   0, lambda w: w.ask("GET", "/v1/tickets/{ticket}/messages")),
    Cost("support.tickets.write_message",              1,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets/{ticket}/messages", {"message": "m"}), 201),
    Cost("support.tickets.write_message",              2,   0,   0,   1, lambda w: w.ask("POST", "/v1/tickets/{ticket}/messages", {"message": "m"}, key="m"), 201),
    Cost("support.tickets.write_message",              3,   0,   0,   0, lambda w: w.ask("POST", "/v1/tickets/{ticket}/messages", {"message": "m"}, key="m"), 201),
    Cost("support.tickets.edit_ticket",                1,   0,   1,   1, lambda w: w.ask("PATCH", "/v1/tickets/{ticket}", {"status": "resolved", "resolution": "r"}, by=w.admin), put=1),
    Cost("support.tickets.edit_ticket",                2,   0,   1,   1, lambda w: w.ask("PATCH", "/v1/tickets/{ticket}", {"assigned_to": w.admin.user_id}, by=w.admin), put=1),

    # Those to be read are kept, for all audiences together.
    Cost("support.announcements.list_announcements",     0,   1,   1,   0, lambda w: w.client.get("/v1/announcements")),
    Cost("support.announcements.list_announcements",     0,   0,   0,   0, lambda w: w.client.get("/v1/announcements?limit=1")),
    Cost("support.announcements.list_own_announcements", 0,   0,   0,   0, lambda w: w.ask("GET", "/v1/user/announcements")),
    Cost("support.announcements.list_all_announcements", 0,   1,   1,   0, lambda w: w.ask("GET", "/v1/announcements/all", by=w.admin)),
    Cost("support.announcements.get_announcement",       1,   0,   0,   0, lambda w: w.ask("GET", "/v1/announcements/{announcement}", by=w.admin)),
    Cost("support.announcements.publish_announcement",   0,   0,   0,   1, lambda w: w.ask("POST", "/v1/announcements", ANNOUNCEMENT, by=w.admin), 201),
    Cost("support.announcements.edit_announcement",      2,   0,   1,   1, lambda w: w.ask("PATCH", "/v1/announcements/{announcement}", {"title": "u"}, by=w.admin)),
    Cost("support.announcements.withdraw_announcement",  2,   0,   0,   1, lambda w: w.ask("DELETE", "/v1/announcements/{announcement}", by=w.admin)),
    Cost("support.announcements.withdraw_announcement",  1,   0,   0,   0, lambda w: w.ask("DELETE", "/v1/announcements/{announcement}", by=w.admin)),

    # While it runs, its partitions are read to say how far it is.
    # A query for each type of account; of an account, one of its entries and one of its rates.
    Cost("interest.interest.list_rates",                0,   0,   2,   0, lambda w: w.ask("GET", "/v1/interest-rates")),
    Cost("interest.interest.get_rate",                  0,   0,   1,   0, lambda w: w.ask("GET", "/v1/interest-rates/savings")),
    Cost("interest.interest.put_rate",                  0,   0,   2,   1, lambda w: w.ask("PUT", "/v1/interest-rates/savings", {"annual_rate": "0.0400", "effective_from": "2099-01-01"}, by=w.admin)),
    Cost("interest.interest.list_rate_history",         0,   0,   1,   0, lambda w: w.ask("GET", "/v1/interest-rates/savings/history")),
    Cost("interest.interest.get_interest",              1,   0,   0,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/interest")),
    # The owner's orders, the entries and the rates; an order is one BatchGetItem more.
    Cost("orders.forecasts.get_forecast",               1,   0,   4,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/forecast")),
    # A wrong token: the links of the account, and a failure of its source.
    Cost("orders.calendar_links.get_calendar",          0,   0,   1,   1, lambda w: w.client.get(f"/v1/accounts/{w.account['id']}/calendar.ics?token=wrong"), 404),
    # The visit is counted; its maker, customer and account are one read.
    Cost("orders.calendar_links.get_calendar",          0,   1,   5,   1, lambda w: w.client.get(w.calendar)),
    # The last one is the mailer's.
    Cost("orders.calendar_links.make_calendar_link",    3,   0,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{account}/calendar-link"), 201),
    Cost("orders.calendar_links.revoke_calendar_link",  1,   0,   0,   1, lambda w: w.ask("DELETE", "/v1/accounts/{account}/calendar-link"), 204),
    # Nothing is due on the first day; tests/api/interest/test_credit.py counts a credit.
    Cost("interest.interest.apply_interest",            0,   1,   0,   1, lambda w: w.ask("POST", "/v1/accounts/{account}/apply_interest", by=w.admin, key="a"), 409),
    Cost("interest.runs.start_run",            2,   0,   1,   1, lambda w: w.ask("POST", "/v1/interest-runs", {"period": "2026-10"}, by=w.admin), 202),
    Cost("interest.runs.start_run",            3,   0,   1,   1, lambda w: w.ask("POST", "/v1/interest-runs", {"period": "2026-09"}, by=w.admin, key="r"), 202),
    Cost("interest.runs.start_run",            2,   0,   1,   0, lambda w: w.ask("POST", "/v1/interest-runs", {"period": "2026-09"}, by=w.admin, key="r"), 202),
    Cost("interest.runs.list_runs",            0,   1,   3,   0, lambda w: w.ask("GET", "/v1/interest-runs", by=w.admin)),
    Cost("interest.runs.get_run",              1,   0,   1,   0, lambda w: w.ask("GET", "/v1/interest-runs/2026-10", by=w.admin)),
    Cost("interest.runs.list_failures",        1,   0,   1,   0, lambda w: w.ask("GET", "/v1/interest-runs/2026-10/failures", by=w.admin)),

    # Two payments of the customer have waited; tests/api/approvals/test_costs.py counts what does.
    Cost("approvals.approvals.list_approvals",      0,   0,   1,   0, lambda w: w.ask("GET", "/v1/approvals", by=w.admin)),
    Cost("approvals.approvals.list_approvals",      0,   1,   1,   0, lambda w: w.ask("GET", "/v1/approvals?status=failed")),
    Cost("approvals.approvals.get_approval",        1,   0,   0,   0, lambda w: w.ask("GET", APPROVAL), 404),
    Cost("approvals.approvals.approve_request",     1,   0,   0,   0, lambda w: w.ask("POST", f"{APPROVAL}/approve", {}, by=w.admin), 404),
    Cost("approvals.approvals.reject_request",      1,   0,   0,   0, lambda w: w.ask("POST", f"{APPROVAL}/reject", {"reason": "r"}, by=w.admin), 404),
    Cost("approvals.approvals.cancel_request",      1,   0,   0,   0, lambda w: w.ask("POST", f"{APPROVAL}/cancel"), 404),
    Cost("approvals.policies.list_approval_policies",       0, 0, 1, 0, lambda w: w.ask("GET", "/v1/approval-policies", by=w.admin)),
    Cost("approvals.policies.get_approval_policy",          1, 0, 0, 0, lambda w: w.ask("GET", "/v1/approval-policies/kyc", by=w.admin)),
    Cost("approvals.policies.put_approval_policy",          1, 0, 1, 1, lambda w: w.ask("PUT", "/v1/approval-policies/kyc", {"control": "off"}, by=w.admin)),
    Cost("approvals.policies.list_approval_policy_history", 0, 0, 1, 0, lambda w: w.ask("GET", "/v1/approval-policies/kyc/history", by=w.admin)),

    Cost("approvals.authority.get_authority",               0, 1, 0, 0, lambda w: w.ask("GET", "/v1/authority", by=w.admin)),
    Cost("approvals.authority.put_authority",               0, 1, 1, 1, lambda w: w.ask("PUT", "/v1/authority", {"ceilings": {}}, by=w.admin)),
    Cost("approvals.authority.list_authority_history",      0, 0, 1, 0, lambda w: w.ask("GET", "/v1/authority/history", by=w.admin)),

    # Of an account, its owner is read first.
    Cost("risk.risk.list_alerts",                   0,   1,   1,   0, lambda w: w.ask("GET", "/v1/reports/risk?severity=low&status=open", by=w.admin)),
    Cost("risk.risk.list_alerts",                   1,   1,   1,   0, lambda w: w.ask("GET", "/v1/reports/risk?account_id={account}", by=w.admin)),
    Cost("risk.risk.get_alert",                     1,   0,   0,   0, lambda w: w.ask("GET", "/v1/reports/risk/{alert}", by=w.admin)),
    # Whose payment raised it is asked before it is settled.
    Cost("risk.risk.settle_alert",                  4,   0,   0,   1, lambda w: w.ask("POST", "/v1/reports/risk/{alert}/settle", SETTLED, by=w.admin, key="s")),
    Cost("risk.risk.settle_alert",                  2,   0,   0,   0, lambda w: w.ask("POST", "/v1/reports/risk/{alert}/settle", SETTLED, by=w.admin, key="s")),
    Cost("risk.risk.get_thresholds",                0,   1,   0,   0, lambda w: w.ask("GET", "/v1/risk-thresholds", by=w.admin)),
    Cost("risk.risk.put_thresholds",                0,   1,   1,   1, lambda w: w.ask("PUT", "/v1/risk-thresholds", STANDARD.to_json(), by=w.admin)),
    Cost("risk.risk.list_threshold_history",        0,   0,   1,   0, lambda w: w.ask("GET", "/v1/risk-thresholds/history", by=w.admin)),

    # The number's account, its holders, how many payees there are; then what was written.
    Cost("orders.runs.list_order_runs",                 0,   0,   1,   0, lambda w: w.ask("GET", "/v1/standing-order-runs", by=w.admin)),
    Cost("orders.runs.get_order_run",                   1,   0,   0,   0, lambda w: w.ask("GET", "/v1/standing-order-runs/2026-12-01", by=w.admin), 404),
    Cost("orders.runs.list_order_run_failures",         1,   0,   0,   0, lambda w: w.ask("GET", "/v1/standing-order-runs/2026-12-01/failures", by=w.admin), 404),
    Cost("orders.beneficiaries.add_beneficiary",        3,   1,   1,   1, lambda w: w.ask("POST", "/v1/beneficiaries", {"name": "Ada", "account_number": w.other["account_number"]}), 201),
    # The count, the number's account, its holders; then what was written.
    Cost("payments.payee_verifications.verify_payee",   3,   1,   0,   1, lambda w: w.ask("POST", "/v1/payee-verifications", {"name": "Ada", "iban": w.other["iban"]}, by=w.friend), 201),
    # A list of payments is read in eight parts, until a page is full.
    Cost("clearing.payments.list_clearing_payments",    0,   0,   8,   0, lambda w: w.ask("GET", "/v1/clearing/payments", by=w.admin)),
    Cost("clearing.payments.list_clearing_payments",    0,   0,   4,   0, lambda w: w.ask("GET", "/v1/clearing/payments?rail=instant", by=w.admin)),
    Cost("clearing.payments.list_clearing_cycles",      0,   0,   1,   0, lambda w: w.ask("GET", "/v1/clearing/cycles", by=w.admin)),
    # The entries of a day of each shard of gl.clearing, the statement, and the balance of each shard.
    Cost("clearing.reconciliation.get_clearing_reconciliation", 0, 0, 81, 0, lambda w: w.ask("GET", "/v1/clearing/reconciliation", by=w.admin)),
    Cost("clearing.payments.inquire_payment",           2,   0,   0,   0, lambda w: w.ask("POST", "/v1/clearing/payments/{made}/inquire", by=w.admin), 404),
    Cost("clearing.payments.send_payment",              2,   0,   0,   0, lambda w: w.ask("POST", "/v1/clearing/payments/{made}/send", by=w.admin), 404),
    Cost("clearing.reconciliation.book_fee",            1,   0,   1,   0, lambda w: w.ask("POST", "/v1/clearing/fees", FEE, by=w.admin, key="fee"), 404),
    Cost("clearing.payments.settle_payment",            2,   0,   0,   0, lambda w: w.ask("POST", "/v1/clearing/payments/{made}/settle", {"reason": "r"}, by=w.admin), 404),
    Cost("clearing.payments.void_payment",              2,   0,   0,   0, lambda w: w.ask("POST", "/v1/clearing/payments/{made}/void", {"reason": "r"}, by=w.admin), 404),
    Cost("clearing.payments.forward_payment",           2,   0,   0,   0, lambda w: w.ask("POST", "/v1/clearing/payments/{made}/forward", {"account_id": w.account["id"]}, by=w.admin), 404),
    Cost("clearing.received_recalls.list_received_recalls", 0, 0,   1,   0, lambda w: w.ask("GET", "/v1/clearing/recalls", by=w.admin)),
    Cost("clearing.received_recalls.accept_recall",     1,   0,   0,   0, lambda w: w.ask("POST", f"{RECALL}/accept", {"reason": "r"}, by=w.admin), 404),
    Cost("clearing.received_recalls.refuse_recall",     1,   0,   0,   0, lambda w: w.ask("POST", f"{RECALL}/refuse", {"code": "CUST"}, by=w.admin), 404),
    Cost("clearing.recalls.recall_payment",             1,   1,   0,   0, lambda w: w.ask("POST", "/v1/transactions/{made}/recall", {"reason": "DUPL"}), 409),
    Cost("orders.beneficiaries.list_beneficiaries",     0,   0,   1,   0, lambda w: w.ask("GET", "/v1/beneficiaries")),
    Cost("orders.beneficiaries.get_beneficiary",        1,   0,   0,   0, lambda w: w.ask("GET", BENEFICIARY), 404),
    Cost("orders.beneficiaries.edit_beneficiary",       1,   0,   0,   0, lambda w: w.ask("PATCH", BENEFICIARY, {"nickname": "n"}), 404),
    Cost("orders.beneficiaries.remove_beneficiary",     1,   0,   0,   0, lambda w: w.ask("DELETE", BENEFICIARY), 404),
    Cost("webhooks.endpoints.create_webhook_endpoint",  2,   0,   0,   1, lambda w: w.ask("POST", HOOKS, HOOK), 201, update=1),
    Cost("webhooks.endpoints.list_webhook_endpoints",   1,   1,   0,   0, lambda w: w.ask("GET", HOOKS)),
    Cost("webhooks.endpoints.get_webhook_endpoint",     1,   0,   0,   0, lambda w: w.ask("GET", w.hook)),
    Cost("webhooks.endpoints.edit_webhook_endpoint",    2,   0,   0,   1, lambda w: w.ask("PATCH", w.hook, {"events": ["*"]})),
    Cost("webhooks.endpoints.rotate_webhook_secret",    2,   0,   0,   1, lambda w: w.ask("POST", f"{w.hook}/rotate-secret")),
    # It is enabled already; since when it fails is forgotten.
    Cost("webhooks.endpoints.enable_webhook_endpoint",  1,   0,   0,   0, lambda w: w.ask("POST", f"{w.hook}/enable"), update=1),
    # The slots are read and leased, and given back.
    Cost("webhooks.endpoints.test_webhook_endpoint",    4,   0,   0,   0, lambda w: w.ask("POST", f"{w.hook}/test"), update=3),
    Cost("webhooks.deliveries.list_deliveries",         1,   0,   1,   0, lambda w: w.ask("GET", f"{w.hook}/deliveries")),
    # The key, the endpoint, and its owner's events of that time.
    Cost("webhooks.deliveries.replay_events",           1,   0,   1,   1, lambda w: w.ask("POST", f"{w.hook}/replay", {}, key="replay"), 202),
    Cost("webhooks.deliveries.get_delivery",            1,   0,   0,   0, lambda w: w.ask("GET", DELIVERY), 404),
    Cost("webhooks.deliveries.replay_delivery",         1,   0,   0,   0, lambda w: w.ask("POST", f"{DELIVERY}/replay"), 404),
    Cost("webhooks.endpoints.delete_webhook_endpoint",  2,   0,   0,   1, lambda w: w.ask("DELETE", w.hook), 204),
    Cost("webhooks.keys.list_webhook_keys",             0,   0,   0,   0, lambda w: w.client.get("/v1/.well-known/webhook-keys.json")),

    # The PIN, the two accounts, how many open orders of each kind there are; the policies, which are cached then.
    Cost("orders.standing_orders.make_standing_order",  1,   1,   3,   1, lambda w: w.ask("POST", "/v1/standing-orders", w.order), 201),
    Cost("orders.standing_orders.make_standing_order",  0,   1,   0,   0, lambda w: w.ask("POST", "/v1/standing-orders?preview=12", w.order), 200),
    Cost("orders.standing_orders.list_standing_orders", 0,   1,   1,   0, lambda w: w.ask("GET", "/v1/standing-orders")),
    Cost("orders.standing_orders.get_standing_order",   1,   0,   0,   0, lambda w: w.ask("GET", STANDING_ORDER), 404),
    Cost("orders.standing_orders.edit_standing_order",  1,   0,   0,   0, lambda w: w.ask("PATCH", STANDING_ORDER, {"memo": "n"}), 404),
    Cost("orders.standing_orders.end_standing_order",   1,   0,   0,   0, lambda w: w.ask("DELETE", STANDING_ORDER), 404),
    Cost("orders.standing_orders.suspend_standing_order", 1, 0,   0,   0, lambda w: w.ask("POST", f"{STANDING_ORDER}/suspend"), 404),
    Cost("orders.standing_orders.resume_standing_order", 1,  0,   0,   0, lambda w: w.ask("POST", f"{STANDING_ORDER}/resume", {}), 404),
    Cost("orders.standing_orders.skip_standing_order",  1,   0,   0,   0, lambda w: w.ask("POST", f"{STANDING_ORDER}/skip", {}), 404),
    Cost("orders.standing_orders.list_executions",      1,   0,   0,   0, lambda w: w.ask("GET", f"{STANDING_ORDER}/executions"), 404),
    Cost("orders.scheduled_payments.list_scheduled_payments", 0, 0, 1, 0, lambda w: w.ask("GET", "/v1/scheduled-payments")),
    Cost("orders.scheduled_payments.get_scheduled_payment", 1, 0, 0,   0, lambda w: w.ask("GET", DATED_PAYMENT), 404),
    Cost("orders.scheduled_payments.cancel_scheduled_payment", 1, 0, 0, 0, lambda w: w.ask("DELETE", DATED_PAYMENT), 404),

    Cost("payments.category_rules.add_rule",            1,   0,   0,   1, lambda w: w.ask("POST", "/v1/category-rules", RULE), 201),
    Cost("payments.category_rules.list_rules",          1,   0,   0,   0, lambda w: w.ask("GET", "/v1/category-rules")),
    Cost("payments.category_rules.delete_rule",         1,   0,   0,   0, lambda w: w.ask("DELETE", "/v1/category-rules/rul_1"), 404),
    # The account's number, the account and its PIN; the last read of the key is the file's own.
    Cost("payments.payment_files.hand_in_payment_file", 4,   0,   0,   1, lambda w: w.hand_in_file(), 202),
    Cost("payments.file_uploads.offer_file_upload",     0,   0,   0,   0, lambda w: w.ask("POST", "/v1/payment-files/uploads", {"bytes": 1, "sha256": "0" * 64}), 201),
    Cost("payments.file_uploads.confirm_file_upload",   1,   0,   0,   0, lambda w: w.ask("POST", "/v1/payment-files/uploads/upl_01ARZ3NDEKTSV4RRFFQ69G5FAV/confirm", {"sha256": "0" * 64}), 404),
    Cost("payments.payment_files.list_payment_files",   0,   1,   1,   0, lambda w: w.ask("GET", "/v1/payment-files")),
    Cost("payments.payment_files.get_payment_file",     1,   0,   0,   0, lambda w: w.ask("GET", PAYMENT_FILE), 404),
    Cost("payments.payment_files.list_file_payments",   1,   0,   0,   0, lambda w: w.ask("GET", f"{PAYMENT_FILE}/payments"), 404),
    Cost("payments.payment_files.get_status_report",    1,   0,   0,   0, lambda w: w.ask("GET", f"{PAYMENT_FILE}/status-report"), 404),

    # An account's entries, holds, and the customer's requests; transactions and labels; four shards of a day.
    Cost("reports.reports.get_transactions",           1,   2,   3,   0, lambda w: w.ask("GET", "/v1/reports/transactions?account_id={account}")),
    Cost("reports.reports.get_transactions",           1,   2,   1,   0, lambda w: w.ask("GET", "/v1/reports/transactions?account_id={account}&category=d")),
    Cost("reports.reports.get_transactions",           0,   2,   4,   0, lambda w: w.ask("GET", "/v1/reports/transactions", by=w.admin)),
    Cost("reports.reports.get_export",                 1,   0,   0,   0, lambda w: w.ask("GET", "/v1/reports/exports/exp_01ARZ3NDEKTSV4RRFFQ69G5FAV"), 404),
    # Which generation, and a query: of the bank, of an account, or of each of the customer's three.
    Cost("reports.reports.get_summary",                1,   0,   1,   0, lambda w: w.ask("GET", "/v1/reports/summary", by=w.admin)),
    Cost("reports.reports.get_summary",                2,   0,   1,   0, lambda w: w.ask("GET", "/v1/reports/summary?by=month&account_id={account}")),
    Cost("reports.reports.get_summary",                1,   0,   1 + 6, 0, lambda w: w.ask("GET", "/v1/reports/summary?category=c")),
    # Months, and days of this one.
    Cost("reports.reports.get_trial_balance",          1,   0,   2,   0, lambda w: w.ask("GET", "/v1/reports/trial-balance", by=w.admin)),

    Cost("statements.statements.list_statements",         1,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/statements")),
    Cost("statements.runs.start_statement_run", 2,   0,   1,   1, lambda w: w.ask("POST", "/v1/statement-runs", {"period": "2026-10"}, by=w.admin), 202),
    Cost("statements.runs.list_statement_runs", 0,   1,   2,   0, lambda w: w.ask("GET", "/v1/statement-runs", by=w.admin)),
    Cost("statements.runs.get_statement_run",   1,   0,   1,   0, lambda w: w.ask("GET", "/v1/statement-runs/2026-10", by=w.admin)),
    Cost("statements.runs.list_statement_failures", 1, 0, 1, 0, lambda w: w.ask("GET", "/v1/statement-runs/2026-10/failures", by=w.admin)),

    # Nothing is sealed or audited here: what these cost when there is something, the tests of digests and audit count.
    Cost("audit.audit.list_account_changes",         1,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/changes")),
    Cost("events.events.list_events",                0,   0,   1,   0, lambda w: w.ask("GET", "/v1/events")),
    Cost("events.events.get_event",                  1,   0,   0,   0, lambda w: w.ask("GET", f"/v1/events/evt_{'0' * 26}"), 404),
    Cost("events.events.list_event_types",           0,   0,   0,   0, lambda w: w.ask("GET", "/v1/event-types")),
    Cost("audit.audit.list_audit_records",           0,   0,   1,   0, lambda w: w.ask("GET", f"/v1/audit?entity={w.account['id']}", by=w.admin)),
    Cost("audit.audit.list_logins",                  0,   0,   1,   0, lambda w: w.ask("GET", "/v1/audit/logins", by=w.admin)),
    # One query asks for a verification that is running.
    # Of these queries one is for the ceilings, and one for the roles of each member of staff.
    Cost("audit.audit.verify_bank",                  5,   1,  11,   0, lambda w: w.ask("GET", f"/v1/audit/verify?account_id={w.empty['id']}", by=w.admin)),
    Cost("audit.audit.get_verification",             1,   0,   0,   0, lambda w: w.ask("GET", "/v1/audit/verifications/ver_1", by=w.admin), 404),
    Cost("verification.digests.list_digests",               0,   0,   1,   0, lambda w: w.ask("GET", "/v1/audit/digests", by=w.admin)),
    Cost("verification.digests.prove_entry",                1,   0,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/proof?seq=1"), 404),
    Cost("verification.digests.list_digest_keys",           0,   0,   0,   0, lambda w: w.client.get("/v1/.well-known/digest-keys.json")),

    Cost("identity.users.read_profile",                 0,   1,   0,   0, lambda w: w.ask("GET", "/v1/user/profile")),
    Cost("identity.users.edit_profile",                 2,   1,   0,   1, lambda w: w.ask("PATCH", "/v1/user/profile", {"last_name": "B"})),
    Cost("identity.users.create_user",                  0,   0,   0,   1, lambda w: w.ask("POST", "/v1/users", TELLER, by=w.admin), 201, kms=1),
    Cost("identity.users.list_users",                   0,   1,   1,   0, lambda w: w.ask("GET", "/v1/users", by=w.admin)),
    # Sessions are looked for before and after: one ends. No payment waits: reads of what was asked for and made.
    Cost("identity.users.edit_user",                    1,   1,   4,   2, lambda w: w.ask("PATCH", f"/v1/users/{w.friend.user_id}", {"status": "disabled"}, by=w.admin), put=1),
    # Of a user who has no factor; tests/api/identity/test_mfa_sign_in.py counts those of one who has. A password is counted before it is checked.
    Cost("identity.factors.list_own_factors",           1,   0,   0,   0, lambda w: w.ask("GET", "/v1/auth/factors")),
    Cost("identity.factors.enrol_factor",               1,   1,   0,   2, lambda w: w.ask("POST", "/v1/auth/factors", {"type": "totp", "name": "n", "current_password": w.customer.password}), 201),
    Cost("identity.factors.confirm_factor",             1,   0,   0,   0, lambda w: w.ask("POST", f"/v1/auth/factors/{FACTOR}/confirm", {"code": "123456"}), 404),
    Cost("identity.factors.remove_own_factor",          0,   1,   0,   0, lambda w: w.ask("DELETE", f"/v1/auth/factors/{FACTOR}"), 404),
    Cost("identity.factors.renew_recovery_codes",       0,   1,   0,   0, lambda w: w.ask("POST", "/v1/auth/recovery-codes"), 409),
    Cost("identity.factors.request_step_up",            0,   1,   0,   0, lambda w: w.ask("POST", "/v1/auth/mfa/step-up/challenges"), 409),
    Cost("identity.factors.step_up_session",            0,   1,   0,   0, lambda w: w.ask("POST", "/v1/auth/mfa/step-up", {"code": "123456"}), 409),
    Cost("identity.factors.prove_factor",               0,   0,   0,   0, lambda w: w.client.post("/v1/auth/mfa", {"challenge": "x", "code": "123456"}), 401),
    Cost("identity.factors.remove_factors",             1,   0,   1,   0, lambda w: w.ask("DELETE", f"/v1/users/{w.friend.user_id}/factors", by=w.admin), 204),
    Cost("identity.auth.jwks",                          0,   0,   0,   0, lambda w: w.client.get("/v1/.well-known/jwks.json")),
    Cost("identity.auth.register",                      1,   0,   0,   1, lambda w: w.client.post("/v1/auth/register", PERSON), 201, kms=1),
    # Guard and counter, user and devices; the attempt is counted with its source, and forgotten with the session's start.
    Cost("identity.auth.log_in",                        0,   2,   0,   2, lambda w: w.client.post("/v1/auth/login", LOGIN)),
    Cost("identity.auth.refresh",                       0,   1,   0,   1, lambda w: w.client.post("/v1/auth/refresh", {"refresh_token": w.customer.refresh_token})),
    # The mailer's calls, which the API does not wait for: it only orders.
    Cost("identity.auth.request_password_reset",        3,   0,   0,   1, lambda w: w.client.post("/v1/auth/password/reset-requests", {"email": w.customer.email}), 202),
    Cost("identity.auth.reset_password",                0,   0,   0,   0, lambda w: w.client.post("/v1/auth/password/reset", {"token": "A" * 43, "new_password": "staple horse correct"}), 422),
    Cost("identity.invitations.accept_invitation",      0,   0,   0,   0, lambda w: w.client.post("/v1/auth/invitations/accept", {"token": "A" * 43, "date_of_birth": "1990-01-01", "password": "staple horse correct"}), 422),
    Cost("identity.users.get_user",                     1,   0,   1,   0, lambda w: w.ask("GET", f"/v1/users/{w.friend.user_id}", by=w.admin), put=1),
    Cost("identity.users.list_own_logins",              0,   0,   1,   0, lambda w: w.ask("GET", "/v1/user/logins")),
    Cost("identity.users.list_own_sessions",            0,   0,   1,   0, lambda w: w.ask("GET", "/v1/user/sessions")),
    Cost("identity.users.end_own_session",              0,   0,   0,   0, lambda w: w.ask("DELETE", "/v1/user/sessions/ses_1"), 404),
    Cost("privacy.reads.list_reads",                   1,   0,   1,   0, lambda w: w.ask("GET", "/v1/customers/{customer}/reads", by=w.admin)),
    Cost("privacy.privacy.export_customer",            1,   2,  12,   0, lambda w: w.ask("GET", f"/v1/customers/{w.customer.customer_id}/export")),
    Cost("privacy.privacy.erase_customer",             1,   1,   1,   0, lambda w: w.ask("DELETE", f"/v1/customers/{w.customer.customer_id}"), 409),
    Cost("identity.auth.change_password",               3,   1,   2,   2, lambda w: w.ask("POST", "/v1/auth/password", {"current_password": w.customer.password, "new_password": "staple horse correct"}), 204),
    # The user, a code that is under way, the counter of failures; the attempt, the request. The mailer's: user, whether
    # there is a new address, the code; and the user again, for the notice.
    Cost("identity.auth.change_email",                  7,   0,   0,   3, lambda w: w.ask("POST", "/v1/auth/email", {"email": "new@example.com", "current_password": "staple horse correct"}), 202),
    Cost("identity.auth.request_email_verification",    3,   0,   0,   1, lambda w: w.ask("POST", "/v1/auth/email/verification-requests"), 202),
    Cost("identity.auth.verify_email",                  0,   1,   0,   0, lambda w: w.ask("POST", "/v1/auth/email/verify", {"code": "A" * 43}), 422),
    # Key, user, counter.
    Cost("identity.users.unlock_user",                  3,   0,   0,   1, lambda w: w.ask("POST", f"/v1/users/{w.customer.user_id}/unlock", {"reason": "r"}, by=w.admin, key="unlock"), 204),
    Cost("identity.auth.log_out",                       0,   0,   0,   1, lambda w: w.ask("POST", "/v1/auth/logout", {}), 204),

    Cost("operations.health.health",                        0,   0,   0,   0, lambda w: w.client.get("/v1/health")),
    # One state serves both, and is kept for 15 seconds: totals of today, the last digest, the last verifications.
    Cost("operations.metrics.metrics",                      0,   1,   3,   0, lambda w: w.ask("GET", "/v1/metrics", by=w.admin)),
    Cost("operations.health.ready",                         0,   0,   0,   0, lambda w: w.ask("GET", "/v1/health/ready", by=w.admin)),
    Cost("operations.health.openapi",                       0,   0,   0,   0, lambda w: w.client.get("/v1/openapi.json")),
    Cost("operations.health.docs",                          0,   0,   0,   0, lambda w: w.client.get("/v1/docs")),
]
PAGES = [
    #    view                                  get  batch query write
    Cost("accounts.accounts.list_accounts",               0,   1,   1,   0, lambda w: w.ask("GET", "/v1/accounts?limit=2")),
    Cost("accounts.accounts.list_accounts",               0,   1,   1,   0, lambda w: w.ask("GET", "/v1/accounts?limit=2&status=frozen")),
    Cost("accounts.accounts.get_history",                 1,   1,   2,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/history?limit=2")),
    Cost("accounts.accounts.get_history",                 1,   3,   1,   0, lambda w: w.ask("GET", "/v1/accounts/{account}/history?limit=2&category=c")),
    Cost("payments.transactions.list_transactions",       0,   2,  12,   0, lambda w: w.ask("GET", "/v1/transactions?limit=2")),
    Cost("payments.transactions.list_transactions",       0,   1,  12,   0, lambda w: w.ask("GET", "/v1/transactions?limit=2&type=reversal")),
    Cost("payments.transactions.list_transactions",       0,   2,   4,   0, lambda w: w.ask("GET", "/v1/transactions?limit=2", by=w.admin)),
    Cost("support.tickets.list_tickets",                 0,   1,   1,   0, lambda w: w.ask("GET", "/v1/tickets?limit=2")),
    Cost("support.tickets.list_tickets",                 0,   1,   1,   0, lambda w: w.ask("GET", "/v1/tickets?limit=2&status=open&order=oldest", by=w.admin), put=1),
    Cost("support.tickets.get_ticket",                   0,   0,   1,   0, lambda w: w.ask("GET", "/v1/tickets/{ticket}")),
    Cost("support.announcements.list_all_announcements", 0,   1,   1,   0, lambda w: w.ask("GET", "/v1/announcements/all?limit=2", by=w.admin)),
    Cost("branches.branches.list_branches",               0,   1,   1,   0, lambda w: w.ask("GET", "/v1/branches?limit=2")),
    Cost("identity.users.list_users",                     0,   1,   1,   0, lambda w: w.ask("GET", "/v1/users?limit=2", by=w.admin)),
]
# fmt: on


@pytest.fixture
def world(client: Api, customer: User, other_customer: User, admin: User) -> World:
    account, other = opened(client, customer, "100.00"), opened(client, customer)
    made = transfer(client, customer, account, other, "1.00", category="c").ok(201)
    deposit(client, customer, account, "1.00", key="again").ok(201)
    return World(
        client,
        customer,
        other_customer,
        admin,
        account,
        other,
        opened(client, customer),
        made,
        opened_branch(client, admin, "Z"),
        raised(client, customer),
        client.post("/v1/announcements", ANNOUNCEMENT, token=admin.token).ok(201),
        Addresses(client, customer).added(),
        raise_alert(customer, account, "low"),
        held_by_hand(customer, account, other),
        held_by_hand(customer, account, other),
        f"{HOOKS}/{client.post(HOOKS, HOOK, token=customer.token).ok(201)['id']}",
        client.post(f"/v1/accounts/{account['id']}/calendar-link", token=customer.token).ok(201)["url"],
        account["opened_at"][:7],
        {**ORDER, "from_account_id": account["id"], "to_account_id": other["id"], "start": day(9).isoformat()},
    )


def test_every_endpoint_has_its_price() -> None:
    assert {cost.view for cost in COSTS} == {route.view for route in ROUTES}


def wrong_counts(world: World, costs: list[Cost]) -> list[str]:
    """In the order of the table, for one endpoint prepares the next."""
    operations_by_view = {one.route.view: one for one in operations()}
    wrong = []
    for cost in costs:
        with counted_calls() as calls:
            reply = cost.request(world)
        assert reply.status == cost.status, (cost.view, reply)
        found = operations_by_view[cost.view]
        calls["GetItem"] -= (found.route.permission is not None) + found.has_session_check
        stated = {
            "GetItem": cost.get,
            "BatchGetItem": cost.batch_get,
            "Query": cost.query,
            "TransactWriteItems": cost.transact,
            "PutItem": cost.put,
            "UpdateItem": cost.update,
        }
        calls["KMS"] = calls.pop("GenerateDataKey", 0) + calls.pop("Decrypt", 0)
        stated["KMS"] = cost.kms
        if {name: count for name, count in calls.items() if count} != +Counter(stated):
            wrong.append(f"{cost.view}: {dict(+calls)}, stated {dict(+Counter(stated))}")
    return wrong


def test_calls_of_every_endpoint(
    world: World, interest_machine: RunMachine, signing_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")
    monkeypatch.setenv("STATEMENT_STATE_MACHINE_ARN", interest_machine.arn)
    interest_machine.idle = True
    wrong = wrong_counts(world, COSTS)
    assert not wrong, "\n".join(wrong)


def test_a_page_costs_the_same_however_long_the_list(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pages and more of everything."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    for number in range(6):
        opened(world.client, world.customer)
        withdraw(world.client, world.customer, world.account, "1.00", category="c").ok(201)
        raised(world.client, world.customer)
        world.ask("POST", "/v1/tickets/{ticket}/messages", {"message": "m"}).ok(201)
        world.ask("POST", "/v1/announcements", ANNOUNCEMENT, by=world.admin).ok(201)
        opened_branch(world.client, world.admin, f"B{number}")
        world.ask("POST", "/v1/users", TELLER | {"email": f"{number}@florin.example"}, by=world.admin).ok(201)
    wrong = wrong_counts(world, PAGES)
    assert not wrong, "\n".join(wrong)
