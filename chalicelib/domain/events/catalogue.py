"""The catalogue: every type of event, in one table.

An event follows from one audit record, and from the fields of the item after it: the consumer of the stream and
`make verify` derive the same. A record makes one event at most, of the first type that applies. A capability adds its
events with an entry here, and a shape where its kind of item has none.

Each record names the edition of the catalogue that it was written by. What is added later has a later `since`, so that
old records go on to make the events that they have made. Nothing of an edition changes once a bank has used it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Final

from chalicelib.domain.audit.record import Record
from chalicelib.domain.events import order_shapes, payment_shapes, shapes
from chalicelib.domain.events.event import BANK, Event, Json, event_id
from chalicelib.domain.events.fields import Occurrence, data_of, schema_of
from chalicelib.domain.events.shapes import Shape
from chalicelib.domain.ledger.balance import is_general_ledger

Applies = Callable[[Record], bool]
EDITION: Final = 1
"""The present edition. One more whenever types or fields are added."""


@dataclass(frozen=True)
class EventType:
    """A type of event, `since` an edition of the catalogue. Its sample is an item of the shape's `sample` with other
    fields, after a record `sample_event` that has changed those."""

    name: str
    shape: Shape
    applies: Applies
    description: str
    sample: Mapping[str, Any]
    sample_event: str
    since: int = 1

    @cached_property
    def data_schema(self) -> Json:
        """Return the JSON Schema of its data."""
        return schema_of(self.shape.fields)


def _status(name: str, kind: str = "transaction") -> Applies:
    """Return whether a record gives a status, or creates an item that has it."""
    return lambda record: record.after.get("status") == name and record.kind == kind


def _on(*events: str) -> Applies:
    return lambda record: record.event in events


def _is_credit(record: Record) -> bool:
    return _status("posted")(record) and record.after.get("transaction_type") == "interest_credit"


def _is_reversed(record: Record) -> bool:
    return "reversed_by" in record.after and record.event == "transaction.updated"


def _is_opened(record: Record) -> bool:
    return record.event == "account.created" and not is_general_ledger(record.entity_id)


def _people(holders: object) -> set[str]:
    return set(holders) if isinstance(holders, dict) else set()


def _is_account_update(record: Record) -> bool:
    """Return whether an account was edited. Who joined or left it, the holder's own events tell."""
    edited = record.touched & shapes.ACCOUNT_FIELDS.keys()
    same_people = _people(record.before.get("holders")) == _people(record.after.get("holders"))
    if edited == {"holders"} and not same_people:
        return False
    return record.event == "account.updated" and bool(edited) and not is_general_ledger(record.entity_id)


def _is_customer_update(record: Record) -> bool:
    return record.event == "customer.updated" and bool(record.touched & shapes.CUSTOMER_FIELDS.keys())


def _is_verified(record: Record) -> bool:
    is_update = record.event in ("customer.created", "customer.updated")
    return is_update and record.after.get("kyc_status") == "verified"


def _is_invited(record: Record) -> bool:
    return record.kind == "invitation" and "invited_at" in record.after


def _is_ticket_update(record: Record) -> bool:
    return record.kind == "ticket" and record.event != "ticket.removed" and bool(record.touched)


def _is_locked(record: Record) -> bool:
    return record.event == "login.locked" and "user_id" in record.after


def _of_standing(applies: Applies) -> Applies:
    """Return whether a record that applies is of a standing order: a payment on a date is stored alike."""
    return lambda record: record.entity_id.startswith("sto_") and applies(record)


def _is_order_update(record: Record) -> bool:
    """Return whether an order was edited or resumed. What an execution changes of it, the execution's events tell."""
    is_update = record.event in ("order.updated", "order.active")
    return is_update and bool(record.touched & order_shapes.ORDER_FIELDS.keys())


def _is_executed(record: Record) -> bool:
    return any(_status(status, "order_execution")(record) for status in ("posted", "executed", "pending"))


