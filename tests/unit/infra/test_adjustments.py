"""What the emulator does only once gives the same each time."""

import json
from typing import Any

import pytest
from ministack.core import iam_evaluator
from ministack.services import dynamodb

from infra.emulator import adjustments


@pytest.fixture
def evaluates_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_condition_syntax_error", "_tokenize", "copy"):
        monkeypatch.setattr(dynamodb, name, getattr(dynamodb, name))
    adjustments.evaluate_quickly()


def test_a_condition_holds_for_each_item_by_itself(evaluates_quickly: None) -> None:
    condition = "attribute_not_exists(#held) OR (#held BETWEEN :least AND :most)"
    values = {":least": {"N": "2"}, ":most": {"N": "4"}}
    items = [{}, *({"held": {"N": str(number)}} for number in (1, 2, 4, 5))]
    for _ in range(2):
        held = [dynamodb._evaluate_condition(condition, item, values, {"#held": "held"}) for item in items]
        assert held == [True, False, True, True, False]


def test_an_update_leaves_the_item_before_as_it_was(evaluates_quickly: None) -> None:
    before: dict[str, Any] = {"sum": {"N": "1"}, "tags": {"L": [{"S": "a"}]}}
    update, values = "SET #sum = #sum + :more, tags[0] = :tag", {":more": {"N": "2"}, ":tag": {"S": "b"}}
    for _ in range(2):
        after, _changed = dynamodb._apply_update_expression(before, update, values, {"#sum": "sum"})
        assert after == {"sum": {"N": "3"}, "tags": {"L": [{"S": "b"}]}}
        assert before == {"sum": {"N": "1"}, "tags": {"L": [{"S": "a"}]}}


def test_a_copy_shares_nothing_that_can_change() -> None:
    item: dict[str, Any] = {"tags": {"L": [{"S": "a"}]}, "set": {1}, "text": "x", "none": None}
    made = adjustments.copy_json(item)
    assert made == item
    made["tags"]["L"][0]["S"] = "b"
    made["set"].add(2)
    assert item == {"tags": {"L": [{"S": "a"}]}, "set": {1}, "text": "x", "none": None}


@pytest.mark.parametrize(
    "text", ['{"a": [1, 2.5, null, true, "é"]}', b'{"a": "x"}', '"\\ud800"', "12345678901234567890"]
)
def test_json_is_read_as_before(text: str | bytes) -> None:
    assert adjustments.load_json(text) == json.loads(text)


def test_what_is_not_json_is_refused_as_before() -> None:
    with pytest.raises(json.JSONDecodeError):
        adjustments.load_json("{")


@pytest.mark.parametrize("data", [{"a": [1, 2.5, None, True, "é"]}, {1: "x"}, {"a": 1 << 70}, {}])
def test_json_is_written_as_before_but_for_spaces(data: object) -> None:
    assert json.loads(adjustments.dump_json(data)) == json.loads(json.dumps(data))


def test_responses_keep_their_status_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json_response", "json"):
        monkeypatch.setattr(dynamodb, name, getattr(dynamodb, name))
    before = dynamodb.json_response({"a": 1}, 400)
    adjustments.read_json_quickly()
    status, headers, body = dynamodb.json_response({"a": 1}, 400)
    assert (status, headers, json.loads(body)) == (*before[:2], json.loads(before[2]))


def test_a_policy_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []

    def reading(policy: object) -> list[object]:
        read.append(policy)
        return [policy]

    monkeypatch.setattr(iam_evaluator, "parse_policy_document", reading)
    adjustments.read_policies_once()
    policies: list[object] = ["one", "other", "one", {"Statement": []}]
    assert [iam_evaluator.parse_policy_document(policy) for policy in policies] == [[policy] for policy in policies]
    assert read == ["one", "other", {"Statement": []}]


@pytest.mark.parametrize(("wanted", "allowed"), [(2, 2), (100, 24)])
def test_a_queue_starts_so_many_functions_at_once(monkeypatch: pytest.MonkeyPatch, wanted: int, allowed: int) -> None:
    from ministack.services import lambda_svc

    name = "_sqs_esm_concurrency"
    monkeypatch.setattr(lambda_svc, name, getattr(lambda_svc, name))
    adjustments.limit_functions_of_queues()
    source = {"ScalingConfig": {"MaximumConcurrency": wanted}}
    assert getattr(lambda_svc, name)(source, {}, {}) == allowed
