"""Fields that are written once, statuses that are final, and a day that moves forward only."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.audit import visible_fields
from chalicelib.domain.audit.record import Record
from chalicelib.domain.verification.fixed_fields import FINAL, FIXED, FORWARD, FixedFields

Fields = dict[str, Any]


def record(version: int, kind: str, before: Fields, after: Fields, *changed: str) -> Record:
    return Record(
        pk="ACCOUNT#acc_1",
        sk=f"ACCOUNT#{version:012}",
        version=version,
        event=f"{kind}.{'created' if version == 1 else 'updated'}",
        actor="usr_1",
        at="2026-11-30T00:00:00.000000Z",
        request_id="r",
        before=before,
        after=after,
        changed=list(changed),
        image_digest=None,
        prev_hash="0" * 64,
    )


def follow(*records: Record) -> tuple[str | None, FixedFields]:
    """Return what the last record changes that is fixed; those before it must change nothing such."""
    fixed = FixedFields()
    *others, last = [fixed.follow(one) for one in records]
    assert others == [None] * len(others)
    return last, fixed


MADE = record(1, "account", {}, {"customer_id": "cus_1", "interest_paid_through": "2026-10-31"})


def test_field_that_is_written_once_may_come_late_and_never_changes() -> None:
    made = record(1, "user", {}, {"role": "teller"})
    linked = record(2, "user", {}, {"linked_customer_id": "cus_1"})
    assert follow(made, linked)[0] is None
    other = record(3, "user", {"linked_customer_id": "cus_1"}, {"linked_customer_id": "cus_2"})
    assert follow(made, linked, other)[0] == "linked_customer_id"


def test_field_that_was_taken_away_does_not_come_back_with_another_value() -> None:
    gone = record(2, "account", {"customer_id": "cus_1"}, {})
    assert follow(MADE, gone)[0] is None
    assert follow(MADE, gone, record(3, "account", {}, {"customer_id": "cus_2"}))[0] == "customer_id"


def test_other_fields_and_kinds_change() -> None:
    assert follow(MADE, record(2, "account", {"branch_id": "brn_1"}, {"branch_id": "brn_2"}))[0] is None
    assert follow(record(2, "announcement", {"customer_id": "a"}, {"customer_id": "b"}))[0] is None


@pytest.mark.parametrize(
    ("after", "found"), [("2026-11-30", None), ("2026-09-30", "interest_paid_through"), (None, "")]
)
def test_day_through_which_interest_is_paid_moves_forward_only(after: str | None, found: str | None) -> None:
    moved = {"interest_paid_through": after} if after else {}
    changed = follow(MADE, record(2, "account", {"interest_paid_through": "2026-10-31"}, moved))[0]
    assert changed == ("interest_paid_through" if found == "" else found)


@pytest.mark.parametrize("kind", FINAL)
def test_final_status_is_followed_by_no_other(kind: str) -> None:
    for status in FINAL[kind]:
        assert follow(record(2, kind, {"status": status}, {"status": "active"}))[0] == "status"
        assert follow(record(2, kind, {"status": "other"}, {"status": status}))[0] is None


def test_hidden_field_may_be_taken_away_only() -> None:
    made = record(1, "clearing_payment", {}, {"status": "queued"}, "to_iban", "to_name")
    _, fixed = follow(made)
    assert fixed.find_in({"to_iban": "sealed"}) is None
    _, fixed = follow(made, record(2, "clearing_payment", {}, {}, "to_iban"))
    assert fixed.find_in({"status": "queued", "to_name": "sealed"}) is None
    assert fixed.find_in({"to_iban": "sealed otherwise"}) == "to_iban"


def test_audit_has_the_values_of_what_is_compared() -> None:
    """Of a field that it had not, a change would be seen by nobody."""
    for kind, names in FIXED.items():
        assert names <= visible_fields.FIELDS[kind], kind
    for kind, name in FORWARD.items():
        assert name in visible_fields.FIELDS[kind]
    assert all("status" in visible_fields.FIELDS[kind] for kind in FINAL)


def test_new_item_in_the_place_of_an_expired_one_begins_anew() -> None:
    assert follow(replace(MADE, before={"customer_id": "cus_9"}))[0] is None


THEFTS = [
    ("account", "customer_id"),
    ("account", "account_number"),
    ("account", "currency"),
    ("transaction", "from_account_id"),
    ("transaction", "to_account_id"),
    ("transaction", "from_customer_id"),
    ("transaction", "to_customer_id"),
    ("transaction", "transaction_type"),
    ("transaction", "currency"),
    ("transaction", "initiated_by"),
    ("transaction", "reverses"),
    ("transaction", "order_id"),
    ("transaction", "uetr"),
    ("hold", "account_id"),
    ("hold", "transaction_id"),
    ("hold", "amount"),
    ("holder", "account_id"),
    ("holder", "customer_id"),
    ("pin", "account_id"),
    ("user", "customer_id"),
    ("user", "linked_customer_id"),
    ("session", "user_id"),
    ("factor", "user_id"),
    ("beneficiary", "customer_id"),
    ("beneficiary", "account_id"),
    ("order", "customer_id"),
    ("order", "from_account_id"),
    ("order", "currency"),
    ("order_execution", "order_id"),
    ("payment_file", "customer_id"),
    ("payment_file_batch", "customer_id"),
    ("clearing_recall", "account_id"),
    ("clearing_recall", "amount"),
    ("clearing_incoming", "account_id"),
    ("statement", "account_id"),
]
"""What an insider would change to take another's money, rights or papers."""


@pytest.mark.parametrize(("kind", "name"), THEFTS)
def test_owner_party_and_amount_of_a_thing_are_for_good(kind: str, name: str) -> None:
    assert follow(record(2, kind, {name: "mine"}, {name: "yours"}))[0] == name


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("account", "closed"),
        ("approval", "executed"),
        ("approval", "rejected"),
        ("approval", "expired"),
        ("customer", "erased"),
        ("factor", "withdrawn"),
        ("order", "cancelled"),
        ("order", "ended"),
        ("payee_verification", "used"),
        ("session", "ended"),
        ("transaction", "posted"),
        ("transaction", "failed"),
        ("transaction", "voided"),
        ("transaction", "expired"),
    ],
)
def test_what_has_ended_does_not_come_back(kind: str, status: str) -> None:
    assert follow(record(2, kind, {"status": status}, {"status": "active"}))[0] == "status"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("beneficiary", "account_number"),
        ("beneficiary", "iban"),
        ("clearing_payment", "to_iban"),
        ("clearing_payment", "to_name"),
        ("transaction", "fingerprint"),
    ],
)
def test_hidden_payee_that_was_changed_is_named_while_it_is_there(kind: str, name: str) -> None:
    _, fixed = follow(record(1, kind, {}, {}, name), record(2, kind, {}, {}, name))
    assert fixed.find_in({name: "x"}) == name
    assert fixed.find_in({}) is None
