"""Many writers at one account in virtual time, with the bank's own code, and what must be true afterwards."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from chalicelib import clock
from chalicelib.domain.errors import BankError
from chalicelib.domain.ids import id_of
from chalicelib.domain.ledger import idempotency
from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.payments import known_rounds, transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from chalicelib.services.verification import verify_entries
from tests.chaos.posts import GAP_SECONDS_MAX
from tests.fake_dynamodb.wire import FakeDynamoDB
from tests.faults.plan import Plan
from tests.small_bank import SmallBank, customer
from tests.virtual.dynamodb import Killed, VirtualDynamoDB
from tests.virtual.memory import OwnMemory
from tests.virtual.time import VirtualTime

STAGE = "unit"
BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = "2099-01-01T00:00:00.000000Z"
HOT = id_of("acc", BEGIN, 0)


@dataclass
class Sent:
    """A transfer as its client saw it: the answers to each time that it sent the key."""

    payer: str
    payee: str
    cents: int
    key: IdempotencyKey
    number: int
    began: float = 0.0
    seconds: float = 0.0
    answers: list[str] = field(default_factory=list)
    is_killed: bool = False

    @property
    def last(self) -> str:
        return self.answers[-1] if self.answers else "killed"


def right(*_: object) -> float:
    """Have every clock be right."""
    return 0.0


@dataclass
class Crowd:
    """A bank with one busy account, in a time of its own. `skew_seconds` is how far each writer's clock is ahead."""

    plan: Plan | None = None
    skew_seconds: Callable[[int, float], float] = right
    funds_minor: int = 10**9
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.fake = FakeDynamoDB(STAGE)
        self.bank = SmallBank(self.fake)
        self.dynamodb = VirtualDynamoDB(self.time, self.fake, self.plan)
        self._keys = 0

    @contextmanager
    def open(self, writers: int) -> Iterator[None]:
        """Open the accounts: the busy one, and one of each writer's own."""
        self.bank.open(HOT, owner=1, overdraft_limit=self.funds_minor)
        for number in range(writers):
            self.bank.open(self.account(number), owner=number + 2, overdraft_limit=10**9)
        clock.set_clock(self._now)
        try:
            own: Any = patch.object(known_rounds, "noted", OwnMemory[str, tuple[float, Rounds]](self.time))
            with self.time.installed(), self.dynamodb.installed(), own:
                yield
        finally:
            clock.set_clock(None)

    def account(self, number: int) -> str:
        return id_of("acc", BEGIN, number + 1)

    def _now(self) -> datetime:
        number = self.time.process if self.time.is_inside else 0
        return BEGIN + timedelta(seconds=self.time.now + self.skew_seconds(number, self.time.now))

    def run(
        self,
        writers: int,
        *,
        posts: int = 10**9,
        seconds: float = 10**9,
        pays: bool = False,
        patience: int = 20,
        gap_seconds_max: float = GAP_SECONDS_MAX,
    ) -> None:
        """Have each writer pay the busy account, or be paid by it where it `pays`, so often or for so long.

        Between two posts a writer pauses up to `gap_seconds_max`, half of it on average.
        """

        def work(number: int) -> None:
            try:
                for _ in range(posts):
                    self.time.wait(random.uniform(0, gap_seconds_max))
                    if self.time.now >= seconds:
                        return
                    self._pay(number, pays=pays, patience=patience)
            except Killed:
                self.sent[self._last_of(number)].is_killed = True

        self.time.run([lambda number=number: work(number) for number in range(writers)])  # type: ignore[misc]

    def _last_of(self, number: int) -> int:
        return max(place for place, one in enumerate(self.sent) if one.number == number)

    def _pay(self, number: int, *, pays: bool, patience: int) -> None:
        own = self.account(number)
        self._keys += 1
        payer, payee, caller = (HOT, own, customer(1)) if pays else (own, HOT, customer(number + 2))
        key = idempotency.derive_key(caller.user_id, f"key-{self._keys}", "POST /v1/transactions/transfer", ())
        one = Sent(payer, payee, random.randint(1, 9), key, number, began=self.time.now)
        self.sent.append(one)
        for attempt in range(patience):
            request_caller = Caller(caller.user_id, "customer", f"req-{self._keys}-{attempt}", caller.customer_id)
            one.answers.append(self.answer(one, request_caller))
            one.seconds = self.time.now - one.began
            if one.last not in ("contention", "outcome_unknown", "unavailable"):
                return

    def answer(self, one: Sent, caller: Caller) -> str:
        """Send a transfer; return its status, or the code of its refusal or its error."""
        amount = f"0.{one.cents:02d}"
        request = TransferRequest(one.payer, one.payee, amount, None, Annotations(), caller, one.key)
        try:
            outcome = transfer_steps.outcome_of(transfer_steps.post(request))
        except BankError as error:
            return error.code
        return outcome.transaction.failure["code"] if outcome.transaction.failure else str(outcome.transaction.status)

    def settle(self) -> None:
        """Send each transfer that has no answer once more, as its client would, one after the other."""
        self.time.run([self._send_again])

    def _send_again(self) -> None:
        for one in self.sent:
            if one.last in ("killed", "contention", "outcome_unknown", "unavailable"):
                number = 1 if one.payer == HOT else one.number + 2
                one.answers.append(self.answer(one, customer(number, "req-again")))

    def intents_left(self) -> list[str]:
        """Return the places of the intents that nobody has deleted."""
        return [sk for pk, sk in self.fake.table("reports").items if pk.startswith("INTENTS#")]

    def problems(self, writers: int) -> list[str]:
        """Return what is not as it must be: each key has one effect, as it was answered, and the ledger is whole."""
        found = [
            f"{one.key.transaction_id} was answered {one.answers}" for one in self.sent if not self._is_as_told(one)
        ]
        accounts = [HOT, *map(self.account, range(writers))]
        for account_id in accounts:
            verify_entries.prove(account_id, LATER, lambda _: None)
        balances = [self.bank.account(name).balance for name in accounts]
        if sum(balances):
            found.append(f"the balances sum to {sum(balances)}")
        posted = sum(one.cents * (-1 if one.payer == HOT else 1) for one in self.sent if one.last == "posted")
        if balances[0] != posted:
            found.append(f"the busy account has {balances[0]}, its transfers {posted}")
        return found + self._wrong_refusals()

    def _is_as_told(self, one: Sent) -> bool:
        """A first answer that says what was done is never contradicted, and the record says the same."""
        record = Transaction.by_id(one.key.transaction_id)
        if record is None:
            return False
        stored = record.failure["code"] if record.failure else record.status
        told = {answer for answer in one.answers if answer not in ("contention", "outcome_unknown", "unavailable")}
        return told == {stored}

    def _wrong_refusals(self) -> list[str]:
        """Return refusals that a run one after the other, in the order of the ledger, would not give."""
        paid = [(entry.created_at, -entry.amount) for entry in self.bank.entries(HOT) if entry.amount < 0]
        wrong = []
        for one in self.sent:
            if one.last != "insufficient_funds":
                continue
            at = str(self.bank.transaction(one.key.transaction_id).created_at)
            if self.funds_minor - sum(amount for moment, amount in paid if moment <= at) >= one.cents:
                wrong.append(f"{one.key.transaction_id} of {one.cents} was refused at {at}")
        return wrong
