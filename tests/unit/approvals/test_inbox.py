"""Who finds which request, and what of it is shown."""

from dataclasses import replace

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import NotFound
from chalicelib.domain.permissions import Caller
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.paging import Paging
from chalicelib.services.approvals import inbox
from tests.fake_dynamodb.wire import GET, refused
from tests.small_bank import A, SmallBank, customer, staff
from tests.unit.approvals.held_requests import DECIDER, MAKER, ask_to_unfreeze

PAGE = Paging(10, None)
OWNER = replace(staff(user_id="usr_own"), own_customer_id="cus_1")


def listed(caller: Caller, status: str = "requested", action: str | None = None, *, is_mine: bool = False) -> list[str]:
    page = inbox.page(caller, status, action, PAGE, is_mine=is_mine)  # type: ignore[arg-type]
    return [one.id for one in page.items]


@pytest.fixture
def asked(watched: SmallBank) -> Approval:
    approval = ask_to_unfreeze()
    approval.notes = {"usr_x": "a suspicion"}
    watched.put(approval)
    return approval


def test_request_is_found_by_staff_auditors_and_its_maker(asked: Approval) -> None:
    for caller in (DECIDER, MAKER, Caller("usr_a", "auditor", "r")):
        found = inbox.get(caller, asked.id)
        assert (found.id, found.notes) == (asked.id, {"usr_x": "a suspicion"})


def test_request_does_not_exist_for_a_customer_who_has_not_made_it(asked: Approval) -> None:
    with pytest.raises(NotFound, match="approval"):
        inbox.get(customer(1), asked.id)
    for unknown in (ids.with_prefix("apr", ids.transaction_id("a", "b")), "apr_1", asked.id.replace("apr", "txn")):
        with pytest.raises(NotFound):
            inbox.get(DECIDER, unknown)


def test_text_that_could_not_be_an_id_is_not_looked_up(bank: SmallBank) -> None:
    bank.dynamodb.from_now_on(GET, refused("ValidationException"))
    for text in ("apr_" + "x" * 3000, "", "acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"):
        with pytest.raises(NotFound, match=f"There is no approval {text[:10]}"):
            inbox.get(DECIDER, text)


def test_customer_finds_its_own_request_without_what_deciders_wrote(watched: SmallBank, asked: Approval) -> None:
    asked.requested_by, asked.gsi2pk = "usr_1", "USER#usr_1"
    watched.put(asked)
    assert inbox.get(customer(1), asked.id).notes is None
    assert listed(customer(1)) == [asked.id]
    assert listed(customer(2)) == []


def test_staff_whom_a_request_concerns_see_it_without_notes(asked: Approval) -> None:
    assert inbox.get(OWNER, asked.id).notes is None
    [shown] = inbox.page(OWNER, "requested", None, PAGE, is_mine=False).items
    assert shown.notes is None
    assert inbox.ids_about(OWNER, A) == [asked.id]


def test_secret_request_does_not_exist_for_staff_whom_it_concerns(watched: SmallBank, asked: Approval) -> None:
    asked.action = "legal_hold"
    watched.put(asked)
    with pytest.raises(NotFound, match=f"There is no approval {asked.id}"):
        inbox.get(OWNER, asked.id)
    assert (listed(OWNER), inbox.ids_about(OWNER, A)) == ([], [])
    assert (listed(DECIDER), inbox.ids_about(DECIDER, A)) == ([asked.id], [asked.id])
    assert inbox.get(DECIDER, asked.id).id == asked.id


def test_list_has_one_status_and_one_action(watched: SmallBank, asked: Approval) -> None:
    assert listed(DECIDER) == listed(DECIDER, action="unfreeze") == [asked.id]
    assert listed(DECIDER, action="kyc") == listed(DECIDER, "executed") == []
    assert listed(MAKER, is_mine=True) == [asked.id]
    assert listed(MAKER, "executed", is_mine=True) == []
    assert listed(DECIDER, is_mine=True) == []


def test_open_requests_come_oldest_first_and_others_newest_first(watched: SmallBank) -> None:
    made = []
    for _ in range(3):
        watched.later(seconds=1)
        made.append(ask_to_unfreeze().id)
    assert listed(DECIDER) == made
    assert listed(MAKER, is_mine=True) == made[::-1]


def test_open_requests_about_a_thing_are_found_for_staff_alone(asked: Approval, watched: SmallBank) -> None:
    assert inbox.ids_about(DECIDER, A) == [asked.id]
    assert inbox.ids_about(DECIDER, A, A) == [asked.id]
    assert inbox.ids_about(DECIDER, A, "acc_other") == []
    assert inbox.ids_about(customer(1), A) is None
    watched.later(hours=73)
    assert inbox.ids_about(DECIDER, A) == []
