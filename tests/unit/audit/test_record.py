"""What the audit says of a change, and what it never says."""

import hashlib
import importlib
import json
import pkgutil
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from pynamodb.attributes import DiscriminatorAttribute

from chalicelib import domain, models
from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.audit import visible_fields
from chalicelib.domain.audit.record import Documents, Record, record_of
from chalicelib.domain.audit.stream_change import Change, preceding_keys
from chalicelib.domain.ledger.hash_chain import GENESIS, digest
from chalicelib.models.approvals.authority import ALL_AUTHORITY
from chalicelib.models.approvals.policy import ALL_POLICIES
from chalicelib.models.audit.audit_partitions import partition_of
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.models.clearing.received_recall import ReceivedRecall
from chalicelib.models.events.stream_record import fields_of
from chalicelib.models.item import BankItem
from chalicelib.models.orders.order import Order
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS
from chalicelib.models.webhooks.endpoint import WebhookEndpoint

Image = dict[str, Any]
SEEN_AT = "2026-11-21T08:30:01.000000Z"
ACCOUNT: Image = {
    "pk": "ACCOUNT#acc_1",
    "sk": "ACCOUNT",
    "type": "account",
    "version": 1,
    "status": "active",
    "balance": 0,
    "nickname": "Rainy days",
    "updated_at": "2026-11-21T08:30:00.123456Z",
    "updated_by": "usr_1",
    "request_id": "request-1",
}


def change(before: Image | None, after: Image | None, sequence: str = "1") -> Change:
    image = after or before or {}
    return Change(
        image.get("pk", "ACCOUNT#acc_1"),
        image.get("sk", "ACCOUNT"),
        fields_of(before),
        fields_of(after),
        SEEN_AT,
        sequence,
        digest([before, after]),
    )


def without(image: Image, name: str) -> Image:
    return {key: value for key, value in image.items() if key != name}


def test_a_change_is_told_with_who_when_and_what() -> None:
    after = ACCOUNT | {"version": 2, "balance": 500, "nickname": "Holidays", "updated_by": "usr_2", "request_id": "r2"}
    record = record_of(change(ACCOUNT, after), "f" * 64)
    assert (record.pk, record.sk, record.version) == ("ACCOUNT#acc_1", "ACCOUNT#000000000002", 2)
    assert (record.event, record.actor, record.request_id) == ("account.updated", "usr_2", "r2")
    assert record.at == ACCOUNT["updated_at"]
    assert (record.before, record.after, record.changed) == ({"balance": 0}, {"balance": 500}, ["nickname"])
    assert record.prev_hash == "f" * 64


def test_anyone_can_compute_the_hash_of_a_record_again() -> None:
    record = record_of(change(None, ACCOUNT), GENESIS)
    told = [getattr(record, name) for name in ("pk", "sk", "version", "event", "actor", "at", "request_id")]
    told = [GENESIS, *told, record.before, record.after, record.changed, record.image_digest]
    text = json.dumps(told, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    assert record.hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", [field.name for field in fields(Record) if field.name != "hash"])
def test_the_hash_covers_every_field(name: str) -> None:
    record = record_of(change(None, ACCOUNT), GENESIS)
    others: dict[type, object] = {str: "other", type(None): "other", int: 99, dict: {"other": 1}, list: ["other"]}
    other = others[type(getattr(record, name))]
    assert audit_record.record_hash(replace(record, **{name: other})) != record.hash  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (None, {"version": 1}, "account.created"),
        ({"version": 1}, {"version": 2, "status": "frozen"}, "account.frozen"),
        ({"version": 1, "status": "frozen"}, {"version": 2}, "account.active"),
        ({"version": 1}, {"version": 2, "balance": 5}, "account.updated"),
        ({"version": 1}, None, "account.removed"),
        (None, {"version": 1, "type": "login", "outcome": "failed"}, "login.failed"),
        ({"version": 1}, {"version": 1, "balance": 5}, "account.irregular"),
    ],
)
def test_events_are_named_after_what_happened(before: Image | None, after: Image | None, event: str) -> None:
    older, newer = (None if image is None else ACCOUNT | image for image in (before, after))
    assert record_of(change(older, newer), GENESIS).event == event


