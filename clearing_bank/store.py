"""The clearing's own table: messages with their first answers, payments, entries, work that is due, and its clock.

Every write is either new under its key or replaces a state that it names, so a message that comes again adds nothing.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clearing_bank.facts import Entry, Payment
from clearing_bank.requests import Heading

ACTIONS_MAX = 100
_NEW = "attribute_not_exists(pk)"


@dataclass(frozen=True)
class Answer:
    """A document for the member, and after how many seconds."""

    document: str
    delay_seconds: int = 0


@dataclass(frozen=True)
class Due:
    """A return that is to be sent on a day."""

    day: date
    uetr: str
    code: str


class Store:
    """The table, through a client of DynamoDB."""

    def __init__(self, client: Any, table_name: str):
        self._client, self._table = client, table_name

    def answers_to(self, heading: Heading) -> list[Answer] | None:
        """Return the answers that a message got when it came first, or None for one that is new."""
        pk = f"MESSAGE#{heading.sender_bic}#{heading.message_id}"
        if self._get(pk, "MESSAGE") is None:
            return None
        return [Answer(**one) for one in self._query(pk, "ANSWER#", "ANSWER#~")]

    def save_answers(self, heading: Heading, answers: Sequence[Answer]) -> None:
        """Keep the answers to a message; the message is known once all of them are kept."""
        pk = f"MESSAGE#{heading.sender_bic}#{heading.message_id}"
        for number, answer in enumerate(answers):
            self._put(pk, f"ANSWER#{number:03d}", vars(answer))
        self._put(pk, "MESSAGE", {})

    def add_payments(self, payments: Sequence[Payment]) -> list[Payment]:
        """Store payments that are new, and return all as they are stored: of a known one, the first."""
        for start in range(0, len(payments), ACTIONS_MAX):
            self._add_together(payments[start : start + ACTIONS_MAX])
        return [self.payment(one.uetr) or one for one in payments]

    def payment(self, uetr: str) -> Payment | None:
        found = self._get(f"PAYMENT#{uetr}", "PAYMENT")
        return Payment.from_json(found) if found else None

    def replace_payment(self, payment: Payment, *, expected: Payment) -> bool:
        """Store a payment if it is as expected; return whether it was."""
        condition = {
            "ConditionExpression": "#state = :state AND asked = :asked",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":state": {"S": expected.state}, ":asked": {"N": str(expected.asked)}},
        }
        try:
            self._client.put_item(TableName=self._table, Item=_payment_item(payment), **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def add_entry(self, entry: Entry) -> Entry:
        """Book an entry once under its reference, and return the booked one."""
        listed = _item(f"ENTRIES#{entry.currency}", f"{entry.day.isoformat()}#{entry.reference}", entry.as_json())
        unique = _item(f"ENTRY#{entry.reference}", "ENTRY", entry.as_json())
        each = [{"TableName": self._table, "Item": one, "ConditionExpression": _NEW} for one in (unique, listed)]
        try:
            self._client.transact_write_items(TransactItems=[{"Put": one} for one in each])
        except self._client.exceptions.TransactionCanceledException:
            booked = self._get(f"ENTRY#{entry.reference}", "ENTRY")
            if booked is None:
                raise
            return Entry.from_json(booked)
        return entry

    def entries(self, currency: str, until: date) -> list[Entry]:
        """Return all entries up to a day, with it."""
        found = self._query(f"ENTRIES#{currency}", "0", f"{until.isoformat()}#~")
        return [Entry.from_json(one) for one in found]

    def add_due(self, due: Due) -> None:
        stored = vars(due) | {"day": due.day.isoformat(), "is_done": False}
        self._add("DUE", f"{due.day.isoformat()}#{due.uetr}", stored)

    def due(self, until: date) -> list[Due]:
        """Return the returns that are due up to a day, with it."""
        found = self._query("DUE", "0", f"{until.isoformat()}#~")
        return [
            Due(date.fromisoformat(one["day"]), one["uetr"], one["code"]) for one in found if not one.get("is_done")
        ]

    def finish(self, due: Due) -> None:
        stored = vars(due) | {"day": due.day.isoformat(), "is_done": True}
        self._put("DUE", f"{due.day.isoformat()}#{due.uetr}", stored)

    def clock_offset(self) -> timedelta:
        """Return how far the clearing's clock is ahead."""
        return timedelta(seconds=(self._get("CLOCK", "CLOCK") or {"seconds": 0})["seconds"])

    def set_clock_offset(self, offset: timedelta) -> None:
        self._put("CLOCK", "CLOCK", {"seconds": int(offset.total_seconds())})

    def put_report(self, question_id: str, told: dict[str, Any]) -> None:
        self._put(f"REPORT#{question_id}", "REPORT", told)

    def report(self, question_id: str) -> dict[str, Any] | None:
        """Return what the member has answered to a question, or None."""
        return self._get(f"REPORT#{question_id}", "REPORT")

    def last_stated_day(self, currency: str) -> date | None:
        """Return the last day of which a statement was sent, or None."""
        found = self._get(f"STATED#{currency}", "STATED")
        return date.fromisoformat(found["day"]) if found else None

    def state_up_to(self, currency: str, day: date) -> None:
        self._put(f"STATED#{currency}", "STATED", {"day": day.isoformat()})

    def _add_together(self, payments: Sequence[Payment]) -> None:
        """Add payments in one transaction, or one by one where some are known."""
        each = [{"TableName": self._table, "Item": _payment_item(one), "ConditionExpression": _NEW} for one in payments]
        try:
            self._client.transact_write_items(TransactItems=[{"Put": one} for one in each])
        except self._client.exceptions.TransactionCanceledException:
            for one in each:
                self._put_new(one)

    def _add(self, pk: str, sk: str, stored: dict[str, Any]) -> None:
        self._put_new({"TableName": self._table, "Item": _item(pk, sk, stored), "ConditionExpression": _NEW})

    def _put_new(self, request: dict[str, Any]) -> None:
        try:
            self._client.put_item(**request)
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _put(self, pk: str, sk: str, stored: dict[str, Any]) -> None:
        self._client.put_item(TableName=self._table, Item=_item(pk, sk, stored))

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return dict(json.loads(found["body"]["S"])) if found else None

    def _query(self, pk: str, first: str, last: str) -> Iterator[dict[str, Any]]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":first": {"S": first}, ":last": {"S": last}},
            "ConsistentRead": True,
        }
        while True:
            page = self._client.query(**request)
            yield from (json.loads(item["body"]["S"]) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _item(pk: str, sk: str, stored: dict[str, Any]) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}, "body": {"S": json.dumps(stored)}}


def _payment_item(payment: Payment) -> dict[str, Any]:
    state = {"state": {"S": payment.state}, "asked": {"N": str(payment.asked)}}
    return _item(f"PAYMENT#{payment.uetr}", "PAYMENT", payment.as_json()) | state
