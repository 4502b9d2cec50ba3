"""Items with personal fields, and the keys under which those are sealed."""

from functools import cache

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import PersonalAttribute
from chalicelib.models.item import Action, BankItem, Item


class PersonalItem(BankItem):
    """Its fields of the type PersonalAttribute are sealed: whoever reads them, exports or erases them asks for their
    names here."""

    @classmethod
    @cache
    def personal_fields(cls) -> tuple[str, ...]:
        attributes = cls.get_attributes().items()
        return tuple(name for name, attribute in attributes if isinstance(attribute, PersonalAttribute))

    @property
    def whose(self) -> str:
        """The subject: the customer whom the item is about, or the user, where that is no customer."""
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
    def new(cls, subject_id: str, wrapped: bytes, caller: Caller, at: str) -> Action:
        """Keep a new key, if the subject has none."""
        item = cls(*cls.key(subject_id), wrapped=wrapped, created_at=at, request_id=caller.request_id)
        return item.put_if_absent()