def _is_refused(record: Record) -> bool:
    """Return whether an attempt was refused: each one that was is added to the execution's attempts."""
    return record.kind == "order_execution" and "attempts" in record.after


def _is_payment(state: str) -> Applies:
    """Return whether a payment to another bank came to a state. What is only noted on its trace does not change it."""
    return _status(state, "clearing_payment")


def _is_recall_refused(record: Record) -> bool:
    """Return whether a payment is settled again, since the other bank does not give its money back."""
    return _is_payment("settled")(record) and "recall_refusal" in record.after


def _is_file_completed(record: Record) -> bool:
    return _status("completed", "payment_file")(record) or _status("rejected", "payment_file")(record)


def _of(
    name: str,
    shape: Shape,
    applies: Applies,
    description: str,
    sample_event: str = "",
    since: int = 1,
    **sample: object,
) -> EventType:
    return EventType(name, shape, applies, description, sample, sample_event or f"{shape.kind}.created", since)


_TXN, _ACC, _CUS, _TKT, _ALR = shapes.TRANSACTION, shapes.ACCOUNT, shapes.CUSTOMER, shapes.TICKET, shapes.RISK_ALERT
_STO, _EXE = order_shapes.ORDER, order_shapes.EXECUTION
_PAY, _RCL = payment_shapes.PAYMENT, payment_shapes.RECALL
_OPEN: Mapping[str, Any] = {"entries": [], "posted_at": None}

