"""Delivers an order for a mail: finds the user, creates the code, and sends the mail.

Only here does a secret of a reset exist in clear; it goes into the mail, and nowhere else.
"""

import secrets

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws, clock, config
from chalicelib.domain import email, ids
from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.identity import password_reset
from chalicelib.domain.mail import templates
from chalicelib.domain.mail.templates import Mail
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.password_reset import PasswordReset
from chalicelib.models.identity.user import User
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.observability import count, logger
from chalicelib.services.crypto import personal_fields
from chalicelib.services.mail.order import Kind, MailRequest

SECRET_BYTES = 32
ANONYMOUS = "anonymous"
ROUNDS_MAX = 5


class NotSent(Exception):
    """SES did not take a mail. Its own words would name the address, in the function's log, so its code must do."""


def deliver(order: MailRequest) -> None:
    """Send what is ordered, if there is somebody to send it to. Raises when it could not: Lambda tries again.

    SES takes no local part that is not ASCII: it would refuse every attempt.
    """
    caller = Caller(ANONYMOUS, "customer", order["request_id"])
    kind: Kind = order["kind"]
    user = _by_address(order["to"]) if kind == "password_reset" else _active(order["to"])
    address = _address_of(user) if user else None
    if user is None or address is None:
        return _told(kind, "nobody")
    to = email.mailbox(address)
    if not to.isascii():
        return _told(kind, "unreachable")
    if kind != "password_reset":
        _send(to, templates.NOTICES[kind]())
        return _told(kind, "sent")
    code = _issue(user, caller)
    if code is None:
        return _told(kind, "too_many")
    _send(to, templates.password_reset(code, config.reset_url()))
    return _told(kind, "sent")


def _by_address(email_hmac: str) -> User | None:
    guard = UniqueKey.find(*UniqueKey.email_key(email_hmac))
    return _active(guard.owner_id) if guard else None


def _active(user_id: str) -> User | None:
    """Return a user who may sign in. Other users get no mail that would help them."""
    user = User.by_id(user_id) if ids.is_id("usr", user_id) else None
    return user if user and user.status == "active" else None


def _address_of(user: User) -> str | None:
    """Return the user's address, or None for a user who is erased."""
    return personal_fields.decrypt(user)["email"]


def _issue(user: User, caller: Caller) -> str | None:
    """Issue a new code, which invalidates any other; return None after too many requests.

    An order that is delivered twice counts once, although its code differs.
    """
    for _ in range(ROUNDS_MAX):
        now = clock.now()
        existing = PasswordReset.find(*PasswordReset.key(user.id))
        requests = password_reset.recent(existing.requests, now) if existing else []
        if existing is None or existing.request_id != caller.request_id:
            if not password_reset.may_send(requests, now):
                return None
            requests = [*requests, int(now.timestamp())]
        secret = secrets.token_urlsafe(SECRET_BYTES)
        try:
            action = PasswordReset.issue(existing, user.id, digest(secret), requests, caller, now)
            transact.commit([action], caller.request_id)
        except transact.Cancelled:
            continue
        return password_reset.code_of(user.id, secret)
    raise transact.gave_up(ambiguous=False)


def _send(address: str, mail: Mail) -> None:
    """Send by SES's first API, which the emulators have, too; LocalStack's open core has no second one."""
    message = {
        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
    }
    to = {"ToAddresses": [address]}
    try:
        aws.client("ses").send_email(Source=config.mail_sender(), Destination=to, Message=message)
    except ClientError as error:
        raise NotSent(error.response["Error"]["Code"]) from None
    except BotoCoreError as error:
        raise NotSent(type(error).__name__) from None


def _told(kind: Kind, outcome: str) -> None:
    count("Mails", kind=kind, outcome=outcome)
    logger.info("mail order done", kind=kind, outcome=outcome)
