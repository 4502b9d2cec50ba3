"""The texts of mails: plain text without names, because others may read the mailbox."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str = field(repr=False)


def password_reset(code: str, url: str) -> Mail:
    """Return the mail that contains a code.

    `url` is the page for using it; the code is its fragment, which no server sees.
    """
    return Mail(
        "Your code for a new password",
        f"""Somebody, we hope you, asked for a new password at Florin.

{_code_with_link(code, url)}

It is good once and for 30 minutes, and only the newest one is. With the API, send it as
"token", with your "new_password", to POST /v1/auth/password/reset.

If you did not ask for it, do nothing: your password stays as it is. We never ask for this
code by phone or mail.
""",
    )


def invitation(code: str, url: str) -> Mail:
    """Return the mail to somebody of the bank for whom a user was created; `url` is as above."""
    return Mail(
        "Your access to Florin",
        f"""A user of the bank was created for you at Florin. Choose its password.

{_code_with_link(code, url)}

It is good once and for 30 minutes, and only the newest one is. With the API, send it as
"token", with your "new_password", to POST /v1/auth/password/reset. Another code: POST
/v1/auth/password/reset-requests, at any time.

Nobody at the bank knows your password, or asks for it or for this code. If you do not work
for the bank, do nothing.
""",
    )


def customer_invitation(code: str, url: str) -> Mail:
    """Return the mail to a customer whom staff invite to log in; `url` is the page for it, or empty.

    The page is named without the code, which would stay in the browser's history.
    """
    page = f"Open this page, and enter the code there:\n\n{url}" if url else "Your code:"
    return Mail(
        "Your access to Florin",
        f"""Your bank invites you to log in at Florin. {page}

{code}

It is good once and for seven days, and only the newest one is. You choose a password, and are
asked for your date of birth. With the API, send the code as "token", with your "date_of_birth"
and your "password", to POST /v1/auth/invitations/accept.

Nobody at the bank knows your password, or asks for it or for this code. If you are no customer
of ours, do nothing, and give the code to nobody.
""",
    )


def _code_with_link(code: str, url: str) -> str:
    link = f"Open this link and choose a new password:\n\n{url}#{code}\n\nOr use this code:" if url else "Your code:"
    return f"{link}\n\n{code}"


def email_verification(code: str) -> Mail:
    """Return the mail that contains a code for the address that it is sent to."""
    return Mail(
        "Your code for your e-mail address",
        f"""Somebody, we hope you, uses this address to sign in to Florin. Your code:

{code}

It is good once and for 24 hours, and only the newest one is. Log in, and enter it there. With
the API, send it as "code" to POST /v1/auth/email/verify.

If you did not sign up, do nothing, and give the code to nobody. We never ask for it by phone
or mail.
""",
    )


def email_change_requested() -> Mail:
    """Return the notice to the present address that another one is to replace it."""
    return Mail(
        "Your e-mail address is to be changed",
        """Somebody who knows your password asked to replace this address by another one at Florin. That
happens as soon as it is confirmed from the other mailbox.

If it was not you, change your password at once (POST /v1/auth/password/reset-requests), and
tell the bank.
""",
    )


def password_changed() -> Mail:
    """Return the mail after a password was changed or reset."""
    return Mail(
        "Your password was changed",
        """The password of your access to Florin was changed, and your other sessions were ended.

If it was not you, ask for a new password at once (POST /v1/auth/password/reset-requests),
and tell the bank.
""",
    )


def factors_changed() -> Mail:
    """Return the mail after a second factor was added or removed, or recovery codes were made."""
    return Mail(
        "Your second factor was changed",
        """A second factor of your access to Florin was added or removed, or you got new recovery codes.

If it was not you, change your password at once (POST /v1/auth/password/reset-requests), and
tell the bank.
""",
    )


def approval_expired() -> Mail:
    """Return the notice to the maker of a request that nobody has decided in time."""
    return Mail(
        "Your request has expired",
        """Something that you asked for at Florin waited for another person, and was not decided in
time. It has expired, and nothing was done. Money that was set aside for it is free again.

Your requests are at GET /v1/approvals?mine=true&status=expired. If it is still wanted, make a
new request.
""",
    )


def endpoint_added() -> Mail:
    """Return the mail after a webhook endpoint was added."""
    return Mail(
        "A webhook endpoint was added",
        """With your access to Florin a webhook endpoint was added. From now on it gets a message of what
