"""Registration: a user, its customer and its address come into being together, or not at all."""

from dataclasses import dataclass, field, replace

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.crypto import bank_keys, personal_fields
from chalicelib.services.customers import customers
from chalicelib.services.customers.customers import NewCustomer
from chalicelib.services.identity import email_verification, login_attempts, new_passwords
from chalicelib.services.identity.email_change import EMAIL_TAKEN


@dataclass(frozen=True)
class Registration:
    """`person` has the names and what else is known of the customer, `address` its address; both by field."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    person: dict[str, str | None] = field(repr=False)
    address: dict[str, str | None] | None = field(default=None, repr=False)


def register(caller: Caller, registration: Registration, source_ip: str) -> User:
    """Create a user with its customer.

    Raises Conflict if the address is known. That counts as a failure of the network, which must pause after too many:
    nobody is to learn from here who has an account. Raises TooManyAttempts then, whether or not the address is known,
    and ValidationFailed for a password that is tried first. The user is encrypted under the customer's key, which is
    created here.
    """
    source_hmac = bank_keys.source_hmac(source_ip)
    login_attempts.require_source(source_hmac, clock.now())
    own_words = [registration.email, registration.person.get("first_name"), registration.person.get("last_name")]
    password_hash = new_passwords.hash_new("password", registration.password, own_words)
    now, email_hmac = clock.now(), bank_keys.email_hmac(registration.email)
    user_id, customer_id, at = ids.new_id("usr", now), ids.new_id("cus", now), timestamp(now)
    acting = replace(caller, user_id=user_id, customer_id=customer_id)
    new = NewCustomer({**registration.person, "email": registration.email}, registration.address, user_id)
    made = customers.create_items(customer_id, new, acting, at)
    sealed = personal_fields.encrypt(customer_id, User.key(user_id), {"email": registration.email})
    user = User.new(user_id, email_hmac, password_hash, "customer", customer_id=customer_id, **sealed)
    guard = UniqueKey.take_email(email_hmac, user_id, customer_id, acting, at)
    address = Extra(guard, Conflict(EMAIL_TAKEN))
    try:
        transact.commit([address, user.stamp(acting, at).put_if_absent(), *made], caller.request_id)
    except Conflict:
        login_attempts.count_source(source_hmac, caller, now)
        raise
    email_verification.tell_new_user(user.id, caller)
    return user
