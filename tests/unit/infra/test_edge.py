"""The edge as the fragments have it: rates of routes, what is logged, what is reserved and kept in which stage."""

import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from chalicelib.handlers.routes import ROUTES
from infra.build import throttling
from infra.build.template import merged_fragments
from infra.settings import STAGES, Settings

PERSONAL = ("sourceIp", "userAgent", "$context.path", "caller", "authorizer.claims", "requestOverride")


@cache
def fragments(stage: str) -> dict[str, Any]:
    return merged_fragments(replace(Settings(), stage=stage))


def default(stage: str, parameter: str) -> Any:
    return fragments(stage)["Parameters"][parameter]["Default"]


def test_every_route_that_takes_fewer_requests_exists() -> None:
    routes = {(route.method, route.path) for route in ROUTES}
    assert {*throttling.SIGN_IN, *throttling.DEAR} <= routes


def test_every_route_that_anybody_may_post_to_is_a_sign_in_or_checks_nothing() -> None:
    """A route without a permission takes requests of strangers; those that hash or send are throttled as sign-ins."""
    posts = [route for route in ROUTES if route.permission is None and route.method == "POST"]
    open_routes = {(route.method, route.path) for route in posts}
    assert open_routes - set(throttling.SIGN_IN) == {("POST", "/v1/auth/refresh")}


def test_paths_are_written_as_api_gateway_wants_them() -> None:
    listed = throttling.fragment()["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    assert listed[0] == {
        "HttpMethod": "*",
        "ResourcePath": "/*",
        "ThrottlingRateLimit": {"Ref": "RequestRate"},
        "ThrottlingBurstLimit": {"Ref": "RequestBurst"},
    }
    assert {"/~1v1~1auth~1login", "/~1v1~1customers~1{customer_id}~1export"} <= {one["ResourcePath"] for one in listed}


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_dear_routes_take_fewer_requests_than_sign_ins_and_these_fewer_than_others(stage: str) -> None:
    for kind in ("Rate", "Burst"):
        assert default(stage, f"Dear{kind}") < default(stage, f"SignIn{kind}") < default(stage, f"Request{kind}")


def test_access_log_has_the_route_and_no_personal_data() -> None:
    setting = fragments("prod")["Resources"]["RestAPI"]["Properties"]["AccessLogSetting"]
    written = json.loads(setting["Fn::If"][1]["Format"])
    assert written["route"] == "$context.httpMethod $context.resourcePath"
    assert [name for name in PERSONAL if re.search(re.escape(name) + r"\b", json.dumps(written))] == []


def test_logs_are_kept_as_long_as_the_stage_says() -> None:
    assert [default(stage, "LogDays") for stage in STAGES] == [7, 30, 365]
    for stage in STAGES:
        groups = [one for one in fragments(stage)["Resources"].values() if one.get("Type") == "AWS::Logs::LogGroup"]
        assert {json.dumps(one["Properties"]["RetentionInDays"]) for one in groups} == {'{"Ref": "LogDays"}'}


def test_prod_reserves_copies_and_leaves_the_account_the_hundred_that_lambda_asks_for() -> None:
    names = {"ApiConcurrency": 1, "AuthorizerConcurrency": 1, "TransferConcurrency": 1, "StreamConcurrency": 3}
    assert sum(default("prod", name) * count for name, count in names.items()) <= 900
    assert {default(stage, name) for stage in ("local", "dev") for name in names} == {0}


def test_options_that_cost_money_are_off_unless_they_are_chosen() -> None:
    assert {default(stage, name) for stage in STAGES for name in ("Waf", "Canary")} == {"off"}
    assert [default(stage, "TableKey") for stage in STAGES] == ["off", "off", "on"]
    assert [default(stage, "AccessLogs") for stage in STAGES] == ["off", "off", "on"]


def test_statements_of_prod_stay_when_the_stack_is_deleted() -> None:
    policies = {stage: fragments(stage)["Resources"]["StatementBucket"]["DeletionPolicy"] for stage in STAGES}
    assert policies == {"local": "Delete", "dev": "Delete", "prod": "RetainExceptOnCreate"}


def test_firewall_has_the_managed_rules_and_is_sterner_for_sign_ins() -> None:
    rules = {one["Name"]: one for one in fragments("prod")["Resources"]["ApiFirewall"]["Properties"]["Rules"]}
    managed = {
        one["Statement"]["ManagedRuleGroupStatement"]["Name"].removeprefix("AWSManagedRules")
        for one in rules.values()
        if "ManagedRuleGroupStatement" in one["Statement"]
    }
    assert managed == {"AmazonIpReputationList", "KnownBadInputsRuleSet", "CommonRuleSet"}
    limits = {name: one["Statement"]["RateBasedStatement"]["Limit"] for name, one in rules.items() if "Rate" in name}
    assert limits["SignInRate"] < limits["CallerRate"] < limits["AddressRate"]
    assert sorted(one["Priority"] for one in rules.values()) == list(range(1, len(rules) + 1))
