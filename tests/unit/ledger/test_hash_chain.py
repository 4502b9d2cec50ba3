"""The hash chain, byte for byte: what was written once is recomputed for good, in any language."""

import hashlib
import importlib.util
import json

import pytest

from chalicelib.domain import ids
from chalicelib.domain.ledger import idempotency, recall_return
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


def test_field_without_a_name_in_json_is_refused_and_not_left_out() -> None:
    with pytest.raises(TypeError):
        compact({("a", "b"): 1})


def test_json_is_the_same_where_python_has_no_c_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    spec = importlib.util.find_spec("chalicelib.domain.ledger.hash_chain")
    assert spec
    assert spec.loader
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    assert plain.entry_text(ENTRY) == TEXT
    assert plain.compact({"b": [1, 2], "a": "Zoë"}) == '{"a":"Zoë","b":[1,2]}'


def test_money_that_comes_back_is_given_on_once_under_a_key_of_the_clearing() -> None:
    """The keys are recomputed by `make verify` for as long as the bank exists."""
    returned = recall_return.key_of_return("rcl_1", 250)
    assert returned.transaction_id == ids.transaction_id("clearing", "recall rcl_1")
    assert returned.fingerprint == digest(["payment_return", [250]])
    forwarded = recall_return.key_of_forward("txn_1", 990)
    assert forwarded.transaction_id == ids.transaction_id("clearing", "forward txn_1")
    assert forwarded.fingerprint == digest(["payment_return", [990]])


def test_claim_is_the_callers_key_and_the_request_that_was_made_with_it() -> None:
    idempotency_key = idempotency.derive_key("usr_1", "key-1", "POST /v1/x", {"amount": "1"})
    assert idempotency_key == idempotency.derive_key("usr_1", "key-1", "POST /v1/x", {"amount": "1"})
    assert idempotency_key.transaction_id == "txn_HZTJ0HMR3MY19KPXS9NQR5CMFJ"
    assert idempotency_key.fingerprint == digest(["POST /v1/x", {"amount": "1"}])
    other_request = idempotency.derive_key("usr_1", "key-1", "POST /v1/x", {"amount": "2"})
    assert other_request.transaction_id == idempotency_key.transaction_id
    assert other_request.fingerprint != idempotency_key.fingerprint
    assert idempotency.derive_key("key-1", "usr_1", "POST /v1/x", None).transaction_id != idempotency_key.transaction_id
