"""What requests about joint holders look like, and what is answered."""

from collections.abc import Mapping

from pydantic import Field

from chalicelib.domain.holding import Right, Standing
from chalicelib.handlers.shapes import Shape, View


class PutHolder(Shape):
    rights: Right = Field(description="Each includes those before it")


class HolderView(View):
    customer_id: str
    rights: Standing = Field(description="Each includes those before it; `own` is the owner's", examples=["pay"])

    @classmethod
    def of(cls, customer_id: str, rights: Standing) -> "HolderView":
        return cls.model_construct(customer_id=customer_id, rights=rights)

    @classmethod
    def all_of(cls, holders: Mapping[str, Right]) -> list["HolderView"]:
        return [cls.of(customer_id, right) for customer_id, right in holders.items()]
