"""`make logs` shows every function, follows, and filters by an id."""

import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import logs, progress
from infra.build import functions
from infra.settings import ROOT, Settings

Events = dict[str, list[dict[str, Any]]]


def cloud(events: Events) -> Any:
    """Logs of functions, by their short names; a function without a list has no log group."""

    def paginate(**asked: Any) -> list[dict[str, Any]]:
        name = asked["logGroupName"].removeprefix("/aws/lambda/florin-local-")
        if name not in events:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "FilterLogEvents")
        return [{"events": [event for event in events[name] if event["timestamp"] >= asked["startTime"]]}]

    service = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
    return SimpleNamespace(client=lambda _: service, endpoint_url="http://127.0.0.1:4566")


def event(number: int, message: str, seconds_ago: float = 1) -> dict[str, Any]:
    return {"timestamp": int((time.time() - seconds_ago) * 1000) + number, "message": message}


def all_functions(**events: list[dict[str, Any]]) -> Events:
    return {name: events.get(name, []) for name in functions.short_names(ROOT)}


def test_logs_of_every_function_are_shown() -> None:
    named = json.loads((ROOT / ".chalice/config.json").read_text())["lambda_functions"]
    assert len(functions.short_names(ROOT)) == len(named) >= 11
    events = {name: [event(number, f"from {name}")] for number, name in enumerate(functions.short_names(ROOT))}
    lines = logs.log_lines(cloud(events), Settings())
    assert {line.split(" from ")[1] for line in lines} == events.keys()


def test_lines_are_in_order_of_time_without_those_of_lambda() -> None:
    events = all_functions(api=[event(1, "second", 2), event(2, "END RequestId: 1")], mailer=[event(3, "first", 3)])
    assert [line.split()[-1] for line in logs.log_lines(cloud(events), Settings())] == ["first", "second"]


def test_log_that_cannot_be_read_is_named() -> None:
    events = all_functions(api=[event(1, "read")])
    del events["mailer"]
    read, unread = logs.log_lines(cloud(events), Settings())
    assert "mailer" in unread
    assert "cannot be read" in unread
    assert read.endswith("read")


def test_only_lines_with_the_id_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    events = all_functions(api=[event(1, '{"request_id": "req-1"}'), event(2, '{"request_id": "req-2"}')])
    lines = logs.log_lines(cloud(events), Settings(log_id="req-2"))
    assert [line.split(": ")[1] for line in lines] == ['"req-2"}']
    logs.print_logs(cloud(events), Settings(log_id="req-3"))
    nothing = "No line has req-3 in the last 15 minutes. MINUTES=120 looks further back.\n"
    assert capsys.readouterr().out == nothing


def test_older_lines_are_shown_when_more_minutes_are_asked_for() -> None:
    events = all_functions(api=[event(1, "an hour ago", seconds_ago=3600), event(2, "now")])
    for minutes, shown in ((15, ["now"]), (61, ["ago", "now"])):
        lines = logs.log_lines(cloud(events), Settings(log_minutes=minutes))
        assert [line.split()[-1] for line in lines] == shown


def test_request_is_followed_to_its_transaction_and_from_that_to_other_requests() -> None:
    one = event(1, '{"request_id": "req-1", "transaction_id": "txn_1", "message": "asked"}', 9)
    posted = event(2, '{"request_id": "gw-1", "transaction_id": "txn_1", "message": "posted"}', 8)
    told = event(3, '{"event_id": "evt_1", "trace_id": "abc", "request_id": "gw-1", "message": "told"}', 7)
    sent = event(4, '{"event_id": "evt_1", "delivery_id": "dlv_1", "message": "sent"}', 6)
    other = event(5, '{"request_id": "req-2", "transaction_id": "txn_2", "message": "other"}', 5)
    events = all_functions(api=[one, other], **{"transfer-task": [posted], "audit-trail": [told]}, mailer=[sent])
    for log_id in ("req-1", "txn_1"):
        lines = logs.log_lines(cloud(events), Settings(log_id=log_id))
        assert [json.loads(line[line.index("{") :])["message"] for line in lines] == ["asked", "posted", "told", "sent"]


def test_request_of_the_maker_is_followed_to_that_of_the_approver_and_back() -> None:
    made = event(1, '{"request_id": "req-1", "trace_id": "of-maker", "approval_id": "apr_1", "message": "asked"}', 9)
    approved = event(2, '{"request_id": "req-2", "approval_id": "apr_1", "message": "approved"}', 8)
    told = event(3, '{"delivery_id": "dlv_1", "trace_id": "of-maker", "message": "told"}', 7)
    other = event(4, '{"request_id": "req-3", "approval_id": "apr_2", "message": "other"}', 6)
    events = all_functions(api=[made, approved, other], **{"deliver-webhook": [told]})
    for log_id in ("of-maker", "req-1", "req-2", "apr_1", "dlv_1"):
        lines = logs.log_lines(cloud(events), Settings(log_id=log_id))
        assert [json.loads(line[line.index("{") :])["message"] for line in lines] == ["asked", "approved", "told"]


def test_aws_is_asked_for_lines_with_any_of_the_ids() -> None:
    asked: list[str] = []

    def paginate(**given: Any) -> list[dict[str, Any]]:
        asked.append(given.get("filterPattern", ""))
        is_api = given["logGroupName"].endswith("-api")
        return [{"events": [event(1, '{"request_id": "r", "transaction_id": "t"}')] if is_api else []}]

    service = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
    on_aws: Any = SimpleNamespace(client=lambda _: service, endpoint_url=None)
    assert len(logs.log_lines(on_aws, Settings(log_id="r"))) == 1
    assert set(asked) == {'"r"', '?"r" ?"t"'}


def waits(*to_come: Callable[[], object]) -> Callable[[], None]:
    """Return a wait in which one thing happens after another, and then Ctrl-C."""
    left = iter(to_come)

    def wait() -> None:
        happen = next(left, None)
        if happen is None:
            raise KeyboardInterrupt
        happen()

    return wait


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split()[-1] for line in capsys.readouterr().out.splitlines() if line]


def test_following_prints_each_line_once_until_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    events = all_functions(api=[event(1, "before")])
    api = events["api"]
    wait = waits(
        lambda: api.append(event(2, "first")),
        lambda: api.extend([event(3, "late", 5), event(4, "second")]),
        lambda: None,
    )
    logs.follow(cloud(events), Settings(), [], wait)
    assert printed(capsys) == ["before", "first", "late", "second"]


def test_lines_that_come_while_earlier_ones_are_printed_are_not_lost(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    events = all_functions(api=[event(1, "before")])

    def say_slowly(line: str = "") -> None:
        progress.say(line)
        if line.endswith("before"):
            events["api"].append(event(2, "meanwhile"))

    monkeypatch.setattr(logs, "say", say_slowly)
    wait = waits(lambda: None)
    monkeypatch.setattr("time.sleep", lambda _: wait())
    logs.print_logs(cloud(events), Settings(follow=True))
    assert printed(capsys) == ["before", "meanwhile"]


def test_log_that_could_not_be_read_for_once_does_not_repeat_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    events = all_functions(api=[event(1, "before")])
    kept = events["api"]
    wait = waits(lambda: None, lambda: events.pop("api"), lambda: events.update(api=kept), lambda: None)
    logs.follow(cloud(events), Settings(), [], wait)
    shown = capsys.readouterr().out
    assert shown.count("before") == 1
    assert shown.count("cannot be read") == 1
