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
    link = f"Open this link and choose a new password:\n\n{url}#{code}\n\nOr use this code:" if url else "Your code:"
    return Mail(
        "Your code for a new password",
        f"""Somebody, we hope you, asked for a new password at Florin.

{link}

{code}

It is good once and for 30 minutes, and only the newest one is. With the API, send it as
"token", with your "new_password", to POST /v1/auth/password/reset.

If you did not ask for it, do nothing: your password stays as it is. We never ask for this
code by phone or mail.
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


NOTICES = {"password_changed": password_changed, "factors_changed": factors_changed}
"""Mails about what has been done, by the kind of the order."""
