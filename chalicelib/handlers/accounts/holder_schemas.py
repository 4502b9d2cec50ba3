"""Schemas of requests and responses about joint holders."""

from collections.abc import Mapping

from pydantic import Field

from chalicelib.domain.accounts.access import AccessLevel, Right
from chalicelib.handlers.http.schemas import Schema, View
from chalicelib.services.accounts.joint_holders import NamedHolder


class PutHolder(Schema):
    rights: Right = Field(description="Each level includes the ones before it")


class HolderView(View):
    customer_id: str
    rights: AccessLevel = Field(
        description="Each level includes the ones before it; `own` is the owner's", examples=["pay"]
    )

    @classmethod
    def of(cls, customer_id: str, rights: AccessLevel) -> "HolderView":
        return cls.model_construct(customer_id=customer_id, rights=rights)

    @classmethod
    def all_of(cls, holders: Mapping[str, Right]) -> list["HolderView"]:
        return [cls.of(customer_id, right) for customer_id, right in holders.items()]


class NamedHolderView(HolderView):
    name: str | None = Field(description="null of a customer who was erased", examples=["Ada Lovelace"])

    @classmethod
    def of_holder(cls, holder: NamedHolder) -> "NamedHolderView":
        return cls.model_construct(customer_id=holder.customer_id, rights=holder.level, name=holder.name)