def test_what_expires_was_removed_by_dynamodb_and_nothing_else_was() -> None:
    expiring = record_of(change(ACCOUNT | {"version": 7, "expires_at": 1}, None), GENESIS)
    assert (expiring.version, expiring.actor, expiring.at) == (8, "dynamodb", SEEN_AT)
    assert record_of(change(ACCOUNT, None), GENESIS).actor == "unknown"


def test_an_item_without_a_type_keeps_its_place_in_the_chain_by_its_digest() -> None:
    secret = without(ACCOUNT, "type") | {"version": 2}
    record = record_of(change(ACCOUNT, secret), GENESIS)
    assert (record.sk, record.event, record.after) == ("ACCOUNT#000000000002", "unknown.updated", {})
    assert record.image_digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ACCOUNT, without(ACCOUNT, "version")),
        (ACCOUNT, ACCOUNT | {"balance": 5}),
        (ACCOUNT | {"version": 3}, ACCOUNT),
        (None, ACCOUNT | {"version": "1"}),
        (None, ACCOUNT | {"version": -1}),
        (without(ACCOUNT, "version"), ACCOUNT),
        (without(ACCOUNT, "version"), None),
    ],
)
def test_what_moves_no_version_forward_stands_beside_the_chain(before: Image | None, after: Image | None) -> None:
    """Nobody signed it, so nobody is blamed: the signature in the image is that of the write before."""
    irregular = change(before, after, sequence="42")
    record = record_of(irregular, GENESIS)
    assert record.sk == "ACCOUNT#irregular-42"
    assert (record.actor, record.at, record.request_id) == ("unknown", SEEN_AT, "")
    assert record.image_digest
    assert not record.is_regular
    assert preceding_keys([irregular, change(ACCOUNT, ACCOUNT | {"version": 2})]) == [
        ("ACCOUNT#acc_1", "ACCOUNT#000000000001")
    ]


def test_a_batch_needs_only_the_records_that_it_does_not_make() -> None:
    versions = [ACCOUNT | {"version": number} for number in range(1, 5)]
    changes = [change(versions[0], versions[1]), change(versions[1], versions[2]), change(versions[2], versions[3])]
    assert preceding_keys(changes) == [("ACCOUNT#acc_1", "ACCOUNT#000000000001")]
    assert preceding_keys([change(None, versions[0]), *changes]) == []


def test_edits_of_an_account_are_told_from_movements_of_its_money() -> None:
    def edited(before: Image, after: Image) -> str | None:
        found = AuditRecord.of(record_of(change(before, after | {"version": 2}), GENESIS)).list
        return found and found.removeprefix("EDITS#")

    assert edited(ACCOUNT, ACCOUNT | {"balance": 5, "last_seq": 1, "ledger_version": 2}) is None
    assert edited(ACCOUNT, ACCOUNT | {"status": "frozen", "ledger_version": 2}) == "acc_1"
    assert edited(ACCOUNT, ACCOUNT | {"nickname": "Other"}) == "acc_1"
    pin = ACCOUNT | {"type": "pin", "sk": "PIN", "pin_hash": "x", "failures": 0}
    assert edited(pin, pin | {"failures": 1}) is None
    assert edited(pin, pin | {"pin_hash": "y"}) == "acc_1"


