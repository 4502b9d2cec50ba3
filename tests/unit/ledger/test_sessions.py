"""The session of who asks for a posting: read with the accounts, judged once."""

from dataclasses import replace

import pytest

from chalicelib.domain.errors import Unauthorized
from chalicelib.domain.permissions import Caller, system
from chalicelib.models.identity.session import Session
from chalicelib.models.ledger import ledger
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, after, conflict, served
from tests.small_bank import NOON, A, B, SmallBank, customer

UNTIL = "2026-11-24T12:00:00.000000Z"
SIGNED_IN = replace(customer(), session_id="ses_1")
SESSION = "SESSION#ses_1"


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000)
    bank.open(B, 0, owner=2)


@pytest.fixture
def session(bank: SmallBank) -> Session:
    session = Session.new("usr_1", "ses_1", "hash", NOON).stamp(SIGNED_IN, NOON)
    bank.put(session)
    return session


def end(bank: SmallBank, session: Session) -> None:
    session.status = "ended"
    bank.put(session)


def sessions_read(bank: SmallBank) -> list[int]:
    """Return for each BatchGetItem how many sessions it read."""
    reads = [request["RequestItems"] for operation, request in bank.dynamodb.sent if operation == BATCH_GET]
    keys = [[key for table in read.values() for key in table["Keys"]] for read in reads]
    return [sum(key["sk"]["S"].startswith("SESSION#") for key in found) for found in keys]


def transfer(bank: SmallBank, caller: Caller = SIGNED_IN) -> TransferRequest:
    return TransferRequest(A, B, "1.00", None, Annotations(), caller, bank.key(caller))


def test_posting_reads_the_session_with_the_accounts(bank: SmallBank, session: Session) -> None:
    assert ledger.post(bank.request({A: -1, B: 1}, SIGNED_IN)).transaction.status == "posted"
    assert [operation for operation, _ in bank.dynamodb.sent] == [BATCH_GET, WRITE]
    assert sessions_read(bank) == [1]


def test_transfer_reads_the_session_once_when_it_is_posted(bank: SmallBank, session: Session) -> None:
    """One read unit for each transfer."""
    asked = transfer(bank)
    assert transfer_steps.post(asked)["status"] == "decided"
    assert sum(sessions_read(bank)) == 1


@pytest.mark.parametrize("state", ["ended", "expired", "unknown"])
def test_nothing_is_written_for_a_session_that_does_not_run(bank: SmallBank, session: Session, state: str) -> None:
    if state == "ended":
        end(bank, session)
    elif state == "expired":
        bank.later(days=30)
    else:
        del bank.dynamodb.table("bank").items[session.pk, SESSION]
    for move in (ledger.post, lambda request: ledger.hold(request, UNTIL)):
        with pytest.raises(Unauthorized, match="Log in again"):
            move(bank.request({A: -1, B: 1}, SIGNED_IN))
    assert bank.dynamodb.count(WRITE) == 0


def test_the_bank_itself_needs_no_session(bank: SmallBank) -> None:
    ledger.post(bank.request({A: -1, B: 1}, system("run-1")))
    assert sessions_read(bank) == [0]


def test_an_outcome_is_answered_before_the_session_is_judged(bank: SmallBank, session: Session) -> None:
    key = bank.key(SIGNED_IN)
    first = ledger.post(bank.request({A: -1, B: 1}, SIGNED_IN, key=key))
    end(bank, session)
    again = ledger.post(bank.request({A: -1, B: 1}, replace(SIGNED_IN, request_id="req_2"), key=key))
    assert (again.transaction.id, again.replayed) == (first.transaction.id, True)


def test_a_later_attempt_does_not_ask_for_the_session_again(bank: SmallBank, session: Session) -> None:
    """A write of an earlier attempt may still land, so its caller must not be told that nothing was done."""
    bank.dynamodb.next(WRITE, conflict(1))
    bank.dynamodb.next(BATCH_GET, served, after(lambda: end(bank, session)))
    assert ledger.post(bank.request({A: -1, B: 1}, SIGNED_IN)).transaction.status == "posted"
    assert sessions_read(bank) == [1, 0]
