"""Secret links to the calendar of an account: made and revoked by a person, read by a program without log-in."""

import secrets
from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.models.orders.calendar_link import CalendarLink
from chalicelib.services import step_up
from chalicelib.services.accounts import accounts
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import login_attempts
from chalicelib.services.mail import order as mail
from chalicelib.services.orders import forecasts
from chalicelib.services.orders.forecasts import DAYS_MAX, AccountForecast

TOKEN_BYTES = 32


@transact.until_committed
def make(caller: Caller, account_id: str) -> str:
    """Return the token of a new link to an account's calendar, in place of the caller's last one.

    Raises NotFound for an account that the caller may not see, MfaStepUpRequired.
    """
    step_up.require(caller)
    accounts.get(caller, account_id)
    token, at = secrets.token_urlsafe(TOKEN_BYTES), timestamp(clock.now())
    link = CalendarLink.find(*CalendarLink.key(account_id, caller.user_id))
    if link is None:
        link = CalendarLink.new(account_id, caller.user_id, str(caller.customer_id))
        link.token_hash = digest(token)
        action = link.stamp(caller, at).put_if_absent()
    else:
        values = {"token_hash": digest(token), "status": "active", "customer_id": caller.customer_id}
        action = link.set_as_read(values, caller, at)
    transact.commit([action], caller.request_id)
    mail.tell("calendar_link_added", caller.user_id, caller)
    return token


@transact.until_committed
def revoke(caller: Caller, account_id: str) -> None:
    """Revoke the caller's link, also once the caller may not see the account any more. Raises NotFound without one."""
    known = ids.is_id("acc", account_id)
    link = CalendarLink.find(*CalendarLink.key(account_id, caller.user_id)) if known else None
    if link is None or link.token_hash is None:
        raise errors.unknown("calendar link of account", account_id)
    change = link.set_as_read({"token_hash": None, "status": "revoked"}, caller, timestamp(clock.now()))
    transact.commit([change], caller.request_id)


@dataclass(frozen=True)
class Visit:
    """A request with a token, and where it comes from."""

    caller: Caller
    source_ip: str
    token: str


def read(visit: Visit, account_id: str) -> AccountForecast:
    """Return what an account's calendar shows to who has the token of a link.

    The person who made the link must still be an active customer who may see the account. A wrong token counts against
    its source, a right one against its link. Raises NotFound in the same words for every other case,
    TooManyAttempts.
    """
    known = ids.is_id("acc", account_id)
    link = CalendarLink.with_token(account_id, visit.token) if known else None
    if link is None:
        login_attempts.count_source(bank_keys.source_hmac(visit.source_ip), visit.caller, clock.now())
        raise errors.unknown("calendar", account_id)
    login_attempts.count_source(f"calendar#{link.token_hash}", visit.caller, clock.now())
    account = _account_of(link)
    if account is None:
        raise errors.unknown("calendar", account_id)
    return forecasts.of_account(account, DAYS_MAX, tells_incoming=account.customer_id == link.customer_id)


def _account_of(link: CalendarLink) -> Account | None:
    """Return the account if the person who made the link may still see it, with one read."""
    wanted = (User.key(link.user_id), Customer.key(link.customer_id), Account.key(link.account_id))
    found = {type(item): item for item in batch_get(wanted)}
    user, customer, account = found.get(User), found.get(Customer), found.get(Account)
    if not isinstance(user, User) or not isinstance(customer, Customer) or not isinstance(account, Account):
        return None
    is_same = user.may("calendar_links.own") and user.customer_id == link.customer_id and customer.status == "active"
    return account if is_same and account.access().level_of(link.customer_id) else None
