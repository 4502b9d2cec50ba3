"""Verifies payees: compares the name that a payer gives with the holders of an IBAN, before anything is paid."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from chalicelib import aws, clock, config
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import AccountClosed, TooManyAttempts, ValidationFailed
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.payments import iban, payee_name
from chalicelib.domain.payments.iban import InvalidIban
from chalicelib.domain.payments.payee_name import Comparison
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.customers.customer import Customer
from chalicelib.models.payments.payee_verification import WINDOW, PayeeVerification, VerificationCount
from chalicelib.services import idempotency
from chalicelib.services.crypto import bank_keys
from chalicelib.services.customers import people
from chalicelib.services.customers.people import Revealed
from chalicelib.services.payments import account_numbers, payee_question

ASKED_MAX = 20
"""Verifications of one user within WINDOW: each tells something of whose account it is."""


@dataclass(frozen=True)
class Verified:
    """A verification, and the right name if the given one is close to it."""

    item: PayeeVerification
    matched_name: str | None


def verify(caller: Caller, idempotency_key: IdempotencyKey | None, given_iban: str, name: str) -> tuple[Verified, bool]:
    """Compare a name with the holders of an IBAN, and return whether an earlier request under the same key did.

    Raises ValidationFailed for a mistyped IBAN, NotFound and AccountClosed for one of this bank, TooManyAttempts.
    """
    parsed = _parse(given_iban)
    return _verify(caller, idempotency_key, parsed, name, cache(partial(_compare, parsed, name)))


@transact.until_committed
def _verify(
    caller: Caller, idempotency_key: IdempotencyKey | None, parsed: str, name: str, compare: Callable[[], Comparison]
) -> tuple[Verified, bool]:
    """Verify, and store the result. The comparison is made once even if the storing is repeated: it may ask a bank."""
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return _read(caller, earlier, compare()), True
    now = clock.now()
    counted = VerificationCount.find(*VerificationCount.key(caller.user_id))
    asked_at = _count(counted, now)
    comparison = compare()
    verification_id = ids.new_id("pvf", now)
    mark = bank_keys.payee_hmac(parsed, name)
    made = PayeeVerification.new(caller.user_id, verification_id, mark, comparison.result, now).stamp(caller, now)
    actions = [made.put_if_absent(), VerificationCount.add(counted, asked_at, caller, now)]
    at = str(made.created_at)
    verification_id, replayed = idempotency.commit_once(caller, idempotency_key, verification_id, actions, at)
    if replayed:
        return _read(caller, verification_id, comparison), True
    return _with_name(made, comparison), False


def compare_with_holders(account_id: str, name: str) -> Comparison:
    """Compare a name with those of the account's owner and joint holders. Raises NotFound, AccountClosed."""
    account = Account.by_id(account_id)
    if account is None:
        raise errors.unknown("account", account_id)
    if account.status == "closed":
        raise AccountClosed("This account is closed and cannot be paid.")
    holders = [one for one in Customer.all_of(account.access().people()) if one.status == "active"]
    return payee_name.compare(name, map(_full_name, people.decrypt_all(holders)))


def _parse(given: str) -> str:
    try:
        return iban.parse(given)
    except InvalidIban as error:
        raise ValidationFailed.of("iban", str(error)) from None


def _compare(parsed_iban: str, name: str) -> Comparison:
    if config.bank_identifier().account_number_of(parsed_iban) is None:
        return payee_question.ask(parsed_iban, name)
    return compare_with_holders(account_numbers.find_by_iban(parsed_iban), name)


def _count(counted: VerificationCount | None, now: datetime) -> list[int]:
    """Return the times of the last hour with this one. Raises TooManyAttempts if that is one too many."""
    since = int((now - WINDOW).timestamp())
    recent: list[int] = sorted(one for one in counted.asked_at if one > since) if counted else []
    if len(recent) >= ASKED_MAX:
        raise TooManyAttempts(
            f"You can verify at most {ASKED_MAX} payees an hour. Retry later.",
            retry_after_seconds=max(1, recent[-ASKED_MAX] - since),
        )
    return [*recent, int(now.timestamp())]


def _read(caller: Caller, verification_id: str, comparison: Comparison) -> Verified:
    with aws.unknown_outcome_on_error():
        found = PayeeVerification.find(*PayeeVerification.key(caller.user_id, verification_id))
    if found is None:  # cleared: its time is over
        raise errors.unknown("verification", verification_id)
    return _with_name(found, comparison)


def _with_name(item: PayeeVerification, comparison: Comparison) -> Verified:
    is_close = item.result == comparison.result == "close_match"
    return Verified(item, comparison.name if is_close else None)


def _full_name(customer: Revealed[Customer]) -> str:
    names = (customer.personal[name] for name in ("first_name", "middle_name", "last_name"))
    return " ".join(filter(None, names))
