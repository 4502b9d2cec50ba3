"""The catalogue of events: each type is made by its own sample, and says nothing that the audit may not contain."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from chalicelib.domain.audit.visible_fields import FIELDS
from chalicelib.domain.events import catalogue
from chalicelib.domain.events.catalogue import BY_NAME, TYPES, EventType, type_of, views_of
from chalicelib.domain.events.event import BANK, Event, body, cloudevent
from chalicelib.domain.events.examples import example_of, sample_of, schema_of_event
from chalicelib.domain.events.fields import Occurrence

PAYER, PAYEE = "cus_01KAK4XGPNB4ZSR7GAJ2HV8D1S", "cus_01KAK4XYEEMZCA9R4Q7Y3SKD5P"
HOLDER = "cus_01KAK4XYEEMZCA9R4Q7Y3SKD5Q"


def every(name: str) -> EventType:
    return BY_NAME[name]


def seen(name: str, **state: Any) -> dict[str, Event]:
    """Return the views of an event of a type, with other fields, by recipient."""
    told = sample_of(every(name))
    return {one.recipient: one for one in views_of(every(name), replace(told, state={**told.state, **state}), 4)}


@pytest.mark.parametrize("event_type", TYPES, ids=lambda one: one.name)
def test_each_type_is_made_by_its_sample(event_type: EventType) -> None:
    assert type_of(sample_of(event_type).record) is event_type


@pytest.mark.parametrize("event_type", TYPES, ids=lambda one: one.name)
def test_each_example_is_as_its_schema_says_and_has_every_field_described(event_type: EventType) -> None:
    schema, example = schema_of_event(event_type), example_of(event_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example, schema)
    assert example["data"].keys() <= event_type.data_schema["properties"].keys()
    noun, _, participle = event_type.name.partition(".")
    assert all((noun, participle)), "noun.past_participle"


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(TYPES)


class Watched(dict[str, Any]):
    """A state that notes which fields are read."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("event_type", TYPES, ids=lambda one: one.name)
def test_data_comes_from_fields_that_the_audit_may_contain(event_type: EventType) -> None:
    told = sample_of(event_type)
    state = Watched(told.state)
    views_of(event_type, Occurrence(told.record, state), 1)
    assert state.names <= FIELDS[event_type.shape.kind], "make verify could not derive it again"
    assert told.state.keys() <= FIELDS[event_type.shape.kind], "the sample is no such item"


def test_a_party_sees_the_entries_of_its_own_accounts_only_and_no_balance() -> None:
    views = seen("transaction.posted")
    assert list(views) == [BANK, PAYER, PAYEE]
    accounts = {who: [entry["account_id"] for entry in one.data["entries"]] for who, one in views.items()}
    [paid], [received] = accounts[PAYER], accounts[PAYEE]
    assert accounts[BANK] == [paid, received]
    assert paid != received
    assert "balance" not in str([body(one) for one in views.values()])
    assert {one.sequence for one in views.values()} == {4}
    assert len({one.id for one in views.values()}) == 1


def test_a_joint_holder_sees_the_side_that_it_held() -> None:
    payer_account = sample_of(every("transaction.posted")).state["from_account_id"]
    views = seen("transaction.posted", joint_holders={payer_account: [HOLDER]})
    assert list(views) == [BANK, PAYER, HOLDER, PAYEE]
    assert views[HOLDER].data == views[PAYER].data


def test_one_customer_on_both_sides_gets_one_event_with_both_entries() -> None:
    views = seen("transaction.posted", to_customer_id=PAYER)
    assert list(views) == [BANK, PAYER]
    assert views[PAYER].data == views[BANK].data


@pytest.mark.parametrize("name", ["transaction.pending", "transaction.voided", "transaction.expired"])
def test_a_payee_is_not_told_of_what_was_not_posted(name: str) -> None:
    payee_account = sample_of(every(name)).state["to_account_id"]
    assert list(seen(name, joint_holders={payee_account: [HOLDER]})) == [BANK, PAYER]


