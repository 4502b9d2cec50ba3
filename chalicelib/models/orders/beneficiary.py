"""Saved payees of a customer."""

from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, PersonalAttribute
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging, query_page
from chalicelib.models.personal import PersonalItem

Status = Literal["active", "withdrawn"]
_PLACE = "BENEFICIARY#"


class Beneficiary(PersonalItem, discriminator="beneficiary"):
    """A payee as a customer has saved it. Withdrawn, nothing of who it was is left.

    `account_id` is where payments go; None of a payee at another bank, who has `iban`, and no `account_number`.
    """

    id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    account_id = UnicodeAttribute(null=True)
    status = ChoiceAttribute[Status](default="active")
    name = PersonalAttribute(null=True)
    account_number = PersonalAttribute(null=True)
    iban = PersonalAttribute(null=True)
    nickname = PersonalAttribute(null=True)
    verification = ChoiceAttribute[Result]()
    verified_at = UnicodeAttribute()

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(customer_id: str, beneficiary_id: str) -> tuple[str, str]:
        return keys.customer(customer_id), f"{_PLACE}{beneficiary_id}"

    @classmethod
    def new(cls, customer_id: str, beneficiary_id: str, account_id: str | None) -> "Beneficiary":
        pk, sk = cls.key(customer_id, beneficiary_id)
        return cls(pk, sk, id=beneficiary_id, customer_id=customer_id, account_id=account_id)

    @classmethod
    def page_of_customer(cls, customer_id: str, paging: Paging) -> Page["Beneficiary"]:
        """Return a page of a customer's payees, the last saved first. Withdrawn ones leave it short."""
        return query_page(
            cls,
            keys.customer(customer_id),
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(_PLACE),
            matching=cls.status == "active",
        )

    @classmethod
    def count_of_customer(cls, customer_id: str, most: int) -> int:
        """Count a customer's payees, removed ones too, up to a number."""
        answer = cls.query_once(
            keys.customer(customer_id),
            range_key_condition=cls.sk.startswith(_PLACE),
            consistent_read=True,
            limit=most,
        )
        return len(answer["Items"])

    def remove(self, caller: Caller, at: str) -> Action:
        """Forget who it was, if it is still as it was read. No function may delete an item."""
        return self.set_as_read({**dict.fromkeys(self.personal_fields()), "status": "withdrawn"}, caller, at)
