"""The policies as the emulator enforces them: what a function may not do is refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.deploy import change_set
from infra.settings import ROOT
from tests.infra.conftest import RoleClient
from tests.stack import Stack

ROLES = (
    "ApiHandlerRole", "AuthorizeRole", "TransferTaskRole", "InterestTaskRole", "StatementTaskRole", "AuditTrailRole",
    "EventsRole", "ExpireHoldsRole", "ExportTaskRole", "SealerRole", "MailerRole", "TransferStateMachineRole",
    "MonthlyInterestStateMachineRole", "MonthlyInterestRuleRole", "MonthlyStatementsStateMachineRole",
    "MonthlyStatementsRuleRole", "ReportExportStateMachineRole", "VerificationTaskRole",
    "VerificationStateMachineRole", "PublishEventsRole", "DeliverWebhookRole", "SweepWebhooksRole",
    "StandingOrderTaskRole", "StandingOrdersStateMachineRole", "StandingOrdersRuleRole",
    "ClearingTaskRole", "ReceiveClearingRole", "SweepClearingRole", "SettlementStateMachineRole",
    "GaugesRole", "PaymentFileTaskRole", "PaymentFileStateMachineRole",
)  # fmt: skip
KEY = {"pk": {"S": "ACCOUNT#acc_1"}, "sk": {"S": "2026-11-21T08:30:00.123456Z#000000000001"}}


@pytest.mark.parametrize("table", ["ledger", "audit"])
@pytest.mark.parametrize("role", ROLES)
def test_no_role_changes_or_deletes_what_was_written(stack: Stack, as_role: RoleClient, role: str, table: str) -> None:
    dynamodb, name = as_role(role, "dynamodb"), stack.table_name(table)
    stack.client("dynamodb").put_item(TableName=name, Item=KEY)
    update = {
        "Key": KEY,
        "UpdateExpression": "SET amount = :amount",
        "ExpressionAttributeValues": {":amount": {"N": "1"}},
    }
    assert _refused(lambda: dynamodb.update_item(TableName=name, **update))
    assert _refused(lambda: dynamodb.delete_item(TableName=name, Key=KEY))
    assert _refused(lambda: dynamodb.transact_write_items(TransactItems=[{"Update": {"TableName": name, **update}}]))
    assert _refused(lambda: dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": name, "Key": KEY}}]))
    delete = {"DeleteRequest": {"Key": KEY}}
    assert _refused(lambda: dynamodb.batch_write_item(RequestItems={name: [delete]}))
    assert stack.client("dynamodb").get_item(TableName=name, Key=KEY)["Item"] == KEY


def test_only_functions_that_post_write_the_ledger(stack: Stack, as_role: RoleClient) -> None:
    item = {"TableName": stack.table_name("ledger"), "Item": KEY}
    posting = (
        *("ApiHandlerRole", "TransferTaskRole", "InterestTaskRole", "StandingOrderTaskRole", "ReceiveClearingRole"),
        "PaymentFileTaskRole",
    )
    for role in [role for role in ROLES if role not in posting]:
        dynamodb = as_role(role, "dynamodb")
        assert _refused(lambda dynamodb=dynamodb: dynamodb.put_item(**item))
    for role in posting:
        as_role(role, "dynamodb").put_item(**item)


def test_only_the_audit_trail_and_the_sealer_write_the_audit(stack: Stack, as_role: RoleClient) -> None:
    item = {"TableName": stack.table_name("audit"), "Item": KEY}
    auditing = ("AuditTrailRole", "SealerRole")
    for role in [role for role in ROLES if role not in auditing]:
        dynamodb = as_role(role, "dynamodb")
        assert _refused(lambda dynamodb=dynamodb: dynamodb.put_item(**item))
    for role in auditing:
        as_role(role, "dynamodb").put_item(**item)


def test_few_functions_write_into_the_reports_and_few_list_them(stack: Stack, as_role: RoleClient) -> None:
    name = stack.table_name("reports")
    by = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    for role in ROLES:
        dynamodb = as_role(role, "dynamodb")
        counts = partial(dynamodb.put_item, TableName=name, Item=KEY)
        lists = partial(dynamodb.query, TableName=name, **by)
        # The gauges are one item of the table, and posts that wait for a group have partitions of their own. The
        # emulator does not know what a condition on keys is about.
        assert counts() if role in ("EventsRole", "GaugesRole", "TransferTaskRole") else _refused(counts)
        listing = ("ApiHandlerRole", "GaugesRole", "TransferTaskRole", "VerificationTaskRole")
        assert lists() if role in listing else _refused(lists)
        assert _refused(partial(dynamodb.delete_item, TableName=name, Key=KEY))


def test_only_the_export_task_writes_files_and_only_it_and_the_api_read_and_destroy_them(
    stack: Stack, as_role: RoleClient
) -> None:
    bucket = change_set.outputs(stack.cloud, stack.settings.stack_name)["ExportBucketName"]
    where = {"Bucket": bucket, "Key": "exports/k"}
    writer = as_role("ExportTaskRole", "s3")
    for role in ROLES:
        storage = as_role(role, "s3")
        writes = partial(storage.put_object, **where, Body=b"b")
        others = [partial(storage.get_object, **where), partial(storage.list_objects_v2, Bucket=bucket)]
        others.append(partial(storage.delete_object, **where))
        writer.put_object(**where, Body=b"b")
        assert writes() if role == "ExportTaskRole" else _refused(writes)
        is_let = role in ("ExportTaskRole", "ApiHandlerRole")
        assert all(call() if is_let else _refused(call) for call in others)


def test_a_verification_writes_nothing_but_how_far_it_is(stack: Stack, as_role: RoleClient) -> None:
    """It reads the bank, entries, audit and totals. Its own file is its alone."""
    dynamodb = as_role("VerificationTaskRole", "dynamodb")
    by = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    for table in ("bank", "ledger", "audit", "reports", "events"):
        name = stack.table_name(table)
        assert "Items" in dynamodb.query(TableName=name, **by)
        assert _refused(partial(dynamodb.put_item, TableName=name, Item=KEY))
        assert _refused(partial(dynamodb.delete_item, TableName=name, Key=KEY))
        assert _refused(partial(dynamodb.scan, TableName=name))
    own = json.loads((ROOT / ".chalice/policy-verification-task.json").read_text())["Statement"][1]
    assert own["Action"] == ["dynamodb:UpdateItem"]
    # The emulator does not know what a condition on keys is about.
    assert own["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["VERIFICATIONS"]}}
    bucket = change_set.outputs(stack.cloud, stack.settings.stack_name)["ExportBucketName"]
    where = {"Bucket": bucket, "Key": "verifications/k"}
    as_role("VerificationTaskRole", "s3").put_object(**where, Body=b"b")
    for role in [role for role in ROLES if role != "VerificationTaskRole"]:
        storage = as_role(role, "s3")
        assert _refused(partial(storage.put_object, **where, Body=b"c"))
        assert _refused(partial(storage.get_object, **where))
    assert _refused(partial(as_role("VerificationTaskRole", "s3").delete_object, **where))
    machine = change_set.outputs(stack.cloud, stack.settings.stack_name)["VerificationStateMachineArn"]
    for role in [role for role in ROLES if role != "EventsRole"]:
        starts = partial(as_role(role, "stepfunctions").start_execution, stateMachineArn=machine, input="{}")
        assert _refused(starts)


def test_only_the_sealer_signs_and_reaches_the_archive_and_not_even_it_deletes(
    stack: Stack, as_role: RoleClient
) -> None:
    outputs = change_set.outputs(stack.cloud, stack.settings.stack_name)
    bucket, key_id = outputs["DigestBucketName"], outputs["DigestKeyArn"]
    message = {"KeyId": key_id, "Message": b"m", "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
    for role in [role for role in ROLES if role != "SealerRole"]:
        storage, keys = as_role(role, "s3"), as_role(role, "kms")
        assert _refused(lambda storage=storage: storage.put_object(Bucket=bucket, Key="k", Body=b"b"))
        assert _refused(lambda storage=storage: storage.get_object(Bucket=bucket, Key="k"))
        assert _refused(lambda keys=keys: keys.sign(**message))
    storage = as_role("SealerRole", "s3")
    kept = storage.put_object(Bucket=bucket, Key="k", Body=b"b")
    assert as_role("SealerRole", "kms").sign(**message)["Signature"]
    version = {"Bucket": bucket, "Key": "k", "VersionId": kept["VersionId"]}
    assert _refused(lambda: storage.delete_object(**version))
    assert _refused(lambda: stack.client("s3").delete_object(**version))


def test_only_the_api_makes_and_destroys_data_keys_and_few_read_them(stack: Stack, as_role: RoleClient) -> None:
    """And nobody deletes anywhere else. Messages to other banks have the names of payers and payees."""
    readers = (
        *("MailerRole", "StatementTaskRole", "DeliverWebhookRole", "ClearingTaskRole", "SweepClearingRole"),
        *("PaymentFileTaskRole", "ReceiveClearingRole", "StandingOrderTaskRole"),
    )
    name, alias = stack.table_name("keys"), f"alias/florin-{stack.stage}-personal"
    key_id = stack.client("kms").describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    context = {"subject": "cus_1"}
    wanted = {"KeyId": key_id, "KeySpec": "AES_256", "EncryptionContext": context}
    wrapped = as_role("ApiHandlerRole", "kms").generate_data_key(**wanted)["CiphertextBlob"]
    given = {"KeyId": key_id, "CiphertextBlob": wrapped}
    item = {"pk": {"S": "KEY#cus_1"}, "sk": {"S": "KEY"}}
    stack.client("dynamodb").put_item(TableName=name, Item=item)
    request = {"RequestItems": {name: {"Keys": [item]}}}
    for role in [role for role in ROLES if role != "ApiHandlerRole"]:
        dynamodb, keys = as_role(role, "dynamodb"), as_role(role, "kms")
        assert _refused(lambda dynamodb=dynamodb: dynamodb.put_item(TableName=name, Item=item))
        assert _refused(lambda dynamodb=dynamodb: dynamodb.delete_item(TableName=name, Key=item))
        assert _refused(lambda keys=keys: keys.generate_data_key(**wanted))
        if role in readers:
            assert dynamodb.batch_get_item(**request)["Responses"][name] == [item]
            assert keys.decrypt(**given, EncryptionContext=context)["Plaintext"]
            continue
        assert _refused(lambda dynamodb=dynamodb: dynamodb.batch_get_item(**request))
        assert _refused(lambda keys=keys: keys.decrypt(**given, EncryptionContext=context))
    dynamodb, keys = as_role("ApiHandlerRole", "dynamodb"), as_role("ApiHandlerRole", "kms")
    assert dynamodb.batch_get_item(**request)["Responses"][name] == [item]
    assert keys.decrypt(**given, EncryptionContext=context)["Plaintext"]
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        keys.decrypt(**given, EncryptionContext={"subject": "cus_2"})
    assert _refused(lambda: keys.encrypt(KeyId=key_id, Plaintext=b"m"))
    assert _refused(lambda: dynamodb.scan(TableName=name))
    assert _refused(lambda: dynamodb.delete_item(TableName=stack.table_name("bank"), Key=item))
    dynamodb.delete_item(TableName=name, Key=item)


def test_the_api_seals_what_is_retained_and_no_function_opens_it(stack: Stack, as_role: RoleClient) -> None:
    """Not even where a policy allows it by mistake: the key's own policy denies it to every role of the stack."""
    key_id = stack.client("kms").describe_key(KeyId=f"alias/florin-{stack.stage}-retention")["KeyMetadata"]["Arn"]
    wanted = {"KeyId": key_id, "KeySpec": "AES_256", "EncryptionContext": {"customer": "cus_1"}}
    wrapped = as_role("ApiHandlerRole", "kms").generate_data_key(**wanted)["CiphertextBlob"]
    given = {"KeyId": key_id, "CiphertextBlob": wrapped, "EncryptionContext": {"customer": "cus_1"}}
    for role in ROLES:
        keys = as_role(role, "kms")
        assert _refused(partial(keys.decrypt, **given))
        assert role == "ApiHandlerRole" or _refused(partial(keys.generate_data_key, **wanted))
    assert stack.client("kms").decrypt(**given)["Plaintext"]
    with _allowed_by_mistake(stack, "MailerRole", "kms:Decrypt", key_id):
        assert _refused(partial(as_role("MailerRole", "kms").decrypt, **given))


