"""What moves no money, behind a line on which everything goes wrong: each thing comes into being once, or not at all.

(Opening, freezing and closing accounts are steps of the machine in test_faults.py.)
"""

import secrets
import uuid
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import BankError, Conflict, OutcomeUnknown, PinIncorrect, PinRequired, Unavailable
from chalicelib.domain.ledger import idempotency
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.models.ledger.transaction import IdempotencyRecord
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import idempotency as once
from chalicelib.services.accounts import pins
from chalicelib.services.crypto import bank_keys, data_keys
from chalicelib.services.crypto.passwords import verify_secret
from chalicelib.services.identity import sign_up
from chalicelib.services.identity.sign_up import Registration
from tests.faults.hook import HookedLine, faulty_client
from tests.faults.plan import RATE_MAX, Plan

TRIES_MAX = 50


class NoKms:
    """An engine has tables only: data keys are made here, and stay in memory."""

    def generate_data_key(self, **_: object) -> dict[str, bytes]:
        key = secrets.token_bytes(32)
        return {"Plaintext": key, "CiphertextBlob": key}


@pytest.fixture
def line(requests_to_own_engine: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HookedLine]:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    monkeypatch.setattr(bank_keys, "email_hmac", lambda address: sha256(address.encode()).hexdigest())
    monkeypatch.setattr(bank_keys, "source_hmac", lambda source_ip: sha256(source_ip.encode()).hexdigest())
    monkeypatch.setattr(bank_keys, "lookup_hmac", lambda field, text: sha256(f"{field} {text}".encode()).hexdigest())
    monkeypatch.setattr(data_keys, "kms", NoKms)
    for name, value in (("ARGON2_MEMORY_KIB", "8"), ("ARGON2_PASSES", "1")):
        monkeypatch.setenv(name, value)
    with faulty_client(Plan(seed=7, rate=RATE_MAX)) as line:
        yield line


def caller(customer_id: str = "cus_test") -> Caller:
    return Caller("usr_test", "customer", uuid.uuid4().hex, customer_id)


def until_known(line: HookedLine, request: Callable[[], object]) -> tuple[BankError | None, bool]:
    """The refusal that it came to, if any, and whether an earlier try may have done it."""
    was_unknown = False
    for _ in range(TRIES_MAX):
        line.faulty = True
        try:
            request()
        except Unavailable as error:
            was_unknown = was_unknown or isinstance(error, OutcomeUnknown)
            continue
        except BankError as refused:
            return refused, was_unknown
        finally:
            line.faulty = False
        return None, was_unknown
    raise AssertionError(f"not known after {TRIES_MAX} tries")


def test_whoever_signs_up_is_there_once_and_whole(line: HookedLine) -> None:
    for number in range(30):
        email = f"{number}-{uuid.uuid4().hex}@florin.example"
        registration = Registration(email, "a long enough password", {"first_name": "Ada", "last_name": "B"})
        told: list[User] = []
        refused, was_unknown = until_known(
            line,
            lambda: told.append(sign_up.register(caller(), registration, "127.0.0.1")),  # noqa: B023 — called in the same round
        )
        assert refused is None or (isinstance(refused, Conflict) and was_unknown)
        line.flush()
        guard = UniqueKey.find(*UniqueKey.email_key(bank_keys.email_hmac(email)))
        assert guard
        user = User.find(*User.key(guard.owner_id))
        assert user
        assert Customer.find(*Customer.key(user.customer_id))
        assert [one.id for one in told] in ([user.id], [])


def test_a_pin_is_what_was_said_last(line: HookedLine) -> None:
    account_id, current = new_account(), None
    for number in range(30):
        new = f"{1357 + 7 * number}"  # none is a run or a repetition
        refused, was_unknown = until_known(line, lambda: pins.put(caller(), account_id, new, current))  # noqa: B023 — called in the same round
        assert refused is None or (isinstance(refused, PinIncorrect | PinRequired | Conflict) and was_unknown), refused
        line.flush()
        pin = Pin.find(*Pin.key(account_id))
        assert pin
        assert verify_secret(pin.pin_hash, new)
        current = new
        if pin.failures:  # the repetition of a change that had been made guessed the old PIN
            assert was_unknown
            pins.prove(pin, new, caller())


def test_what_a_key_has_done_is_done_once(line: HookedLine) -> None:
    for number in range(30):
        idempotency_key = idempotency.derive_key("usr_test", f"{number}-{uuid.uuid4().hex}", "make", {})
        made: list[tuple[str, bool]] = []

        def make() -> None:
            name = uuid.uuid4().hex
            guard = UniqueKey.of_number(name, name).stamp(caller(), clock.now())
            made.append(once.commit_once(caller(), idempotency_key, name, [guard.put_if_absent()], "now"))  # noqa: B023 — called in the same round

        refused, was_unknown = until_known(line, make)
        line.flush()
        assert refused is None
        [(name, replayed)] = made
        assert was_unknown or not replayed
        assert getattr(IdempotencyRecord.by_transaction_id(idempotency_key.transaction_id), "resource_id", None) == name
        assert UniqueKey.find(*UniqueKey.number_key(name))


def new_account() -> str:
    account_id = ids.new_id("acc", clock.now())
    account = Account.of_customer(
        account_id, "cus_test", "now", account_type="current", currency="USD", ledger_version=1
    )
    transact.commit([account.stamp(caller(), clock.now()).put_if_absent()], "r")
    return account_id