def test_a_refusal_is_told_to_the_owner_alone_and_without_its_figures() -> None:
    account = sample_of(every("transaction.failed")).state["from_account_id"]
    failure = {"code": "limit_exceeded", "detail": "999.00 are left", "figures": {"left": "999.00"}}
    views = seen("transaction.failed", failure=failure, joint_holders={account: [HOLDER]})
    assert list(views) == [BANK, PAYER]
    assert views[BANK].data["failure"] == {"code": "limit_exceeded"}
    assert "999.00" not in str(views)


@pytest.mark.parametrize("status", ["scheduled", "failed"])
def test_a_refused_payment_of_an_order_is_told_to_the_owner_alone(status: str) -> None:
    views = seen("standing_order.execution_failed", status=status, holder_ids=[HOLDER])
    assert list(views) == [BANK, PAYER]
    assert views[PAYER].data["attempts"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "standing_order.created", "standing_order.updated", "standing_order.suspended", "standing_order.ended",
        "standing_order.executed", "standing_order.skipped",
    ],
)  # fmt: skip
def test_joint_holders_are_told_of_an_order_and_its_payments(name: str) -> None:
    assert list(seen(name, holder_ids=[HOLDER])) == [BANK, PAYER, HOLDER]


def test_a_rejected_payment_is_told_to_the_owner_alone() -> None:
    """A refused transfer is told to the owner alone, too."""
    assert list(seen("payment.rejected", holder_ids=[HOLDER])) == [BANK, PAYER]


@pytest.mark.parametrize("name", ["payment.submitted", "payment.settled", "payment.returned", "payment.recalled"])
def test_joint_holders_are_told_of_a_payment_to_another_bank(name: str) -> None:
    assert list(seen(name, holder_ids=[HOLDER])) == [BANK, PAYER, HOLDER]


@pytest.mark.parametrize("state", ["waiting", "queued"])
def test_a_payment_that_is_not_at_the_clearing_yet_makes_no_event(state: str) -> None:
    record = sample_of(every("payment.submitted")).record
    assert type_of(replace(record, event=f"clearing_payment.{state}", after={"status": state})) is None


def test_a_refused_recall_does_not_settle_a_payment_again() -> None:
    record = sample_of(every("payment.settled")).record
    again = replace(
        record, before={"status": "recall_requested"}, after={"status": "settled", "recall_refusal": "CUST"}
    )
    assert type_of(again) is every("payment.recall_refused")


def test_an_inquiry_about_a_payment_makes_no_event() -> None:
    """It is noted on the trace, and the state stays."""
    record = sample_of(every("payment.submitted")).record
    noted = [{"at": "2026-11-23T14:30:00.000000Z", "what": "inquired"}]
    assert type_of(replace(record, event="clearing_payment.updated", before={}, after={"trace": noted})) is None


def record_of_order(name: str, order_id: str = "sto_1", **changes: Any) -> Any:
    told = sample_of(every(name)).record
    return replace(told, pk=f"ORDER#{order_id}", **changes)


@pytest.mark.parametrize("name", [one.name for one in TYPES if one.name.startswith("standing_order.")])
def test_a_payment_on_a_date_makes_no_event_of_standing_orders(name: str) -> None:
    assert type_of(record_of_order(name)) is every(name)
    assert type_of(record_of_order(name, "sch_1")) is None


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"after": {"next_date": "2027-01-01", "next_attempt_at": "x", "failures": 0}}, None),
        ({"changed": ["memo"]}, None),
        ({"before": {"times": 3}}, "standing_order.updated"),
        ({"event": "order.active", "after": {"status": "active"}}, "standing_order.updated"),
        ({"event": "order.cancelled", "after": {"status": "cancelled"}}, "standing_order.ended"),
        ({"event": "order.removed", "before": {"amount": 1}}, None),
    ],
)
def test_an_order_is_updated_when_it_was_edited_not_when_it_paid(changes: dict[str, Any], name: str | None) -> None:
    record = record_of_order("standing_order.updated", **{"before": {}, "after": {}, "changed": [], **changes})
    found = type_of(record)
    assert (found.name if found else None) == name


