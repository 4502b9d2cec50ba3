"""Joint holders of accounts."""

from chalicelib.handlers.accounts.holder_schemas import HolderView, NamedHolderView, PutHolder
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.services.accounts import joint_holders


@describe("List account holders", answer=Listing[NamedHolderView], problems=("not_found",), versioned="the account")
def list_holders(request: Request[None, None], account_id: str) -> Answer:
    """Lists the owner first, then the joint holders, of whom there are at most eight. All of them see the names."""
    account = joint_holders.of_account(request.caller, account_id)
    holders = [NamedHolderView.of_holder(one) for one in joint_holders.read_names(account)]
    return Answer(Listing[NamedHolderView].page(holders, None), version=account.version)


@describe(
    "Add or change a joint holder",
    body=PutHolder,
    answer=HolderView,
    problems=("conflict_of_interest", "not_found", "conflict", "account_closed", "contention"),
    action="holder",
    versioned="the account",
)
def put_holder(request: Request[PutHolder, None], account_id: str, customer_id: str) -> Answer:
    """For staff, after they have identified both people."""
    right = request.body.rights
    account = joint_holders.put(request.caller, account_id, customer_id, right, request.if_match)
    return Answer(HolderView.of(customer_id, right), version=account.version)


@describe(
    "Remove a joint holder",
    status=204,
    problems=("conflict_of_interest", "not_found", "contention"),
    action="holder",
    versioned="the account",
)
def end_holder(request: Request[None, None], account_id: str, customer_id: str) -> Answer:
    """For staff, the owner, and the holder itself. From then on the account is `not_found` for the holder."""
    account = joint_holders.end(request.caller, account_id, customer_id, request.if_match)
    return Answer(None, version=account.version)
