"""The stream's filter, which decides what the function `events` sees: it lets through all that is followed."""

import json

import yaml

from chalicelib.services.events.event_consumer import FOLLOWED
from infra.settings import ROOT

FILTERS_MAX = 5
"""Of one event source; AWS takes no more."""


def test_every_kind_that_is_followed_passes_the_filter() -> None:
    fragment = yaml.safe_load((ROOT / "infra/fragments/events.yaml").read_text())
    [source] = fragment["Resources"]["Events"]["Properties"]["Events"].values()
    filters = source["Properties"]["FilterCriteria"]["Filters"]
    patterns = [json.loads(one["Pattern"])["dynamodb"]["NewImage"] for one in filters]
    passing = {kind for pattern in patterns for kind in pattern["type"]["S"]}
    assert {kind for kind, *_ in FOLLOWED} == passing
    assert len(filters) <= FILTERS_MAX
