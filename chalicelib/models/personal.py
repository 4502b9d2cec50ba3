"""Items with personal fields, and the keys under which those are sealed."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import ClassVar

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib import aws, resources
from chalicelib.domain.permissions import Caller
from chalicelib.models import connection, keys
from chalicelib.models.attributes import OwnWordsAttribute, PersonalAttribute, SecretAttribute
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Action, BankItem, Item


class ErasableItem(BankItem):
    """An item of which something is taken away when the person whom it is about is erased: its personal fields, what is
    in their own words, and what is `also_erased`."""

    also_erased: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @cache
    def own_words(cls) -> tuple[str, ...]:
        attributes = cls.get_attributes().items()
        return tuple(name for name, attribute in attributes if isinstance(attribute, OwnWordsAttribute))

    @classmethod
    def fields_to_erase(cls) -> tuple[str, ...]:
        return cls.own_words() + cls.also_erased

    def erase(self, caller: Caller, at: datetime | str) -> Action | None:
        """Take them all away, if the item is still as it was read; None where nothing of them is left."""
        left = [name for name in self.fields_to_erase() if getattr(self, name) is not None]
        changes = [getattr(type(self), name).remove() for name in left]
        return self.update_if(type(self).version == self.version, changes, caller, at) if left else None


class PersonalItem(ErasableItem):
    """Its fields of the type PersonalAttribute are sealed: whoever reads them, exports or erases them asks for their
    names here."""

    @classmethod
    @cache
    def personal_fields(cls) -> tuple[str, ...]:
        attributes = cls.get_attributes().items()
        return tuple(name for name, attribute in attributes if isinstance(attribute, PersonalAttribute))

    @classmethod
    @cache
    def secrets(cls) -> frozenset[str]:
        """Return the names of the personal fields that nobody is shown again, not even their subject."""
        attributes = cls.get_attributes().items()
        return frozenset(name for name, attribute in attributes if isinstance(attribute, SecretAttribute))

    @classmethod
    def fields_to_erase(cls) -> tuple[str, ...]:
        return cls.personal_fields() + super().fields_to_erase()

    @property
    def whose(self) -> str:
        """Return the subject: the customer whom the item is about, or the user if it is not about a customer."""
        raise NotImplementedError


class SubjectKey(Item):
    """A subject's data key, wrapped by KMS. Deleting it is what erases the subject; nothing ever updates it."""

    class Meta:
        table_name = "keys"

    wrapped = BinaryAttribute(legacy_encoding=False)
    created_at = UnicodeAttribute()
    request_id = UnicodeAttribute()

    @staticmethod
    def key(subject_id: str) -> tuple[str, str]:
        return f"KEY#{subject_id}", "KEY"

    @classmethod
    def read_wrapped(cls, subject_ids: Iterable[str]) -> dict[str, bytes]:
        """Return the wrapped keys of subjects, but for those whose key is destroyed; one call for each hundred."""
        found = batch_get_raw(cls.Meta.table_name, map(cls.key, subject_ids))
        return {keys.id_in(item["pk"]["S"]): item["wrapped"]["B"] for item in found}

    @classmethod
    def destroy(cls, subject_id: str) -> None:
        """Delete the wrapped key, the only item that the bank ever deletes. Deleting it again does nothing."""
        pk, sk = cls.key(subject_id)
        with aws.translate_read_errors():  # whoever hears nothing asks again
            connection.client().delete_item(
                TableName=resources.table_name(cls.Meta.table_name), Key={"pk": {"S": pk}, "sk": {"S": sk}}
            )

    @classmethod
    def new(cls, subject_id: str, wrapped: bytes, caller: Caller, at: str) -> "SubjectKey":
        return cls(*cls.key(subject_id), wrapped=wrapped, created_at=at, request_id=caller.request_id)
