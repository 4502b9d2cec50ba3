"""Makes the payments of a file, each once and on its day, as many as an invocation has time for.

Each payment has a slot of its own in the ledger, and is made as the person who handed the file in, with the rights of
this moment: whoever dies in between leaves nothing undone, and the next one goes on from the last progress stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache
from typing import cast

from chalicelib import clock, config
from chalicelib.domain import money, permissions
from chalicelib.domain.clearing.file_payment import FilePayment
from chalicelib.domain.clearing.sepa_text import NOT_PROVIDED
from chalicelib.domain.errors import BankError, Conflict, Forbidden, Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment_file import FilePaymentRefusal, PaymentFile
from chalicelib.models.identity.user import User
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.group import Result
from chalicelib.models.ledger.transaction import IdempotencyRecord
from chalicelib.models.transact import Extra
from chalicelib.observability import logger
from chalicelib.services import payment_rights
from chalicelib.services.clearing import file_batches, file_content
from chalicelib.services.clearing.file_content import FileEntry, slot_of
from chalicelib.services.payments import account_numbers, batches, iban_payments
from chalicelib.services.payments.batches import Asked
from chalicelib.services.payments.iban_payments import IbanPayment
from chalicelib.services.payments.labels import Annotations

AT_ONCE = 25
"""Payments between two writes of the progress: so many are looked at again after a crash."""
RETRY_AFTER = timedelta(minutes=15)
REFUSED_MEANWHILE = "The payment was refused at the same time."


def work(file_id: str, has_time: Callable[[], bool]) -> str:
    """Make the payments that are due: `done`, or `more` if there are others. Raises Unavailable: work on it again."""
    file = PaymentFile.by_id(file_id)
    if file is None or file.status not in ("received", "processing"):
        return "done"
    entries = file_content.read_entries(file)
    if entries is None:
        _advance(file, status="completed", done=file.payments, refused=file.payments - file.accepted)
        return "done"
    ordered = sorted(entries, key=lambda one: (one.day, one.number))
    while due := _due(ordered[file.done : file.done + AT_ONCE]):
        accepted = sum(_make_all(file, due))
        counted = {"accepted": file.accepted + accepted, "refused": file.refused + len(due) - accepted}
        _advance(file, status="processing", done=file.done + len(due), **counted)
        if not has_time():
            return "more"
    if file.done < len(ordered):
        day = datetime.combine(ordered[file.done].day, time(), config.timezone())
        _advance(file, status="scheduled", due_at=timestamp(day))
    else:
        _advance(file, status="completed", due_at=None)
    logger.info("payment file worked on", status=file.status, accepted=file.accepted, refused=file.refused)
    return "done"


def postpone(file_id: str) -> None:
    """Have a file that could not be worked on begun again a while later: nothing of it is given up."""
    file = PaymentFile.by_id(file_id)
    if file and file.status in ("received", "processing"):
        _advance(file, status="scheduled", due_at=timestamp(clock.now() + RETRY_AFTER))


def begin_due(caller: Caller) -> int:
    """Begin with the files whose next payments are due, and return how many. Their items start the job."""
    begun = 0
    for page in PaymentFile.walk_due(timestamp(clock.now())):
        for file in (one for one in page if one.status == "scheduled"):
            at = timestamp(clock.now())
            again = file.advance({"status": "received", "due_at": None, "run": file.run + 1}, caller, at)
            try:
                transact.commit([again], caller.request_id)
            except transact.Cancelled:  # somebody else has begun
                continue
            begun += 1
    return begun


def _due(entries: Sequence[FileEntry]) -> list[FileEntry]:
    today = clock.now().astimezone(config.timezone()).date()
    return [one for one in entries if one.day <= today]


def _make_all(file: PaymentFile, entries: Sequence[FileEntry]) -> list[bool]:
    """Make payments, as many in one write as it takes, and return of each whether it was accepted.

    A refusal that the ledger did not record is stored. Raises Unavailable.
    """
    keys = [FilePaymentRefusal.key(file.id, one.number) for one in entries]
    refused = {one.number for one in get_all(FilePaymentRefusal, keys)}
    left = [one for one in entries if one.number not in refused and isinstance(one.payment, FilePayment)]
    file_batches.keep(file, [one for one in entries if one.is_first_of_batch], _caller(file))
    results = batches.post_all(_requests(file, left)) if left else []
    accepted = {one.number: _accept(file, one, result) for one, result in zip(left, results, strict=True)}
    return [accepted.get(one.number, False) for one in entries]


def _accept(file: PaymentFile, entry: FileEntry, result: Result) -> bool:
    """Return whether a payment was accepted; store a refusal that the ledger did not record. Raises Unavailable."""
    if isinstance(result, Unavailable):
        raise result
    return _refuse(file, entry, result.code) if isinstance(result, BankError) else _is_accepted(result)


def _requests(file: PaymentFile, entries: Sequence[FileEntry]) -> list[Asked]:
    """Return the transfers of payments, as of the person who handed the file in, or why one is none."""
    try:
        maker = payment_rights.maker_now(file.made_by, _caller(file).request_id)
    except Forbidden as error:
        return [error for _ in entries]
    account_with_iban = cache(account_numbers.find_by_iban)
    return [_request(file, one, maker, account_with_iban) for one in entries]


def _request(file: PaymentFile, entry: FileEntry, maker: Caller, account_with_iban: Callable[[str], str]) -> Asked:
    payment = cast(FilePayment, entry.payment)
    try:
        asked = IbanPayment(
            from_account_id=account_with_iban(entry.group.debtor_iban),
            to_iban=payment.creditor_iban,
            to_name=payment.creditor_name,
            remittance=payment.remittance,
            amount=money.text(payment.amount, payment.currency),
            currency=payment.currency,
            rail=entry.rail,
            verification_id=None,
            accept_mismatch=False,
            annotations=Annotations(),
            caller=maker,
            idempotency_key=slot_of(file.id, entry.number),
            payer_reference=None if payment.end_to_end_id == NOT_PROVIDED else payment.end_to_end_id,
            batch_id=entry.batch_id(file),
        )
        guards = (
            Extra(FilePaymentRefusal.is_absent(file.id, entry.number), Conflict(REFUSED_MEANWHILE)),
            Extra(User.still_may(maker.user_id, "money.move"), Forbidden(payment_rights.ENDED)),
        )
        return replace(iban_payments.to_transfer(asked), guards=guards)
    except BankError as error:
        return error


def _refuse(file: PaymentFile, entry: FileEntry, code: str) -> bool:
    """Store a refusal, unless the payment was made at the same time. Return whether it was made."""
    caller, slot = _caller(file), slot_of(file.id, entry.number)
    refusal = FilePaymentRefusal.new(file.id, entry.number, code).stamp(caller, clock.now())
    try:
        is_free = IdempotencyRecord.is_absent(slot.transaction_id)
        transact.commit([is_free, refusal.put_if_absent()], caller.request_id)
    except transact.Cancelled:
        found = ledger.find_outcome(slot, caller)
        return found is not None and _is_accepted(found)
    return False


def _is_accepted(outcome: Outcome) -> bool:
    return outcome.transaction.status != "failed"


def _advance(file: PaymentFile, **values: object) -> None:
    """Store how far it is. Raises transact.Cancelled when somebody else has gone on from there."""
    caller = _caller(file)
    transact.commit([file.advance(values, caller, timestamp(clock.now()))], caller.request_id)
    file.version += 1


def _caller(file: PaymentFile) -> Caller:
    return permissions.system(f"{file.id}-{file.run}-{file.version}")
