"""Guards: what keeps an e-mail address, an account number, a branch's code or a rate's number from being given out
twice, and a customer from being linked to two members of staff.

A guard is taken, under the condition that nobody has it, in the transaction that makes its owner. That of an address is
released when its owner is erased. It stays then, without an owner: were it put anew, its versions would begin again.
"""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import keys
from chalicelib.models.item import Action, BankItem

SECOND_ADMIN = ("SECOND_ADMIN", "GUARD")


class UniqueKey(BankItem, discriminator="guard"):
    """`owner_id` is the user, the account or the branch that has what is guarded; `subject_id` under whose key an
    address's user is."""

    owner_id = UnicodeAttribute(null=True)
    subject_id = UnicodeAttribute(null=True)

    @staticmethod
    def email_key(email_hmac: str) -> tuple[str, str]:
        """Return the guard's key.

        It contains the HMAC only: addresses are personal data, and keys are copied everywhere.
        """
        return keys.email(email_hmac), "GUARD"

    @staticmethod
    def number_key(account_number: str) -> tuple[str, str]:
        return f"NUMBER#{account_number}", "GUARD"

    @classmethod
    def take_email(cls, email_hmac: str, user_id: str, subject_id: str, caller: Caller, at: datetime | str) -> Action:
        """Give an address to a user, if nobody has it; the guard as it is comes back with the refusal."""
        guard = cls(*cls.email_key(email_hmac))
        changes = [
            cls.type.set(cls),
            cls.created_at.set(cls.created_at | (at if isinstance(at, str) else timestamp(at))),
            cls.owner_id.set(user_id),
            cls.subject_id.set(subject_id),
        ]
        return guard.update_if(cls.owner_id.does_not_exist(), changes, caller, at)

    @classmethod
    def of_email(cls, email_hmac: str, user_id: str, subject_id: str) -> "UniqueKey":
        """Guard an address of a user that nothing else is created beside; `take_email` is for all others."""
        return cls(*cls.email_key(email_hmac), owner_id=user_id, subject_id=subject_id)

    @classmethod
    def release_email(cls, email_hmac: str, user_id: str, caller: Caller, at: datetime | str) -> Action:
        """Let anybody have a user's address."""
        guard = cls(*cls.email_key(email_hmac))
        return guard.update_if(cls.owner_id == user_id, [cls.owner_id.remove(), cls.subject_id.remove()], caller, at)

    @classmethod
    def of_number(cls, account_number: str, account_id: str) -> "UniqueKey":
        return cls(*cls.number_key(account_number), owner_id=account_id)

    @staticmethod
    def uetr_key(uetr: str) -> tuple[str, str]:
        return f"UETR#{uetr}", "GUARD"

    @classmethod
    def of_uetr(cls, uetr: str, transaction_id: str) -> "UniqueKey":
        """Guard that a payment between banks is posted once, whoever sent it."""
        return cls(*cls.uetr_key(uetr), owner_id=transaction_id)

    @classmethod
    def of_payment_file(cls, whose: str, file_hmac: str, file_id: str) -> "UniqueKey":
        """Guard that a file of payments is handed in once by a customer, and once for an account, for ever."""
        return cls(f"PAYMENT_FILE_OF#{whose}#{file_hmac}", "GUARD", owner_id=file_id)

    @classmethod
    def of_staff_customer(cls, customer_id: str, user_id: str) -> "UniqueKey":
        """Guard that one member of staff at most is linked to a customer."""
        return cls(f"STAFF_CUSTOMER#{customer_id}", "GUARD", owner_id=user_id)

    @classmethod
    def of_rate_number(cls, account_type: str, number: int) -> "UniqueKey":
        """Guard the place of a rate among those of its account type, so that two are never set as the same one."""
        return cls(f"RATE_NUMBER#{account_type}#{number}", "GUARD")

    @classmethod
    def of_second_admin(cls, user_id: str) -> "UniqueKey":
        """Guard the one admin that the first one creates alone."""
        return cls(*SECOND_ADMIN, owner_id=user_id)

    @classmethod
    def second_admin_id(cls) -> str | None:
        """Return the admin that the first one created alone, or None."""
        guard = cls.find(*SECOND_ADMIN)
        return guard.owner_id if guard else None

    @classmethod
    def of_branch_code(cls, code: str, branch_id: str) -> "UniqueKey":
        return cls(f"BRANCH_CODE#{code}", "GUARD", owner_id=branch_id)
