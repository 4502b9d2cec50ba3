"""To which moments the tables can be restored, and what is said of tables that are kept."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from infra.errors import CommandError
from infra.restore import drill, tables
from infra.settings import Settings

LATEST = datetime(2026, 11, 30, 8, 15, 7, 500, UTC)
REACH = timedelta(days=35)


def cloud(*, has_recovery: bool = True) -> Any:
    """AWS with tables, of which the ledger's recovery is an hour behind that of the others."""

    def describe(TableName: str) -> Any:
        latest = LATEST - timedelta(hours="ledger" in TableName)
        reach = {"EarliestRestorableDateTime": LATEST - REACH, "LatestRestorableDateTime": latest}
        recovery = {"PointInTimeRecoveryDescription": reach} if has_recovery else {}
        return {"ContinuousBackupsDescription": recovery}

    database = SimpleNamespace(describe_continuous_backups=describe)
    return SimpleNamespace(client=lambda _: database, endpoint_url=None)


def moment_at(at: str) -> datetime:
    return drill.moment_of(cloud(), Settings(stage="prod", target="aws", at=at))


def test_latest_moment_is_the_latest_second_of_all_tables() -> None:
    assert moment_at("") == datetime(2026, 11, 30, 7, 15, 7, tzinfo=UTC)


def test_moment_within_reach_is_taken_in_utc() -> None:
    assert moment_at("2026-11-30T08:15:00+01:00") == datetime(2026, 11, 30, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize("at", ["2026-11-30T08:00:00Z", "2026-10-01T00:00:00Z"])
def test_moment_out_of_reach_is_refused_with_the_moments_that_can_be_restored(at: str) -> None:
    with pytest.raises(CommandError, match="No table can be restored") as raised:
        moment_at(at)
    assert raised.value.advice == ("Recovery reaches from 2026-10-26T08:15:07.000500Z to 2026-11-30T07:15:07.000000Z.")


def test_table_without_recovery_is_named() -> None:
    with pytest.raises(CommandError, match="florin-prod-bank has no point-in-time recovery"):
        tables.latest_moment(cloud(has_recovery=False), "prod")


def test_tables_that_are_kept_come_with_the_commands_that_delete_them() -> None:
    told = tables.how_to_delete(["florin-prod-bank-restored"])
    assert told.endswith("aws dynamodb delete-table --table-name florin-prod-bank-restored")
