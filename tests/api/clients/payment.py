"""Makes a payment with the client that openapi-python-client generates, and prints what it was answered as JSON."""

import json
import sys
from typing import TypeVar

from florin_client import AuthenticatedClient, Client
from florin_client.api.accounts import edit_account, get_history, open_account
from florin_client.api.identity import log_in
from florin_client.api.payments import deposit, transfer
from florin_client.models import (
    AccountView,
    Deposit,
    EditAccount,
    EditAccountStatements,
    GetHistoryType,
    ListingEntryView,
    LogIn,
    LogInTokensView,
    OpenAccount,
    OpenAccountType,
    Problem,
    TransactionView,
    Transfer,
)

T = TypeVar("T")


def main(url: str, email: str, password: str) -> dict[str, object]:
    tokens = answered(LogInTokensView, log_in.sync(client=Client(url), body=LogIn(email=email, password=password)))
    with AuthenticatedClient(url, token=tokens.access_token) as bank:
        start, end = opened(bank, OpenAccountType.CURRENT), opened(bank, OpenAccountType.SAVINGS)
        funds = Deposit(account_id=start.id, amount="100.00")
        answered(TransactionView, deposit.sync(client=bank, body=funds, idempotency_key="d"))
        paid = answered(TransactionView, pay(bank, start, end, "25.50", "t"))
        again = answered(TransactionView, pay(bank, start, end, "25.50", "t"))
        refused = answered(Problem, pay(bank, start, end, "75.00", "u"))
        edit_account.sync(end.id, client=bank, body=EditAccount(statements=EditAccountStatements.MONTHLY))
        edited = answered(AccountView, edit_account.sync(end.id, client=bank, body=EditAccount(nickname="Lunch")))
        history = get_history.sync(end.id, client=bank, limit=1, type_=GetHistoryType.TRANSFER)
        received = answered(ListingEntryView, history)
    return {
        "from": start.id,
        "to": end.id,
        "transaction": paid.id,
        "status": paid.status.value,
        "replayed": again.id,
        "refused": refused.code,
        "available": refused.available,
        "nickname": edited.nickname,
        "statements": edited.statements.value,
        "received": [entry.amount for entry in received.data],
        "has_more": received.has_more,
    }


def opened(bank: AuthenticatedClient, kind: OpenAccountType) -> AccountView:
    return answered(AccountView, open_account.sync(client=bank, body=OpenAccount(type_=kind)))


def pay(bank: AuthenticatedClient, start: AccountView, end: AccountView, amount: str, key: str) -> object:
    body = Transfer(from_account_id=start.id, to_account_number=end.account_number, amount=amount, memo="Lunch")
    return transfer.sync(client=bank, body=body, idempotency_key=key)


def answered(kind: type[T], reply: object) -> T:
    assert isinstance(reply, kind), reply
    return reply


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
