"""Another e-mail address to sign in with: asked for with the password, and taken with a code from the new mailbox."""

from datetime import datetime
from typing import Any

from chalicelib import clock
from chalicelib.domain.errors import Conflict, NotFound, TooManyAttempts
from chalicelib.domain.identity import mailed_code
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.mailed_code import EmailVerification
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.transact import Edit, Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import step_up
from chalicelib.services.crypto import bank_keys, personal_fields
from chalicelib.services.customers import customers, people, search_index
from chalicelib.services.identity import sign_in
from chalicelib.services.mail import order

EMAIL_TAKEN = "This e-mail address is registered already. Log in, or use another one."


def request(caller: Caller, new_email: str, current_password: str, source_ip: str) -> None:
    """Have a code sent to the new address, and a notice to the present one, which stays until the code is used.

    The user's own address takes back an earlier request. Whether somebody has the new address is not looked at here:
    only who reads its mailbox is told. A wrong password counts as a failed log-in.
    """
    step_up.require(caller)
    user = User.by_id(caller.user_id)
    if user is None or user.email_hmac is None:  # erased
        raise NotFound("There is no such user.")
    now, new_hmac = clock.now(), bank_keys.email_hmac(new_email)
    existing = EmailVerification.find(*EmailVerification.key(user.id))
    _count(existing, now)  # before the password: too many requests are no failed log-in
    taken_back = sign_in.prove_password(caller, user, current_password, source_ip, now)
    key, is_another = EmailVerification.key(user.id), new_hmac != user.email_hmac
    values: dict[str, str | None] = {"subject_id": user.whose, "email": None, "email_hmac": None}
    if is_another:
        values |= {**personal_fields.encrypt(user.whose, key, {"email": new_email}), "email_hmac": new_hmac}

    def write(found: EmailVerification | None) -> Action:
        return EmailVerification.propose(found, user.id, values, _count(found, now), caller, now)

    edits: list[Edit[Any]] = [taken_back.edit, Edit(EmailVerification, existing, write)]
    still = Extra(user.still_may_sign_in(), Conflict("Your password or status has just changed. Log in again."))
    transact.commit_edits([still, *taken_back.actions], edits, caller.request_id)
    order.order("email_verification", user.id, caller)
    if is_another:
        order.tell("email_change_requested", user.id, caller)


def _count(found: EmailVerification | None, now: datetime) -> list[int]:
    """Return the requests of the last hour with this one. Raises TooManyAttempts if that is one too many."""
    requests = mailed_code.recent(found.requests, now) if found else []
    if not mailed_code.may_send(requests, now):
        wait = mailed_code.seconds_until_next(requests, now)
        raise TooManyAttempts("At most three codes an hour are sent. Retry later.", retry_after_seconds=wait)
    return [*requests, int(now.timestamp())]


def change(user: User, proposed: EmailVerification, caller: Caller, at: str) -> list[Action | Extra]:
    """Return the actions that give a user the proposed address: of the user, its customer, and what finds both.

    They raise Conflict if somebody else has the address.
    """
    new_email, new_hmac, old_hmac = personal_fields.decrypt(proposed)["email"], proposed.email_hmac, user.email_hmac
    sealed = personal_fields.encrypt(user.whose, user.own_key, {"email": new_email})
    changes = user.setting({**sealed, "email_hmac": new_hmac, "email_verified_at": at})
    is_as_read = (User.email_hmac == old_hmac) & (User.status == "active")
    return [
        Extra(UniqueKey.take_email(str(new_hmac), user.id, user.whose, caller, at), Conflict(EMAIL_TAKEN)),
        UniqueKey.release_email(str(old_hmac), user.id, caller, at),
        user.update_if(is_as_read, changes, caller, at),
        *(_of_customer(user.customer_id, {"email": new_email}, caller, at) if user.customer_id else []),
    ]


def _of_customer(customer_id: str, changed: personal_fields.Fields, caller: Caller, at: str) -> list[Action]:
    customer = customers.find(caller, customer_id)
    customers.require_changeable(caller, customer)
    values = people.encrypted_fields(customer, changed) | {"contact_set_at": at, "contact_set_by": caller.user_id}
    written = customer.set_as_read(values, caller, at)
    return [written, *search_index.move_lookups(customer, changed, caller, at)]