def test_ids_lead_to_partitions() -> None:
    ulid = "01JD7ZXQ3G5Z9V4W8K2M6N0P1R"
    assert partition_of(f"acc_{ulid}") == f"ACCOUNT#acc_{ulid}"
    assert partition_of(f"usr_{ulid}") == f"USER#usr_{ulid}"
    assert partition_of(f"sch_{ulid}") == Order.key(f"sch_{ulid}")[0]
    assert partition_of(f"sto_{ulid}") == Order.key(f"sto_{ulid}")[0]
    assert partition_of(f"pfl_{ulid}") == PaymentFile.key(f"pfl_{ulid}")[0]
    assert partition_of(f"rcl_{ulid}") == ReceivedRecall.key(f"rcl_{ulid}")[0]
    assert partition_of("gl.cash.brn_1.USD.003") == "ACCOUNT#gl.cash.brn_1.USD.003"
    assert partition_of("savings") == "RATE#savings"
    assert partition_of("2026-10") == "INTEREST#2026-10"
    assert partition_of("approval-policies") == ALL_POLICIES
    assert partition_of("authority") == ALL_AUTHORITY
    assert partition_of("risk-thresholds") == ALL_THRESHOLDS
    assert partition_of("webhook-endpoints") == WebhookEndpoint.key("bank", "whe_1")[0]
    assert partition_of("2026-13") is None
    assert partition_of("ACCOUNT#acc_1") is None


PRIVATE = {
    "email", "password_hash", "pin_hash", "refresh_hash", "fingerprint", "first_name", "middle_name", "last_name",
    "phone", "date_of_birth", "line1", "line2", "region", "postal_code", "source_ip", "user_agent",
    "nickname", "memo", "category", "tags",
    "secret", "secret_hash", "hashes", "credential_id", "public_key", "password_mark", "challenge",
}  # fmt: skip


def item_types() -> dict[str, type[BankItem]]:
    """Every type of item that the bank has, by its name in the table."""
    for module in pkgutil.walk_packages(models.__path__, f"{models.__name__}."):
        importlib.import_module(module.name)
    discriminator = BankItem.get_attributes()["type"]
    assert isinstance(discriminator, DiscriminatorAttribute)
    return {
        str(discriminator.get_discriminator(model)): model
        for model in discriminator.get_registered_subclasses(BankItem)
    }


@pytest.mark.parametrize("kind", sorted(visible_fields.FIELDS))
def test_no_personal_datum_and_no_secret_is_ever_repeated(kind: str) -> None:
    """Every field of every type of item is filled with its own name, and looked for in the record."""
    names = set(item_types()[kind].get_attributes())
    image: Image = {name: f"value of {name}" for name in names}
    image |= {"pk": "P", "sk": "S", "type": kind, "version": 1, "outcome": "succeeded"}
    record = record_of(change(None, image), GENESIS)
    repeated = json.dumps([record.before, record.after, record.event])
    assert not [name for name in PRIVATE & names if f'"value of {name}"' in repeated]
    assert PRIVATE & names <= set(record.changed)
    assert set(record.after) == visible_fields.FIELDS[kind], "the table names a field that there is not"


def test_every_type_of_item_is_in_the_table() -> None:
    assert item_types().keys() == visible_fields.FIELDS.keys() | visible_fields.SKIPPED


