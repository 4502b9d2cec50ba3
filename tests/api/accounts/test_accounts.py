"""Accounts: seen, listed, edited, frozen and closed, by those who may."""

from collections.abc import Callable

import pytest

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from tests.api.helpers.accounts import (
    as_listed,
    closed,
    deposit,
    frozen,
    history,
    new_key,
    opened,
    read,
    transfer,
    withdraw,
)
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.race import just_before
from tests.api.helpers.tampering import table

UNKNOWN = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"
UNKNOWN_BRANCH = "brn_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def edit(client: Api, user: User, account: Json, edits: object, if_match: str | None = None) -> Reply:
    headers = {"If-Match": if_match} if if_match is not None else {}
    return client.patch(f"/v1/accounts/{account['id']}", edits, token=user.token, headers=headers)


def change_status(client: Api, user: User, account: Json, change: str, key: str | None = None) -> Reply:
    return client.post(f"/v1/accounts/{account['id']}/{change}", {"reason": "suspicion"}, token=user.token, key=key)


def test_an_account_is_seen_by_its_owner_staff_and_auditors(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User
) -> None:
    account = opened(client, customer, "10.00")
    for user, waiting in ((customer, None), (teller, []), (auditor, [])):
        reply = client.get(f"/v1/accounts/{account['id']}", token=user.token)
        assert reply.ok() == account | {"pending_approvals": waiting}
        assert reply.headers["ETag"] == f'"{account["version"]}"'
    client.get(f"/v1/accounts/{account['id']}", token=other_customer.token).refused(404, "not_found")
    client.get(f"/v1/accounts/{account['id']}").refused(401, "unauthorized")
    for unknown in (UNKNOWN, "acc_x", account["id"].lower(), account["account_number"]):
        client.get(f"/v1/accounts/{unknown}", token=teller.token).refused(404, "not_found")


def test_a_customer_lists_its_own_newest_first(client: Api, customer: User, other_customer: User) -> None:
    accounts = [opened(client, customer, nickname=f"no {number}") for number in range(5)]
    opened(client, other_customer)
    listed: list[Json] = []
    query = "limit=2"
    for has_more in (True, True, False):
        page = client.get(f"/v1/accounts?{query}", token=customer.token).ok()
        assert page["has_more"] is has_more
        listed += page["data"]
        query = f"limit=2&cursor={page['next_cursor']}"
    assert listed == [as_listed(read(client, customer, account)) for account in accounts[::-1]]
    own = client.get(f"/v1/accounts?customer_id={customer.customer_id}", token=customer.token).ok()
    assert (own["data"], own["has_more"], own["next_cursor"]) == (listed, False, None)


def test_a_full_last_page_has_no_more(client: Api, customer: User) -> None:
    assert client.get("/v1/accounts", token=customer.token).ok() == {"data": [], "has_more": False, "next_cursor": None}
    accounts = [opened(client, customer) for _ in range(2)]
    page = client.get("/v1/accounts?limit=2", token=customer.token).ok()
    current = [as_listed(read(client, customer, account)) for account in accounts[::-1]]
    assert page == {"data": current, "has_more": False, "next_cursor": None}


def test_staff_and_auditors_name_whose_accounts(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User
) -> None:
    account = opened(client, customer)
    for user in (teller, auditor):
        page = client.get(f"/v1/accounts?customer_id={customer.customer_id}", token=user.token).ok()
        assert page["data"] == [account]
        reply = client.get("/v1/accounts", token=user.token).refused(422, "validation_failed")
        assert reply.wrong_fields == ["customer_id"]
    client.get(f"/v1/accounts?customer_id={customer.customer_id}", token=other_customer.token).refused(404, "not_found")


