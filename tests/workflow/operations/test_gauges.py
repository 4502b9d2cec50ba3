"""The deployed function that takes the gauges, with the rights of its own role, and the token past the authorizer."""

import json
import time

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from chalicelib import clock
from chalicelib.services.identity import tokens
from tests.stack import Stack, eventually
from tests.workflow.bank import Client

NAMES = ("version", "account", "region", "detail", "detail-type", "source", "time", "id")
SCHEDULED: dict[str, object] = {**dict.fromkeys(NAMES, ""), "resources": []}
LIMIT_SECONDS = 1.0
"""Ten times what an answer may take on AWS: the emulator's gateway and busy cores take the rest."""


@pytest.fixture
def scraper(stack: Stack, at_the_tables: None) -> Client:
    return Client(stack.url, tokens.issue_for_metrics(clock.now()))


def scrape(client: Client) -> requests.Response:
    return requests.get(f"{client.url}/v1/metrics", headers={"Authorization": f"Bearer {client.token}"}, timeout=30)


def test_gauges_are_taken_and_scraped(stack: Stack, scraper: Client, admin: Client) -> None:
    name = f"florin-{stack.settings.stage}-gauges"
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(SCHEDULED))
    taken = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, taken
    assert taken["dead_letters"].keys() == {"webhooks", "clearing"}
    assert taken["lag_seconds"].keys() == {"audit_trail", "events"}

    def values() -> dict[str, float]:
        families = text_string_to_metric_families(scrape(scraper).text)
        return {family.name: family.samples[0].value for family in families if family.samples}

    assert eventually(lambda: "florin_gauges_age_seconds" in values())
    assert values()["florin_consumer_lag_seconds"] == 0
    ready = scraper.call("GET", "/v1/health/ready")
    assert (ready.status, {check["name"] for check in ready.body["checks"]}) == (
        200,
        {
            "gauges",
            *("audit_trail.lag", "audit_trail.set_aside", "event_rows.set_aside", "events.lag", "events.set_aside"),
            *("webhooks.dead_letters", "webhooks.due", "clearing.dead_letters", "clearing.due", "digests"),
        },
    )


def test_scrape_is_quick_and_its_token_opens_nothing_else(scraper: Client) -> None:
    scrape(scraper)

    def is_quick() -> bool:
        begun = time.perf_counter()
        assert scrape(scraper).status_code == 200
        return time.perf_counter() - begun < LIMIT_SECONDS

    assert eventually(is_quick), "not once, so it is not because of others on this machine"
    for path in ("/v1/accounts", "/v1/customers", "/v1/audit?actor=system"):
        assert scraper.call("GET", path).status == 403
