"""Keeps the identity of erased customers as long as money-laundering law requires, where the bank cannot read it.

An erasure seals it; `make open-retained` opens it for a legal purpose, and leaves an audit record first.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chalicelib import clock, config
from chalicelib.domain import ids
from chalicelib.domain.errors import NotFound
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.customers.customer import Address, Customer
from chalicelib.models.customers.retained_identity import RetainedIdentity, RetainedOpening
from chalicelib.models.item import Action
from chalicelib.services.crypto import personal_fields, retention_key
from chalicelib.services.crypto.retention_key import Envelope

IDENTITY = ("first_name", "middle_name", "last_name", "date_of_birth", "national_id")
"""The personal fields of a customer that are kept. Phones and e-mail addresses are not."""
KYC = ("kyc_status", "kyc_reason", "kyc_reviewed_by", "kyc_reviewed_at", "kyc_expires_on")
NOTHING_KEPT = "Nothing is retained of this customer: it is not erased, never had an account, or its time is over."


def seal_identity(customer: Customer, caller: Caller, at: str) -> list[Action]:
    """Return the action that keeps a customer's identity; it commits with the beginning of the erasure.

    Returns nothing when the bank's settings keep nothing. Raises Unavailable when KMS does not respond.
    """
    years = config.retention_years()
    if not years:
        return []
    last_day = years_later(clock.now().date(), years)
    text = json.dumps(_identity(customer), ensure_ascii=False)
    envelope = retention_key.seal(customer.id, last_day.isoformat(), text)
    item = RetainedIdentity(
        *RetainedIdentity.key(customer.id),
        customer_id=customer.id,
        retained_until=last_day.isoformat(),
        wrapped_key=envelope.wrapped_key,
        ciphertext=envelope.ciphertext,
        expires_at=int(_end_of(last_day).timestamp()),
    )
    return [item.stamp(caller, at).put_if_absent()]


def open_identity(caller: Caller, customer_id: str, opened_by: str, reason: str) -> dict[str, Any]:
    """Open the retained identity of an erased customer, as an operator.

    Who opened it, of whom, and why is recorded first: what cannot be recorded is not opened. Raises NotFound.
    """
    retained = RetainedIdentity.of_customer(customer_id) if ids.is_id("cus", customer_id) else None
    if retained is None or clock.now() >= _end_of(retained.last_day):
        raise NotFound(NOTHING_KEPT)
    opening = RetainedOpening.new(customer_id, opened_by, reason, caller, timestamp(clock.now()))
    transact.commit([opening.put_if_absent()], caller.request_id)
    envelope = Envelope(retained.wrapped_key, retained.ciphertext)
    identity: dict[str, Any] = json.loads(retention_key.unseal(customer_id, retained.retained_until, envelope))
    return identity


def _identity(customer: Customer) -> dict[str, Any]:
    addresses = get_all(Address, [Address.key(customer.id, one) for one in customer.address_ids])
    person, *places = personal_fields.reveal([customer, *addresses], is_shown=False)
    return {
        "customer_id": customer.id,
        "customer_since": customer.created_at,
        **{name: person[name] for name in IDENTITY},
        **{name: getattr(customer, name) for name in KYC},
        "addresses": [
            place | {"is_primary": address.id == customer.primary_address_id}
            for address, place in zip(addresses, places, strict=True)
        ],
    }


def years_later(day: date, years: int) -> date:
    """Return the same day so many years later; the first of March for a 29 February that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
