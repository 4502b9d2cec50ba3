"""A judge of messages: the data classes that pyiso20022 has generated from ISO's complete schemas.

They know every element with its order, and which are required, how long texts may be and which patterns they match.
"""

import re
import warnings
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from importlib import import_module
from typing import Any

from lxml import etree
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer


def read(name: str, text: str) -> Any:
    """Return the foreign reader's document. Raises for whatever ISO's schema does not allow."""
    module = import_module(f"pyiso20022.{name[:4]}.{name.replace('.', '_')}")
    parser = XmlParser(config=ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = parser.from_string(text, module.Document)
    _check(document, name)
    written = XmlSerializer().render(document, ns_map={None: f"urn:iso:std:iso:20022:tech:xsd:{name}"})
    assert _tags(written) == _tags(text)
    return document


def _tags(text: str) -> list[str]:
    """Return the elements in the order of the document; the foreign writer has them in the schema's."""
    return [element.tag for element in etree.fromstring(text.encode()).iter()]


def _check(value: Any, path: str) -> None:
    if "Choice" in type(value).__name__:
        assert sum(getattr(value, field.name) not in (None, []) for field in fields(value)) == 1, path
    for field in fields(value):
        one = getattr(value, field.name)
        place = f"{path}/{field.metadata.get('name', field.name)}"
        each = one if isinstance(one, list) else [] if one is None else [one]
        assert each or not (field.metadata.get("required") or field.metadata.get("min_occurs")), place
        for item in each:
            if is_dataclass(item) and type(item).__module__.startswith("pyiso20022"):
                _check(item, place)
            else:
                _check_simple(item, field.metadata, place)


def _check_simple(item: Any, rules: Any, place: str) -> None:
    text = str(item.value if isinstance(item, Enum) else item)
    assert len(text) >= rules.get("min_length", 0), place
    assert len(text) <= rules.get("max_length", len(text)), place
    assert "pattern" not in rules or re.fullmatch(rules["pattern"], text), place
    if isinstance(item, Decimal):
        digits = item.as_tuple()
        assert len(digits.digits) <= rules.get("total_digits", 18), place
        assert -int(digits.exponent) <= rules.get("fraction_digits", 18), place
        assert item >= rules.get("min_inclusive", item), place
