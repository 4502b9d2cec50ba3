from functools import cache

from chalicelib.models.attributes import PersonalAttribute
from chalicelib.models.item import BankItem


class PersonalItem(BankItem):
    @classmethod
    @cache
    def personal_fields(cls) -> tuple[str, ...]:
        attributes = cls.get_attributes().items()
        return tuple(name for name, attribute in attributes if isinstance(attribute, PersonalAttribute))

    @property
    def whose(self) -> str:
        raise NotImplementedError
