"""The way of a request to the API through the console's distribution: its path and its headers.

CloudFront gives the fragment's function an event, whose structure its developer guide documents in "CloudFront
Functions event structure". Here a browser runs the function with such events.
"""

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from chalicelib.handlers.http import viewer
from infra.settings import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Json = dict[str, Any]
RESOURCES: Json = yaml.safe_load((ROOT / "infra" / "fragments" / "console.yaml").read_text())["Resources"]
CONFIG: Json = RESOURCES["ConsoleDistribution"]["Properties"]["DistributionConfig"]
RUN = "event => {{ {code}; return handler(event); }}"
REFUSED = (
    "connection", "expect", "keep-alive", "proxy-*", "trailer", "upgrade", "x-accel-*", "x-amz-*", "x-amzn-*",
    "x-cache", "x-edge-*", "x-forwarded-proto", "x-real-ip", "cdn-loop", "content-*", "host", "transfer-encoding",
    "via",
)  # fmt: skip
"""Headers of CloudFront: it answers 502 for a function that adds one, and refuses one as an origin's custom header."""
ADDRESSES = ["203.0.113.7", "2001:db8:85a3::8a2e:370:7334"]
FORGED = {
    "not there": {},
    "once": {"x-florin-viewer": {"value": "10.0.0.1"}},
    "twice": {"x-florin-viewer": {"value": "10.0.0.1", "multiValue": [{"value": "10.0.0.1"}, {"value": "10.0.0.2"}]}},
    "with a secret": {"x-florin-viewer": {"value": "10.0.0.1"}, "x-florin-edge": {"value": "guessed"}},
}
SENT: Json = {
    "accept": {"value": "text/html", "multiValue": [{"value": "text/html"}, {"value": "application/json"}]},
    "authorization": {"value": "Bearer token"},
    "host": {"value": "d111111abcdef8.cloudfront.net"},
    "idempotency-key": {"value": "9f1c"},
}


def event_of(ip: str, headers: Json) -> Json:
    """Return the event of a request to the API."""
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": "d111111abcdef8.cloudfront.net",
            "distributionId": "EDFDVBD6EXAMPLE",
            "eventType": "viewer-request",
            "requestId": "EXAMPLEntjQpEXAMPLE_SG5Z-EXAMPLEPmPfEXAMPLEu3EqEXAMPLE==",
        },
        "viewer": {"ip": ip},
        "request": {
            "method": "POST",
            "uri": "/api/v1/transactions/transfer",
            "querystring": {"preview": {"value": "6"}},
            "headers": headers,
            "cookies": {},
        },
    }


@pytest.mark.parametrize("ip", ADDRESSES)
@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_the_api_gets_the_address_that_cloudfront_sees(browser: "Browser", ip: str, forged: Json) -> None:
    event = event_of(ip, SENT | forged)
    page = browser.new_page()
    request: Json = page.evaluate(RUN.format(code=RESOURCES["NameViewer"]["Properties"]["FunctionCode"]), event)
    page.close()
    assert request["headers"].pop(viewer.ADDRESS_HEADER) == {"value": ip}
    kept = {name: value for name, value in event["request"]["headers"].items() if name != viewer.ADDRESS_HEADER}
    assert request == event["request"] | {"headers": kept}


def test_cloudfront_accepts_both_headers_and_writes_the_secret_itself() -> None:
    [api] = [origin for origin in CONFIG["Origins"] if origin["Id"] == "api"]
    [secret] = api["OriginCustomHeaders"]
    assert secret == {"HeaderName": viewer.SECRET_HEADER, "HeaderValue": {"Ref": "EdgeSecret"}}
    names = (viewer.ADDRESS_HEADER, viewer.SECRET_HEADER)
    assert [name for name in names for pattern in REFUSED if fnmatch(name, pattern)] == []
    assert all(name == name.lower() for name in names)


def test_only_paths_of_the_api_reach_it_unchanged_and_uncached() -> None:
    [behavior] = CONFIG["CacheBehaviors"]
    assert (behavior["PathPattern"], behavior["TargetOriginId"]) == ("api/*", "api")
    assert CONFIG["DefaultCacheBehavior"]["TargetOriginId"] == "console"
    [function] = behavior["FunctionAssociations"]
    assert function == {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["NameViewer", "FunctionARN"]}}
    assert "FunctionAssociations" not in CONFIG["DefaultCacheBehavior"]
    [api] = [origin for origin in CONFIG["Origins"] if origin["Id"] == "api"]
    assert "OriginPath" not in api, "the first part of the path is the API's stage"
