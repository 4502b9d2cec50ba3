"""A clearing in lists: the documents that the bank has sent, and answers to them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from chalicelib import clock, workflows
from chalicelib.domain.clearing import camt029, heading, pacs002, pacs004, pacs008
from chalicelib.domain.clearing.camt029 import Decision, RecallAnswer, Resolution
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import PaymentStatus, Status, StatusReport
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.permissions import system
from chalicelib.domain.time import moment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.services.clearing import adapter, cycles, inbox, submission, sweep
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User, items

BANK = system("clearing-test")
IBAN = "DE89370400440532013000"
BIC = "SIMULV22"
numbers = count(1)
ADVICE = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>{name}</MsgId><CreDtTm>2026-11-30T12:00:00Z</CreDtTm></GrpHdr><Ntfctn><Id>{name}</Id>
<Acct><Id><Othr><Id>MEMBER-EUR</Id></Othr></Id><Svcr><FinInstnId><BICFI>SIMULV22</BICFI></FinInstnId></Svcr></Acct>
<Ntry><NtryRef>ENTRY-1</NtryRef><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<NtryDtls><TxDtls><Refs><UETR>{uetr}</UETR></Refs><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>
</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


@dataclass
class Clearing:
    """`sent` are the documents as bytes; `fails` makes the queue refuse them.

    `ahead` moves everybody's clock, but for requests over HTTP: their tokens would expire.
    """

    real_now: Callable[[], datetime]
    ahead: timedelta = timedelta()
    sent: list[bytes] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    fails: bool = False

    def take(self, xml: str) -> None:
        if self.fails:
            raise Unavailable("The queue does not answer.")
        self.sent.append(xml.encode())

    def start(self, _: str, name: str, __: Any) -> None:
        self.started.append(name)

    def now(self) -> datetime:
        return self.real_now() + self.ahead

    @contextmanager
    def later(self, **time: float) -> Iterator[None]:
        """Move the clock while the block runs."""
        before, self.ahead = self.ahead, self.ahead + timedelta(**time)
        try:
            yield
        finally:
            self.ahead = before

    def at(self, then: datetime) -> AbstractContextManager[None]:
        """Move the clock to a moment while the block runs."""
        return self.later(seconds=(then - self.now()).total_seconds())

    def at_cut_off(self, payment: Json) -> AbstractContextManager[None]:
        """Let it be the cut-off of a payment while the block runs."""
        return self.at(moment(payment["payment"]["submit_by"]) + timedelta(seconds=1))

    def cut_off(self, payment: Json) -> str:
        """Let a payment's cut-off pass, and collect; return the cycle."""
        with self.at_cut_off(payment):
            sweep.sweep(BANK)
            cycle = self.started[-1].removeprefix("cycle-")
            cycles.collect(BANK, cycle, lambda: True)
        return cycle

    def names(self) -> list[str]:
        return [heading.heading_of(one).name for one in self.sent]

    def paid(self) -> list[str]:
        """Return the UETRs of the payments that were sent, in their order, each as often as it was sent."""
        batches = [pacs008.parse(one) for one in self.sent if heading.heading_of(one).name == pacs008.NAME]
        return [transfer.uetr for batch in batches for transfer in batch.transfers]


def connect(monkeypatch: pytest.MonkeyPatch) -> Clearing:
    """Connect the bank to a clearing, which answers when a test tells it to."""
    monkeypatch.setenv("CLEARING", "on")
    monkeypatch.setenv("CLEARING_BIC", BIC)
    monkeypatch.setenv("SETTLEMENT_STATE_MACHINE_ARN", "arn:aws:states:us-east-1:123456789012:stateMachine:settlement")
    made = Clearing(clock.now)
    monkeypatch.setattr(clock, "now", made.now)
    monkeypatch.setattr(adapter, "send", made.take)
    monkeypatch.setattr(workflows, "start", made.start)
    monkeypatch.setattr(cycles, "send_success", made.woken.append)
    return made


def pay(client: Api, user: User, payer: Json, amount: str = "10.00", **also: object) -> Json:
    body = {"from_account_id": payer["id"], "amount": amount, "to_iban": IBAN, "to_name": "Zoë Müller"}
    made: Json = ask(client, user, body | {"rail": "standard"} | also).ok(202)
    return made


def ask(client: Api, user: User, body: Json) -> Reply:
    return client.post("/v1/transactions/transfer", body, token=user.token, key=new_key())


def read(client: Api, user: User, payment: Json) -> Json:
    found: Json = client.get(f"/v1/transactions/{payment['id']}", token=user.token).ok()
    return found


def report(
    clearing: Clearing, status: Status, *payments: Json, code: str | None = None, name: str | None = None
) -> str:
    """Return a pacs.002 about payments."""
    statuses = tuple(
        PaymentStatus(OriginalPayment(uetr=one["payment"]["uetr"]), status, Reason(code) if code else None)
        for one in payments
    )
    made = StatusReport(name or f"ANSWER-{next(numbers)}", (), statuses, BIC)
    return pacs002.build(made, clearing.now())


def answer(clearing: Clearing, status: Status, *payments: Json, code: str | None = None) -> None:
    inbox.receive(BANK, report(clearing, status, *payments, code=code))


def send_return(clearing: Clearing, payment: Json, amount: int = 1000, name: str = "RETURN") -> None:
    inbox.receive(BANK, payment_return(clearing, payment, amount, name))


def payment_return(clearing: Clearing, payment: Json, amount: int = 1000, name: str = "RETURN") -> str:
    """Return a pacs.004 that brings an amount (minor units) of a payment back."""
    original = OriginalPayment(uetr=payment["payment"]["uetr"])
    one = PaymentReturn("R-1", original, amount, "EUR", date(2026, 12, 2), Reason("MD07"))
    return pacs004.build(ReturnBatch(name, (one,), BIC), clearing.now())


def recall_answer(
    clearing: Clearing, payment: Json, decision: Decision = "refused", code: str = "CUST", name: str | None = None
) -> str:
    """Return a camt.029 that answers the recall of a payment."""
    reason = Reason(code) if decision == "refused" else None
    one = RecallAnswer("A-1", None, OriginalPayment(uetr=payment["payment"]["uetr"]), decision, reason)
    return camt029.build(Resolution(name or f"RESOLUTION-{next(numbers)}", (one,), BIC), clearing.now())


def recall(client: Api, user: User, payment: Json, reason: str = "DUPL", key: str | None = None) -> Reply:
    body = {"reason": reason}
    return client.post(f"/v1/transactions/{payment['id']}/recall", body, token=user.token, key=key or new_key())


def submit_instant(payment: Json) -> None:
    submission.submit_instant(BANK, payment["id"])


def pay_instantly(client: Api, user: User, payer: Json, clearing: Clearing, count: int) -> list[Json]:
    """Return as many instant payments of 10.00, which the clearing has settled."""
    payments = [pay(client, user, payer, rail="instant") for _ in range(count)]
    for one in payments:
        submit_instant(one)
    answer(clearing, "ACSC", *payments)
    return payments


def stored(payment: Json) -> ClearingPayment:
    found = ClearingPayment.by_id(payment["id"])
    assert found
    return found


def own(name: str) -> int:
    """Return the balance of one of the bank's own accounts, over all its shards, in minor units."""
    return sum(int(one["balance"]) for one in items(type="account") if str(one["id"]).startswith(f"gl.{name}."))