happens to your accounts, or, for managers and admins of the bank, of what happens in the bank.

If it was not you, delete the endpoint (GET /v1/webhook-endpoints lists them), change your
password at once (POST /v1/auth/password/reset-requests), and tell the bank.
""",
    )


def endpoint_moved() -> Mail:
    """Return the mail after a webhook endpoint was given another address."""
    return Mail(
        "A webhook endpoint has another address",
        """A webhook endpoint that you have added, enabled or changed at Florin was given another address. From now on
its messages go there.

If you did not expect this, delete the endpoint (GET /v1/webhook-endpoints lists them), change your
password at once (POST /v1/auth/password/reset-requests), and tell the bank.
""",
    )


def endpoint_disabled() -> Mail:
    """Return the mail after a webhook endpoint was disabled."""
    return Mail(
        "A webhook endpoint was disabled",
        """A webhook endpoint of yours at Florin gets nothing more: its receiver said that it is gone, or has
not answered well for five days, or your right to its events has ended.

GET /v1/webhook-endpoints says which one, and why. When its receiver works, enable it there, and
replay what it has missed.
""",
    )


def calendar_link_added() -> Mail:
    """Return the mail after a secret link to an account's calendar was made."""
    return Mail(
        "A link to a calendar was made",
        """With your access to Florin a secret link to the calendar of one of your accounts was made. Whoever
has the link sees what is scheduled for the account, without logging in.

If it was not you, revoke the link (DELETE /v1/accounts/{account_id}/calendar-link, or make a new
one), change your password at once (POST /v1/auth/password/reset-requests), and tell the bank.
""",
    )


def shortfall_forecast() -> Mail:
    """Return the mail about a day to come on which an account is not covered."""
    return Mail(
        "A payment to come is not covered",
        """In the next days an account at Florin will not have enough money for what is scheduled to leave it.

GET /v1/accounts/{account_id}/forecast says on which day, and what is missing. Pay in before that
day, or change the order.
""",
    )


def order_payment_retried() -> Mail:
    """Return the mail about the first attempt of a date that was refused, while others of the day are to come."""
    return Mail(
        "A payment was not made yet",
        """Today a payment of a standing order, or a payment on a date, could not be made from your account at
Florin: there is too little money in it, or a limit is reached.

We try again at 08:00 and 15:00 of the bank's time, whichever is still to come today. Pay in before, or
change the order. GET /v1/standing-orders/{order_id}/executions and GET /v1/scheduled-payments say
which payment it is.
""",
    )


def order_payment_failed() -> Mail:
    """Return the mail about a date that is not paid, and not tried again."""
    return Mail(
        "A payment was not made",
        """A payment of a standing order, or a payment on a date, could not be made from your account at
Florin. It is not tried again. Later dates of the order are not affected, unless we write to you that
it is suspended.

GET /v1/standing-orders/{order_id}/executions and GET /v1/scheduled-payments say which payment it is,
and why. If it is still owed, make the payment yourself.
""",
    )


def order_suspended() -> Mail:
    """Return the mail about an order that the bank has suspended."""
    return Mail(
        "A standing order was suspended",
        """A standing order of your account at Florin is suspended, and pays nothing: three payments in a row
could not be made, or its payee cannot be paid any more.

GET /v1/standing-orders?status=suspended says which one, and why. Once the reason is mended (pay in,
or name another payee), resume it: POST /v1/standing-orders/{order_id}/resume. It pays again from the
next date on. What is due until then is not paid later.
""",
    )


NOTICES = {
    "password_changed": password_changed,
    "factors_changed": factors_changed,
    "email_change_requested": email_change_requested,
    "approval_expired": approval_expired,
    "endpoint_added": endpoint_added,
    "endpoint_moved": endpoint_moved,
    "endpoint_disabled": endpoint_disabled,
    "calendar_link_added": calendar_link_added,
    "shortfall_forecast": shortfall_forecast,
    "order_payment_retried": order_payment_retried,
    "order_payment_failed": order_payment_failed,
    "order_suspended": order_suspended,
}
"""Mails about what has been done, asked for or ended, by the kind of the order."""