@contextmanager
def _allowed_by_mistake(stack: Stack, role_id: str, action: str, resource: str) -> Iterator[None]:
    """Give a role of the stack a right that it should not have, while the block runs."""
    found = stack.client("cloudformation").describe_stack_resource(
        StackName=stack.settings.stack_name, LogicalResourceId=role_id
    )
    policy = {"RoleName": found["StackResourceDetail"]["PhysicalResourceId"], "PolicyName": "mistake"}
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stack.client("iam").put_role_policy(**policy, PolicyDocument=document)
    try:
        yield
    finally:
        stack.client("iam").delete_role_policy(**policy)


def test_the_transfer_task_cannot_look_around(stack: Stack, as_role: RoleClient) -> None:
    """It reads accounts with their holds, approval policies, and who is staff; no other list, no entry.

    On AWS its queries are bound to those partitions (`dynamodb:LeadingKeys`), which the emulator does not enforce.
    """
    dynamodb, bank, ledger = (
        as_role("TransferTaskRole", "dynamodb"),
        stack.table_name("bank"),
        stack.table_name("ledger"),
    )
    by = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    assert _refused(lambda: dynamodb.query(TableName=bank, IndexName="gsi2", **by))
    assert _refused(lambda: dynamodb.scan(TableName=bank))
    assert _refused(lambda: dynamodb.delete_item(TableName=bank, Key=KEY))
    assert _refused(lambda: dynamodb.query(TableName=ledger, **by))
    assert _refused(lambda: dynamodb.get_item(TableName=ledger, Key=KEY))
    statements = json.loads((ROOT / ".chalice/policy-transfer-task.json").read_text())["Statement"]
    queries = [one for one in statements if "dynamodb:Query" in one["Action"]]
    assert len(queries) == 4
    writes = [one for one in statements if one["Resource"] == {"Fn::GetAtt": ["ReportsTable", "Arn"]}]
    for one in [*queries, *(one for one in writes if "dynamodb:PutItem" in one["Action"])]:
        [[condition]] = [list(keys) for keys in one["Condition"].values()]
        assert condition == "dynamodb:LeadingKeys"


