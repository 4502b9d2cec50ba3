"""What becomes of a request that was approved: done, refused, too late, or left for another try."""

import pytest

from chalicelib.domain.errors import Contention, NotFound
from chalicelib.models.approvals.approval import Approval
from chalicelib.services.accounts import changes
from chalicelib.services.approvals import execution
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import NOON_TEXT, A, SmallBank
from tests.unit.approvals.held_requests import DECIDER, ask_to_unfreeze, stored


@pytest.fixture
def approved(watched: SmallBank) -> Approval:
    """Return a request that was approved, and then cut short."""
    approval = ask_to_unfreeze()
    vote = {"by": DECIDER.user_id, "role": "manager", "decision": "approved", "at": NOON_TEXT}
    approval.status, approval.decisions = "approved", [vote]
    watched.put(approval)
    return stored(approval.id)


def test_approved_request_is_carried_out_once(watched: SmallBank, approved: Approval) -> None:
    assert execution.carry_out(approved, DECIDER).status == "executed"
    assert watched.account(A).status == "active"
    version = watched.account(A).version
    again = execution.carry_out(approved, DECIDER)
    assert (again.status, again.failure, watched.account(A).version) == ("executed", None, version)


def test_approved_request_whose_time_is_over_expires(watched: SmallBank, approved: Approval) -> None:
    watched.later(hours=72)
    ended = execution.carry_out(approved, DECIDER)
    assert (ended.status, ended.failure, watched.account(A).status) == ("expired", None, "frozen")


def test_approved_request_is_still_approved_when_the_bank_is_busy(
    watched: SmallBank, approved: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Contention("busy")

    monkeypatch.setattr(changes, "execute_unfreeze", busy)
    with pytest.raises(Contention):
        execution.carry_out(approved, DECIDER)
    assert stored(approved.id).status == "approved"


def test_approved_request_that_finds_nothing_to_do_fails_and_says_so(
    watched: SmallBank, approved: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "execute_unfreeze", lambda *_: None)
    failed = execution.carry_out(approved, DECIDER)
    assert (failed.status, (failed.failure or {})["code"]) == ("failed", "approval_stale")
    assert "Nothing was left to do" in (failed.failure or {})["detail"]
    assert (failed.updated_by, failed.request_id) == (DECIDER.user_id, DECIDER.request_id)


def test_end_that_another_request_has_written_is_the_answer(
    watched: SmallBank, approved: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two who go on with it, the slower one finds nothing to do."""
    real = changes.execute_unfreeze
    monkeypatch.setattr(changes, "execute_unfreeze", lambda *_: None)

    def be_faster() -> None:
        monkeypatch.setattr(changes, "execute_unfreeze", real)
        execution.carry_out(approved, DECIDER)

    watched.dynamodb.next(WRITE, after(be_faster))
    ended = execution.carry_out(approved, DECIDER)
    assert (ended.status, ended.failure, watched.account(A).status) == ("executed", None, "active")


def test_approval_that_is_gone_is_unknown(
    watched: SmallBank, approved: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "execute_unfreeze", lambda *_: None)
    monkeypatch.setattr(Approval, "by_id", lambda _: None)
    with pytest.raises(NotFound, match=f"approval {approved.id}"):
        execution.carry_out(approved, DECIDER)


def test_payment_that_waits_has_no_executor(watched: SmallBank, approved: Approval) -> None:
    """The ledger posts it: to carry it out here would be a defect, and nothing is recorded as failed."""
    approved.action = "transfer"
    watched.put(approved)
    with pytest.raises(LookupError, match="transfer is carried out by the ledger"):
        execution.carry_out(approved, DECIDER)
    assert stored(approved.id).status == "approved"


def test_executor_gets_the_maker_as_it_is_now_in_the_deciders_request(
    watched: SmallBank, approved: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = []
    monkeypatch.setattr(changes, "execute_unfreeze", lambda maker, approval: got.append((maker, approval.id)))
    approved.maker = {**approved.maker, "session_id": "ses_1"}
    execution.carry_out(approved, DECIDER)
    [(maker, approval_id)] = got
    assert approval_id == approved.id
    assert (maker.user_id, maker.role, maker.request_id) == ("usr_maker", "teller", DECIDER.request_id)
    assert (maker.approval_id, maker.session_id, maker.own_customer_id) == (approved.id, None, None)
