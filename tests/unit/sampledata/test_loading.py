"""Loading: whatever DynamoDB leaves unprocessed is sent again, within bounds."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.models.uniqueness import UniqueKey
from sampledata import loading
from sampledata.loading import BATCH_MAX, Loader, NotLoaded


class Database:
    """Takes a single item of each call; the first call of all is not answered."""

    def __init__(self, takes: int) -> None:
        self.takes, self.taken, self.answers = takes, list[Any](), False

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803 — botocore's
        assert sum(map(len, RequestItems.values())) <= BATCH_MAX
        if not self.answers:
            self.answers = True
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        [(table, requests)] = RequestItems.items()
        self.taken += requests[: self.takes]
        return {"UnprocessedItems": {table: requests[self.takes :]} if requests[self.takes :] else {}}


@pytest.fixture
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database(request.param)
    monkeypatch.setattr(loading, "connection", SimpleNamespace(client=lambda: database))
    monkeypatch.setattr(loading, "BACKOFF_SECONDS", 0.0)
    return database


def guards(count: int) -> list[UniqueKey]:
    return [UniqueKey.of_number(f"{number:012d}", "acc") for number in range(count)]


@pytest.mark.parametrize("database", [5], indirect=True)
def test_everything_is_put_once(database: Database) -> None:
    with Loader() as loader:
        loader.put_all(guards(2 * BATCH_MAX + 3))
    assert loader.items == len(database.taken) == 2 * BATCH_MAX + 3
    assert len({put["PutRequest"]["Item"]["pk"]["S"] for put in database.taken}) == loader.items


@pytest.mark.parametrize("database", [0], indirect=True)
def test_it_gives_up(database: Database) -> None:
    with pytest.raises(NotLoaded), Loader() as loader:
        loader.put_all(guards(3))
    assert not database.taken
