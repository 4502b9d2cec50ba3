"""What a stage has cost this month, from AWS Cost Explorer."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

TAG = "florin-stage"
REGION = "us-east-1"
"""Cost Explorer is there alone, for all regions."""
METRIC = "UnblendedCost"


@dataclass(frozen=True)
class MonthToDate:
    """Dollars by service since the first of the month, the dearest first. They are a day late, and estimates."""

    since: date
    by_service: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.by_service.values())


def month_to_date(explorer: Any, stage: str, today: date) -> MonthToDate:
    """Ask Cost Explorer, at $0.01 for each page of its answer. The stack's tag must be a cost allocation tag."""
    since = today.replace(day=1)
    request: dict[str, Any] = {
        # The end is exclusive, and the first of a month needs one, too.
        "TimePeriod": {"Start": since.isoformat(), "End": (today + timedelta(days=1)).isoformat()},
        "Granularity": "MONTHLY",
        "Metrics": [METRIC],
        "Filter": {"Tags": {"Key": TAG, "Values": [stage]}},
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
    }
    found: dict[str, float] = {}
    while True:
        answer = explorer.get_cost_and_usage(**request)
        for period in answer["ResultsByTime"]:
            for group in period["Groups"]:
                [service] = group["Keys"]
                found[service] = found.get(service, 0) + float(group["Metrics"][METRIC]["Amount"])
        if "NextPageToken" not in answer:
            return MonthToDate(since, dict(sorted(found.items(), key=lambda one: -one[1])))
        request["NextPageToken"] = answer["NextPageToken"]
