"""The data map tells of every field that erasure takes away, and of no other."""

import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from chalicelib import models
from chalicelib.domain.audit import visible_fields
from chalicelib.domain.crypto import ciphertext
from chalicelib.handlers.http.operation import operations
from chalicelib.models.item import BankItem
from chalicelib.models.personal import ErasableItem, PersonalItem
from infra.settings import ROOT

_ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \|.*\| ([^|]*) \|$", re.MULTILINE)


def erasable(kind: type[ErasableItem] = ErasableItem) -> Iterator[type[ErasableItem]]:
    for module in pkgutil.walk_packages(models.__path__, "chalicelib.models."):
        importlib.import_module(module.name)
    for child in kind.__subclasses__():
        if child is not PersonalItem:
            yield child
        yield from erasable(child)


def name_of(kind: type[ErasableItem]) -> str:
    return str(BankItem.type.get_discriminator(kind))


def test_the_data_map_is_the_code_s() -> None:
    told: dict[str, set[str]] = defaultdict(set)
    for kind, fields, erased in _ROW.findall((ROOT / "docs/privacy.md").read_text()):
        told[kind] |= set(re.findall(r"`(\w+)`", fields))
        assert erased.startswith("removed")
    assert told == {name_of(kind): set(kind.fields_to_erase()) for kind in erasable()}


def test_the_audit_repeats_nothing_of_it() -> None:
    for kind in erasable():
        assert not visible_fields.FIELDS[name_of(kind)] & set(kind.fields_to_erase())


def test_no_key_s_fingerprint_tells_of_it() -> None:
    """But of what is public (branches, announcements), and of the memo that stays in the books."""
    names = {field for kind in erasable() for field in kind.fields_to_erase()} - {"memo"} | {"address"}
    names |= {"iban"}  # made of a stored account number
    public = ("branches.branches.", "support.announcements.")
    asked = [one for one in operations() if one.key != "ignored" and not one.route.view.startswith(public)]
    bodies = [one.about.body for one in asked if one.about.body]
    for body in bodies:
        assert body.model_fields.keys() & names == body.erasable_fields, body
    assert len(bodies) > 8


@pytest.mark.parametrize("text", ["Ada", "", "v2.AAAA", "v1"])
def test_what_is_not_sealed_is_not_taken_for_it(text: str) -> None:
    assert not ciphertext.is_sealed(text)


def test_a_sealed_field_is_packed_and_unpacked() -> None:
    packed = ciphertext.pack(b"n" * 12, b"\xff\xfe")
    assert ciphertext.is_sealed(packed)
    assert ciphertext.unpack(packed) == (b"n" * 12, b"\xff\xfe")
    with pytest.raises(ValueError, match="format"):
        ciphertext.unpack("v2.AAAA")