# fmt: off
# ruff: noqa: E501
TYPES: tuple[EventType, ...] = (
    _of("interest.credited", _TXN, _is_credit, "Interest was credited to an account.", transaction_type="interest_credit", from_account_id=None, from_customer_id=None, interest=["USD", "2026-10-01", "2026-10-31", "0"]),
    _of("transaction.posted", _TXN, _status("posted"), "A transaction was posted: its money has moved."),
    _of("transaction.pending", _TXN, _status("pending"), "A payment waits; its money is set aside.", status="pending", **_OPEN),
    _of("transaction.failed", _TXN, _status("failed"), "A transaction was refused; no money has moved.", status="failed", failure={"code": "insufficient_funds"}, **_OPEN),
    _of("transaction.voided", _TXN, _status("voided"), "A pending payment was given up; its money is free.", "transaction.voided", status="voided", **_OPEN),
    _of("transaction.expired", _TXN, _status("expired"), "A pending payment was not decided in time; its money is free.", "transaction.expired", status="expired", **_OPEN),
    _of("transaction.reversed", _TXN, _is_reversed, "A posted transaction was reversed by another one.", "transaction.updated", reversed_by="txn_7YZ5Q83PZB5B6SVXT405KB0RFF"),
    _of("payment.submitted", _PAY, _is_payment("submitted"), "A payment to another bank was sent to the clearing; its money is held.", "clearing_payment.submitted", status="submitted"),
    _of("payment.recalled", _RCL, _is_payment("recall_requested"), "The money of a settled payment was asked back from the other bank.", "clearing_payment.recall_requested", status="recall_requested"),
    _of("payment.recall_refused", _RCL, _is_recall_refused, "The other bank keeps the money of a recalled payment: it stays settled.", "clearing_payment.settled", status="settled", recall_refusal="CUST"),
    _of("payment.settled", _PAY, _is_payment("settled"), "The clearing accepted a payment to another bank: its money has moved.", "clearing_payment.settled", status="settled"),
    _of("payment.rejected", _PAY, _is_payment("rejected"), "A payment to another bank was rejected, cancelled or given up; its money is free. `reason_code` says why.", "clearing_payment.rejected", status="rejected", reason_code="AC04"),
    _of("payment.returned", _PAY, _is_payment("returned"), "The money of a settled payment came back from the other bank.", "clearing_payment.returned", status="returned", reason_code="MD07", return_id="txn_7YZ5Q83PZB5B6SVXT405KB0RFF"),
    _of("payment_file.completed", payment_shapes.PAYMENT_FILE, _is_file_completed, "Each payment of a file was made or refused, or the file was refused whole.", "payment_file.completed", status="completed"),
    _of("account.opened", _ACC, _is_opened, "An account was opened."),
    _of("account.frozen", _ACC, _on("account.frozen"), "An account was frozen: it pays nothing.", "account.frozen", status="frozen"),
    _of("account.unfrozen", _ACC, _on("account.active"), "An account is no longer frozen.", "account.active"),
    _of("account.closed", _ACC, _on("account.closed"), "An account was closed.", "account.closed", status="closed"),
    _of("account.updated", _ACC, _is_account_update, "An account was edited; `changed` says what.", "account.updated", overdraft_limit=50000),
    _of("account.shortfall_forecast", shapes.SHORTFALL, _on("shortfall.created"), "An account will not be covered on a day: what is to leave it is more than it has. Once for each day."),
    _of("standing_order.created", _STO, _of_standing(_on("order.created")), "A standing order was made."),
    _of("standing_order.suspended", _STO, _of_standing(_on("order.suspended")), "A standing order was suspended: it pays nothing. `reason` says why.", "order.suspended", status="suspended", reason="insufficient_funds"),
    _of("standing_order.ended", _STO, _of_standing(_on("order.ended", "order.cancelled")), "A standing order has ended or was cancelled: it pays nothing any more.", "order.ended", status="ended", reason="completed", next_date=None),
    _of("standing_order.updated", _STO, _of_standing(_is_order_update), "A standing order was edited or resumed; `changed` says what.", "order.updated", amount=97500),
    _of("standing_order.executed", _EXE, _of_standing(_is_executed), "A date of a standing order was paid, or its payment waits for a review."),
    _of("standing_order.execution_failed", _EXE, _of_standing(_is_refused), "An attempt at a payment of a standing order was refused. `scheduled` is tried again on the same day, `failed` is not.", "order_execution.created", status="scheduled", reason="insufficient_funds", attempts=[{"at": "2026-12-01T00:05:00.000000Z", "code": "insufficient_funds"}], transaction_id=None),
    _of("standing_order.skipped", _EXE, _of_standing(_status("skipped", "order_execution")), "A date of a standing order is not paid: its customer skipped it, or it was too late.", status="skipped", reason="skipped_by_customer", transaction_id=None),
    _of("holder.added", shapes.HOLDER, _status("active", "holder"), "A customer became a joint holder of an account."),
    _of("holder.removed", shapes.HOLDER, _status("ended", "holder"), "A customer is no longer a joint holder of an account.", "holder.ended", status="ended"),
    _of("customer.verified", _CUS, _is_verified, "A customer's identity was verified.", "customer.updated", kyc_status="verified", kyc_expires_on="2031-11-21"),
    _of("customer.created", _CUS, _on("customer.created"), "A customer was created."),
    _of("customer.erased", _CUS, _on("customer.erased"), "A customer's personal data was erased.", "customer.erased", status="erased"),
    _of("customer.updated", _CUS, _is_customer_update, "A customer was edited; `changed` says what, without values.", "customer.updated", kyc_status="pending"),
    _of("customer.invited", shapes.INVITATION, _is_invited, "Staff invited a customer to log in."),
    _of("customer.invitation_withdrawn", shapes.INVITATION, _status("withdrawn", "invitation"), "Staff withdrew an invitation: its code lets nobody in.", "invitation.withdrawn", status="withdrawn"),
    _of("customer.joined", shapes.INVITATION, _status("used", "invitation"), "A customer accepted an invitation: it has a user now.", "invitation.used", status="used"),
    _of("statement.ready", shapes.STATEMENT, _on("statement.created"), "An account's statement of a month is ready."),
    _of("interest_run.completed", shapes.INTEREST_RUN, _status("completed", "interest_run"), "The interest of a month was credited to all accounts.", "interest_run.completed", status="completed"),
    _of("ticket.created", _TKT, _on("ticket.created"), "A ticket was raised."),
    _of("ticket.resolved", _TKT, _status("resolved", "ticket"), "A ticket was resolved.", "ticket.resolved", status="resolved", message_count=2),
    _of("ticket.updated", _TKT, _is_ticket_update, "A ticket was edited, or has another message.", "ticket.updated", message_count=2),
    _of("announcement.published", shapes.ANNOUNCEMENT, _on("announcement.created"), "An announcement was made. `published_from` says from when on it is shown."),
    _of("risk_alert.raised", _ALR, _on("risk_alert.created"), "A transaction raised an alert."),
    _of("risk_alert.settled", _ALR, _on("risk_alert.confirmed", "risk_alert.dismissed"), "Staff confirmed or dismissed an alert.", "risk_alert.dismissed", status="dismissed"),
    _of("endpoint.disabled", shapes.WEBHOOK_ENDPOINT, _on("webhook_endpoint.disabled"), "A webhook endpoint was disabled: it gets nothing more.", "webhook_endpoint.disabled", status="disabled", disabled_reason="failing"),
    _of("digest.sealed", shapes.DIGEST, _on("digest.created"), "A signed digest seals what was posted until then."),
    _of("user.locked", shapes.LOGIN, _is_locked, "A log-in was refused: too many have failed.", "login.locked"),
)
# fmt: on
BY_NAME: Mapping[str, EventType] = {one.name: one for one in TYPES}


