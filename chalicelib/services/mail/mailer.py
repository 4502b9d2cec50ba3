"""Delivers an order for a mail: finds the user, creates the code, and sends the mail.

Only here does the secret of a code exist in clear; it goes into the mail, and nowhere else.
"""

import secrets
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws, clock, config
from chalicelib.domain import email, ids
from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.identity import mailed_code
from chalicelib.domain.mail import templates
from chalicelib.domain.mail.templates import Mail
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.mailed_code import EmailVerification, MailedCode, PasswordReset
from chalicelib.models.identity.sent_notice import SentNotice
from chalicelib.models.identity.user import User
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.observability import count, logger
from chalicelib.services.crypto import personal_fields
from chalicelib.services.mail import invited_customers
from chalicelib.services.mail.order import Kind, MailRequest

SECRET_BYTES = 32
ANONYMOUS = "anonymous"
ROUNDS_MAX = 5


class NotSent(Exception):
    """SES did not take a mail. Its own words would name the address, in the function's log, so its code must do."""


@dataclass(frozen=True)
class _Recipient:
    """An address, and its keyed hash."""

    address: str = field(repr=False)
    email_hmac: str


def deliver(order: MailRequest) -> None:
    """Send what is ordered, if there is somebody to send it to. Raises when it could not: Lambda tries again.

    SES takes no local part that is not ASCII: it would refuse every attempt.
    """
    caller = Caller(ANONYMOUS, "customer", order["request_id"])
    kind, about = order["kind"], order.get("about")
    if kind == "customer_invitation":
        return _report(kind, _invite(order["to"], caller))
    user = _by_address(order["to"]) if kind == "password_reset" else _active(order["to"])
    recipient = _recipient(kind, user) if user else None
    if user is None or recipient is None:
        return _report(kind, "nobody")
    to = email.mailbox(recipient.address)
    if not to.isascii():
        return _report(kind, "unreachable")
    if about and SentNotice.find(*SentNotice.key(user.id, kind, about)):
        return _report(kind, "sent_before")
    mail = _write(kind, user, recipient, caller)
    if isinstance(mail, str):
        return _report(kind, mail)
    _send(to, mail)
    if about:
        _keep(SentNotice.new(user.id, kind, about, caller, clock.now()))
    return _report(kind, "sent")


def _invite(customer_id: str, caller: Caller) -> str:
    """Send a customer's invitation, and return what came of it."""
    if not ids.is_id("cus", customer_id):
        return "nobody"
    inviting = invited_customers.write(customer_id, caller)
    if inviting is None:
        return "nobody"
    _send(email.mailbox(inviting.address), inviting.mail)
    return "sent"


def _keep(sent: SentNotice) -> None:
    """Store that a notice was sent. An error is not raised: with another attempt the user would get it twice."""
    try:
        sent.put()
    except (BotoCoreError, ClientError) as error:
        logger.error("a notice was sent, and that is not stored", notice=sent.notice, about=sent.about, exc_info=error)


def _write(kind: Kind, user: User, recipient: _Recipient, caller: Caller) -> Mail | str:
    """Return the mail, or why none is sent."""
    if kind in templates.NOTICES:
        return templates.NOTICES[kind]()
    if kind == "email_verification" and user.email_verified_at and recipient.email_hmac == user.email_hmac:
        return "verified"
    model = EmailVerification if kind == "email_verification" else PasswordReset
    code = _issue(model, user.id, recipient.email_hmac, caller)
    if code is None:
        return "too_many"
    if kind == "email_verification":
        return templates.email_verification(code)
    template = templates.invitation if kind == "invitation" else templates.password_reset
    return template(code, config.reset_url())


def _by_address(email_hmac: str) -> User | None:
    guard = UniqueKey.find(*UniqueKey.email_key(email_hmac))
    return _active(guard.owner_id) if guard else None


def _active(user_id: str) -> User | None:
    """Return a user who may sign in. Other users get no mail that would help them."""
    user = User.by_id(user_id) if ids.is_id("usr", user_id) else None
    return user if user and user.status == "active" else None


def _recipient(kind: Kind, user: User) -> _Recipient | None:
    """Return the user's address, or the new one that is to be verified; None for a user who is erased."""
    whose: User | EmailVerification = user
    if kind == "email_verification":
        proposed = EmailVerification.find(*EmailVerification.key(user.id))
        whose = proposed if proposed and proposed.email_hmac else user
    address = personal_fields.decrypt(whose)["email"]
    return _Recipient(address, str(whose.email_hmac)) if address else None


def _issue(kind: type[MailedCode], user_id: str, sent_to: str, caller: Caller) -> str | None:
    """Issue a new code, which invalidates any other of its kind; return None after too many requests.

    An order that is delivered twice counts once, although its code differs.
    """
    for _ in range(ROUNDS_MAX):
        now = clock.now()
        existing = kind.find(*kind.key(user_id))
        requests = mailed_code.recent(existing.requests, now) if existing else []
        if existing is None or existing.request_id != caller.request_id:
            if not mailed_code.may_send(requests, now):
                return None
            requests = [*requests, int(now.timestamp())]
        secret = secrets.token_urlsafe(SECRET_BYTES)
        try:
            action = kind.issue(existing, user_id, sent_to, digest(secret), requests, caller, now)
            transact.commit([action], caller.request_id)
        except transact.Cancelled:
            continue
        return mailed_code.code_of(user_id, secret)
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


def _report(kind: Kind, outcome: str) -> None:
    count("Mails", kind=kind, outcome=outcome)
    logger.info("mail order done", kind=kind, outcome=outcome)
