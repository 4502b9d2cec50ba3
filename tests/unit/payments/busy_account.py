"""A shop that many pay, whose transfers are posted in groups, and two of its customers."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger.crowd import HOT_SECONDS, AccountIsHot
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import Intent
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.payments import group_posting, judgement, known_rounds
from chalicelib.services.payments.group_posting import GroupedRequest
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.lease_watch import LeaseWatch
from chalicelib.services.payments.transfer_request import Json, TransferRequest, to_posting_request
from tests.fake_dynamodb.wire import QUERY, WRITE, Answer, Step
from tests.small_bank import NOON, A, B, C, SmallBank, customer

HOT = A


def open_accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open the shop's account, marked as busy, and two payers."""
    monkeypatch.setenv("APPROVALS", "off")
    monkeypatch.setattr(known_rounds, "noted", {})
    bank.open(HOT, 0, hot_until=int(NOON.timestamp()) + HOT_SECONDS)
    bank.open(B, 10_000, owner=2)
    bank.open(C, 10_000, owner=3)


def transfer(bank: SmallBank, amount: str = "1.00", payer: str = B, caller: Caller | None = None) -> TransferRequest:
    caller = caller or customer(2 if payer == B else 3)
    return TransferRequest(payer, HOT, amount, None, Annotations(), caller, bank.key(caller))


def have_another_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another process hold the lease, which it renews in time, and commit nothing."""
    assert HotAccount.take(HOT, None, "another process", NOON)
    monkeypatch.setattr(LeaseWatch, "is_abandoned", lambda *_: False)


def waiting(bank: SmallBank, request: TransferRequest, **changed: Any) -> Intent:
    """Store an intent as another process would, with parts of its JSON changed."""
    until = NOON.replace(minute=5)
    name = request.idempotency_key.transaction_id
    intent = Intent.new(HOT, name, request.to_json() | changed, NOON.replace(hour=11), until)
    intent.store()
    return intent


def intents(bank: SmallBank) -> list[str]:
    return [sk for pk, sk in bank.dynamodb.table("reports").items if pk.startswith("INTENTS#")]


def status_of(request: TransferRequest) -> str | None:
    found = Transaction.by_id(request.idempotency_key.transaction_id)
    return str(found.status) if found else None


def posted(result: Json) -> bool:
    return bool(result["status"] == "decided" and result["transaction"]["status"]["S"] == "posted")


def at_a_look(act: Callable[[], object]) -> Step:
    """Return a step that does something before a request looks how far a group is with it."""

    def step(answer: Callable[[], Answer], request: Any) -> Answer:
        if "HOT_ACCOUNTS" in str(request):
            act()
        return answer()

    return step


def looks(bank: SmallBank) -> int:
    """Return how often intents were read."""
    return sum(operation == QUERY and "INTENTS#" in str(request) for operation, request in bank.dynamodb.sent)


def group_sizes(bank: SmallBank) -> list[int]:
    """Return of how many transactions each write was."""
    writes = [request["TransactItems"] for operation, request in bank.dynamodb.sent if operation == WRITE]
    return [sum("TXN#" in str(one.get("Put", {}).get("Item", {}).get("pk")) for one in actions) for actions in writes]


def post_for(request: TransferRequest, seconds: float) -> None:
    """Have a transfer posted in a group, by a client that waits so long."""
    member = Member(to_posting_request(request), judgement.judge(request.caller))
    until = time.monotonic() + seconds
    asked = GroupedRequest(
        request.to_json(), member, lambda given: to_posting_request(TransferRequest.from_json(given)), until
    )
    group_posting.post(asked, AccountIsHot(HOT, None))