def test_a_cursor_serves_its_own_list_only(client: Api, customer: User, other_customer: User, teller: User) -> None:
    for user in (customer, other_customer):
        for _ in range(2):
            opened(client, user)
    cursor = client.get("/v1/accounts?limit=1", token=customer.token).ok()["next_cursor"]
    foreign = [("/v1/accounts", other_customer), ("/v1/accounts/closed", teller), ("/v1/transactions", customer)]
    for path, user in foreign:
        client.get(f"{path}?cursor={cursor}", token=user.token).refused(400, "invalid_cursor")
    for garbage in (cursor[:-1], cursor[::-1], "x", "%00", "e30", "A" * 1000):
        client.get(f"/v1/accounts?cursor={garbage}", token=customer.token).refused(400, "invalid_cursor")


def test_a_nickname_is_set_and_taken_away(client: Api, customer: User) -> None:
    account = opened(client, customer, "5.00")
    named = edit(client, customer, account, {"nickname": "Rainy days"})
    assert named.ok() == account | {
        "nickname": "Rainy days",
        "version": account["version"] + 1,
        "updated_at": named.json["updated_at"],
    }
    assert named.json["updated_at"] > account["updated_at"]
    assert named.headers["ETag"] == f'"{named.json["version"]}"'
    assert edit(client, customer, account, {"nickname": None}).ok()["nickname"] is None


def test_an_empty_edit_changes_nothing(client: Api, customer: User) -> None:
    account = opened(client, customer)
    assert edit(client, customer, account, {}).ok() == account
    assert read(client, customer, account) == account | {"pending_approvals": None}


def test_an_outdated_version_is_a_conflict(client: Api, customer: User) -> None:
    account = opened(client, customer)
    etag = client.get(f"/v1/accounts/{account['id']}", token=customer.token).headers["ETag"]
    changed = edit(client, customer, account, {"nickname": "first"}, etag)
    for outdated in (etag, '"999"', "nonsense", '""'):
        edit(client, customer, account, {"nickname": "second"}, outdated).refused(409, "conflict")
    assert read(client, customer, account)["nickname"] == "first"
    edit(client, customer, account, {"nickname": "second"}, changed.headers["ETag"]).ok()
    edit(client, customer, account, {"nickname": "third"}, "*").ok()


@pytest.mark.parametrize("edits", [{"nickname": None}, {}, {"nickname": "same"}])
def test_if_match_holds_whatever_is_edited(client: Api, customer: User, edits: Json) -> None:
    account = opened(client, customer, nickname="same")
    edit(client, customer, account, edits, '"7"').refused(409, "conflict")


@pytest.mark.parametrize("edits", [{"nickname": "second"}, {"overdraft_limit": "5.00"}])
def test_what_changes_in_between_is_a_conflict_too(client: Api, customer: User, teller: User, edits: Json) -> None:
    account = opened(client, customer)
    with just_before("TransactWriteItems", lambda: edit(client, customer, account, {"nickname": "first"}).ok()):
        edit(client, teller, account, edits, '"1"').refused(409, "conflict")
    assert read(client, customer, account)["nickname"] == "first"


def test_posting_moves_the_version(client: Api, customer: User) -> None:
    account = opened(client, customer)
    deposit(client, customer, account, "1.00").ok(201)
    edit(client, customer, account, {"nickname": "late"}, '"1"').refused(409, "conflict")


def test_staff_allow_an_overdraft(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer, "10.00")
    edit(client, customer, account, {"overdraft_limit": "50.00"}).refused(403, "forbidden")
    allowed = edit(client, teller, account, {"overdraft_limit": "50.00"}).ok()
    assert (allowed["overdraft_limit"], allowed["balance"], allowed["available"]) == ("50.00", "10.00", "60.00")
    withdraw(client, customer, account, "60.01").refused(422, "insufficient_funds")
    withdraw(client, customer, account, "60.00").ok(201)
    assert read(client, customer, account)["balance"] == "-50.00"
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).refused(422, "account_not_empty")
    taken = edit(client, teller, account, {"overdraft_limit": "0"}).ok()
    assert (taken["overdraft_limit"], taken["available"]) == ("0.00", "-50.00")