def test_an_attempt_that_succeeds_after_a_refused_one_is_no_failure() -> None:
    """The refused ones stay on the execution, and do not change."""
    event = "order_execution.posted"
    found = type_of(record_of_order("standing_order.executed", event=event, after={"status": "posted"}))
    assert found is every("standing_order.executed")


@pytest.mark.parametrize("name", ["risk_alert.raised", "risk_alert.settled"])
def test_no_customer_is_told_of_what_the_bank_suspects(name: str) -> None:
    assert list(seen(name)) == [BANK]


def test_no_event_tells_of_a_legal_hold() -> None:
    """It moves the customer, as an edit does."""
    edited = sample_of(every("customer.updated")).record
    hold = dict.fromkeys(("legal_hold_reason", "legal_hold_set_by", "legal_hold_set_at"), "x")
    assert type_of(edited) is every("customer.updated")
    for before, after in (({}, hold), (hold, {})):
        assert type_of(replace(edited, before=before, after=after, changed=[])) is None


def test_an_erased_customer_is_told_nothing() -> None:
    assert list(seen("customer.erased")) == [BANK]


def record_of_account(**changes: Any) -> Any:
    told = sample_of(every("account.updated")).record
    return replace(told, **{"before": {}, "after": {}, "changed": [], **changes})


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"after": {"balance": 5, "last_seq": 2, "ledger_version": 3}}, None),
        ({"after": {"counts_alone": False}}, None),
        ({"changed": ["nickname"]}, "account.updated"),
        ({"after": {"holders": {HOLDER: "view"}}}, None),
        ({"before": {"holders": {HOLDER: "view"}}, "after": {"holders": {HOLDER: "pay"}}}, "account.updated"),
        ({"before": {"holders": {HOLDER: "view"}}}, None),
        ({"event": "account.removed", "changed": ["nickname"]}, None),
        ({"event": "unknown.updated", "changed": ["nickname"]}, None),
        ({"sk": "SAMPLE#irregular-7", "changed": ["nickname"]}, None),
    ],
)
def test_an_account_is_updated_when_it_was_edited_not_when_money_moved(
    changes: dict[str, Any], name: str | None
) -> None:
    found = type_of(record_of_account(**changes))
    assert (found.name if found else None) == name


def test_accounts_of_the_bank_itself_make_no_events() -> None:
    record = sample_of(every("account.opened")).record
    own = replace(record, pk=record.pk.partition("#")[0] + "#gl.cash.brn_1.USD.0")
    assert type_of(own) is None


def test_what_is_not_well_formed_is_refused_rather_than_told_in_part() -> None:
    event_type = every("transaction.posted")
    told = sample_of(event_type)
    for state in ({**told.state, "currency": None}, {**told.state, "entries": [{"account_id": 7}]}, {}):
        with pytest.raises((KeyError, ValueError, TypeError)):
            views_of(event_type, replace(told, state=state), 1)


def kinds() -> Iterator[str]:
    yield from catalogue.kinds_of(catalogue.EDITION)


def test_every_kind_that_makes_events_is_audited() -> None:
    assert set(kinds()) <= FIELDS.keys()


LEGS_MAX = 49
"""A commit has at most 100 actions: the transaction, and two for each leg."""


@pytest.mark.parametrize("form", [body, cloudevent])
def test_the_largest_event_is_smaller_than_20_kilobytes(form: Any) -> None:
    """Any other kind has a fixed number of short fields."""
    legs = [
        {
            "account_id": f"acc_01KAK4XJ7M4Q9V0C2T5R8W3Y{number:02}",
            "seq": 10**12 - 1,
            "amount": -(10**17),
            "hash": "a" * 64,
        }
        for number in range(LEGS_MAX)
    ]
    [whole, *_] = seen("transaction.posted", entries=legs).values()
    assert 10_000 < len(json.dumps(form(whole)).encode()) < 20_000
