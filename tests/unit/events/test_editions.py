"""Editions of the catalogue: closed ones never change, and records are required to be counted by what digests name."""

from dataclasses import replace

import pytest

from chalicelib.domain.audit.record import record_hash
from chalicelib.domain.events.catalogue import BY_NAME, EDITION, TYPES, kinds_of, type_of
from chalicelib.domain.events.counting import SealedEdition, count_event, find_required_from
from chalicelib.domain.events.examples import sample_of
from chalicelib.domain.events.fields import TEXT, Field, data_of, plain

# ruff: noqa: E501
EDITIONS: dict[int, dict[str, str]] = {
    1: {
        "interest.credited transaction.posted transaction.pending transaction.failed transaction.voided transaction.expired transaction.reversed":
        "id transaction_type status amount currency from_account_id to_account_id failure reverses reversed_by interest posted_at entries",
        "payment.submitted payment.settled payment.rejected payment.returned":
        "transaction_id customer_id account_id state rail amount currency uetr end_to_end_id reason_code submit_by settlement_date return_id",
        "payment.recalled payment.recall_refused":
        "transaction_id customer_id account_id state rail amount currency uetr end_to_end_id reason_code submit_by settlement_date return_id recall_reason recall_refusal",
        "payment_file.completed":
        "id customer_id status payments accepted refused code",
        "account.opened account.frozen account.unfrozen account.closed account.updated":
        "id customer_id account_type currency status overdraft_limit branch_id changed",
        "account.shortfall_forecast":
        "account_id date missing currency",
        "standing_order.created standing_order.suspended standing_order.ended standing_order.updated":
        "id customer_id status reason from_account_id to_account_id amount currency frequency start next_date changed",
        "standing_order.executed standing_order.execution_failed standing_order.skipped":
        "order_id date execution_date status reason attempts amount currency transaction_id",
        "holder.added holder.removed":
        "account_id customer_id status",
        "customer.verified customer.created customer.erased customer.updated":
        "id status kyc_status kyc_expires_on changed",
        "customer.invited customer.invitation_withdrawn customer.joined":
        "customer_id invited_by valid_until",
        "statement.ready":
        "account_id period",
        "interest_run.completed":
        "period attempt status credited nothing closed failed totals",
        "ticket.created ticket.resolved ticket.updated":
        "id customer_id account_id status message_count",
        "announcement.published":
        "id audience published_from published_until",
        "risk_alert.raised risk_alert.settled":
        "id transaction_id account_id customer_id severity score status",
        "endpoint.disabled":
        "id scope status disabled_reason",
        "digest.sealed": "number sealed_from sealed_to leaves entries root hash",
        "user.locked":
        "user_id login_id",
    },
}  # fmt: skip
"""Types, in the order in which they apply, and their fields, by the edition that has added them."""
HINT = """An edition is open until the first release that has it: add to it here. Once it is closed, banks have used it,
and `make verify` derives their past by it: give what you add `since=<next>`, and raise EDITION."""
DAY = "2026-11-{:02}T08:00:00.000000Z"


def added_by(edition: int) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for one in TYPES:
        fields = [field.name for field in one.shape.fields if max(one.since, field.since) == edition]
        if fields:
            found.setdefault(" ".join(fields), []).append(one.name)
    return {" ".join(names): fields for fields, names in found.items()}


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_an_edition_has_added_never_changes(edition: int) -> None:
    assert added_by(edition) == EDITIONS[edition], HINT


def test_the_present_edition_is_the_last_that_anything_is_added_by() -> None:
    everything = [number for one in TYPES for number in (one.since, *(field.since for field in one.shape.fields))]
    assert EDITION == max(everything) == max(EDITIONS)
    assert min(everything) == 1


@pytest.mark.parametrize("event_type", TYPES, ids=lambda one: one.name)
def test_a_field_that_an_older_event_lacks_is_optional(event_type: object) -> None:
    shape = BY_NAME[getattr(event_type, "name", "")].shape
    assert all(field.is_optional for field in shape.fields if field.since > 1)


def test_data_of_an_older_edition_lacks_later_fields() -> None:
    told = sample_of(BY_NAME["ticket.created"])
    fields = (plain("status"), Field("later", TEXT, lambda _: "x", since=2))
    assert data_of(fields, told) == {"status": "open"}
    assert data_of(fields, replace(told, record=replace(told.record, event_edition=2))) == {
        "status": "open",
        "later": "x",
    }


def test_a_record_without_an_edition_makes_no_event() -> None:
    record = sample_of(BY_NAME["ticket.created"]).record
    assert type_of(record)
    assert type_of(replace(record, event_edition=None)) is None


def test_an_edition_before_all_has_no_kinds() -> None:
    assert kinds_of(0) == frozenset()
    assert kinds_of(EDITION)


def test_counting_changes_the_hash_and_nothing_else() -> None:
    record = replace(sample_of(BY_NAME["ticket.created"]).record, event_count=None, event_edition=None)
    record = replace(record, hash=record_hash(record))
    made = count_event(record, None, 1)
    assert (made.event_count, made.event_edition) == (1, 1)
    assert count_event(record, 6, 1).event_count == 7
    assert made.hash == record_hash(made) != record.hash
    assert replace(made, event_count=None, event_edition=None, hash=record.hash) == record
    assert len({count_event(record, before, 1).hash for before in (None, 1, 2)}) == 3


def test_a_kind_without_events_is_not_counted() -> None:
    record = replace(
        sample_of(BY_NAME["ticket.created"]).record, event="branch.created", event_count=None, event_edition=None
    )
    assert count_event(record, None, 1) == record


@pytest.mark.parametrize(
    ("editions", "days"),
    [
        ([], []), ([0, 0], []), ([1], [1]), ([0, 1, 1], [2]), ([1, 0], []), ([1, 0, 1], [3]), ([0, 99], [2] * EDITION),
    ],
)  # fmt: skip
def test_records_are_required_from_an_hour_after_the_digest_that_names_an_edition(
    editions: list[int], days: list[int]
) -> None:
    sealed = [SealedEdition(DAY.format(day), edition) for day, edition in enumerate(editions, 1)]
    assert find_required_from(sealed) == tuple(DAY.format(day).replace("T08", "T09") for day in days)
