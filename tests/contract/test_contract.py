"""The deployed API keeps the promises of docs/openapi.json, whatever is sent: Schemathesis makes it up.

The example of each operation works, and a few requests for each role and kind of data are answered as described; the
same ones in every run. EXAMPLES=50 tries so many of each kind, SEED=7 other ones.
"""

import os
from collections.abc import Iterator
from copy import copy
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from chalicelib.domain.permissions import PERMISSIONS, Permission
from chalicelib.handlers.http.operation import Operation, operations
from infra.settings import ROOT
from tests.contract.world import KNOWN, WANTS, World
from tests.stack import running_stack
from tests.workflow.bank import Client, Json, http_session, log_in, new_key

EXAMPLES = int(os.environ.get("EXAMPLES") or 4)
SEED = int(os.environ.get("SEED") or 20261121)
STAFF = ("manager", "admin")
"""One of them tries what staff may do: who else may is said by tests/api/http/test_permissions.py."""
CUSTOMERS_ABOVE_ALL = {"identity.users.edit_profile"}
"""Here some fields are for customers only."""
OUT_OF_REACH = {
    "events.events.get_event": 404,
    "customers.legal_holds.end_legal_hold": 404,
    "interest.interest.apply_interest": 409,
    "verification.digests.prove_entry": 404,
    "identity.auth.reset_password": 422,
    "identity.invitations.accept_invitation": 422,
    "identity.invitations.invite_customer": 409,
    "identity.invitations.get_invitation": 404,
    "identity.invitations.withdraw_invitation": 404,
    "identity.auth.verify_email": 422,
    "identity.factors.prove_factor": 401,
    "identity.factors.step_up_session": 409,
    "identity.factors.request_step_up": 409,
    "identity.factors.confirm_factor": 404,
    "identity.factors.remove_own_factor": 404,
    "identity.factors.renew_recovery_codes": 409,
    "orders.calendar_links.revoke_calendar_link": 404,
    "orders.runs.get_order_run": 404,
    "orders.runs.list_order_run_failures": 404,
    "reports.reports.get_export": 404,
    "payments.file_uploads.confirm_file_upload": 404,
    "payments.payment_files.get_payment_file": 404,
    "payments.payment_files.list_file_payments": 404,
    "payments.payment_files.get_status_report": 404,
    "audit.audit.get_verification": 404,
    "webhooks.deliveries.get_delivery": 404,
    "webhooks.deliveries.replay_delivery": 404,
    "risk.risk.get_alert": 404,
    "risk.risk.settle_alert": 404,
    "approvals.approvals.get_approval": 404,
    "approvals.approvals.approve_request": 404,
    "approvals.approvals.reject_request": 404,
    "approvals.approvals.cancel_request": 404,
    "clearing.payments.inquire_payment": 404,
    "clearing.payments.send_payment": 404,
    "clearing.reconciliation.book_fee": 404,
    "clearing.payments.settle_payment": 404,
    "clearing.payments.void_payment": 404,
    "clearing.payments.forward_payment": 404,
    "clearing.recalls.recall_payment": 409,
    "clearing.received_recalls.accept_recall": 404,
    "clearing.received_recalls.refuse_recall": 404,
    "payments.transactions.approve_transaction": 409,
    "payments.transactions.reject_transaction": 409,
    "payments.transactions.cancel_transaction": 409,
}
"""Their examples need days that are over, a digest, the code of a mail, a second factor, a long report, a strange
payment, one to another bank, the token of a link, a request that waits, a legal hold: see tests/workflow and
tests/api."""
WORK_FOR_THE_WHOLE_BANK = {"interest.runs.start_run", "statements.runs.start_statement_run"}
"""Once is enough."""
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
SETTINGS = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],  # what is found is told as a curl command; to shrink it would take minutes
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
CONFIG = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
DESCRIPTION = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.json", config=CONFIG)


class Trial(NamedTuple):
    operation: Operation
    role: str | None
    is_first: bool

    def __str__(self) -> str:
        return f"{self.operation.route.method} {self.operation.route.path} as {self.role or 'anybody'}"


def trials() -> Iterator[Trial]:
    for operation in operations():
        roles = _roles(operation.route.permission)
        first = "customer" if operation.route.view in CUSTOMERS_ABOVE_ALL else roles[0]
        yield from (Trial(operation, role, role == first) for role in roles)


