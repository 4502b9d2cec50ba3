"""Asks again, before payments go out, whether they may: their makers' rights, their accounts, what the ledger holds.

Those that may not are given up, and their money is free. For the others, the write that marks them as going out has a
condition for each account and maker: a freeze in between makes all be asked anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain.clearing import reasons, states
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.observability import count, logger
from chalicelib.services import payment_rights


@dataclass(frozen=True)
class Entitlement:
    """Accounts and makers of payments, as they were when it was asked whether the payments may go out."""

    accounts: dict[str, Account]
    makers: dict[str, str]
    """The user who made a payment, by the payment's id."""

    def holder_ids(self, payment: ClearingPayment) -> list[str] | None:
        """Return the joint holders of the paying account."""
        return self.accounts[payment.account_id].holder_ids()

    def subjects(self, payment: ClearingPayment) -> set[str]:
        """Return the account and the user that a payment's right rests on: a condition each."""
        return {payment.account_id, self.makers[payment.id]}

    def conditions(self, payments: Sequence[ClearingPayment]) -> list[Action]:
        """Return the conditions that accounts are not frozen meanwhile, and makers may still pay."""
        accounts = dict.fromkeys(one.account_id for one in payments)
        makers = dict.fromkeys(self.makers[one.id] for one in payments)
        return [
            *(self.accounts[name].still_pays() for name in accounts),
            *(User.still_may(name, "money.move") for name in makers),
        ]


def ask(caller: Caller, queued: Sequence[ClearingPayment]) -> tuple[list[ClearingPayment], Entitlement]:
    """Return the payments that may go out, and what that rests on. Give the others up."""
    accounts = get_all(Account, (Account.key(one.account_id) for one in queued))
    transactions = get_all(Transaction, (Transaction.key(one.id) for one in queued))
    asked = Entitlement({one.id: one for one in accounts}, {one.id: str(one.initiated_by) for one in transactions})
    ended = {*payment_rights.without_right(transactions), *_find_changed(queued, transactions)}
    frozen = {one.id for one in accounts if one.status == "frozen"}
    entitled = []
    for payment in queued:
        if payment.id in ended:
            _give_up(caller, payment, reasons.RIGHT_ENDED)
        elif payment.account_id in frozen:
            _give_up(caller, payment, reasons.ACCOUNT_BLOCKED)
        else:
            entitled.append(payment)
    return entitled, asked


def _find_changed(queued: Sequence[ClearingPayment], transactions: Sequence[Transaction]) -> Iterator[str]:
    """Yield the ids of payments that are not what the ledger holds money for: somebody has changed the stored item."""
    held = {one.id: (one.amount, one.currency, one.from_account_id) for one in transactions if one.is_at_clearing}
    for payment in queued:
        if held.get(payment.id) != (payment.amount, payment.currency, payment.account_id):
            count("ClearingContradictions")
            logger.error("a payment is not what the ledger holds", transaction_id=payment.id)
            yield payment.id


def _give_up(caller: Caller, payment: ClearingPayment, code: str) -> None:
    step = states.step(payment.status, "cancellation")
    ended = payment.step_to(step.state, "given_up", caller, timestamp(clock.now()), reason_code=code)
    try:
        extras = (Extra(ended, Conflict("It was cancelled at the same time.")),)
        ledger.void(payment.id, caller, reasons.detail_of(code), extras, is_at_clearing=True)
    except Conflict:
        logger.info("ended otherwise meanwhile", transaction_id=payment.id)
