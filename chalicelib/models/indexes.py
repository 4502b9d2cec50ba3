"""Indexes of the tables. An item is in an index if it has the attributes of its key."""

from typing import Any, Generic, TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

ModelT = TypeVar("ModelT", bound=Model)


class TypedIndex(GlobalSecondaryIndex[ModelT], Generic[ModelT]):  # type: ignore[no-untyped-call]  # the hook below
    """A global index. PynamoDB's hook for subclasses has no types, so each subclass would need an exception."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)  # type: ignore[no-untyped-call]  # PynamoDB's


class ByFirstIndex(TypedIndex[ModelT], Generic[ModelT]):
    class Meta:
        index_name = "gsi1"
        projection = KeysOnlyProjection()

    gsi1pk = UnicodeAttribute(hash_key=True)
    gsi1sk = UnicodeAttribute(range_key=True)


class BySecondIndex(TypedIndex[ModelT], Generic[ModelT]):
    class Meta:
        index_name = "gsi2"
        projection = KeysOnlyProjection()

    gsi2pk = UnicodeAttribute(hash_key=True)
    gsi2sk = UnicodeAttribute(range_key=True)