def test_a_record_that_another_release_wrote_is_the_same_one_delivered_before(monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of(change(None, ACCOUNT), GENESIS)
    monkeypatch.setitem(visible_fields.FIELDS, "account", visible_fields.FIELDS["account"] | {"nickname"})
    of_now = record_of(change(None, ACCOUNT), GENESIS)
    assert of_now != record
    assert audit_record.tells_the_same(record, of_now)
    for forged in (replace(record, after={}), replace(record, actor="usr_9"), replace(record, version=2)):
        assert not audit_record.tells_the_same(forged, of_now)


def test_an_item_that_is_made_again_by_hand_stands_beside_the_chain() -> None:
    restored = record_of(change(None, ACCOUNT | {"version": 7}), GENESIS)
    assert not restored.is_regular
    assert restored.event == "account.irregular"


@pytest.mark.parametrize("digested", [None, "d" * 64])
@pytest.mark.parametrize("pk", ["ACCOUNT#acc_1", "USER#usr_1"])
def test_item_of_a_record_is_the_one_that_is_stored(pk: str, digested: str | None) -> None:
    made = replace(record_of(change(None, ACCOUNT), GENESIS), pk=pk, image_digest=digested)
    made = replace(made, after=made.after | {"note": "Müller", "none": None, "list": [1, "a"]}, changed=["nickname"])
    stored = AuditRecord.of(made).serialize()
    assert AuditRecord.item_of(made) == stored
    assert AuditRecord.record_in(stored) == made


def posting() -> Record:
    """Return the record of an account that has received 1.00."""
    moved = ACCOUNT | {"version": 2, "balance": 100, "last_seq": 1, "ledger_version": 2}
    return record_of(change(ACCOUNT, moved), GENESIS)


def test_account_that_a_posting_moved_is_in_no_list_of_its_actor() -> None:
    made = posting()
    stored = AuditRecord.of(made).serialize()
    assert (made.event, stored["mover"], "actor" in stored) == ("account.updated", {"S": made.actor}, False)
    assert AuditRecord.item_of(made) == stored
    assert AuditRecord.record_in(stored) == AuditRecord.of(made).record() == made


@pytest.mark.parametrize(
    ("kind", "pk", "actor", "is_listed"),
    [
        ("hold", "ACCOUNT#acc_1", "usr_1", False),
        ("guard", "UETR#1", "usr_1", False),
        ("guard", "EMAIL#1", "usr_1", True),
        ("clearing_payment", "PAYMENT#txn_1", "system", False),
        ("clearing_message", "CLEARING#1", "system", False),
        ("clearing_payment", "PAYMENT#txn_1", "usr_1", True),
        ("transaction", "TXN#txn_1", "system", True),
    ],
)
def test_list_of_an_actor_has_what_people_do_and_each_transaction_once(
    kind: str, pk: str, actor: str, is_listed: bool
) -> None:
    image = without(ACCOUNT, "nickname") | {"pk": pk, "sk": "X", "type": kind, "updated_by": actor}
    made = record_of(change(None, image), GENESIS)
    stored = AuditRecord.of(made).serialize()
    assert (stored.get("actor"), stored.get("mover")) == (({"S": actor}, None) if is_listed else (None, {"S": actor}))
    assert AuditRecord.is_item_of(made, Documents.of(made), stored)


def test_removal_of_a_hold_is_in_the_list_of_its_actor() -> None:
    removed = record_of(change(ACCOUNT | {"type": "hold"}, None), GENESIS)
    assert "actor" in AuditRecord.of(removed).serialize()


def test_record_of_a_posting_by_an_earlier_version_is_as_good() -> None:
    made = posting()
    stored = AuditRecord.of(made).serialize()
    earlier = {name: value for name, value in stored.items() if name != "mover"} | {"actor": stored["mover"]}
    assert AuditRecord.record_in(earlier) == made
    assert AuditRecord.item_of(made, earlier) == earlier
    for item in (stored, earlier):
        assert AuditRecord.is_item_of(made, Documents.of(made), item)


def test_any_other_record_may_not_be_hidden_from_its_actors_list() -> None:
    made = record_of(change(None, ACCOUNT), GENESIS)
    stored = AuditRecord.of(made).serialize()
    hidden = {name: value for name, value in stored.items() if name != "actor"} | {"mover": stored["actor"]}
    assert not AuditRecord.is_item_of(made, Documents.of(made), hidden)
    assert AuditRecord.item_of(made, hidden) != hidden


def test_item_that_is_no_record_is_read_as_far_as_it_goes() -> None:
    stored = AuditRecord.of(record_of(change(None, ACCOUNT), GENESIS)).serialize()
    del stored["hash"]
    assert AuditRecord.record_in(stored).hash is None


def test_no_status_reads_like_another_event() -> None:
    """A status `removed` would be audited as an item that somebody has deleted, and verification would name it."""
    named = [
        (path, status)
        for package in (models, domain)
        for path in (one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
        for name, alias in vars(importlib.import_module(path)).items()
        if name.endswith("Status")
        for status in get_args(alias)
    ]
    assert len(named) > 20
    assert [one for one in named if one[1] in ("created", "updated", "removed", "irregular")] == []
