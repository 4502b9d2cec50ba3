"""Guards: what keeps an e-mail address, an account number or a branch's code from being given out twice.

A guard is put, under the condition that there is none, in the transaction that makes its owner.
"""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models.item import BankItem


class Guard(BankItem, discriminator="guard"):
    """`owner_id` is the user, the account or the branch that has what is guarded; `subject_id` under whose key an
    address's user is."""

    owner_id = UnicodeAttribute()
    subject_id = UnicodeAttribute(null=True)

    @staticmethod
    def email_key(email_hmac: str) -> tuple[str, str]:
        """Addresses are personal data, and keys are everywhere: a guard is found by the HMAC alone."""
        return f"EMAIL#{email_hmac}", "GUARD"

    @staticmethod
    def number_key(account_number: str) -> tuple[str, str]:
        return f"NUMBER#{account_number}", "GUARD"

    @classmethod
    def of_email(cls, email_hmac: str, user_id: str, subject_id: str) -> "Guard":
        return cls(*cls.email_key(email_hmac), owner_id=user_id, subject_id=subject_id)

    @classmethod
    def of_number(cls, account_number: str, account_id: str) -> "Guard":
        return cls(*cls.number_key(account_number), owner_id=account_id)

    @classmethod
    def of_branch_code(cls, code: str, branch_id: str) -> "Guard":
        return cls(f"BRANCH_CODE#{code}", "GUARD", owner_id=branch_id)
