"""A payer and three payees, whose transfers are committed in one write."""

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.domain.errors import BankError, Conflict
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models import transact
from chalicelib.models.ledger import group
from chalicelib.models.ledger.group import Result
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.transact import Extra
from tests.fake_dynamodb.wire import WRITE
from tests.small_bank import SmallBank

LIMITS = Limits(1000, 10_000)


def open_accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open the payer a with 100 and three payees; a write is tried four times."""
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 4)
    bank.open("a", 100)
    for number, name in enumerate("bcd", 2):
        bank.open(name, 5, owner=number)


def clear(_: PreparedMovement) -> None:
    """Let everything pass."""


def pay(bank: SmallBank, amount: int, payee: str = "b", payer: str = "a", **fields: Any) -> PostingRequest:
    return bank.request({payer: -amount, payee: amount}, limits=LIMITS, **fields)


def members(requests: Sequence[PostingRequest]) -> list[Member]:
    return [Member(request, clear) for request in requests]


def in_order(requests: Sequence[PostingRequest]) -> list[Result]:
    return group.commit_first(members(requests), [])


def together(requests: Sequence[PostingRequest]) -> list[Result]:
    return group.commit_together(members(requests), [])


def statuses(results: Sequence[Result]) -> list[str]:
    """Return each result's status, or the code of its refusal or error."""

    def status(one: Result) -> str:
        if isinstance(one, BankError):
            return f"not done: {one.code}"
        return one.transaction.failure["code"] if one.transaction.status == "failed" else str(one.transaction.status)

    return [status(one) for one in results]


def balances(bank: SmallBank) -> list[int]:
    return [bank.account(name).balance for name in "abcd"]


def writes(bank: SmallBank) -> list[int]:
    """Return of how many items each write was."""
    return [len(request["TransactItems"]) for operation, request in bank.dynamodb.sent if operation == WRITE]


def condition(name: str, *, holds: bool = True) -> Extra:
    """Return a condition that an item does not exist, or that it does."""
    expression = "attribute_not_exists(pk)" if holds else "attribute_exists(pk)"
    key = {"pk": {"S": name}, "sk": {"S": name}}
    check = {"TableName": "florin-unit-bank", "Key": key, "ConditionExpression": expression}
    return Extra({"ConditionCheck": check}, Conflict(f"{name} does not hold"))
