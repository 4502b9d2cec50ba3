"""The clock of deployed functions: ahead where the stage is local, and nowhere else."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import clock


@pytest.mark.parametrize(("stage", "ahead"), [("local", 86_400), ("dev", 0), ("prod", 0)])
def test_only_the_local_stage_lets_its_clock_be_set_ahead(
    stage: str, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLORIN_STAGE", stage)
    monkeypatch.setenv("CLOCK_AHEAD_SECONDS", "86400")
    distance = clock.now() - datetime.now(UTC)
    assert abs(distance - timedelta(seconds=ahead)) < timedelta(seconds=1)
