"""The monthly run on the deployed bank, with IAM enforced: schedule, state machine, ledger, audit.

It has a bank of its own, for it sets the clock of all functions ahead.
"""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import requests
from pypdf import PdfReader

from chalicelib import clock
from chalicelib.domain.month import Month
from chalicelib.domain.time import timestamp
from chalicelib.services.verification import verify
from chalicelib.services.verification.verify import Verdict
from infra.deploy import change_set
from infra.emulator.clock import set_ahead
from tests.faults.deployed import through
from tests.faults.plan import Plan
from tests.faults.proxy import Proxy
from tests.faults.victims import Killer
from tests.stack import Stack, eventually, running_stack
from tests.workflow import schedules
from tests.workflow.bank import Client, Json, at_once, log_in, register
from tests.workflow.schedules import executions

SEED = 20261101


@cache
def this_month() -> Month:
    """Return the month in which the accounts are opened, which asks first, and not that of the collection."""
    return Month.of(datetime.now(UTC).date())


def period() -> str:
    return str(this_month())


@cache
def ahead() -> timedelta:
    """Return how far ahead noon of the first day of the next month is."""
    noon = datetime.combine(this_month().after.first, datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)
    return timedelta(seconds=int((noon - datetime.now(UTC)).total_seconds()))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """On the embedded emulator, state machines wait a tenth of what they are told to before they try again."""
    with running_stack(tmp_path_factory.mktemp("interest")) as stack:
        if not stack.is_on_localstack:
            schedules.retry_soon(stack)
        yield stack


@pytest.fixture(scope="module")
def accounts(stack: Stack) -> list[Json]:
    """Savings of one customer, all opened today, in the real present."""
    customer = register(stack.url)
    this_month()
    wanted = {"type": "savings", "initial_deposit": "1000.00"}
    return at_once([lambda: customer.open_account(**wanted)] * 12, threads=2)


@pytest.fixture(scope="module")
def admin(stack: Stack, accounts: list[Json]) -> Client:
    """Signed in on the first of next month, at noon: the interest of this month is due."""
    set_ahead(stack.cloud, stack.settings, ahead())
    return log_in(stack.url, stack.admin.email, stack.admin.password)


@pytest.fixture(scope="module")
def states(stack: Stack) -> Any:
    return stack.client("stepfunctions")


@pytest.fixture(scope="module")
def machine(stack: Stack) -> str:
    return change_set.outputs(stack.cloud, stack.settings.stack_name)["MonthlyInterestStateMachineArn"]


@pytest.fixture(scope="module")
def line(stack: Stack, admin: Client) -> Iterator[Proxy]:
    """Between the run's function and DynamoDB."""
    with Proxy(stack.endpoint_url, Plan(SEED)).serving() as proxy, through(stack, {"interest-task": proxy}):
        yield proxy


def run_of(admin: Client) -> Json:
    reply = admin.get(f"/v1/interest-runs/{period()}")
    return dict(reply.body) if reply.status == 200 else {}


@contextmanager
def outage(stack: Stack) -> Iterator[None]:
    """While the block runs, DynamoDB refuses every entry that the run's function wants to write."""
    roles = stack.client("iam")
    resource = stack.client("cloudformation").describe_stack_resource(
        StackName=stack.settings.stack_name, LogicalResourceId="InterestTaskRole"
    )
    of_role = {"RoleName": resource["StackResourceDetail"]["PhysicalResourceId"], "PolicyName": "Outage"}
    denied = {"Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": f"*/{stack.table_name('ledger')}"}
    roles.put_role_policy(**of_role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    try:
        yield
    finally:
        roles.delete_role_policy(**of_role)


@pytest.mark.embedded
def test_the_schedule_runs_it_through_an_outage_faults_and_a_death(
    stack: Stack, admin: Client, accounts: list[Json], states: Any, machine: str, line: Proxy
) -> None:
    """The rule as it is deployed, with its target and role; an event takes the place of the full hour.

    Only the embedded emulator enforces IAM, which makes the outage, and runs functions that this process can kill.
    """
    with outage(stack):
        schedules.fire(stack, "monthly-interest", "0")
        [execution] = eventually(lambda: executions(states, machine, "RUNNING"))
        eventually(lambda: "TaskFailed" in history(states, execution))
        run = run_of(admin)
        assert (run["status"], run["accounts"], run["started_by"]) == ("running", 0, "system")
    killer = Killer(stack, "interest-task", "TransactWriteItems", "after", nth=6)
    with line.watched(killer), line.faulty(Plan(SEED, rate=0.1)):
        done = eventually(lambda: completed(admin), deadline_seconds=90)
    assert killer.killed
    require_all_credited(admin, accounts, done)


@pytest.mark.localstack
def test_the_schedule_runs_it(stack: Stack, admin: Client, accounts: list[Json]) -> None:
    """The rule as it is deployed, each minute instead of each hour: LocalStack lets no event start a scheduled rule."""
    rules, name = stack.client("events"), f"florin-{stack.stage}-monthly-interest"
    hourly, targets = rules.describe_rule(Name=name), rules.list_targets_by_rule(Rule=name)["Targets"]
    assert (hourly["ScheduleExpression"], hourly["State"]) == ("cron(0 * * * ? *)", "ENABLED")
    rules.put_rule(Name=name, ScheduleExpression="rate(1 minute)", State="ENABLED")
    rules.put_targets(Rule=name, Targets=targets)  # here LocalStack schedules the rule
    try:
        done = eventually(lambda: completed(admin), deadline_seconds=90)
    finally:
        rules.disable_rule(Name=name)
    require_all_credited(admin, accounts, done)


def require_all_credited(admin: Client, accounts: list[Json], done: Json) -> None:
    assert done["partitions"] == {"done": 16, "of": 16}
    assert (done["accounts"], done["credited"], done["failed"]) == (len(accounts), len(accounts), 0)
    days = (this_month().last - date.fromisoformat(accounts[0]["opened_at"][:10])).days + 1
    cents = round(100_000 * 3 * days / 36_500)
    assert done["total"] == [{"currency": "USD", "amount": f"{cents * len(accounts) / 100:.2f}"}]
    for account in accounts:
        assert admin.get(f"/v1/accounts/{account['id']}").body["balance"] == f"{(100_000 + cents) / 100:.2f}"
    [credit] = admin.get(f"/v1/accounts/{accounts[0]['id']}/history?type=interest_credit").body["data"]
    audited = admin.get(f"/v1/audit?entity={credit['transaction_id']}").body["data"]
    assert [(record["event"], record["actor"]) for record in audited] == [("transaction.created", "system")]


def history(states: Any, execution: Json) -> set[str]:
    """What kinds of things have happened in an execution."""
    events = states.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)["events"]
    return {event["type"] for event in events}