def test_a_wrong_overdraft_limit_is_named(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    for limit in ("-1.00", "1.001", "1e3", "", " ", "x", 5, 5.5, None, True, "1" * 17):
        reply = edit(client, teller, account, {"overdraft_limit": limit}).refused(422, "validation_failed")
        assert reply.wrong_fields == ["overdraft_limit"], limit
    assert read(client, customer, account) == account | {"pending_approvals": None}


def test_a_branch_is_one_that_is_there(client: Api, customer: User) -> None:
    account = opened(client, customer)
    edit(client, customer, account, {"branch_id": UNKNOWN_BRANCH}).refused(404, "not_found")
    reply = edit(client, customer, account, {"branch_id": None}).refused(422, "validation_failed")
    assert reply.wrong_fields == ["branch_id"]
    assert edit(client, customer, account, {"branch_id": HEAD_OFFICE_ID}).ok()["branch_id"] == HEAD_OFFICE_ID


def test_others_edit_and_close_nothing(client: Api, customer: User, other_customer: User, auditor: User) -> None:
    account = opened(client, customer)
    for user, status, code in ((other_customer, 404, "not_found"), (auditor, 403, "forbidden")):
        edit(client, user, account, {"nickname": "mine"}).refused(status, code)
        client.delete(f"/v1/accounts/{account['id']}", token=user.token).refused(status, code)
    for user in (customer, other_customer, auditor):
        for change in ("freeze", "unfreeze"):
            change_status(client, user, account, change).refused(403, "forbidden")
    assert read(client, customer, account) == account | {"pending_approvals": None}


def test_a_frozen_account_receives_and_does_not_pay(client: Api, customer: User, manager: User) -> None:
    account, other = opened(client, customer, "10.00"), opened(client, customer, "10.00")
    assert change_status(client, manager, account, "freeze").ok()["status"] == "frozen"
    withdraw(client, customer, account, "1.00").refused(422, "account_frozen")
    transfer(client, customer, account, other, "1.00").refused(422, "account_frozen")
    withdraw(client, manager, account, "1.00").refused(422, "account_frozen")
    deposit(client, customer, account, "1.00").ok(201)
    transfer(client, customer, other, account, "1.00").ok(201)
    assert change_status(client, manager, account, "unfreeze").ok()["status"] == "active"
    withdraw(client, customer, account, "12.00").ok(201)


def test_freezing_what_is_frozen_is_a_conflict(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    change_status(client, teller, account, "unfreeze").refused(409, "conflict")
    frozen(client, teller, account)
    change_status(client, teller, account, "freeze").refused(409, "conflict")
    for change in ("freeze", "unfreeze"):
        path = f"/v1/accounts/{UNKNOWN}/{change}"
        client.post(path, {"reason": "x"}, token=teller.token).refused(404, "not_found")


def test_a_teller_unfreezes_what_it_froze_and_a_manager_everything(
    client: Api, customer: User, teller: User, manager: User, new_staff: Callable[[str], User]
) -> None:
    account, other_teller = opened(client, customer), new_staff("teller")
    for who in (manager, other_teller):
        frozen(client, who, account)
        refused = change_status(client, teller, account, "unfreeze").refused(403, "forbidden")
        assert "Another member of staff froze this account" in refused.json["detail"]
        assert read(client, customer, account)["status"] == "frozen"
        change_status(client, manager, account, "unfreeze").ok()
    frozen(client, teller, account)
    assert change_status(client, teller, account, "unfreeze").ok()["status"] == "active"
    [item] = items(type="account", id=account["id"])
    assert "frozen_by" not in item, "who froze it last may not unfreeze it for ever"


def test_who_froze_an_account_long_ago_is_not_known_and_a_manager_unfreezes_it(
    client: Api, customer: User, teller: User, manager: User
) -> None:
    account = opened(client, customer)
    frozen(client, teller, account)
    [item] = items(type="account", id=account["id"])
    table("bank").put_item(Item={name: value for name, value in item.items() if name != "frozen_by"})
    change_status(client, teller, account, "unfreeze").refused(403, "forbidden")
    change_status(client, manager, account, "unfreeze").ok()


def test_freezing_has_a_reason(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    for change in ("freeze", "unfreeze"):
        for body in ({}, {"reason": ""}, {"reason": " "}, {"reason": None}, {"reason": "x" * 201}):
            reply = client.post(f"/v1/accounts/{account['id']}/{change}", body, token=teller.token)
            assert reply.refused(422, "validation_failed").wrong_fields == ["reason"]


def test_a_repeated_freeze_is_answered_as_it_was(client: Api, customer: User, teller: User, manager: User) -> None:
    account, key = opened(client, customer), new_key()
    first = change_status(client, teller, account, "freeze", key)
    again = change_status(client, teller, account, "freeze", key)
    assert (first.ok(), "Idempotent-Replayed" in first.headers) == (again.ok(), False)
    assert again.headers["Idempotent-Replayed"] == "true"
    change_status(client, manager, account, "unfreeze", key).ok()
    assert change_status(client, teller, account, "freeze", key).ok()["status"] == "active", "it is not frozen again"
    change_status(client, teller, account, "unfreeze", key).refused(409, "idempotency_key_reused")
    other = opened(client, customer)
    change_status(client, teller, other, "freeze", key).refused(409, "idempotency_key_reused")
    deposit(client, teller, account, "1.00", key=key).refused(409, "idempotency_key_reused")
    assert read(client, customer, other)["status"] == "active"


def test_closing_needs_an_empty_account(client: Api, customer: User) -> None:
    account = opened(client, customer, "0.01")
    reply = client.delete(f"/v1/accounts/{account['id']}", token=customer.token)
    reply.refused(422, "account_not_empty")
    withdraw(client, customer, account, "0.01").ok(201)
    assert closed(client, customer, account)["status"] == "closed"


def test_a_closed_account_stays_as_it_is(client: Api, customer: User, teller: User) -> None:
    account, other = opened(client, customer, "5.00"), opened(client, customer, "5.00")
    withdraw(client, customer, account, "5.00").ok(201)
    ended = closed(client, customer, account)
    assert closed(client, customer, account) == ended
    assert read(client, customer, account) == ended | {"pending_approvals": None}
    assert len(history(client, customer, account)["data"]) == 2
    deposit(client, customer, account, "1.00").refused(422, "account_closed")
    withdraw(client, customer, account, "1.00").refused(422, "account_closed")
    transfer(client, customer, account, other, "1.00").refused(422, "account_closed")
    transfer(client, customer, other, account, "1.00").refused(422, "account_closed")
    edit(client, customer, account, {"nickname": "ghost"}).refused(422, "account_closed")
    for change in ("freeze", "unfreeze"):
        change_status(client, teller, account, change).refused(422, "account_closed")
    assert read(client, customer, account) == ended | {"pending_approvals": None}
    listed = client.get("/v1/accounts", token=customer.token).ok()["data"]
    assert [one["id"] for one in listed] == [other["id"], account["id"]]


def test_staff_close_and_see_what_is_closed(
    client: Api, customer: User, teller: User, auditor: User, new_staff: Callable[[str], User]
) -> None:
    accounts = [opened(client, customer) for _ in range(3)]
    ended = [closed(client, user, one) for user, one in zip((teller, customer, teller), accounts, strict=True)]
    opened(client, customer)
    for user in (teller, new_staff("manager"), auditor):
        page = client.get("/v1/accounts/closed?limit=2", token=user.token).ok()
        assert (page["data"], page["has_more"]) == ([ended[2], ended[1]], True)
        last = client.get(f"/v1/accounts/closed?limit=2&cursor={page['next_cursor']}", token=user.token).ok()
        assert (last["data"], last["has_more"]) == ([ended[0]], False)
    client.get("/v1/accounts/closed", token=customer.token).refused(403, "forbidden")


def test_a_frozen_account_is_closed_by_the_bank(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    frozen(client, teller, account)
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).refused(409, "conflict")
    assert closed(client, teller, account)["status"] == "closed"


def test_every_change_says_who_made_it(client: Api, customer: User, teller: User) -> None:
    account = opened(client, customer)
    frozen(client, teller, account)
    [item] = items(type="account", id=account["id"])
    assert (item["version"], item["updated_by"], item["status_reason"]) == (2, teller.user_id, "suspicion")
