"""A member of the clearing for tests: it submits messages, and keeps what comes back as its queue would.

Messages are written and read by the bank's own code, which the clearing does not know.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.clearing import camt029, camt053, camt054, camt056, pacs002, pacs004, pacs008, pacs028
from chalicelib.domain.clearing.credit_transfer import CreditTransfer
from chalicelib.domain.clearing.heading import heading_of
from chalicelib.domain.clearing.original_payment import OriginalPayment
from clearing_bank import commands
from clearing_bank.clearing import Clearing, clock_at
from clearing_bank.receiving import receive
from clearing_bank.store import Answer, Store
from tests.fake_dynamodb.tables import Refused, Table, Tables
from tests.unit.clearing import foreign_reader
from tests.unit.clearing.messages import RENT, valid

OWN = "FLRNLV22"
MONDAY = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
READERS = {one.NAME: one for one in (pacs002, pacs004, pacs008, camt029, camt053, camt054, camt056)}


class TablesClient:
    """A client of DynamoDB, as far as the clearing's store uses one."""

    class exceptions:  # noqa: N801 # boto3's name
        """The errors of a client."""

        class ConditionalCheckFailedException(ClientError):
            """A condition that did not hold."""

        class TransactionCanceledException(ClientError):
            """A transaction of which a condition did not hold."""

    def __init__(self) -> None:
        self.tables = Tables({"clearing": Table()})

    def __getattr__(self, name: str) -> Any:
        operation = name.title().replace("_", "")
        return lambda **request: self._call(operation, request)

    def _call(self, operation: str, request: dict[str, Any]) -> Any:
        try:
            return self.tables.call(operation, request)
        except Refused as refused:
            error = getattr(self.exceptions, refused.code)
            raise error({"Error": {"Code": refused.code, "Message": str(refused)}}, operation) from None


class Member:
    """A bank with a queue from the clearing, on a Monday."""

    def __init__(self) -> None:
        self.client = TablesClient()
        self.store = Store(self.client, "clearing")
        self.sent: list[Answer] = []
        self.now = MONDAY

    def send(self, answer: Answer) -> None:
        self.sent.append(answer)

    @property
    def clearing(self) -> Clearing:
        return Clearing(self.store, self, clock_at(self.store, self.now))

    def submit(self, document: str) -> list[Any]:
        """Put a document on the clearing's queue, and return what it answers, read."""
        before = len(self.sent)
        receive(self.clearing, document)
        return [read(one) for one in self.sent[before:]]

    def pay(self, *transfers: CreditTransfer, message_id: str = "MSG-1") -> list[Any]:
        return self.submit(pacs008.build(pacs008.Batch(message_id, transfers, sender_bic=OWN), self.now))

    def inquire(self, transfer: CreditTransfer, message_id: str = "INQ-1") -> list[Any]:
        """Ask after a payment."""
        request = pacs028.StatusRequest(message_id, (original(transfer),), OWN)
        return self.submit(pacs028.build(request, self.now))

    def tell(self, command: str, **arguments: Any) -> tuple[dict[str, Any], list[Any]]:
        """Give the clearing a command, and return its answer and what it sends."""
        before = len(self.sent)
        answer = commands.execute(self.clearing, {"command": command, **arguments})
        return answer, [read(one) for one in self.sent[before:]]


def read(answer: Answer) -> Any:
    """Return what a document says. It is valid by ISO's schema, or by classes made from it."""
    name = heading_of(answer.document.encode()).name
    if name in (camt053.NAME, camt054.NAME, pacs008.NAME):
        valid(name, answer.document)
    foreign_reader.read(name, answer.document)
    return READERS[name].parse(answer.document.encode())


def transfer(number: int, **changes: Any) -> CreditTransfer:
    """Return a payment of its own UETR; `behaviour` goes into the payee's name."""
    behaviour = changes.pop("behaviour", "")
    creditor = replace(RENT.creditor, name=f"Ben Okafor {behaviour}".strip(), town="Koln")
    uetr = f"eb6305c9-1f7f-49de-aed0-16487c27{number:04x}"
    made = replace(RENT, uetr=uetr, transaction_id=f"T-{number}", end_to_end_id=f"E-{number}", creditor=creditor)
    return replace(made, **changes)


def original(transfer: CreditTransfer, message_id: str = "MSG-1") -> OriginalPayment:
    return OriginalPayment(message_id, pacs008.NAME, transfer.transaction_id, transfer.end_to_end_id, transfer.uetr)


def later(member: Member, **by: float) -> None:
    member.now += timedelta(**by)
