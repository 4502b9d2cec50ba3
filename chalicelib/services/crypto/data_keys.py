"""The data key of each subject: created by KMS, stored wrapped in the table `keys`, cached unwrapped for a while.

A subject is a customer (`cus_…`), or a user who is none (`usr_…`); log-ins at addresses that nobody has go under one
subject for all, STRANGERS.
"""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from cachetools import TLRUCache

from chalicelib import aws, clock, config, resources
from chalicelib.domain.permissions import Caller
from chalicelib.models.item import Action
from chalicelib.models.personal import SubjectKey

UNKNOWN_EMAILS = "strangers"
MAX_KEYS = 1000
WORKERS_MAX = 8
READ_TIMEOUT_SECONDS = 2


@dataclass(frozen=True)
class _CachedKey:
    """A plaintext key, and when it was cached, by the bank's clock in seconds."""

    plaintext: bytes = field(repr=False)
    cached_at: float


class Cache:
    """Plaintext keys. The least recently used leave first, and each after `DATA_KEY_CACHE_SECONDS`.

    Expired keys leave memory with the next call, not only when they are asked for.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._keys: TLRUCache[str, _CachedKey] = TLRUCache(max_keys, ttu=_expires_at, timer=_seconds)
        self._lock = threading.Lock()

    def get(self, subject_id: str) -> bytes | None:
        with self._lock:
            self._keys.expire()
            cached = self._keys.get(subject_id)
            # The clock may have gone back. Such a key could be used for longer than the setting says.
            return cached.plaintext if cached and cached.cached_at <= _seconds() else None

    def put(self, subject_id: str, plaintext: bytes) -> None:
        with self._lock:
            self._keys[subject_id] = _CachedKey(plaintext, _seconds())

    def drop(self, subject_id: str) -> None:
        with self._lock:
            self._keys.expire()
            self._keys.pop(subject_id, None)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()

    def plaintexts(self) -> dict[str, bytes]:
        with self._lock:
            return {subject_id: cached.plaintext for subject_id, cached in self._keys.items()}

    def __len__(self) -> int:
        with self._lock:
            return len(self._keys)


def _seconds() -> float:
    return clock.now().timestamp()


def _expires_at(_subject_id: str, _key: _CachedKey, now: float) -> float:
    return now + config.data_key_cache_seconds()


cache = Cache()


def stranger(email_hmac: str) -> str:
    """Return the strangers' key under a name for each address, so that it is cached as if each had a key of its own.

    A log-in at an unknown address then takes the same calls, and the same time, as one at a known address.
    """
    return f"{UNKNOWN_EMAILS}#{email_hmac}"


def owner_of(subject_id: str) -> str:
    """Return the subject that owns the key of this name."""
    return subject_id.partition("#")[0]


def new(subject_id: str, caller: Caller, at: str) -> Action:
    """Make a subject's key. The action keeps it: commit it with the first that it protects, or it protects nothing."""
    return new_key(subject_id, caller, at).put_if_absent()


def new_key(subject_id: str, caller: Caller, at: str) -> SubjectKey:
    """Return a new key of a subject, which is not stored yet."""
    with aws.translate_read_errors():
        answer = kms().generate_data_key(
            KeyId=resources.personal_key_id(), KeySpec="AES_256", EncryptionContext=_context(subject_id)
        )
    cache.put(subject_id, answer["Plaintext"])
    return SubjectKey.new(subject_id, answer["CiphertextBlob"], caller, at)


def destroy(subject_id: str) -> None:
    """Make everything unreadable that was ever sealed under a subject's key, wherever there is a copy of it.

    Another process may have the key cached until its time there is over.
    """
    SubjectKey.destroy(subject_id)
    cache.drop(subject_id)


def of(subject_ids: Iterable[str]) -> dict[str, bytes]:
    """Return the keys of subjects, without those who have been erased.

    This takes one call per hundred keys that are not cached, and one of KMS for each.
    """
    found, missing = {}, []
    for subject_id in dict.fromkeys(subject_ids):
        key = cache.get(subject_id)
        if key is None:
            missing.append(subject_id)
        else:
            found[subject_id] = key
    return found | _unwrap_all(missing)


def _unwrap_all(subject_ids: list[str]) -> dict[str, bytes]:
    if not subject_ids:
        return {}
    wrapped = SubjectKey.read_wrapped(map(owner_of, subject_ids))
    present = [subject_id for subject_id in subject_ids if owner_of(subject_id) in wrapped]
    if len(present) < 2:
        return {subject_id: _unwrap(subject_id, wrapped[owner_of(subject_id)]) for subject_id in present}
    with ThreadPoolExecutor(min(WORKERS_MAX, len(present))) as pool:
        keys = pool.map(lambda subject_id: _unwrap(subject_id, wrapped[owner_of(subject_id)]), present)
        return dict(zip(present, keys, strict=True))


def _unwrap(subject_id: str, wrapped: bytes) -> bytes:
    with aws.translate_read_errors():
        answer = kms().decrypt(
            KeyId=resources.personal_key_id(), CiphertextBlob=wrapped, EncryptionContext=_context(subject_id)
        )
    key: bytes = answer["Plaintext"]
    cache.put(subject_id, key)
    return key


def _context(subject_id: str) -> dict[str, str]:
    """Return the encryption context.

    KMS unwraps a key only for the subject for whom it was wrapped, and logs that subject.
    """
    return {"subject": owner_of(subject_id)}


def kms() -> Any:
    """Return the client that creates and unwraps keys."""
    return aws.client("kms", read_timeout_seconds=READ_TIMEOUT_SECONDS)
