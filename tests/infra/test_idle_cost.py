"""What a stack costs while nobody uses it, from the template that is deployed."""

import json
import re
from typing import Any

import pytest

from infra.cost import idle
from infra.cost.prices import sum_after_free, sum_of
from infra.settings import ROOT

Template = dict[str, Any]
COSTS = (ROOT / "docs" / "costs.md").read_text()
IDLE_MAX = 3.00


def rows() -> dict[str, tuple[str, str]]:
    """The rows of the table of idle months in the docs: list price and what is left of it."""
    table = COSTS.partition("## An idle month")[2].partition("## ")[0]
    found = re.findall(r"^\| ([^|]+?) \| (\d+\.\d\d) \| (\d+\.\d\d) \|", table, re.MULTILINE)
    return {name: (listed, paid) for name, listed, paid in found}


def priced(packaged: Template, parameters: dict[str, str]) -> tuple[float, float]:
    lines = idle.lines(packaged, parameters)
    return sum_of(lines), sum_after_free(lines)


def _more(price: tuple[float, float], base: tuple[float, float]) -> tuple[float, float]:
    return price[0] - base[0], price[1] - base[1]


def with_clearing(packaged: Template) -> Template:
    """The template as it is when CLEARING is on."""
    copied: Template = json.loads(json.dumps(packaged))
    for name in ("ReceiveClearing", "SweepClearing"):
        for event in copied["Resources"][name]["Properties"]["Events"].values():
            del event["Properties"]["Enabled"]
    return copied


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_idle_month_without_options_costs_at_most_three_dollars(templates: dict[str, Template], stage: str) -> None:
    assert priced(templates[stage], idle.BASE)[1] <= IDLE_MAX


def test_docs_have_the_price_of_an_idle_month_and_of_each_option(templates: dict[str, Template]) -> None:
    base = priced(templates["prod"], idle.BASE)
    shown = {"without options": base}
    for name, value in idle.OPTIONS.items():
        shown[f"`{name}` `{value}`"] = _more(priced(templates["prod"], {**idle.BASE, name: value}), base)
    shown["`CLEARING` `on`"] = _more(priced(with_clearing(templates["prod"]), idle.BASE), base)
    for stage, alarms in (("dev", "wake"), ("prod", "all")):
        shown[f"stage {stage} by default"] = priced(templates[stage], {"Home": "aws", "Alarms": alarms})
    assert rows() == {name: (f"{listed:.2f}", f"{paid:.2f}") for name, (listed, paid) in shown.items()}


def test_stage_without_a_clearing_polls_no_queue_of_it(templates: dict[str, Template]) -> None:
    for name in ("ReceiveClearing", "SweepClearing"):
        off, on = (templates[stage]["Resources"][name]["Properties"]["Events"] for stage in ("prod", "dev"))
        assert [event["Properties"].get("Enabled", True) for event in off.values()] == [False]
        assert all(event["Properties"].get("Enabled", True) for event in on.values())


def test_shared_key_denies_what_is_retained_to_the_functions(templates: dict[str, Template]) -> None:
    template = templates["dev"]
    assert template["Parameters"]["Keys"]["Default"] == "shared"
    statements = template["Resources"]["PersonalKey"]["Properties"]["KeyPolicy"]["Statement"]
    denied = {one["Sid"]: one for one in statements if one["Effect"] == "Deny"}
    retained = denied["NeverWhatIsRetainedToTheFunctionsOfTheBank"]
    assert {"kms:Decrypt", "kms:ReEncryptFrom"} <= set(retained["Action"])
    assert retained["Condition"]["Null"] == {"kms:EncryptionContext:retained_until": "false"}
    assert {"kms:CreateGrant", "kms:PutKeyPolicy"} <= set(denied["NeverChangedByTheFunctionsOfTheBank"]["Action"])
    for one in denied.values():
        assert "florin" in json.dumps(one["Condition"]["ArnLike"]) or "StackName" in json.dumps(one["Condition"])


def test_budget_tells_the_topic_of_tickets(templates: dict[str, Template]) -> None:
    resources = templates["prod"]["Resources"]
    budget, policy = resources["MonthlyBudget"], resources["TicketTopicPolicy"]
    assert budget["Condition"] == policy["Condition"] == "HasBudget"
    told = budget["Properties"]["NotificationsWithSubscribers"]
    assert {(one["Notification"]["NotificationType"], one["Notification"]["Threshold"]) for one in told} == {
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    }
    assert all(one["Subscribers"] == [{"SubscriptionType": "SNS", "Address": {"Ref": "TicketTopic"}}] for one in told)
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert set(statement["Principal"]["Service"]) == {"budgets.amazonaws.com", "cloudwatch.amazonaws.com"}