def _roles(permission: Permission | None) -> list[str | None]:
    """The example must work for the first of them: some fields are for staff only."""
    if permission is None:
        return [None]
    allowed = PERMISSIONS[permission]
    staff = [role for role in STAFF if role in allowed]
    return [*staff[:1], *(["customer"] if "customer" in allowed else [])]


class Caller:
    """Somebody at one operation of the bank, with what it needs to get through."""

    def __init__(self, trial: Trial, world: World):
        route = trial.operation.route
        self.world = world
        self.described: Any = DESCRIPTION.find_operation_by_label(f"{route.method} {route.path}")
        assert self.described, "docs/openapi.json is out of date: make openapi"
        names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
        self.path = {name: world.part(route.view, name, trial.role) for name in names}
        self.headers = {"Authorization": f"Bearer {world.person(trial.role).token}"} if trial.role else {}
        self.wants = WANTS[route.view](world) if route.view in WANTS else {}
        self.view, self.key, self.is_first = route.view, trial.operation.key, trial.is_first
        self.is_document = trial.operation.about.document is not None

    def modes(self) -> Iterator[GenerationMode]:
        """Right and wrong data, where there is something that can differ. By its form any text is a right document."""
        if self.is_document:
            return
        takes_something = bool(self.described.body or self.described.query)
        if takes_something and self.view not in WORK_FOR_THE_WHOLE_BANK:
            yield GenerationMode.POSITIVE
        if self.is_first and (takes_something or self.key == "required"):  # what is wrong is so for everybody
            yield GenerationMode.NEGATIVE

    def send(self, case: Case[Any]) -> Any:
        return case.call_and_validate(
            base_url=self.world.root.url, session=http_session(), headers=self.headers, checks=CHECKS, timeout=60
        )

    def example(self) -> Case[Any]:
        """The request that the description gives as an example."""
        raw = self.described.definition.raw
        queries = [one for one in raw["parameters"] if one.get("in") == "query" and one["required"]]
        query = {one["name"]: one["example"] for one in queries}
        content = raw.get("requestBody", {"content": {"application/json": {}}})["content"]
        media_type, described = next(iter(content.items()))
        case: Case[Any] = self.described.Case(path_parameters=self.path, query=query, media_type=media_type)
        if described:
            example = described["example"]
            case.body = example.encode() if isinstance(example, str) else copy(example)
        self.make_sense(case)
        return case

    def make_sense(self, case: Case[Any]) -> None:
        """What is right by its form also names things that are there, under a new key."""
        taken = case.body if isinstance(case.body, dict) else case.query
        known = {name: self.world.thing(name) for name, value in taken.items() if name in KNOWN and value}
        taken.update(known | self.wants)
        taken.pop("cursor", None)
        if self.key != "ignored":
            case.headers["Idempotency-Key"] = new_key()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The first admin of a bank of its own, which is full of odd things afterwards."""
    with running_stack(tmp_path_factory.mktemp("contract")) as stack:
        yield log_in(stack.url, stack.admin.email, stack.admin.password)


@pytest.fixture(scope="module")
def read_world(root: Client) -> World:
    return World(root)


@pytest.mark.parametrize("trial", list(trials()), ids=str)
def test_every_answer_is_as_described(trial: Trial, root: Client, read_world: World) -> None:
    caller = Caller(trial, read_world if trial.operation.route.method == "GET" else World(root))
    status = caller.send(caller.example()).status_code
    if trial.is_first:
        assert status == OUT_OF_REACH.get(trial.operation.route.view, trial.operation.about.status)
    for mode in caller.modes():

        @seed(SEED)
        @SETTINGS
        @given(case=caller.described.as_strategy(generation_mode=mode, path_parameters=caller.path or None))
        def answers_are_as_described(case: Case[Any]) -> None:
            if case.meta and case.meta.generation.mode.is_positive:
                caller.make_sense(case)
            caller.send(case)

        answers_are_as_described()


@pytest.mark.parametrize("trial", [one for one in trials() if one.is_first and one.operation.about.body], ids=str)
def test_unknown_fields_are_refused(trial: Trial, root: Client, read_world: World) -> None:
    caller = Caller(trial, read_world if not trial.role or "{" in trial.operation.route.path else World(root))
    case = caller.example()
    assert isinstance(case.body, dict)
    case.body["surprise"] = "x"
    refused: Json = caller.send(case).json()
    assert (refused["code"], [error["field"] for error in refused["errors"]]) == ("validation_failed", ["surprise"])
