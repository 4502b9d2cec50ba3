"""Approval policies: which actions need a second person."""

from chalicelib.handlers.approvals.approval_schemas import ApprovalPolicyView, PutApprovalPolicy
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.paging import Paging
from chalicelib.services.approvals import in_force, policies
from chalicelib.services.approvals.in_force import InForce


def _answer(found: InForce) -> Answer:
    return Answer(ApprovalPolicyView.of(found), version=found.number)


@describe("List the approval policies", answer=Listing[ApprovalPolicyView])
def list_approval_policies(request: Request[None, None]) -> Listing[ApprovalPolicyView]:
    """Lists the policy of every action that can need a second person, all on one page."""
    return Listing[ApprovalPolicyView].page(
        [ApprovalPolicyView.of(one) for one in in_force.all_latest().values()], None
    )


@describe("Get an approval policy", answer=ApprovalPolicyView, problems=("not_found",), versioned="the approval policy")
def get_approval_policy(request: Request[None, None], action: str) -> Answer:
    """Returns the policy of an action, which is the default until one is set."""
    return _answer(policies.latest(action))


@describe(
    "Set an approval policy",
    body=PutApprovalPolicy,
    answer=ApprovalPolicyView,
    problems=("not_found", "conflict", "mfa_step_up_required", "clock_skew", "contention"),
    action="approval_policy",
    versioned="the approval policy",
)
def put_approval_policy(request: Request[PutApprovalPolicy, None], action: str) -> Answer:
    """Replaces the policy of an action. Requests that wait already keep the policy under which they were made."""
    policy = request.body.policy(policies.name_of(action))
    return _answer(policies.put(request.caller, policy, request.if_match))


@describe(
    "List the history of an approval policy",
    query=PageQuery,
    answer=Listing[ApprovalPolicyView],
    problems=("not_found", "invalid_cursor"),
)
def list_approval_policy_history(request: Request[None, PageQuery], action: str) -> Listing[ApprovalPolicyView]:
    """Lists every policy that was set for the action, who set it and when, latest first."""
    page = policies.history(action, Paging(request.query.limit, request.query.cursor))
    return Listing[ApprovalPolicyView].page([ApprovalPolicyView.of(one) for one in page.items], page.next_cursor)
