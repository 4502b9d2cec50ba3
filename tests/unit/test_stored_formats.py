"""Stored, hashed and signed formats stay the same, byte for byte (docs/versioning.md): these literals never change."""

import json
from dataclasses import replace
from typing import Any

from chalicelib.domain import ids
from chalicelib.domain.audit.record import record_of
from chalicelib.domain.audit.stream_change import Change
from chalicelib.domain.crypto import ciphertext
from chalicelib.domain.events.counting import count_event
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS, entry_hash, entry_text
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.verification.digest import Digest, Leaf
from chalicelib.models.events.stream_record import fields_of

ENTRY = Entry(
    account_id="acc_01M7Z4D4VE1FS7BZAHYSHJJ6EM",
    seq=7,
    transaction_id="txn_9KYYPDQS9XT05NT6BR633A82NH",
    type="deposit",
    amount=12550,
    currency="USD",
    balance_after=112550,
    created_at="2026-11-21T08:30:00.123456Z",
    prev_hash=GENESIS,
    hash="",
)


def test_the_hash_of_an_entry_never_changes() -> None:
    assert entry_text(ENTRY) == (
        '["0000000000000000000000000000000000000000000000000000000000000000","acc_01M7Z4D4VE1FS7BZAHYSHJJ6EM",7,'
        '"txn_9KYYPDQS9XT05NT6BR633A82NH","deposit",12550,"USD",112550,"2026-11-21T08:30:00.123456Z"]'
    )
    assert entry_hash(ENTRY) == "0cf4a0a58e8ee68d12f7f2eb878eb7eda7c83deb7167d2b81a07194375185564"


def test_a_key_names_the_same_transaction_for_ever() -> None:
    assert ids.transaction_id("usr_01M7Z4D4VE1FS7BZAHYSHJJ6EM", "lunch-1") == "txn_E48FY7480BZQW9M7SZ4N5JAE2K"


def test_a_fingerprint_of_a_request_never_changes() -> None:
    body = {"amount": "20.00", "account_id": "acc_01M7Z4D4VE1FS7BZAHYSHJJ6EM", "memo": "Café"}
    claimed = derive_key("usr_01M7Z4D4VE1FS7BZAHYSHJJ6EM", "lunch-1", "POST /v1/transactions/deposit", body)
    assert claimed.fingerprint == "acef68ca3c533c364550a35ca1b0e07f46ea03c44d38697bf8f1522a0962e7d6"


def test_the_hash_of_an_audit_record_never_changes() -> None:
    image: dict[str, Any] = {
        "pk": "ACCOUNT#acc_01M7Z4D4VE1FS7BZAHYSHJJ6EM",
        "sk": "ACCOUNT",
        "type": "account",
        "version": 1,
        "status": "active",
        "updated_at": "2026-11-21T08:30:00.123456Z",
        "updated_by": "usr_01M7Z4D4VE1FS7BZAHYSHJJ6EM",
        "request_id": "request-1",
    }
    record = record_of(
        Change(image["pk"], image["sk"], None, fields_of(image), "2026-11-21T08:30:01.000000Z", "1"), GENESIS
    )
    assert record.sk == "ACCOUNT#000000000001"
    assert record.hash == "6f34d819793aeb062a915e1b19ab497cf938e2cd0b944a98c14c56581fc3f08e"
    assert count_event(record, None, 1).hash == "779f7fa06fe74ec7f18274c8e7acaa78e32c8b5a755385ed53b73728aef4c91b"


def test_the_texts_of_a_leaf_and_of_a_digest_never_change() -> None:
    leaf = Leaf(ENTRY.account_id, 1, 7, ENTRY.created_at, ENTRY.created_at, GENESIS, "a" * 64, "b" * 64)
    assert json.loads(leaf.text) == list(vars(leaf).values())
    assert leaf.text == (
        '["acc_01M7Z4D4VE1FS7BZAHYSHJJ6EM",1,7,"2026-11-21T08:30:00.123456Z","2026-11-21T08:30:00.123456Z","'
        f'{"0" * 64}","{"a" * 64}","{"b" * 64}"]'
    )
    digest = Digest(3, ENTRY.created_at, "2026-11-21T09:30:00.000000Z", 1, 7, "c" * 64, "d" * 64)
    assert digest.text == (
        '{"entries":7,"format":"florin-digest-1","leaves":1,"node":"'
        f'{"d" * 64}","number":3,"previous_hash":"{"0" * 64}","root":"{"c" * 64}",'
        '"sealed_from":"2026-11-21T08:30:00.123456Z","sealed_to":"2026-11-21T09:30:00.000000Z"}'
    )
    counting = replace(digest, event_edition=1)
    assert counting.text == digest.text.replace('{"entries":7,', '{"entries":7,"event_edition":1,')
    assert [Digest.parse(one.text) for one in (digest, counting)] == [digest, counting]


def test_what_a_personal_field_is_bound_to_never_changes() -> None:
    assert ciphertext.pack(b"n" * 12, b"\xff\xfe") == "v1.bm5ubm5ubm5ubm5u__4"
    key = ("CUSTOMER#cus_01M7Z4D4VE1FS7BZAHYSHJJ6EM", "CUSTOMER")
    assert ciphertext.binding("cus_01M7Z4D4VE1FS7BZAHYSHJJ6EM", key, "first_name") == (
        b'["v1","cus_01M7Z4D4VE1FS7BZAHYSHJJ6EM","CUSTOMER#cus_01M7Z4D4VE1FS7BZAHYSHJJ6EM","CUSTOMER","first_name"]'
    )
