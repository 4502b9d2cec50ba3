"""Conflicts of interest: staff do not act on what is their own, nor decide on what they made.

A person signs in as staff with one user and as a customer with another. An admin links the staff user to the customer
(`Caller.own_customer_id`). Accounts ask through `domain/accounts/access.py`, which knows who holds them.
"""

from chalicelib.domain.errors import ConflictOfInterest
from chalicelib.domain.permissions import Caller

OWN_ACCOUNT = "This is your own account as a customer. Another member of staff must do this."
OWN_RECORD = "This is about yourself as a customer. Another member of staff must do this."
OWN_REVERSAL = "You made this payment. Another member of staff must reverse it."
OWN_ALERT = "You made the payment that raised this alert. Another member of staff must settle it."


def require_other_customer(caller: Caller, customer_id: str | None) -> None:
    """Raise ConflictOfInterest for a member of staff who is this customer."""
    if caller.is_own(customer_id):
        raise ConflictOfInterest(OWN_RECORD)


def require_other_maker(caller: Caller, maker_id: str, detail: str) -> None:
    """Raise ConflictOfInterest with `detail` for the user who made what is to be judged or undone."""
    if caller.user_id == maker_id:
        raise ConflictOfInterest(detail)
