"""Cash: deposits and withdrawals."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import DryRunQuery
from chalicelib.handlers.payments.payment_request_schemas import Deposit, Withdraw
from chalicelib.handlers.payments.transaction_answers import (
    HELD,
    HOLDING_PROBLEMS,
    PIN_PROBLEMS,
    POSTING_PROBLEMS,
    answer,
)
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.services.payments import deposits_withdrawals
from chalicelib.services.payments.deposits_withdrawals import CashRequest


@describe(
    "Deposit cash",
    status=201,
    body=Deposit,
    query=DryRunQuery,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, *HOLDING_PROBLEMS),
    accepted=HELD,
    location="the approval",
    is_posting=True,
)
def deposit(request: Request[Deposit, DryRunQuery]) -> Answer:
    """Credits an account that you own or hold with the right to pay. Tellers can deposit to any customer's account.
    With `CUSTOMER_CASH=off` staff alone do, and customers get 403. 202 means that nothing is credited until another
    person approves it: a policy, or the ceiling of your role, demands it.
    """
    body = request.body
    asked = CashRequest(body.account_id, body.amount, body.currency, body.branch_id, annotations=body.annotations())
    return answer(
        deposits_withdrawals.deposit(request.caller, asked, request.required_idempotency_key),
        request.caller,
        asked.annotations,
    )


@describe(
    "Withdraw cash",
    status=201,
    body=Withdraw,
    query=DryRunQuery,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, *PIN_PROBLEMS, *HOLDING_PROBLEMS, "risk_declined"),
    accepted=HELD,
    location="the approval",
    is_posting=True,
)
def withdraw(request: Request[Withdraw, DryRunQuery]) -> Answer:
    """Debits an account that you own or hold with the right to pay. Tellers can withdraw from any customer's
    account. If the account has a PIN, everyone must send it. With `CUSTOMER_CASH=off` staff alone do, and customers get
    403; so do, with `EMAIL_VERIFICATION=on`, customers whose email address is not verified. 202 means that the amount
    is held until another person approves the withdrawal: its risk, a policy, or the ceiling of your role demands it.
    Hand out the cash when its status is `posted`.
    """
    body = request.body
    asked = CashRequest(body.account_id, body.amount, body.currency, body.branch_id, body.pin, body.annotations())
    return answer(
        deposits_withdrawals.withdraw(request.caller, asked, request.required_idempotency_key),
        request.caller,
        asked.annotations,
    )
