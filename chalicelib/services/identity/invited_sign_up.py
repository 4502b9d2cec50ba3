"""Accepts an invitation: the customer chooses a password, and gets a user.

The code of the mail shows the mailbox. Staff have entered its address, and others may read it, so the date of birth,
which the mail does not have, must fit as well.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass, field, replace

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import BankError, Conflict, ValidationFailed
from chalicelib.domain.identity import invitation as rules
from chalicelib.domain.identity import mailed_code
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import batch_get
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.invitation import Invitation
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.observability import logger
from chalicelib.services.crypto import bank_keys, personal_fields
from chalicelib.services.crypto.personal_fields import Fields
from chalicelib.services.identity import invitation_state, new_passwords
from chalicelib.services.identity.email_change import EMAIL_TAKEN

REFUSED = "is wrong, used, replaced by a newer one, withdrawn or older than seven days; ask the bank for another one"
WRONG_BIRTHDAY = f"is not the one that the bank knows; {rules.GUESSES_MAX} wrong ones end the invitation"


@dataclass(frozen=True)
class Acceptance:
    """The code of the mail, the date of birth as `YYYY-MM-DD`, and the password that the person has chosen."""

    code: str = field(repr=False)
    date_of_birth: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class _Invited:
    customer: Customer
    invitation: Invitation
    person: Fields = field(repr=False)


def accept(caller: Caller, given: Acceptance) -> User:
    """Create the user of an invited customer.

    A guess at the date of birth is counted before it is compared, so that a hundred at once get no more than five.
    Raises ValidationFailed of the code in the same words whatever is wrong with it. Only somebody who has both code and
    date of birth is told of the password (ValidationFailed), or that another user has the address (Conflict).
    """
    customer_id, secret = mailed_code.parts_of(given.code, "cus") or ("", "")
    invited = _read(customer_id, secret)
    now, invitation = clock.now(), invited.invitation
    transact.commit([Extra(invitation.count_guess(caller, now), _refusal())], caller.request_id)
    if not _is_birthday(given.date_of_birth, invited.person):
        raise ValidationFailed.of("date_of_birth", WRONG_BIRTHDAY)
    try:
        own_words = [invited.person[name] for name in new_passwords.OWN_FIELDS]
        user = _create(caller, customer_id, secret, new_passwords.hash_new("password", given.password, own_words))
    except BankError:
        with suppress(BankError, transact.Cancelled):
            transact.commit([invitation.take_guess_back(caller, now)], caller.request_id)
        raise
    logger.info("invitation accepted", principal_id=user.id)
    return user


def _read(customer_id: str, secret: str) -> _Invited:
    """Read the customer of a code. Raises ValidationFailed for a code that is not good.

    The code is void after an edit of the address or the date of birth: whoever made it could let somebody else in.
    """
    if not ids.is_id("cus", customer_id):
        raise _refusal()
    found = {type(item): item for item in batch_get([Customer.key(customer_id), Invitation.key(customer_id)])}
    customer, invitation = found.get(Customer), found.get(Invitation)
    if not isinstance(customer, Customer) or not isinstance(invitation, Invitation):
        raise _refusal()
    if not invitation.is_good(secret) or invitation_state.why_void(customer, invitation):
        raise _refusal()
    [person] = personal_fields.reveal([customer], is_shown=False)
    if not person["email"] or not person["date_of_birth"]:
        raise _refusal()
    return _Invited(customer, invitation, person)


def _is_birthday(guess: str, person: Fields) -> bool:
    return hmac.compare_digest(str(person["date_of_birth"]).encode(), guess.encode())


@transact.until_committed
def _create(caller: Caller, customer_id: str, secret: str, password_hash: str) -> User:
    """Create the user, with the invitation used up and the customer joined to it.

    It depends on the right of the person who has invited: what one has asked for who may not any more lets nobody in.
    """
    invited, now = _read(customer_id, secret), clock.now()
    invitation, address, at = invited.invitation, str(invited.person["email"]), timestamp(now)
    user_id, email_hmac = ids.new_id("usr", now), bank_keys.email_hmac(address)
    acting = replace(caller, user_id=user_id, customer_id=customer_id)
    sealed = personal_fields.encrypt(customer_id, User.key(user_id), {"email": address})
    user = User.new(
        user_id, email_hmac, password_hash, "customer", customer_id=customer_id, email_verified_at=at, **sealed
    )
    guard = UniqueKey.take_email(email_hmac, user_id, customer_id, acting, at)
    transact.commit(
        [
            Extra(invitation.use_up(acting, now), _refusal()),
            Extra(User.still_may(invitation.invited_by, "customers.create"), _refusal()),
            Extra(guard, Conflict(EMAIL_TAKEN)),
            user.stamp(acting, at).put_if_absent(),
            invited.customer.set_as_read({"user_id": user_id}, acting, at),
        ],
        caller.request_id,
    )
    return user


def _refusal() -> ValidationFailed:
    return ValidationFailed.of("token", REFUSED)
