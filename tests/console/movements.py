"""Many movements of an account, made with one request."""

from collections.abc import Sequence

from tests.workflow.bank import Client, new_key

MANY = "100.00"


def fill(customer: Client, account_id: str, memos: Sequence[str]) -> None:
    """Give an account a movement of 1.25 for each memo, from another account of the customer."""
    payer = customer.open_account(type="savings", initial_deposit=MANY)
    wanted = {"to_account_id": account_id, "amount": "1.25"}
    transfers = [wanted | {"idempotency_key": new_key(), "memo": memo} for memo in memos]
    reply = customer.post("/v1/transactions/batch", {"from_account_id": payer["id"], "transfers": transfers})
    assert [one["status"] for one in reply.body["results"]] == ["posted"] * len(memos), reply
