"""The description as it is served: to generate it takes seconds, and anybody may ask for it as often as they like."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.handlers.http import description, openapi


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    for one in (description.text, description.page):
        one.cache_clear()
    yield
    for one in (description.text, description.page):
        one.cache_clear()


def test_packaged_description_is_served_without_being_generated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packaged = tmp_path / "description.json"
    packaged.write_text(json.dumps(openapi.document()))
    monkeypatch.setattr(description, "PACKAGED", packaged)
    monkeypatch.setattr(openapi, "document", lambda: pytest.fail("generated"))
    assert description.text() == packaged.read_text()
    assert "<title>Florin API</title>" in description.page()
    packaged.unlink()
    assert description.text() is description.text(), "it is read once"
    assert description.page() is description.page(), "it is made once"


def test_description_is_generated_where_there_is_no_package() -> None:
    assert not description.PACKAGED.exists()
    assert json.loads(description.text()) == openapi.document()
