"""Staff decide about recalls by other banks."""

from chalicelib.handlers.clearing.received_recall_schemas import (
    AcceptRecall,
    ReceivedRecallsQuery,
    ReceivedRecallView,
    RefuseRecall,
)
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.models.paging import Paging
from chalicelib.services.clearing import received_recalls

DECISION_PROBLEMS = ("not_found", "conflict", "contention", "outcome_unknown")


@describe(
    "List recalls by other banks",
    query=ReceivedRecallsQuery,
    answer=Listing[ReceivedRecallView],
    problems=("invalid_cursor",),
)
def list_received_recalls(request: Request[None, ReceivedRecallsQuery]) -> Listing[ReceivedRecallView]:
    """Lists recalls of payments that came in, by status, the oldest first. Recalls of payments to yourself are left
    out.
    """
    asked = request.query
    page = received_recalls.page(request.caller, asked.status, Paging(asked.limit, asked.cursor))
    return Listing[ReceivedRecallView].page([ReceivedRecallView.of(one) for one in page.items], page.next_cursor)


@describe("Refuse a recall", body=RefuseRecall, answer=ReceivedRecallView, problems=DECISION_PROBLEMS)
def refuse_recall(request: Request[RefuseRecall, None], recall_id: str) -> Answer:
    """The payee keeps the money, and the other bank gets the code (camt.029)."""
    found, replayed = received_recalls.refuse(request.caller, request.idempotency_key, recall_id, request.body.code)
    return Answer(ReceivedRecallView.of(found), replayed=replayed)


@describe(
    "Give a recalled payment back",
    body=AcceptRecall,
    answer=ReceivedRecallView,
    problems=(
        *DECISION_PROBLEMS,
        "insufficient_funds",
        "account_frozen",
        "account_closed",
        "limit_exceeded",
        "clock_skew",
    ),
    action="recall.accept",
)
def accept_recall(request: Request[AcceptRecall, None], recall_id: str) -> Answer:
    """Takes the amount from the payee's account, and returns it to the other bank (pacs.004). Ask the payee before,
    unless the law says otherwise. If the account cannot pay it, nothing is done, and the recall stays open.
    """
    found, replayed = received_recalls.accept(request.caller, request.idempotency_key, recall_id, request.body.reason)
    return Answer(ReceivedRecallView.of(found), replayed=replayed)
