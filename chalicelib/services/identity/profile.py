"""The signed-in user and its customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib import aws, clock
from chalicelib.domain.errors import NotFound, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.services.crypto import personal_fields
from chalicelib.services.customers import customers
from chalicelib.services.customers.people import Revealed

NAMES = {"first_name", "last_name"}


@dataclass(frozen=True)
class Profile:
    """`customer` is None for staff and auditors, whose names the user has; `signed_in` is what is known of the user."""

    user: User
    signed_in: personal_fields.Fields = field(repr=False)
    customer: Revealed[Customer] | None = None

    @property
    def version(self) -> int:
        """Return the version of what an edit of the profile changes: the customer, or for staff the user."""
        return int(self.customer.item.version if self.customer else self.user.version)


def of(caller: Caller) -> Profile:
    """Read the caller's profile, in one call, and one for its data key if that is not cached."""
    keys = [User.key(caller.user_id), *([Customer.key(caller.customer_id)] if caller.customer_id else [])]
    user, found = None, []
    for item in batch_get(keys):
        if isinstance(item, User):
            user = item
        elif isinstance(item, Customer):
            found.append(item)
    if user is None:
        raise NotFound("There is no such user.")
    signed_in, *known = personal_fields.reveal([user, *found])
    return Profile(user, signed_in, next(map(Revealed, found, known), None))


def edit(caller: Caller, fields: Mapping[str, str | None], matching: IfMatch = ANY_VERSION) -> Profile:
    """Change the given fields; None removes an optional value. For a customer this edits the customer.

    Raises Conflict when `matching` (If-Match) is outdated.
    """
    if caller.customer_id:
        customers.edit(caller, caller.customer_id, dict(fields), matching)
    else:
        _edit_staff(caller, fields, matching)
    with aws.unknown_outcome_on_error():
        return of(caller)


@transact.until_committed
def _edit_staff(caller: Caller, fields: Mapping[str, str | None], matching: IfMatch) -> None:
    profile = of(caller)
    matching.require(profile.version)
    foreign = sorted(set(fields) - NAMES)
    if foreign:
        raise ValidationFailed.of(foreign[0], "is known of customers only")
    user = profile.user
    changed = {name: value for name, value in fields.items() if profile.signed_in[name] != value}
    if changed:
        sealed = personal_fields.encrypt(user.whose, user.own_key, changed)
        transact.commit([user.set_as_read(sealed, caller, clock.now())], caller.request_id)
