"""Payments by clients that do not give up: each is sent with its key until it is answered, and every answer is kept."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
import requests

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.time import timestamp
from chalicelib.models import connection
from chalicelib.models.events.stream_record import image_of
from chalicelib.services.verification import verify
from tests.stack import Stack
from tests.workflow.bank import Client, Reply, at_once, new_key, register
from tests.workflow.trail import whole

UNDONE = {"contention", "unavailable"}
"""Codes that promise that this attempt did nothing."""

TRY_SECONDS_MAX = 120
PAUSE_SECONDS = 0.05
AMOUNTS = (1, 500, 2500, 9900)


@dataclass
class Payment:
    """One request: what is moved, in cents, from one account to another (None: cash), and every answer to it."""

    owner: Client
    payer: str | None
    payee: str | None
    amount: int
    key: str = field(default_factory=new_key)
    replies: list[Reply] = field(default_factory=list)

    @property
    def transaction_id(self) -> str:
        return ids.transaction_id(self.owner.user["user_id"], self.key)

    @property
    def answer(self) -> Reply:
        return self.replies[-1]

    def send(self) -> Reply:
        amount = f"{self.amount // 100}.{self.amount % 100:02d}"
        if self.payer and self.payee:
            return self.owner.transfer(self.payer, self.payee, amount, key=self.key)
        operation = "deposit" if self.payee else "withdraw"
        body = {"account_id": self.payer or self.payee, "amount": amount}
        return self.owner.post(f"/v1/transactions/{operation}", body, key=self.key)

    def persist(self) -> "Payment":
        """Send it until something else is heard than that it is not known yet; no connection is not heard at all."""
        deadline = time.monotonic() + TRY_SECONDS_MAX
        while not self.replies or self.answer.status >= 500:
            assert time.monotonic() < deadline, f"no answer: {self.replies[-1:]}"
            try:
                self.replies.append(self.send())
            except (requests.ConnectionError, requests.Timeout, requests.JSONDecodeError):
                threading.Event().wait(PAUSE_SECONDS)
        return self

    @property
    def moved(self) -> int:
        return self.amount if self.answer.status == 201 else 0


@dataclass
class Town:
    """People with an account each, and all that they have paid."""

    stack: Stack
    accounts: dict[str, Client]
    payments: list[Payment] = field(default_factory=list)

    @classmethod
    def founded(cls, stack: Stack, people: int, cents: int) -> "Town":
        owners = [register(stack.url) for _ in range(people)]
        town = cls(stack, {owner.open_account()["id"]: owner for owner in owners})
        town.pay([Payment(owner, None, account_id, cents) for account_id, owner in town.accounts.items()], clients=1)
        return town

    def draw(self, chance: random.Random, number: int) -> list[Payment]:
        """Transfers, deposits and withdrawals, some of them for more than there is."""
        drawn = []
        for _ in range(number):
            payer, payee = chance.sample(list(self.accounts), 2)
            sides = chance.choice([(payer, payee), (payer, payee), (payer, None), (None, payer)])
            drawn.append(Payment(self.accounts[payer], *sides, chance.choice(AMOUNTS)))
        return drawn

    def pay(self, payments: Sequence[Payment], clients: int) -> None:
        self.payments += payments
        at_once([payment.persist for payment in payments], clients)

    def _items(self) -> list[Image]:
        return [image_of(item) for item in whole(self.stack, "bank") if "version" in item]

    def writer_of(self, payment: Payment) -> str:
        """The request that wrote the payment's transaction."""
        return str(_slots(self._items())[payment.transaction_id]["request_id"])

    def require_truth(self, *, deaths: bool = False) -> None:
        """Every answer was true, nothing is lost, nothing was paid twice; `deaths`: functions were killed meanwhile."""
        items = self._items()
        slots = _slots(items)
        for payment in self.payments:
            _require_true(payment, slots, deaths=deaths)
        writers = {slot["request_id"] for slot in slots.values()}
        denials = [one.body["request_id"] for paid in self.payments for one in paid.replies if one.code in UNDONE]
        assert not writers.intersection(denials), "an attempt that was said to have done nothing has written"
        assert not [item for item in items if item["type"] == "hold"]
        existing = {item["id"]: item for item in items if item["type"] == "account"}
        entries = Counter((one["account_id"]["S"], one["transaction_id"]["S"]) for one in whole(self.stack, "ledger"))
        for account_id in self.accounts:
            paid = [payment for payment in self.payments if payment.moved]
            balance = sum(one.moved * ((one.payee == account_id) - (one.payer == account_id)) for one in paid)
            assert (existing[account_id]["balance"], existing[account_id]["held"]) == (balance, 0)
            expected = {one.transaction_id for one in paid if account_id in (one.payer, one.payee)}
            found = {name: count for (account, name), count in entries.items() if account == account_id}
            assert found == dict.fromkeys(expected, 1)

    def require_replays(self) -> None:
        """Every key, sent once more, is answered as before."""
        again = at_once([partial(Payment.send, payment) for payment in self.payments], 4)
        for payment, reply in zip(self.payments, again, strict=True):
            assert (reply.status, reply.code) == (payment.answer.status, payment.answer.code)
            assert reply.headers["Idempotent-Replayed"] == "true"
            if reply.status == 201:
                assert reply.body == payment.answer.body, (reply.body, payment.answer.body)


def _slots(items: list[Image]) -> dict[str, Image]:
    return {item["id"]: item for item in items if item["sk"] == "TXN"}


def _require_true(payment: Payment, slots: dict[str, Image], *, deaths: bool) -> None:
    answer, slot = payment.answer, slots.get(payment.transaction_id)
    assert slot, f"{answer} was acknowledged, and there is nothing"
    if answer.status == 201:
        assert answer.body["id"] == payment.transaction_id
        assert (slot["status"], slot["amount"]) == ("posted", payment.amount)
    else:
        assert (answer.status, answer.code, slot["status"]) == (422, "insufficient_funds", "failed")
    unanswered = {one.code for one in payment.replies[:-1]}
    assert deaths or unanswered <= UNDONE | {"outcome_unknown"}, unanswered


def require_verified(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole bank is proven as it stands now, by `verify`; the audit trail must have arrived."""
    at_the_stack(stack, monkeypatch)
    verdict = verify.verify_bank(lambda _: None, cut=timestamp(clock.now()))
    connection.forget()
    assert verdict.ok, verdict.broken


def at_the_stack(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process work on the stack's tables."""
    credentials = stack.session.get_credentials()
    assert credentials
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    connection.forget()
