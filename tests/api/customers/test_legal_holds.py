"""Legal holds: set and ended by managers, seen by staff, and by nobody whom they are about."""

import pytest

from chalicelib.domain.errors import ConflictOfInterest
from chalicelib.domain.if_match import ANY_VERSION
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.customers.customer_schemas import LegalHoldView
from chalicelib.services.customers import customers, legal_holds
from tests.api.helpers import persons
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.customers import edit, read
from tests.api.helpers.persons import erase
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

REASON = "Court order 4 O 112/26"


def hold(client: Api, user: User, customer: User, *, key: str | None = None, if_match: str | None = None) -> Reply:
    path, headers = f"/v1/customers/{customer.customer_id}/legal-hold", {"If-Match": if_match} if if_match else {}
    return client.post(path, {"reason": REASON}, token=user.token, key=key, headers=headers)


def end(client: Api, user: User, customer: User) -> Reply:
    return client.delete(f"/v1/customers/{customer.customer_id}/legal-hold", token=user.token)


def test_staff_and_auditors_see_a_hold_and_the_customer_does_not(
    client: Api, customer: User, manager: User, teller: User, auditor: User
) -> None:
    set_ = hold(client, manager, customer).ok()
    assert set_["legal_hold"] == {"reason": REASON, "set_by": manager.user_id, "set_at": set_["updated_at"]}
    assert set_["version"] == 2
    for user in (teller, auditor):
        assert read(client, user, customer.customer_id)["legal_hold"] == set_["legal_hold"]
    assert read(client, customer, customer.customer_id)["legal_hold"] is None
    profile = client.get("/v1/user/profile", token=customer.token).ok()
    assert profile["customer"]["legal_hold"] is None
    ended = end(client, manager, customer).ok()
    assert (ended["legal_hold"], ended["version"]) == (None, 3)


def test_no_export_tells_of_a_hold(client: Api, customer: User, manager: User) -> None:
    """Not even the manager's, who hands it to the customer."""
    hold(client, manager, customer).ok()
    for user in (customer, manager):
        assert REASON not in str(list(persons.exported(client, user, customer.customer_id)))


def test_no_list_of_reads_tells_of_a_hold(client: Api, customer: User, manager: User) -> None:
    """The customer's export names the operations that showed its data."""
    etag = f'"{read(client, customer, customer.customer_id)["version"]}"'
    shown = hold(client, manager, customer, if_match=etag).ok()
    assert shown == end(client, manager, customer).ok() | {
        name: shown[name] for name in ("legal_hold", "updated_at", "version")
    }
    assert shown.keys() == {"customer_id", "legal_hold", "updated_at", "version"}
    assert items(type="personal_read") == []


def test_only_managers_and_admins_set_and_end_holds(
    client: Api, customer: User, teller: User, auditor: User, admin: User
) -> None:
    for user in (customer, teller, auditor):
        hold(client, user, customer).refused(403, "forbidden")
        end(client, user, customer).refused(403, "forbidden")
    hold(client, admin, customer).ok()
    end(client, admin, customer).ok()


def test_a_hold_is_set_once_and_ended_once(client: Api, customer: User, manager: User, admin: User) -> None:
    end(client, manager, customer).refused(404, "not_found")
    key = new_key()
    first = hold(client, manager, customer, key=key).ok()
    assert hold(client, manager, customer, key=key).ok() == first
    assert first["legal_hold"]["set_at"] in hold(client, admin, customer).refused(409, "conflict").json["detail"]
    end(client, admin, customer).ok()
    end(client, admin, customer).refused(404, "not_found")


def test_a_hold_is_conditional_on_the_customer_s_version(client: Api, customer: User, manager: User) -> None:
    etag = f'"{read(client, manager, customer.customer_id)["version"]}"'
    edit(client, customer, customer.customer_id, phone="+442071234567").ok()
    hold(client, manager, customer, if_match=etag).refused(409, "conflict")


def test_a_held_customer_cannot_be_erased_until_the_hold_ends(
    client: Api, customer: User, manager: User, admin: User
) -> None:
    hold(client, manager, customer).ok()
    for user in (customer, manager, admin):
        client.delete(f"/v1/customers/{customer.customer_id}", token=user.token).refused(409, "conflict")
    assert read(client, customer, customer.customer_id)["status"] == "active"
    end(client, manager, customer).ok()
    assert erase(client, customer, customer.customer_id)["status"] == "erased"
    hold(client, manager, customer).refused(409, "conflict")


def test_a_hold_set_during_the_beginning_of_an_erasure_wins(client: Api, customer: User, manager: User) -> None:
    path = f"/v1/customers/{customer.customer_id}"
    with just_before("TransactWriteItems", lambda: hold(client, manager, customer).ok()):
        refused = client.delete(path, token=customer.token).refused(409, "conflict")
    assert "hold" not in refused.json["detail"]
    assert read(client, customer, customer.customer_id)["status"] == "active"


def test_staff_neither_decide_about_a_hold_on_themselves_nor_see_it(client: Api, customer: User, manager: User) -> None:
    """The answer is the same with a hold and without."""
    hold(client, manager, customer).ok()
    caller = Caller("usr_1", "manager", "r", own_customer_id=customer.customer_id)
    mine = str(customer.customer_id)
    with pytest.raises(ConflictOfInterest):
        legal_holds.set_hold(caller, None, mine, REASON, ANY_VERSION)
    with pytest.raises(ConflictOfInterest):
        legal_holds.end(caller, mine, ANY_VERSION)
    assert LegalHoldView.of(customers.find(caller, mine), caller) is None
    colleague = Caller("usr_1", "manager", "r")
    assert LegalHoldView.of(customers.find(colleague, mine), colleague)


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


def test_the_audit_has_who_set_a_hold_why_and_who_ended_it(
    client: Api, stream: Stream, customer: User, manager: User, admin: User, auditor: User
) -> None:
    hold(client, manager, customer).ok()
    end(client, admin, customer).ok()
    stream.deliver()
    page: Json = client.get(f"/v1/audit?entity={customer.customer_id}", token=auditor.token).ok()
    told = [record for record in page["data"] if "legal_hold_reason" in {**record["before"], **record["after"]}]
    ended, set_ = told
    assert (set_["actor"], set_["after"]["legal_hold_reason"]) == (manager.user_id, REASON)
    assert (ended["actor"], ended["before"]["legal_hold_set_by"]) == (admin.user_id, manager.user_id)