def test_the_interest_task_walks_accounts_and_no_other_list(stack: Stack, as_role: RoleClient) -> None:
    dynamodb = as_role("InterestTaskRole", "dynamodb")
    bank, audit = stack.table_name("bank"), stack.table_name("audit")

    def listed(index: str) -> object:
        by = {"KeyConditionExpression": f"{index}pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "ACCOUNTS#00"}}}
        return dynamodb.query(TableName=bank, IndexName=index, **by)

    assert listed("gsi2")
    assert _refused(lambda: listed("gsi1"))
    assert _refused(lambda: dynamodb.scan(TableName=bank))
    assert _refused(lambda: dynamodb.delete_item(TableName=bank, Key=KEY))
    by = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    assert _refused(lambda: dynamodb.query(TableName=audit, **by))


def test_the_standing_order_task_lists_orders_and_runs_and_no_other_list(stack: Stack, as_role: RoleClient) -> None:
    """On AWS its queries are bound to partitions (`dynamodb:LeadingKeys`), which the emulator does not enforce."""
    dynamodb = as_role("StandingOrderTaskRole", "dynamodb")
    bank, audit = stack.table_name("bank"), stack.table_name("audit")
    by = {"KeyConditionExpression": "gsi2pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "DUE_ORDERS#00"}}}
    assert dynamodb.query(TableName=bank, IndexName="gsi2", **by)
    by = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    assert _refused(lambda: dynamodb.query(TableName=audit, **by))
    assert _refused(lambda: dynamodb.query(TableName=stack.table_name("reports"), **by))
    assert _refused(lambda: dynamodb.scan(TableName=bank))
    assert _refused(lambda: dynamodb.delete_item(TableName=bank, Key=KEY))
    statements = json.loads((ROOT / ".chalice/policy-standing-order-task.json").read_text())["Statement"]
    partitions = []
    for one in (one for one in statements if "dynamodb:Query" in one["Action"]):
        [[(condition, allowed)]] = [list(keys.items()) for keys in one["Condition"].values()]
        assert condition == "dynamodb:LeadingKeys"
        partitions += allowed
    whole = ["ACCOUNT#*", "ACCOUNT#*", "APPROVAL_POLICIES", "USERS"]
    assert sorted(partitions) == sorted([*whole, "DUE_ORDERS#*", "ORDERS#*", "RATE#*", "STANDING_ORDERS#*"])


def test_statements_are_put_by_one_function_fetched_by_two_and_destroyed_by_the_api(
    stack: Stack, as_role: RoleClient
) -> None:
    document = {
        "Bucket": change_set.outputs(stack.cloud, stack.settings.stack_name)["StatementBucketName"],
        "Key": "kept/k",
    }
    as_role("StatementTaskRole", "s3").put_object(**document, Body=b"b")
    for role in [role for role in ROLES if role != "StatementTaskRole"]:
        storage = as_role(role, "s3")
        assert _refused(lambda storage=storage: storage.put_object(**document, Body=b"c"))
        if role != "ApiHandlerRole":
            assert _refused(lambda storage=storage: storage.get_object(**document))
            assert _refused(lambda storage=storage: storage.delete_object(**document))
    assert _refused(lambda: as_role("StatementTaskRole", "s3").delete_object(**document))
    assert as_role("ApiHandlerRole", "s3").get_object(**document)["Body"].read() == b"b"
    as_role("ApiHandlerRole", "s3").delete_object(**document)


def test_files_of_payments_are_put_and_destroyed_by_the_api_and_read_by_one_function_besides(
    stack: Stack, as_role: RoleClient
) -> None:
    document = {
        "Bucket": change_set.outputs(stack.cloud, stack.settings.stack_name)["StatementBucketName"],
        "Key": "filed/k",
    }
    as_role("ApiHandlerRole", "s3").put_object(**document, Body=b"b")
    for role in [role for role in ROLES if role != "ApiHandlerRole"]:
        storage = as_role(role, "s3")
        assert _refused(lambda storage=storage: storage.put_object(**document, Body=b"c"))
        assert _refused(lambda storage=storage: storage.delete_object(**document))
        if role != "PaymentFileTaskRole":
            assert _refused(lambda storage=storage: storage.get_object(**document))
    assert as_role("PaymentFileTaskRole", "s3").get_object(**document)["Body"].read() == b"b"
    as_role("ApiHandlerRole", "s3").delete_object(**document)
    upload = document | {"Key": "uploads/k"}
    for role in [role for role in ROLES if role != "ApiHandlerRole"]:
        storage = as_role(role, "s3")
        assert _refused(lambda storage=storage: storage.put_object(**upload, Body=b"c"))
        assert _refused(lambda storage=storage: storage.get_object(**upload))
    as_role("ApiHandlerRole", "s3").put_object(**upload, Body=b"b")
    as_role("ApiHandlerRole", "s3").delete_object(**upload)


@pytest.mark.parametrize("run", ["MonthlyInterest", "MonthlyStatements", "StandingOrders"])
def test_only_its_schedule_and_the_api_start_a_scheduled_run(stack: Stack, as_role: RoleClient, run: str) -> None:
    """The API starts no run of orders: nobody may have payments made earlier."""
    machine = change_set.outputs(stack.cloud, stack.settings.stack_name)[f"{run}StateMachineArn"]
    starting = (f"{run}RuleRole", *(() if run == "StandingOrders" else ("ApiHandlerRole",)))
    for role in [role for role in ROLES if role not in starting]:
        states = as_role(role, "stepfunctions")
        assert _refused(lambda states=states: states.start_execution(stateMachineArn=machine, input='{"period": "x"}'))
    for role in starting:
        states = as_role(role, "stepfunctions")
        execution = states.start_execution(stateMachineArn=machine, input='{"period": "none"}')["executionArn"]
    for role in ROLES:
        states = as_role(role, "stepfunctions")
        if role == "ApiHandlerRole" and role in starting:
            assert states.describe_execution(executionArn=execution)["input"] == '{"period": "none"}'
        else:
            assert _refused(lambda states=states: states.describe_execution(executionArn=execution))


def test_the_mailer_sends_mails_and_the_api_and_the_stream_order_them(stack: Stack, as_role: RoleClient) -> None:
    mail = {
        "Source": "bank@florin.example",
        "Destination": {"ToAddresses": ["nobody@example.com"]},
        "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    }
    nothing = b'{"kind": "password_reset", "to": "nobody", "request_id": "r"}'
    order = {"FunctionName": f"florin-{stack.stage}-mailer", "InvocationType": "Event", "Payload": nothing}
    as_role("MailerRole", "ses").send_email(**mail)
    for role in ("ApiHandlerRole", "EventsRole"):
        as_role(role, "lambda").invoke(**order)
    others_post, others_functions = as_role("ApiHandlerRole", "ses"), as_role("ExpireHoldsRole", "lambda")
    assert _refused(lambda: others_post.send_email(**mail))
    assert _refused(lambda: others_functions.invoke(**order))


def test_functions_of_webhooks_do_their_part_and_nothing_else(stack: Stack, as_role: RoleClient) -> None:
    """On AWS their calls are bound to their own partitions, too (`dynamodb:LeadingKeys`)."""
    bank, events, ledger = (stack.table_name(one) for one in ("bank", "events", "ledger"))
    queue = change_set.outputs(stack.cloud, stack.settings.stack_name)["WebhookQueueUrl"]
    key = {"pk": {"S": "DELIVERY#dlv_1"}, "sk": {"S": "DELIVERY"}}
    by = {"KeyConditionExpression": "gsi2pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "DUE#0"}}}
    update = {"Key": key, "UpdateExpression": "SET turn = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    may = {
        "PublishEventsRole": {"put", "send", "read"},
        "DeliverWebhookRole": {"change", "read", "send", "receive", "read bank", "change bank"},
        "SweepWebhooksRole": {"change", "list", "send", "read"},
    }
    for role, allowed in may.items():
        dynamodb, sqs = as_role(role, "dynamodb"), as_role(role, "sqs")
        calls = {
            "put": partial(dynamodb.put_item, TableName=events, Item=key),
            "change": partial(dynamodb.update_item, TableName=events, **update),
            "read": partial(dynamodb.get_item, TableName=events, Key=key),
            "list": partial(dynamodb.query, TableName=events, IndexName="gsi2", **by),
            "send": partial(sqs.send_message, QueueUrl=queue, MessageBody='{"delivery_id": "none", "turn": 0}'),
            "receive": partial(sqs.get_queue_attributes, QueueUrl=queue, AttributeNames=["QueueArn"]),
            "read bank": partial(dynamodb.get_item, TableName=bank, Key=key),
            "change bank": partial(_update_nothing, dynamodb, TableName=bank, **update),
            "put bank": partial(dynamodb.put_item, TableName=bank, Item=key),
            "delete": partial(dynamodb.delete_item, TableName=events, Key=key),
            "scan": partial(dynamodb.scan, TableName=events),
            "ledger": partial(dynamodb.get_item, TableName=ledger, Key=key),
        }
        for name, call in calls.items():
            assert call() if name in allowed else _refused(call), (role, name)
    for file in ("publish-events", "deliver-webhook", "sweep-webhooks"):
        statements = json.loads((ROOT / f".chalice/policy-{file}.json").read_text())["Statement"]
        tables = [one for one in statements if "Table" in json.dumps(one["Resource"])]
        bound = [one["Sid"] for one in tables if "Condition" in one]
        assert {one["Sid"] for one in tables} - set(bound) <= {
            "ReadTheStreamOfEvents",
            "FindTheStreamOfEvents",
            "ReadDataKeys",
        }


def test_the_mailer_finds_a_user_and_looks_around_nowhere(stack: Stack, as_role: RoleClient) -> None:
    dynamodb, bank = as_role("MailerRole", "dynamodb"), stack.table_name("bank")
    assert "Item" not in dynamodb.get_item(TableName=bank, Key={"pk": {"S": "USER#none"}, "sk": {"S": "USER"}})
    by = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    assert _refused(lambda: dynamodb.query(TableName=bank, **by))
    assert _refused(lambda: dynamodb.scan(TableName=bank))
    assert _refused(lambda: dynamodb.delete_item(TableName=bank, Key=KEY))
    assert _refused(lambda: dynamodb.get_item(TableName=stack.table_name("ledger"), Key=KEY))


def test_only_the_api_reads_the_signing_key(stack: Stack, as_role: RoleClient) -> None:
    private = {"Name": f"/florin/{stack.stage}/private/keys", "WithDecryption": True}
    for role in [role for role in ROLES if role != "ApiHandlerRole"]:
        parameters = as_role(role, "ssm")
        assert _refused(lambda parameters=parameters: parameters.get_parameter(**private))
    assert "private_key" in as_role("ApiHandlerRole", "ssm").get_parameter(**private)["Parameter"]["Value"]
    jwks = as_role("AuthorizeRole", "ssm").get_parameter(Name=f"/florin/{stack.stage}/jwks")["Parameter"]["Value"]
    assert "private_key" not in jwks


def _update_nothing(dynamodb: Any, **update: Any) -> bool:
    """Update an item that is not there, and make none: the audit would have it among changes that nobody may make."""
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.update_item(**update, ConditionExpression="attribute_exists(pk)")
    return True


def _refused(call: Any) -> bool:
    with pytest.raises(ClientError) as raised:
        call()
    return bool(raised.value.response["Error"]["Code"].startswith("AccessDenied"))


def test_clearings_statements_are_read_by_those_who_compare_and_seal_them(stack: Stack, as_role: RoleClient) -> None:
    def query(role: str, table: str, attribute: str, partition: str, **index: str) -> None:
        as_role(role, "dynamodb").query(
            TableName=stack.table_name(table),
            KeyConditionExpression=f"{attribute} = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            **index,
        )

    query("ReceiveClearingRole", "bank", "pk", "NOSTRO#EUR#2026-11-30")
    query("ReceiveClearingRole", "ledger", "pk", "ACCOUNT#gl.clearing.standard.EUR.000")
    query("SealerRole", "bank", "gsi2pk", "NOSTRO_RECEIVED", IndexName="gsi2")
    assert _refused(lambda: query("SweepClearingRole", "ledger", "pk", "ACCOUNT#gl.clearing.standard.EUR.000"))