@lru_cache(maxsize=EDITION + 1)
def types_by_kind(edition: int) -> Mapping[str, tuple[EventType, ...]]:
    """Return the types of an edition by the kinds of items that make them."""
    found: dict[str, tuple[EventType, ...]] = {}
    for one in (one for one in TYPES if one.since <= edition):
        found[one.shape.kind] = (*found.get(one.shape.kind, ()), one)
    return found


def kinds_of(edition: int) -> frozenset[str]:
    """Return the kinds of items that make events by an edition; only their audit records count them."""
    return frozenset(types_by_kind(edition))


def type_of(record: Record) -> EventType | None:
    """Return the type of the event that a record makes by its edition, or None if it makes none."""
    return None if record.event_edition is None else type_by(record, record.event_edition)


def type_by(record: Record, edition: int) -> EventType | None:
    """Return the type of the event that a record makes by an edition, or None if it makes none."""
    if not record.is_regular:
        return None
    types = types_by_kind(edition).get(record.kind, ())
    return next((one for one in types if one.applies(record)), None)


def id_of(record: Record, event_type: EventType) -> str:
    """Return the id of the event that a record makes. Raises ValueError if the record's time is none."""
    return event_id(record.item_key, record.version, event_type.name, record.at)


def make_event(event_type: EventType, told: Occurrence, sequence: int) -> Event:
    """Return the bank's view of an event. Raises KeyError, ValueError, TypeError for an item that is not well-formed."""
    return Event(
        id=id_of(told.record, event_type),
        type=event_type.name,
        timestamp=told.record.at,
        subject=event_type.shape.subject_of(told),
        sequence=sequence,
        data=data_of(event_type.shape.fields, told),
        recipient=BANK,
    )


def views_of(event_type: EventType, told: Occurrence, sequence: int) -> list[Event]:
    """Return the views of an event: the bank's first, then one for each customer who is told.

    Raises KeyError, ValueError, TypeError for an item that is not well-formed.
    """
    shape, whole = event_type.shape, make_event(event_type, told, sequence)
    shown = [(one, shape.view(dict(whole.data), told, one)) for one in dict.fromkeys(shape.customers(told))]
    return [whole, *(replace(whole, data=data, recipient=recipient) for recipient, data in shown)]
