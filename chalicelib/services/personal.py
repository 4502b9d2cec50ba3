from collections.abc import Iterable, Mapping

from chalicelib.models.personal import PersonalItem

Fields = dict[str, str | None]


def seal(subject_id: str, key: tuple[str, str], fields: Mapping[str, str | None]) -> Fields:
    return dict(fields)


def reveal(items: Iterable[PersonalItem]) -> list[Fields]:
    return [{field: getattr(item, field) for field in item.personal_fields()} for item in items]


def revealed(item: PersonalItem) -> Fields:
    return reveal([item])[0]
