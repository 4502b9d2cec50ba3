"""Accounts."""

from chalicelib.handlers.accounts.account_schemas import (
    AccountDetailView,
    AccountsQuery,
    AccountView,
    BalanceQuery,
    BalanceView,
    EditAccount,
    EntryView,
    HistoryQuery,
    OpenAccount,
    Reason,
    SetPin,
)
from chalicelib.handlers.approvals.pending import with_pending
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.accounts.account import Account
from chalicelib.models.paging import Paging
from chalicelib.services.accounts import accounts, changes, history, pins
from chalicelib.services.accounts import close_account as closing
from chalicelib.services.accounts import open_account as opening

PIN_PROBLEMS = ("pin_required", "pin_incorrect", "pin_locked")


def answer(account: Account, *, replayed: bool = False) -> Answer:
    """Respond with an account and its version as ETag, to send back as If-Match."""
    return Answer(AccountView.of(account), version=account.version, replayed=replayed)


@describe(
    "Open an account",
    status=201,
    body=OpenAccount,
    answer=AccountView,
    problems=(
        "action_blocked",
        "conflict_of_interest",
        "conflict",
        "idempotency_key_missing",
        "not_found",
        "limit_exceeded",
        "clock_skew",
        "contention",
        "outcome_unknown",
    ),
    limit="accounts",
)
def open_account(request: Request[OpenAccount, None]) -> Answer:
    """Opens an account for a customer.

    With `initial_deposit`, which requires an Idempotency-Key, the account is opened and funded in one step, or not at
    all. With `CUSTOMER_CASH=off` that deposit is for staff to make, and customers get 403. So do staff for one above
    their ceiling, because it cannot wait. With `KYC_REQUIRED=true`, 409 means that the customer is not verified.
    """
    body = request.body
    wanted = opening.Opening(
        account_type=body.type,
        currency=body.currency,
        branch_id=body.branch_id,
        customer_id=body.customer_id,
        nickname=body.nickname,
        pin=body.pin,
        initial_deposit=body.initial_deposit,
    )
    account, replayed = opening.open_account(request.caller, wanted, request.idempotency_key)
    return answer(account, replayed=replayed)


@describe("List accounts", query=AccountsQuery, answer=Listing[AccountView], problems=("invalid_cursor", "not_found"))
def list_accounts(request: Request[None, AccountsQuery]) -> Listing[AccountView]:
    """Lists the accounts that you own or hold jointly, last opened first. Staff and auditors must send
    `customer_id`.
    """
    query = request.query
    page = accounts.list_of_customer(request.caller, query.customer_id, Paging(query.limit, query.cursor), query.status)
    return Listing[AccountView].page([AccountView.of(account) for account in page.items], page.next_cursor)


@describe("List closed accounts", query=PageQuery, answer=Listing[AccountView], problems=("invalid_cursor",))
def list_closed_accounts(request: Request[None, PageQuery]) -> Listing[AccountView]:
    """Lists closed accounts, last closed first."""
    page = accounts.list_closed(Paging(request.query.limit, request.query.cursor))
    return Listing[AccountView].page([AccountView.of(account) for account in page.items], page.next_cursor)


@describe("Get an account", answer=AccountDetailView, problems=("not_found",), versioned="the account")
def get_account(request: Request[None, None], account_id: str) -> Answer:
    """Returns the account with its balance, held amount and available balance. available = balance − held +
    overdraft limit.
    """
    account = accounts.get(request.caller, account_id)
    shown = with_pending(AccountView.of(account), AccountDetailView, request.caller, account.id)
    return Answer(shown, version=account.version)


@describe(
    "Edit an account",
    body=EditAccount,
    answer=AccountView,
    problems=("conflict_of_interest", "not_found", "conflict", "account_closed", "contention"),
    action="overdraft_limit",
    versioned="the account",
)
def edit_account(request: Request[EditAccount, None], account_id: str) -> Answer:
    """For the owner, joint holders with the right to manage, and staff."""
    edits = request.body.model_dump(exclude_unset=True)
    return answer(changes.edit(request.caller, account_id, edits, request.if_match))


@describe(
    "Close an account",
    answer=AccountView,
    problems=("conflict_of_interest", "not_found", "conflict", "account_not_empty", "contention"),
    versioned="the account",
)
def close_account(request: Request[None, None], account_id: str) -> Answer:
    """For the owner and staff. Balance and held amount must be zero. Interest up to yesterday is credited first; if
    that leaves a balance, the response is `account_not_empty`, and you can close the account once you have paid it
    out. The history stays. Joint holders lose access.
    """
    return answer(closing.close(request.caller, account_id, request.if_match))


@describe(
    "Freeze an account",
    body=Reason,
    answer=AccountView,
    problems=("conflict_of_interest", "not_found", "conflict", "account_closed", "contention"),
    versioned="the account",
)
def freeze_account(request: Request[Reason, None], account_id: str) -> Answer:
    """A frozen account refuses debits and accepts credits."""
    account, replayed = changes.freeze(
        request.caller, account_id, request.body.reason, request.idempotency_key, request.if_match
    )
    return answer(account, replayed=replayed)


@describe(
    "Unfreeze an account",
    body=Reason,
    answer=AccountView,
    problems=("conflict_of_interest", "not_found", "conflict", "account_closed", "contention"),
    action="unfreeze",
    versioned="the account",
)
def unfreeze_account(request: Request[Reason, None], account_id: str) -> Answer:
    """The account accepts debits again."""
    account, replayed = changes.unfreeze(
        request.caller, account_id, request.body.reason, request.idempotency_key, request.if_match
    )
    return answer(account, replayed=replayed)


@describe(
    "Set or change the PIN",
    status=204,
    body=SetPin,
    problems=("not_found", "conflict", *PIN_PROBLEMS),
    versioned="the account",
)
def put_pin(request: Request[SetPin, None], account_id: str) -> Answer:
    """Only for the owner. Changing a PIN requires the current one. The account gets a new version."""
    body = request.body
    return Answer(None, version=pins.put(request.caller, account_id, body.pin, body.current_pin, request.if_match))


@describe(
    "Reset the PIN",
    status=204,
    problems=("conflict_of_interest", "not_found", "contention", "outcome_unknown"),
    action="pin_reset",
    versioned="the account",
)
def reset_pin(request: Request[None, None], account_id: str) -> Answer:
    """Removes the PIN. The owner can set a new one. The account gets a new version."""
    version, replayed = pins.reset(request.caller, account_id, request.idempotency_key, request.if_match)
    return Answer(None, version=version, replayed=replayed)


@describe("Get the balance at a moment", query=BalanceQuery, answer=BalanceView, problems=("not_found",))
def get_balance(request: Request[None, BalanceQuery], account_id: str) -> BalanceView:
    """Returns the balance after the last entry at or before `at`, or the current balance without `at`."""
    return BalanceView.of(history.balance_at(request.caller, account_id, request.query.at))


@describe(
    "List an account's entries", query=HistoryQuery, answer=Listing[EntryView], problems=("not_found", "invalid_cursor")
)
def get_history(request: Request[None, HistoryQuery], account_id: str) -> Listing[EntryView]:
    """Lists entries, newest first. With a filter, a page may be short or empty while `has_more` is true."""
    asked = request.query
    query = history.HistoryQuery(asked.from_, asked.to, asked.type, asked.category, asked.tag)
    page = history.page(request.caller, account_id, query, Paging(asked.limit, asked.cursor))
    return Listing[EntryView].page([EntryView.of(line) for line in page.items], page.next_cursor)
