"""The signed-in user and its customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action as Change

from chalicelib import clock
from chalicelib.domain.errors import Conflict, NotFound, ValidationFailed
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.customer import Customer
from chalicelib.models.snapshot import batch_get
from chalicelib.models.user import User
from chalicelib.services import personal

NAMES = {"first_name", "last_name"}


@dataclass(frozen=True)
class Profile:
    """`customer` is None for staff and auditors, whose names the user has. Beside each stands what is known of it."""

    user: User
    signed_in: personal.Fields = field(repr=False)
    customer: Customer | None = None
    person: personal.Fields = field(default_factory=dict, repr=False)


def of(caller: Caller) -> Profile:
    """One call, and one for their key where it is not at hand."""
    keys = [User.key(caller.user_id), *([Customer.key(caller.customer_id)] if caller.customer_id else [])]
    user, customer = None, None
    for item in batch_get(keys):
        if isinstance(item, User):
            user = item
        elif isinstance(item, Customer):
            customer = item
    if user is None:
        raise NotFound("There is no such user.")
    if customer is None:
        return Profile(user, personal.revealed(user))
    signed_in, person = personal.reveal([user, customer])
    return Profile(user, signed_in, customer, person)


def edit(caller: Caller, fields: Mapping[str, str | None]) -> Profile:
    """Change what is given, by field; None takes away what need not be known."""
    profile = of(caller)
    edited: User | Customer = profile.customer or profile.user
    known = profile.person if profile.customer else profile.signed_in
    foreign = sorted(set(fields) - NAMES) if isinstance(edited, User) else []
    if foreign:
        raise ValidationFailed.of(foreign[0], "is known of customers only")
    changed = {name: value for name, value in fields.items() if known[name] != value}
    if changed:
        kind, now = type(edited), clock.now()
        sealed = personal.seal(edited.whose, (edited.pk, edited.sk), changed)
        changes = [_change(getattr(kind, name), value) for name, value in sealed.items()]
        standing = Customer.status == "active" if isinstance(edited, Customer) else kind.pk.exists()
        try:
            transact.commit([edited.update_if(standing, changes, caller, now)], caller.request_id)
        except transact.Cancelled:
            raise Conflict(personal.ERASED) from None
        known.update(changed)
    return profile


def _change(field: UnicodeAttribute, value: str | None) -> Change:
    return field.remove() if value is None else field.set(value)