def completed(admin: Client) -> Json:
    """The run when it is, nothing before."""
    run = run_of(admin)
    return run if run.get("status") == "completed" else {}


def test_two_at_once_and_one_by_hand_credit_nobody_twice(
    admin: Client, accounts: list[Json], states: Any, machine: str
) -> None:
    before = run_of(admin)
    with ThreadPoolExecutor(1) as pool:
        by_hand = pool.submit(lambda: admin.post("/v1/interest-runs", {"period": period()}))
        started = at_once(
            [lambda: states.start_execution(stateMachineArn=machine, input=json.dumps({"period": period()}))] * 2, 2
        )
        assert by_hand.result().status == 202
    eventually(
        lambda: (
            all(states.describe_execution(executionArn=one["executionArn"])["status"] == "SUCCEEDED" for one in started)
            and not executions(states, machine, "RUNNING")
        ),
        deadline_seconds=60,
    )
    run = run_of(admin)
    assert (run["status"], run["failed"]) == ("completed", 0)
    assert (run["total"], run["credited"]) == (before["total"], before["credited"])
    assert run["attempt"] > before["attempt"]


@pytest.fixture
def at_the_tables(at_the_tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process works on the stack's tables, in the stack's time."""
    monkeypatch.setenv("CLOCK_AHEAD_SECONDS", str(int(ahead().total_seconds())))


def verdict() -> Verdict:
    return verify.verify_bank(lambda _: None, timestamp(clock.now()))


def test_everything_verifies_and_an_altered_total_is_found(
    stack: Stack, admin: Client, accounts: list[Json], at_the_tables: None
) -> None:
    sound = eventually(lambda: [one for one in [verdict()] if one.ok])[0]
    assert sound.checked.accounts > len(accounts)
    alter = {
        "TableName": stack.table_name("bank"),
        "Key": {"pk": {"S": f"INTEREST#{period()}"}, "sk": {"S": "RUN"}},
        "UpdateExpression": "SET credited = credited + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    stack.client("dynamodb").update_item(**alter)
    broken = verdict().broken
    assert broken
    assert f"INTEREST#{period()}" in broken.where


def test_statements_are_made_for_accounts_that_want_them_and_for_no_others(admin: Client, accounts: list[Json]) -> None:
    """By a function that may read names, and walk accounts, and nothing that posts."""
    wanting = [account["id"] for account in accounts[:3]]
    for account_id in wanting:
        assert admin.call("PATCH", f"/v1/accounts/{account_id}", {"statements": "monthly"}).status == 200
    assert admin.post("/v1/statement-runs", {"period": period()}).status == 202
    path = f"/v1/statement-runs/{period()}"
    run = eventually(lambda: (found := admin.get(path).body)["status"] == "completed" and found)
    assert (run["failures"], run["made"], run["not_wanted"]) == ([], 3, len(accounts) - 3)
    signed_in = {"Authorization": f"Bearer {admin.token}"}
    [listed] = admin.get(f"/v1/accounts/{wanting[0]}/statements").body["data"]
    link = requests.get(admin.url + listed["href"], headers=signed_in, allow_redirects=False, timeout=60)
    document = PdfReader(io.BytesIO(requests.get(link.headers["Location"], timeout=60).content))
    assert "Ada B" in document.pages[0].extract_text()
