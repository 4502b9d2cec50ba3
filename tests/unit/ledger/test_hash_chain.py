"""The hash chain, byte for byte: what was written once is recomputed for good, in any language."""

import hashlib

from chalicelib.domain.ledger import idempotency
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS, compact, digest, entry_hash, entry_text

ENTRY = Entry("acc_1", 7, "txn_1", "deposit", 250, "USD", 1000, "2026-11-21T08:30:00.000000Z", GENESIS, "")
TEXT = f'["{"0" * 64}","acc_1",7,"txn_1","deposit",250,"USD",1000,"2026-11-21T08:30:00.000000Z"]'


def test_first_entry_names_64_zeros_as_its_predecessor() -> None:
    assert GENESIS == "0000000000000000000000000000000000000000000000000000000000000000"


def test_hash_of_an_entry_is_the_sha_256_of_a_compact_json_array() -> None:
    assert entry_text(ENTRY) == TEXT
    assert entry_hash(ENTRY) == hashlib.sha256(TEXT.encode()).hexdigest()
    assert entry_hash(ENTRY) == "138e520a4df81451b3bb6563f6f8ec88a4d35969cdf255d7adc7aea15695c2b6"


def test_compact_json_sorts_keys_and_writes_other_scripts_as_they_are() -> None:
    assert compact({"b": [1, 2], "a": "Zoë"}) == '{"a":"Zoë","b":[1,2]}'
    assert digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


def test_claim_is_the_callers_key_and_the_request_that_was_made_with_it() -> None:
    idempotency_key = idempotency.derive_key("usr_1", "key-1", "POST /v1/x", {"amount": "1"})
    assert idempotency_key == idempotency.derive_key("usr_1", "key-1", "POST /v1/x", {"amount": "1"})
    assert idempotency_key.transaction_id == "txn_HZTJ0HMR3MY19KPXS9NQR5CMFJ"
    assert idempotency_key.fingerprint == digest(["POST /v1/x", {"amount": "1"}])
    other_request = idempotency.derive_key("usr_1", "key-1", "POST /v1/x", {"amount": "2"})
    assert other_request.transaction_id == idempotency_key.transaction_id
    assert other_request.fingerprint != idempotency_key.fingerprint
    assert idempotency.derive_key("key-1", "usr_1", "POST /v1/x", None).transaction_id != idempotency_key.transaction_id
