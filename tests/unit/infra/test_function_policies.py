"""What the functions may do at AWS beyond a call and its resource: conditions on keys, which no emulator enforces."""

import json
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from typing import Any

from chalicelib.domain.reports.rollup import BANK
from chalicelib.models.customers.personal_read import CustomerRead
from chalicelib.models.reports import ended_transactions, rollup, rollup_marks
from chalicelib.models.reports.generations import FIRST
from chalicelib.models.risk import profile
from infra.settings import ROOT

Statement = dict[str, Any]
POLICIES = {path.stem.removeprefix("policy-"): path for path in (ROOT / ".chalice").glob("policy-*.json")}
ACTIONS = {
    "cloudwatch": {"GetMetricStatistics"},
    "dynamodb": {
        *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query"),
        *("UpdateItem", "DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"),
    },
    "events": {"ListRules", "PutEvents"},
    "kms": {"Decrypt", "GenerateDataKey", "Sign"},
    "lambda": {"InvokeFunction"},
    "logs": {"CreateLogStream", "PutLogEvents"},
    "s3": {"DeleteObject", "GetObject", "ListBucket", "ListMultipartUploadParts", "PutObject"},
    "ses": {"SendEmail"},
    "sqs": {"DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage"},
    "ssm": {"GetParameter"},
    "states": {"DescribeExecution", "SendTaskSuccess", "StartExecution", "StartSyncExecution"},
}
"""By service. None changes code, keys, roles, policies, parameters, tables or locks: a function that was taken over
cannot give itself more."""


def statements(name: str) -> list[Statement]:
    found: list[Statement] = json.loads(POLICIES[name].read_text())["Statement"]
    return found


def keys_of(statement: Statement) -> list[str]:
    """Return the beginnings of the partitions that a statement is bound to; none if it is bound to no keys."""
    keys = [one["dynamodb:LeadingKeys"] for one in statement.get("Condition", {}).values()]
    return keys[0] if keys else []


def test_no_function_has_an_action_that_no_function_needs() -> None:
    for name in POLICIES:
        for statement in statements(name):
            for service, action in (one.split(":") for one in statement["Action"]):
                assert action in ACTIONS[service], (name, statement["Sid"])


def test_sealer_puts_digests_and_leaves_into_the_audit_and_no_record() -> None:
    audit = [one for one in statements("sealer") if "AuditTable" in json.dumps(one["Resource"])]
    bound = {action: keys_of(one) for one in audit for action in one["Action"]}
    assert bound == {"dynamodb:Query": [], "dynamodb:PutItem": ["DIGESTS", "SEAL#*"]}


def test_each_write_of_many_items_is_bound_to_keys() -> None:
    """BatchWriteItem deletes as well, without the action DeleteItem."""
    bound = {
        name: keys_of(one)
        for name in POLICIES
        for one in statements(name)
        if "dynamodb:BatchWriteItem" in one["Action"]
    }
    assert bound == {"audit-trail": ["CUSTOMER#*", "DAY#*"], "transfer-task": ["INTENTS#*"]}


def test_only_the_transfer_task_writes_transfers_that_wait_for_a_group() -> None:
    """A leader posts what an intent asks for in the name of its caller: who may store one may pay from any account."""
    writing = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem"}
    bound = {
        name: sorted(
            key
            for one in statements(name)
            if "ReportsTable" in json.dumps(one["Resource"]) and writing.intersection(one["Action"])
            for key in keys_of(one) or ["*"]
        )
        for name in POLICIES
    }
    of_events = [*(f"{number}*" for number in range(1, 10)), "ENDED#*", "READS#*", "RISK#*"]
    assert {name: keys for name, keys in bound.items() if keys} == {
        "events": of_events,
        "gauges": ["GAUGES"],
        "transfer-task": ["HOT_ACCOUNTS", "INTENTS#*"],
    }


def test_consumer_of_events_may_write_all_that_it_derives() -> None:
    """Partitions of totals begin with the number of their generation."""
    day, moment = date(2026, 11, 21), datetime(2026, 11, 21, 12, tzinfo=UTC)
    read = CustomerRead.partition("cus_1")
    derived = [rollup.partition(generation, BANK) for generation in (FIRST, 10, 99)]
    derived += [ended_transactions.day_key(day)[0], next(iter(profile.request_of(["acc_1"]).keys))[0], read]
    derived += [
        action["Put"]["Item"]["pk"]["S"]
        for action in (ended_transactions.mark("txn_1", moment), rollup_marks.mark(FIRST, "txn_1", moment))
    ]
    [bound] = [keys_of(one) for one in statements("events") if one["Sid"] == "CountIntoTheReports"]
    assert all(any(fnmatch(partition, key) for key in bound) for partition in derived)


def test_mailer_reads_an_invited_customer_and_writes_its_invitation_only() -> None:
    bank = [one for one in statements("mailer") if "BankTable" in json.dumps(one["Resource"])]
    assert {tuple(one["Action"]): keys_of(one) for one in bank} == {
        ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"): ["EMAIL#*", "INVITATION#*", "USER#*"],
        ("dynamodb:GetItem",): ["CUSTOMER#*"],
    }
