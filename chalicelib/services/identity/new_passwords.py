"""New passwords: hashed, unless they are among those that are tried first."""

from collections.abc import Iterable

from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.identity import guessable
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.services.crypto import passwords, personal_fields

OWN_FIELDS = ("email", "first_name", "last_name")


def hash_new(field: str, password: str, own_words: Iterable[str | None]) -> str:
    """Return the hash of a new password. Raises ValidationFailed of the request's field for one that is guessed."""
    weakness = guessable.weakness(password, [word for word in own_words if word])
    if weakness:
        raise ValidationFailed.of(field, weakness)
    return passwords.hash_secret(password)


def hash_of_user(field: str, password: str, user: User) -> str:
    """Return the hash of a user's new password, as `hash_new`; names and address are read for it."""
    customer = Customer.by_id(user.customer_id) if user.customer_id else None
    known = personal_fields.reveal([user, *([customer] if customer else [])])
    return hash_new(field, password, [fields.get(name) for fields in known for name in OWN_FIELDS])
