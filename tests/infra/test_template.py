"""What the packaged template says, stage by stage, without deploying it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from chalicelib import clock
from chalicelib.domain.errors import ClockSkew
from chalicelib.handlers.functions.scheduled_run_task import RESERVE_MILLISECONDS
from chalicelib.handlers.http import problems
from chalicelib.models.statements.document_bucket import LIFETIMES
from chalicelib.services.scheduled_runs.steps import STALLED_AFTER
from chalicelib.services.webhooks.deliver import LEASE
from chalicelib.services.webhooks.sender import SECONDS_MAX
from clearing_bank.answers import OWN_BIC
from infra.build import gateway_responses
from infra.deploy import digest_setup
from infra.settings import ROOT, STAGES

Template = dict[str, Any]
TABLES = ("BankTable", "LedgerTable", "AuditTable", "KeysTable", "EventsTable")
CHANGES_WHAT_IS_WRITTEN = {
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "PartiQLUpdate",
    "PartiQLDelete",
    "DeleteTable",
}
RUNS = [
    ("MonthlyInterestStateMachine", "InterestTask"),
    ("MonthlyStatementsStateMachine", "StatementTask"),
    ("StandingOrdersStateMachine", "StandingOrderTask"),
]
# API Gateway's own list; the fallbacks DEFAULT_4XX and DEFAULT_5XX cover what it may add.
STATUSES = {
    "ACCESS_DENIED": 403, "API_CONFIGURATION_ERROR": 503, "AUTHORIZER_CONFIGURATION_ERROR": 503,
    "AUTHORIZER_FAILURE": 503, "BAD_REQUEST_BODY": 400, "BAD_REQUEST_PARAMETERS": 422, "DEFAULT_4XX": 422,
    "DEFAULT_5XX": 503, "EXPIRED_TOKEN": 401, "INTEGRATION_FAILURE": 503, "INTEGRATION_TIMEOUT": 503,
    "INVALID_API_KEY": 401, "INVALID_SIGNATURE": 404, "MISSING_AUTHENTICATION_TOKEN": 404, "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413, "RESOURCE_NOT_FOUND": 404, "THROTTLED": 429, "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415, "WAF_FILTERED": 403,
}  # fmt: skip


def test_no_stage_has_what_prod_lacks_but_the_simulated_clearing_bank(templates: dict[str, Template]) -> None:
    simulated = {f"ClearingBank{part}" for part in ("", "Table", "LogGroup", "Role", "Rule", "Permission")}
    for stage, template in templates.items():
        more = template["Resources"].keys() - templates["prod"]["Resources"].keys()
        assert more == (set() if stage == "prod" else simulated)


def test_the_clearing_bank_reaches_its_table_and_the_two_queues_alone(templates: dict[str, Template]) -> None:
    [policy] = templates["dev"]["Resources"]["ClearingBankRole"]["Properties"]["Policies"]
    reached = {one["Resource"]["Fn::GetAtt"][0] for one in policy["PolicyDocument"]["Statement"]}
    assert reached == {"ClearingBankTable", "ClearingOutbox", "ClearingInbox", "ClearingBankLogGroup"}


def test_the_bank_takes_messages_of_the_simulated_clearing_where_there_is_one(templates: dict[str, Template]) -> None:
    for stage, template in templates.items():
        variables = template["Resources"]["ReceiveClearing"]["Properties"]["Environment"]["Variables"]
        assert variables.get("CLEARING_BIC") == (None if stage == "prod" else OWN_BIC)


@pytest.mark.parametrize("stage", STAGES)
def test_api_gateway_compresses_what_is_worth_it_and_has_head_where_it_has_get(
    templates: dict[str, Template], stage: str
) -> None:
    api = templates[stage]["Resources"]["RestAPI"]["Properties"]
    assert api["MinimumCompressionSize"] == 1024
    for path, methods in api["DefinitionBody"]["paths"].items():
        assert methods["get"].get("security") == methods["head"].get("security"), path


@pytest.mark.parametrize("stage", STAGES)
def test_no_policy_has_a_wildcard_of_actions(templates: dict[str, Template], stage: str) -> None:
    for statement in _statements(templates[stage]):
        assert not any("*" in action for action in _actions(statement)), statement
        assert "NotAction" not in statement
        # EventBridge has no resource for the list of a bus's rules, Step Functions none for a task's token, and
        # CloudWatch none for a metric.
        any_resource = (
            "CountConflicts",
            "DeliverLogs",
            "PutTheCanarysMetrics",
            "SeeWhetherTheBusHasRules",
            "WakeTheWorkflow",
        )
        may_be_any = statement["Sid"] in any_resource
        assert statement["Resource"] != "*" or may_be_any, statement


@pytest.mark.parametrize("stage", STAGES)
def test_no_function_may_change_what_the_ledger_or_the_audit_holds(templates: dict[str, Template], stage: str) -> None:
    for statement in _statements(templates[stage]):
        resource = json.dumps(statement["Resource"])
        actions = {action.removeprefix("dynamodb:") for action in _actions(statement)}
        assert "PartiQL" not in str(actions)
        # Destroying a data key is what erases a person.
        assert "DeleteItem" not in actions or statement["Sid"] == "KeepAndDestroyDataKeys", statement
        assert statement["Sid"] != "KeepAndDestroyDataKeys" or resource == '{"Fn::GetAtt": ["KeysTable", "Arn"]}'
        if "LedgerTable" in resource or "AuditTable" in resource:
            assert not actions & CHANGES_WHAT_IS_WRITTEN, statement


def test_timeouts_nest_so_that_the_inner_gives_up_first(templates: dict[str, Template]) -> None:
    resources = templates["prod"]["Resources"]
    machine = resources["TransferStateMachine"]["Properties"]["Definition"]
    api_gateway_seconds = 29
    task_seconds = resources["TransferTask"]["Properties"]["Timeout"]
    api_seconds = resources["APIHandler"]["Properties"]["Timeout"]
    states = [state for state in machine["States"].values() if state["Type"] == "Task"]
    assert all(state["TimeoutSeconds"] == task_seconds for state in states)
    in_a_row = len([state for state in states if not state.get("End")]) + 1  # one that ends is the last of its way
    assert task_seconds * in_a_row < machine["TimeoutSeconds"] < api_seconds < api_gateway_seconds


@pytest.mark.parametrize(("machine", "task"), RUNS)
def test_a_state_waits_for_all_that_an_invocation_of_a_run_may_take(
    templates: dict[str, Template], machine: str, task: str
) -> None:
    """Or it would be repeated beside one that still works; and the schedule takes up a run only after that."""
    resources = templates["prod"]["Resources"]
    states = resources[machine]["Properties"]["Definition"]["States"]
    work = states["Partitions"]["ItemProcessor"]["States"]["Work"]
    task_seconds = resources[task]["Properties"]["Timeout"]
    assert all(state["TimeoutSeconds"] > task_seconds for state in (states["Open"], work, states["Close"]))
    assert STALLED_AFTER.total_seconds() >= task_seconds
    assert task_seconds * 1000 > RESERVE_MILLISECONDS


@pytest.mark.parametrize("run", ["MonthlyInterest", "MonthlyStatements", "StandingOrders"])
def test_the_schedule_starts_the_run_with_a_role_that_may_do_nothing_else(
    templates: dict[str, Template], run: str
) -> None:
    resources = templates["prod"]["Resources"]
    [target] = resources[f"{run}Rule"]["Properties"]["Targets"]
    assert target["Arn"] == {"Ref": f"{run}StateMachine"}
    assert target["RoleArn"] == {"Fn::GetAtt": [f"{run}RuleRole", "Arn"]}
    # LocalStack takes an empty object for nothing to send, and would never start the machine.
    assert "Input" not in target
    [policy] = resources[f"{run}RuleRole"]["Properties"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("states:StartExecution", target["Arn"])


@pytest.mark.parametrize("name", [machine for machine, _ in RUNS])
def test_alarm_rings_when_no_run_has_succeeded_however_it_ended_or_if_none_began(
    templates: dict[str, Template], name: str
) -> None:
    machine = [{"Name": "StateMachineArn", "Value": {"Ref": name}}]
    resources = [resource["Properties"] for resource in templates["prod"]["Resources"].values()]
    [alarm] = [resource for resource in resources if resource.get("Dimensions") == machine]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ExecutionsSucceeded", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (3600, 3, "breaching")
    assert alarm["AlarmActions"] == [{"Ref": "TicketTopic"}]


def test_no_more_workers_pay_interest_at_once_than_there_are_shards(templates: dict[str, Template]) -> None:
    """Each keeps to a shard of the general ledger until it meets somebody there."""
    variables = templates["prod"]["Resources"]["InterestTask"]["Properties"]["Environment"]["Variables"]
    assert 1 <= int(variables["INTEREST_WORKERS"]) <= int(variables["LEDGER_SHARDS"])


@pytest.mark.parametrize("stage", STAGES)
def test_only_the_local_stage_may_have_a_clock_that_is_ahead(templates: dict[str, Template], stage: str) -> None:
    assert "CLOCK_AHEAD_SECONDS" not in json.dumps(templates[stage])


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_tables_survive_their_stack(templates: dict[str, Template], stage: str) -> None:
    for table in TABLES:
        resource = templates[stage]["Resources"][table]
        assert resource["DeletionPolicy"] == "Retain"
        assert resource["Properties"]["DeletionProtectionEnabled"] is True
        assert resource["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_a_destroyed_data_key_comes_back_for_no_longer_than_a_day(templates: dict[str, Template]) -> None:
    resources = templates["prod"]["Resources"]
    table, key = resources["KeysTable"]["Properties"], resources["PersonalKey"]
    assert table["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] == 1
    assert "StreamSpecification" not in table
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_retention_key_survives_its_stack_and_denies_itself_to_the_bank(templates: dict[str, Template]) -> None:
    key = templates["prod"]["Resources"]["RetentionKey"]
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    [denied] = [one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Effect"] == "Deny"]
    assert "kms:Decrypt" in denied["Action"]
    assert denied["Principal"] == {"AWS": "*"}


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_digests_survive_their_stack_but_not_a_deployment_that_is_rolled_back(
    templates: dict[str, Template], stage: str
) -> None:
    for resource in (templates[stage]["Resources"][name] for name in ("DigestKey", "DigestBucket")):
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("stage", STAGES)
def test_the_function_that_draws_statements_alone_has_what_it_draws_with(
    templates: dict[str, Template], stage: str
) -> None:
    layered = {
        name: [layer["Ref"] for layer in resource["Properties"].get("Layers", [])]
        for name, resource in templates[stage]["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    shared = [] if stage == "local" else ["ManagedLayer"]
    assert layered.pop("StatementTask") == ([] if stage == "local" else ["ManagedLayer", "StatementLayer"])
    assert layered.pop("ClearingBank", []) == []
    assert all(layers == shared for layers in layered.values())


def test_stored_statements_are_private_encrypted_and_never_hidden_behind_versions(
    templates: dict[str, Template],
) -> None:
    bucket = templates["prod"]["Resources"]["StatementBucket"]["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert bucket["BucketEncryption"]
    assert "VersioningConfiguration" not in bucket
    assert {rule.get("Prefix") for rule in bucket["LifecycleConfiguration"]["Rules"]} == {
        *(f"{lifetime}/" for lifetime in LIFETIMES),
        "filed/",
        "uploads/",
        None,
    }


def test_whoever_starts_the_sealer_waits_as_long_as_it_may_take(templates: dict[str, Template]) -> None:
    assert templates["prod"]["Resources"]["Sealer"]["Properties"]["Timeout"] == digest_setup.SEALER_SECONDS_MAX


@pytest.mark.parametrize("stage", STAGES)
def test_the_mailer_sends_from_one_address_and_gives_up_soon(templates: dict[str, Template], stage: str) -> None:
    """The emulator asks for the right to send from anywhere; AWS does not."""
    resources = templates[stage]["Resources"]
    [sending] = [one for one in _statements(templates[stage]) if "ses:SendEmail" in _actions(one)]
    assert _actions(sending) == ["ses:SendEmail"]
    ordering = [one for one in _statements(templates[stage]) if '"Mailer"' in json.dumps(one["Resource"])]
    assert [(one["Sid"], one["Action"]) for one in ordering] == [("OrderMails", ["lambda:InvokeFunction"])] * 3
    on_emulator, elsewhere, on_aws = sending["Resource"]["Fn::If"]
    assert (on_emulator, elsewhere) == ("OnEmulator", "*")
    sender = {"Fn::FindInMap": ["Mail", {"Ref": "Stage"}, "Sender"]}
    arn, names = on_aws["Fn::Sub"]
    assert arn.endswith(":identity/${Sender}")
    assert names == {"Sender": sender}
    assert resources["MailIdentity"]["Condition"] == "OnAws"
    assert resources["MailIdentity"]["Properties"]["EmailIdentity"] == sender
    mailer = resources["Mailer"]["Properties"]
    assert mailer["Environment"]["Variables"]["MAIL_SENDER"] == sender
    assert mailer["EventInvokeConfig"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600}
    alarm = resources["MailsGivenUpAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("AsyncEventsDropped", 0)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "Mailer"}}]


@pytest.mark.parametrize("stage", STAGES)
def test_an_ended_session_is_let_in_for_a_minute_at_most(templates: dict[str, Template], stage: str) -> None:
    definition = templates[stage]["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    [asked] = definition["securityDefinitions"].values()
    assert asked["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] == 60


@pytest.mark.parametrize("function", ["AuditTrail", "Events"])
def test_a_consumer_of_the_stream_skips_nothing_and_an_alarm_rings_when_it_is_late(
    templates: dict[str, Template], function: str
) -> None:
    resources = templates["prod"]["Resources"]
    source = resources[function]["Properties"]["Events"][f"{function}DynamodbEventSource"]["Properties"]
    assert source["Stream"] == {"Fn::GetAtt": ["BankTable", "StreamArn"]}
    assert (source["MaximumRetryAttempts"], source["MaximumRecordAgeInSeconds"]) == (-1, -1)
    assert "DestinationConfig" not in source
    alarm = resources[f"{function}LateAlarm"]["Properties"]
    topic = {"AuditTrail": "AlarmTopic", "Events": "TicketTopic"}[function]
    assert (alarm["MetricName"], alarm["AlarmActions"]) == ("IteratorAge", [{"Ref": topic}])
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]


@pytest.mark.parametrize(
    ("function", "consumer"), [("AuditTrail", "audit_trail"), ("EventRows", "event_rows"), ("Events", "events")]
)
def test_an_alarm_rings_when_a_consumer_sets_a_record_aside(
    templates: dict[str, Template], function: str, consumer: str
) -> None:
    alarm = templates["prod"]["Resources"][f"{function}SetAsideAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Florin", "StreamRecordsSetAside")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "florin"}, {"Name": "consumer", "Value": consumer}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert (alarm["Statistic"], alarm["AlarmActions"]) == ("Sum", [{"Ref": "TicketTopic"}])


def test_webhooks_are_queued_and_a_dead_one_rings(templates: dict[str, Template]) -> None:
    resources = templates["prod"]["Resources"]
    queue = resources["WebhookQueue"]["Properties"]
    seconds = resources["DeliverWebhook"]["Properties"]["Timeout"]
    assert SECONDS_MAX < seconds < LEASE.total_seconds() < queue["VisibilityTimeout"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["WebhookDeadLetters", "Arn"]}
    source = resources["DeliverWebhook"]["Properties"]["Events"]["DeliverWebhookSqsEventSource"]["Properties"]
    assert (source["Queue"], source["BatchSize"]) == ({"Fn::GetAtt": ["WebhookQueue", "Arn"]}, 1)
    stream = resources["PublishEvents"]["Properties"]["Events"]["PublishEventsDynamodbEventSource"]["Properties"]
    assert stream["Stream"] == {"Fn::GetAtt": ["EventsTable", "StreamArn"]}
    assert (stream["MaximumRetryAttempts"], stream["MaximumRecordAgeInSeconds"]) == (-1, -1)
    assert "wanted" in stream["FilterCriteria"]["Filters"][0]["Pattern"]
    alarm = resources["WebhookDeadLettersAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)
    assert alarm["AlarmActions"] == [{"Ref": "TicketTopic"}]
    assert resources["SweepWebhooks"]["Properties"]["Events"]


def test_alarm_rings_for_one_write_that_a_wrong_clock_stopped(
    templates: dict[str, Template], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLORIN_STAGE", "prod")
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with pytest.raises(ClockSkew):
        clock.next_timestamp(now, {"acc_1": "2026-11-22T12:00:00.000000Z"})
    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    alarm = templates["prod"]["Resources"]["ClockSkewAlarm"]["Properties"]
    [metric] = [line["_aws"]["CloudWatchMetrics"][0] for line in emitted]
    assert (metric["Namespace"], metric["Metrics"][0]["Name"]) == (alarm["Namespace"], alarm["MetricName"])
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    assert set(metric["Dimensions"][0]) == dimensions.keys()
    assert (emitted[0]["service"], emitted[0]["stage"]) == (dimensions["service"], "prod")
    assert dimensions["stage"] == {"Ref": "Stage"}
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["AlarmActions"] == [{"Ref": "TicketTopic"}]


def test_rollups_feed_no_stream(templates: dict[str, Template]) -> None:
    assert "StreamSpecification" not in templates["prod"]["Resources"]["ReportsTable"]["Properties"]


def test_a_template_deploys_under_its_own_stage_only(templates: dict[str, Template]) -> None:
    for stage, template in templates.items():
        assert template["Parameters"]["Stage"]["AllowedValues"] == [stage]


def test_every_function_logs_to_a_group_with_a_retention(templates: dict[str, Template]) -> None:
    resources = templates["prod"]["Resources"]
    functions = [name for name, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"]
    assert sorted(functions) == [
        "APIHandler", "AuditTrail", "Authorize", "ClearingTask", "DeliverWebhook", "Events", "ExpireHolds",
        "ExportTask", "Gauges", "InterestTask", "Mailer", "PaymentFileTask", "PublishEvents", "ReceiveClearing",
        "Sealer", "StandingOrderTask", "StatementTask", "SweepClearing", "SweepWebhooks", "TransferTask",
        "VerificationTask",
    ]  # fmt: skip
    for function in functions:
        group = resources[resources[function]["DependsOn"]]["Properties"]
        name = resources[function]["Properties"]["FunctionName"]["Fn::Sub"]
        assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{name}"
        assert group["RetentionInDays"] == {"Ref": "LogDays"}
        logging = resources[function]["Properties"]["LoggingConfig"]
        assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN"), "three lines for each invocation"


def test_every_refusal_of_the_gateway_is_a_problem_of_the_api() -> None:
    assert {refusal.response_type: refusal.status for refusal in gateway_responses.REFUSALS} == STATUSES
    for refusal in gateway_responses.REFUSALS:
        body = json.loads(gateway_responses.body(refusal))
        assert body["status"] == refusal.status == problems.STATUS[body["code"]]
        assert body["type"] == "https://florin.example/problems/" + body["code"]


def _statements(template: Template) -> list[dict[str, Any]]:
    roles = [resource for resource in template["Resources"].values() if resource["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 34 + ("ClearingBankRole" in template["Resources"])
    policies = [policy for role in roles for policy in role["Properties"].get("Policies", [])]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else list(action)


SERVICES = {
    "ApiGateway": "apigateway",
    "CloudWatch": "cloudwatch",
    "DynamoDB": "dynamodb",
    "Events": "events",
    "IAM": "iam",
    "KMS": "kms",
    "Lambda": "lambda",
    "Logs": "logs",
    "S3": "s3",
    "SES": "ses",
    "SNS": "sns",
    "SQS": "sqs",
    "Serverless": "lambda",
    "StepFunctions": "stepfunctions",
}
"""What LocalStack calls the services, by their names in CloudFormation."""
ONLY_ON_AWS = {"Budgets", "CloudFront", "Synthetics", "WAFv2"}
BESIDE_THE_STACK = {"cloudformation", "dynamodbstreams", "secretsmanager", "ssm", "sts"}


def test_the_compose_file_has_every_service_that_the_stack_needs(templates: dict[str, Template]) -> None:
    compose = yaml.safe_load((ROOT / "infra" / "localstack" / "compose.yaml").read_text())
    started = set(compose["services"]["localstack"]["environment"]["SERVICES"].split(","))
    resources = [resource for template in templates.values() for resource in template["Resources"].values()]
    services = {resource["Type"].split("::")[1] for resource in resources} - ONLY_ON_AWS
    assert started == {SERVICES[name] for name in services} | BESIDE_THE_STACK
