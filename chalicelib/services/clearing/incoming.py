"""Payments from other banks: credited first, and accepted then. What cannot be credited is rejected with a reason."""

from chalicelib import clock, config
from chalicelib.domain.accounts.account_number import is_account_number
from chalicelib.domain.clearing import pacs002, pacs008, reasons
from chalicelib.domain.clearing.credit_transfer import CreditTransfer
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs002 import PaymentStatus, StatusReport
from chalicelib.domain.clearing.settlement_date import is_too_late
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.clearing import adapter
from chalicelib.services.customers import people
from chalicelib.services.payments import category_rules

ANSWER_ID_CHARACTERS = 30


def receive_payments(caller: Caller, raw: bytes) -> None:
    """Credit the payments of a pacs.008, and answer each. The same message gets the same answers again."""
    batch = pacs008.parse(raw)
    statuses = [_credit(caller, batch.message_id, one) for one in batch.transfers]
    statuses += [PaymentStatus(one.original, "RJCT", Reason(one.code)) for one in batch.refused]
    answer_id = digest(["answer", batch.sender_bic, batch.message_id])[:ANSWER_ID_CHARACTERS]
    report = StatusReport(answer_id, (), tuple(statuses), config.bank_bic())
    adapter.send(pacs002.build(report, clock.now()))


def _credit(caller: Caller, message_id: str, transfer: CreditTransfer) -> PaymentStatus:
    original = OriginalPayment(
        message_id=message_id,
        message_name=pacs008.NAME,
        transaction_id=transfer.transaction_id,
        end_to_end_id=transfer.end_to_end_id,
        uetr=transfer.uetr,
    )
    code = _refusal_of(caller, message_id, transfer)
    confirmed = pacs002.CONFIRMED[transfer.rail]
    return PaymentStatus(original, "RJCT" if code else confirmed, Reason(code) if code else None)


def _refusal_of(caller: Caller, message_id: str, transfer: CreditTransfer) -> str | None:
    """Post the credit, or return the code of why not. A payment that was posted before is not refused now."""
    key = derive_key(caller.user_id, f"incoming {transfer.uetr}", "incoming_payment", [transfer.amount])
    posted, account = Transaction.by_id(key.transaction_id), _account_of(transfer.creditor.iban)
    if posted:
        return None if account and _is_same(posted, account, transfer) else "AM05"
    if is_too_late(transfer, clock.now()):
        return reasons.TIMED_OUT
    if account is None:
        return "AC01"
    if account.status == "closed":
        return "AC04"
    if account.currency != transfer.currency:
        return "AM03"
    return _post(caller, key, account, message_id, transfer)


def _is_same(posted: Transaction, account: Account, transfer: CreditTransfer) -> bool:
    """Return whether a transaction has credited just this transfer to just this account."""
    credited = (posted.to_account_id, posted.amount, posted.currency)
    return posted.status == "posted" and credited == (account.id, transfer.amount, transfer.currency)


def _account_of(iban: str) -> Account | None:
    number = config.bank_identifier().account_number_of(iban)
    guard = UniqueKey.find(*UniqueKey.number_key(number)) if number and is_account_number(number) else None
    return Account.by_id(str(guard.owner_id)) if guard else None


def _post(
    caller: Caller, key: IdempotencyKey, account: Account, message_id: str, transfer: CreditTransfer
) -> str | None:
    pays = general_ledger.clearing(transfer.rail, transfer.currency)
    legs = (Leg(pays, -transfer.amount), Leg(account.id, transfer.amount))
    movement = Movement(key.transaction_id, "incoming_payment", transfer.currency, legs)
    twice = Conflict("Another payment has this UETR.")
    at = timestamp(clock.now())
    guard = UniqueKey.of_uetr(transfer.uetr, key.transaction_id).stamp(caller, at)
    payment = _describe(key.transaction_id, account, message_id, transfer, at).stamp(caller, at)

    def decide(_: Snapshot) -> Movement:
        return movement

    request = PostingRequest(
        idempotency_key=key,
        caller=caller,
        accounts=(account.id,),
        movement=decide,
        uetr=transfer.uetr,
        extras=(Extra(guard.put_if_absent(), twice), Extra(payment.put_if_absent(), twice)),
    )
    try:
        outcome = ledger.post(request)
    except Conflict as error:
        if error is not twice:
            raise
        return "AM05"
    if outcome.transaction.status != "posted":
        return "AC04"
    category_rules.apply((outcome.transaction,), f"{transfer.debtor.name}: {transfer.remittance or ''}")
    return None


def _describe(
    transaction_id: str, account: Account, message_id: str, transfer: CreditTransfer, at: str
) -> IncomingPayment:
    """Return who has paid, and what for, encrypted under the payee's key: no memo has it in plaintext."""
    payment = IncomingPayment.new(
        transaction_id,
        str(account.customer_id),
        at,
        account_id=account.id,
        rail=transfer.rail,
        uetr=transfer.uetr,
        end_to_end_id=transfer.end_to_end_id,
        message_id=message_id,
        original_transaction_id=transfer.transaction_id,
        from_bic=transfer.debtor.bic,
        settlement_date=transfer.settlement_date.isoformat(),
    )
    told = {"from_name": transfer.debtor.name, "from_iban": transfer.debtor.iban, "remittance": transfer.remittance}
    return people.encrypt(payment, told)
