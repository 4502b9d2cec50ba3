"""Registration: a user, its customer and its address come into being together, or not at all."""

from dataclasses import dataclass, field, replace

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.customer import Address, Customer
from chalicelib.models.guard import Guard
from chalicelib.models.item import BankItem
from chalicelib.models.user import User
from chalicelib.services import data_keys, keys, passwords, personal

EMAIL_TAKEN = "This e-mail address is registered already. Log in, or use another one."


@dataclass(frozen=True)
class Registration:
    """`person` has the names and what else is known of the customer, `address` its address; both by field."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    person: dict[str, str | None] = field(repr=False)
    address: dict[str, str | None] | None = field(default=None, repr=False)


def register(caller: Caller, registration: Registration) -> User:
    """Raises Conflict when the address is known. The user is sealed under the customer's key, which is made here."""
    now, email_hmac = clock.now(), keys.email_hmac(registration.email)
    user_id, customer_id, at = ids.new_id("usr", now), ids.new_id("cus", now), timestamp(now)
    acting = replace(caller, user_id=user_id, customer_id=customer_id)
    data_key = data_keys.new(customer_id, acting, at)
    sealed = personal.seal(customer_id, User.key(user_id), {"email": registration.email})
    password_hash = passwords.hash_secret(registration.password)
    user = User.new(user_id, email_hmac, password_hash, "customer", customer_id=customer_id, **sealed)
    person = personal.seal(customer_id, Customer.key(customer_id), registration.person)
    customer = Customer.new(customer_id, at, user_id=user_id, **person)
    guard = Guard.take_email(email_hmac, user_id, customer_id, acting, at)
    items: list[BankItem] = [user, customer]
    if registration.address:
        items.append(_address(customer_id, ids.new_id("adr", now), registration.address))
    actions = [item.written(acting, at).put_if_absent() for item in items]
    try:
        transact.commit([guard, *actions, data_key], caller.request_id)
    except transact.Cancelled as cancelled:
        if cancelled.reasons[0].is_condition:
            raise Conflict(EMAIL_TAKEN) from None
        raise
    return user


def _address(customer_id: str, address_id: str, lines: dict[str, str | None]) -> Address:
    sealed = personal.seal(customer_id, Address.key(customer_id, address_id), lines)
    return Address.new(customer_id, address_id, **sealed)
