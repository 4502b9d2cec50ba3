"""Payees of orders: accounts of this bank, and accounts at other banks, which are paid over the clearing.

Who is paid at another bank is sealed in the order, under the key of the paying account's owner.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.orders.order import Order
from chalicelib.models.transact import Extra
from chalicelib.services.crypto import personal_fields
from chalicelib.services.orders import beneficiaries
from chalicelib.services.orders.terms import Terms
from chalicelib.services.payments import account_numbers, outgoing, verified_payees
from chalicelib.services.payments.outgoing import Payee

TEXTS = ("to_iban", "to_name", "remittance")


@dataclass(frozen=True)
class Verified:
    """A verification that the caller names for a payee, and whether it pays although the name does not fit."""

    verification_id: str | None = None
    accept_mismatch: bool = False


UNVERIFIED = Verified()


@dataclass(frozen=True)
class OrderPayee:
    """The payee of an order as a client names it: an account of this bank, or an IBAN and a name at another one.

    `verification` is of a saved payee, who was verified when it was saved. Never log it.
    """

    account_id: str | None = None
    beneficiary_id: str | None = None
    iban: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    remittance: str | None = field(default=None, repr=False)
    verification: Result | None = None
    verified: Verified = UNVERIFIED

    def terms(self) -> dict[str, Any]:
        """Return the terms that name it, but for what is sealed."""
        return {"to_account_id": self.account_id, "beneficiary_id": self.beneficiary_id}


def find(
    caller: Caller,
    named: Mapping[str, Any],
    name: str | None = None,
    remittance: str | None = None,
    verified: Verified = UNVERIFIED,
) -> OrderPayee:
    """Return the payee that a request names, in one of four ways. A payee of this bank reads the memo.

    Raises NotFound, ValidationFailed, and PayeeMismatch for a saved payee whose name does not fit.
    """
    saved_id, given = named.get("beneficiary_id"), named.get("to_iban")
    asked = OrderPayee(beneficiary_id=saved_id, name=name, remittance=remittance, verified=verified)
    if saved_id is not None:
        saved = beneficiaries.find_payee(caller, saved_id, accept_mismatch=verified.accept_mismatch)
        if isinstance(saved, str):
            return replace(asked, account_id=saved)
        return replace(asked, iban=saved.iban, name=saved.name, verification=saved.verification)
    elsewhere = None if given is None else account_numbers.parse_iban_elsewhere(given)
    if elsewhere is None:
        of_this_bank = None if given is None else account_numbers.parse_iban(given)
        return replace(asked, account_id=beneficiaries.payee_account_id(caller, **named), iban=of_this_bank)
    outgoing.require_clearing()
    if name is None:
        raise ValidationFailed.of("to_name", "is required for an IBAN of another bank")
    return replace(asked, iban=elsewhere)


def accept(
    caller: Caller, payee: OrderPayee, terms: Terms, order_id: str, owner_id: str, before: Order | None = None
) -> tuple[Terms, tuple[Extra, ...]]:
    """Return terms that pay the payee, sealed for the order, and what uses its verification up with them.

    The texts that an order had `before` stay as they are. Raises VerificationExpired, PayeeMismatch.
    """
    verification, used_up = payee.verification, tuple[Extra, ...]()
    asked = payee.verified
    if asked.verification_id is not None:
        verification = verified_payees.require_good(
            caller, asked.verification_id, str(payee.iban), str(payee.name), accept_mismatch=asked.accept_mismatch
        )
        used_up = (verified_payees.use_up(caller, asked.verification_id),)
    texts = _seal(payee, order_id, owner_id, before)
    is_same = before is not None and all(texts[name] == getattr(before, name) for name in TEXTS)
    named_at = before.payee_named_at if before and is_same else timestamp(clock.now()) if texts["to_iban"] else None
    return replace(
        terms,
        **payee.terms(),
        **texts,
        verification=verification,
        has_accepted_mismatch=True if verification == "no_match" else None,
        payee_named_at=named_at,
    ), used_up


def reveal(order: Order) -> Payee:
    """Return who an order pays at another bank, for its payment. Raises NotFound where that was erased."""
    [texts] = personal_fields.reveal([order], is_shown=False)
    if not texts["to_iban"] or not texts["to_name"]:
        raise errors.unknown("payee of the order", order.id)
    return Payee(
        iban=texts["to_iban"],
        name=texts["to_name"],
        remittance=texts["remittance"],
        rail="standard",
        verification=order.verification,
    )


def _seal(payee: OrderPayee, order_id: str, owner_id: str, before: Order | None) -> dict[str, Any]:
    if payee.account_id is not None:
        return dict.fromkeys(TEXTS)
    texts = {"to_iban": payee.iban, "to_name": payee.name, "remittance": payee.remittance}
    had = personal_fields.reveal([before], is_shown=False)[0] if before else {}
    changed = {name: text for name, text in texts.items() if text is None or text != had.get(name)}
    kept = {name: getattr(before, name) for name in texts if name not in changed}
    return {**kept, **personal_fields.encrypt(owner_id, Order.key(order_id), changed)}
