"""Files of payments: handed in once, checked as a whole, and left to the job that makes their payments.

A file that is no pain.001, or cannot be told from others, is a wrong request, and nothing of it is kept. Any other is
stored, also one that is refused whole: its status report says why.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib import aws, clock, config
from chalicelib.domain import errors, ids
from chalicelib.domain.clearing import pain001
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.clearing.pain001 import Heading, PaymentGroup
from chalicelib.domain.clearing.safe_xml import XmlRefused
from chalicelib.domain.errors import Conflict, DuplicateFile, IdempotencyKeyReused, Unauthorized, ValidationFailed
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.clearing import file_bucket
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.models.identity.session import Session
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import idempotency
from chalicelib.services.accounts import pins
from chalicelib.services.clearing import file_content
from chalicelib.services.crypto import bank_keys
from chalicelib.services.customers import customers, people
from chalicelib.services.customers.people import Revealed
from chalicelib.services.identity import verified_email
from chalicelib.services.payments import account_numbers

ACCOUNTS_MAX = 50
"""Accounts that one file pays from: each has a guard in the write that stores the file."""
SESSION_ENDED = "Your session has ended. Nothing was kept; log in and hand the file in again."
UNKNOWN_ACCOUNT = "is of no account from which you may pay"


@dataclass(frozen=True)
class _Checked:
    """What is stored of a file: the accounts that pay, in the order of the file, and the other fields."""

    account_ids: tuple[str, ...]
    fields: dict[str, Any]
    detail: str | None = None


def hand_in(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    document: str,
    pin: str | None,
    *,
    also_under: IdempotencyKey | None = None,
) -> tuple[Revealed[PaymentFile], bool]:
    """Store a file, and return whether an earlier request under the same key had done it. Its item starts the job.

    It is recorded under another key, too, if there is one (`also_under`).

    Raises ValidationFailed for what is no pain.001, DuplicateFile for a message id that the initiating party has used,
    Forbidden for a customer without a verified e-mail address, Unauthorized for a session that ends meanwhile, and what
    `pins.prove` raises: the PIN is that of each paying account that has one.
    """
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return get(caller, earlier), True
    verified_email.require_verified(caller)
    root, heading = _read(document)
    checked = _check(caller, root)
    for account_id in checked.account_ids:
        pins.prove(Pin.find(*Pin.key(account_id)), pin, caller)
    now = clock.now()
    customer_id, file_id = str(caller.customer_id), ids.new_id("pfl", now)
    made = PaymentFile.new(file_id, caller, customer_id, account_ids=list(checked.account_ids), **checked.fields)
    told = {"message_id": heading.message_id, "initiating_party": heading.initiating_party, "detail": checked.detail}
    people.encrypt(made, told).stamp(caller, now)
    file_content.keep(made, document)
    try:
        also = idempotency.record_key(caller, also_under, file_id)
        stored_id, replayed = _store(caller, idempotency_key, made, heading, also)
    except (DuplicateFile, Conflict, IdempotencyKeyReused, Unauthorized):
        file_bucket.destroy(customer_id, file_id)
        raise
    if not replayed:
        return Revealed(made, told), False
    file_bucket.destroy(customer_id, file_id)
    with aws.unknown_outcome_on_error():
        return get(caller, stored_id), True


def get(caller: Caller, file_id: str) -> Revealed[PaymentFile]:
    """Read a file of the caller's customer. Raises NotFound, also for any other."""
    found = PaymentFile.by_id(file_id) if ids.is_id("pfl", file_id) else None
    if found is None or found.customer_id != caller.customer_id:
        raise errors.unknown("payment file", file_id)
    return people.decrypt_all([found])[0]


def page(caller: Caller, paging: Paging) -> Page[Revealed[PaymentFile]]:
    """List the files of the caller's customer, the last handed in first."""
    found = PaymentFile.page_of_customer(str(caller.customer_id), paging)
    return Page(people.decrypt_all(found.items), found.next_cursor)


def _read(document: str) -> tuple[Node, Heading]:
    """Return the document's root and what it says of itself. Raises ValidationFailed."""
    try:
        root = pain001.read_root(document.encode())
        return root, pain001.parse_heading(root)
    except Invalid as error:
        raise ValidationFailed.of(error.path, error.detail) from None
    except XmlRefused as error:
        raise ValidationFailed.of("body", str(error)) from None


def _check(caller: Caller, root: Node) -> _Checked:
    """Return what is stored of the file: the reason too, where it is refused whole."""
    try:
        file = pain001.parse_payments(root)
        _require_near_days(file.groups)
        accounts = _paying_accounts(caller, file.groups)
    except Invalid as error:
        fields = {"status": "rejected", "code": error.code, "path": error.path, "sums": {}}
        return _Checked((), fields, error.detail)
    sums = Counter[str]()
    for payment in (one for group in file.groups for one in group.payments):
        sums[payment.currency] += payment.amount
    count = sum(len(group.listed) for group in file.groups)
    return _Checked(accounts, {"status": "received", "payments": count, "sums": dict(sums), "booking": file.booking})


def _require_near_days(groups: tuple[PaymentGroup, ...]) -> None:
    """Raise Invalid for payments further ahead than the date of any payment may be."""
    most = config.payment_days_ahead()
    last = clock.now().astimezone(config.timezone()).date() + timedelta(days=most)
    for group in groups:
        if group.execution_date > last:
            raise Invalid("DT01", f"{group.path}/ReqdExctnDt", f"is more than {most} days ahead")


def _paying_accounts(caller: Caller, groups: tuple[PaymentGroup, ...]) -> tuple[str, ...]:
    """Return the accounts that pay. Raises Invalid, in the same words, for one that is unknown and one of others."""
    found = dict[str, str]()
    for group in groups:
        if group.debtor_iban not in found and len(found) == ACCOUNTS_MAX:
            raise Invalid("FF01", f"{group.path}/DbtrAcct", f"is one account more than {ACCOUNTS_MAX}")
        try:
            account_id = found.get(group.debtor_iban) or account_numbers.find_by_iban(group.debtor_iban)
            account = None if group.debtor_iban in found else Account.by_id(account_id)
            if account:
                account.access().require(caller, "pay")
        except (errors.NotFound, errors.Forbidden, ValidationFailed):
            raise Invalid("AC01", f"{group.path}/DbtrAcct/Id/IBAN", UNKNOWN_ACCOUNT) from None
        found[group.debtor_iban] = account_id
    return tuple(dict.fromkeys(found.values()))


def _store(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    made: PaymentFile,
    heading: Heading,
    also: tuple[Extra, ...],
) -> tuple[str, bool]:
    """Store a file with its guards: it is handed in once by a customer, and once for each account that pays."""
    file_hmac = bank_keys.payment_file_hmac(heading.initiating_party, heading.message_id)
    at, whose = str(made.created_at), (made.customer_id, *made.account_ids)
    guards = [UniqueKey.of_payment_file(one, file_hmac, made.id).stamp(caller, at).put_if_absent() for one in whose]
    duplicate = DuplicateFile(
        "The initiating party has used this message id before. Nothing was done. If it is another file, give it a "
        "message id of its own."
    )
    actions: list[Action | Extra] = [customers.unless_erased(made.customer_id), made.put_if_absent(), *also]
    actions += [Extra(guard, duplicate) for guard in guards]
    if caller.session_id:  # reading a large file takes seconds
        actions.append(Extra(Session.still_runs(caller.user_id, caller.session_id), Unauthorized(SESSION_ENDED)))
    return idempotency.commit_once(caller, idempotency_key, made.id, actions, timestamp(clock.now()))
