"""Joint holders: who becomes one, what each right opens, and how it ends."""

from collections.abc import Callable

import pytest

from chalicelib.domain.permissions import system
from chalicelib.models.accounts import joint_holder
from chalicelib.models.accounts.account import Account
from chalicelib.services.accounts import joint_holders
from tests.api.helpers.accounts import closed, deposit, history, new_key, opened, read, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls, items
from tests.api.helpers.customers import edit, review
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.race import just_before

WRITING = "TransactWriteItems"


def listed(client: Api, user: User, query: str = "") -> list[str]:
    return [account["id"] for account in client.get(f"/v1/accounts?{query}", token=user.token).ok()["data"]]


def known_name(client: Api, user: User) -> str:
    profile = client.get("/v1/user/profile", token=user.token).ok()
    return f"{profile['first_name']} {profile['last_name']}"


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


@pytest.fixture
def third(new_customer: Callable[[], User]) -> User:
    return new_customer()


def test_holder_gets_no_right_before_it_is_verified_where_that_is_required(
    client: Api, customer: User, other_customer: User, teller: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever is refused an account pays from that of a friend."""
    put_holder(client, teller, account, other_customer, "pay").ok()
    monkeypatch.setenv("KYC_REQUIRED", "true")
    put_holder(client, teller, account, other_customer, "view").ok()
    for status in ("rejected", "pending"):
        review(client, teller, other_customer.customer_id, status).ok()
        put_holder(client, teller, account, other_customer, "pay").refused(409, "conflict")
    end_holder(client, customer, account, other_customer).ok(204)
    put_holder(client, teller, account, other_customer, "view").refused(409, "conflict")
    review(client, teller, other_customer.customer_id, "verified").ok()
    put_holder(client, teller, account, other_customer, "view").ok()
    put_holder(client, teller, account, other_customer, "pay").ok()


def test_name_that_changes_while_its_customer_becomes_a_holder_is_seen(
    client: Api, other_customer: User, teller: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYC_REQUIRED", "true")
    review(client, teller, other_customer.customer_id, "verified").ok()
    with just_before(WRITING, lambda: edit(client, other_customer, other_customer.customer_id, last_name="X").ok()):
        put_holder(client, teller, account, other_customer, "pay").refused(409, "conflict")


def test_staff_add_change_and_end(
    client: Api, customer: User, other_customer: User, admin: User, account: Json
) -> None:
    assert read(client, customer, account)["holders"] == []
    reply = put_holder(client, admin, account, other_customer, "view")
    one = {"customer_id": other_customer.customer_id, "rights": "view"}
    assert (reply.ok(), reply.headers["ETag"]) == (one, '"2"')
    assert put_holder(client, admin, account, other_customer, "view").headers["ETag"] == '"2"', "nothing has changed"
    put_holder(client, admin, account, other_customer, "pay", headers={"If-Match": '"1"'}).refused(409, "conflict")
    put_holder(client, admin, account, other_customer, "pay", headers={"If-Match": '"2"'}).ok()
    owner = {"customer_id": customer.customer_id, "rights": "own"}
    names = [known_name(client, user) for user in (customer, other_customer)]
    for user in (customer, other_customer, admin):
        found = client.get(f"/v1/accounts/{account['id']}/holders", token=user.token).ok()
        shown = [{**owner, "name": names[0]}, {**one, "rights": "pay", "name": names[1]}]
        assert found == {"data": shown, "has_more": False, "next_cursor": None}
        assert read(client, user, account)["holders"] == [one | {"rights": "pay"}]
    end_holder(client, admin, account, other_customer).ok(204)
    end_holder(client, admin, account, other_customer).refused(404, "not_found")
    client.get(f"/v1/accounts/{account['id']}/holders", token=other_customer.token).refused(404, "not_found")
    [item] = items(type="holder")
    assert (item["status"], item["version"]) == ("ended", 2)
    assert item["gsi1pk"] == f"FORMER_HOLDER#{other_customer.customer_id}"
    assert client.get("/v1/accounts", token=other_customer.token).ok()["data"] == []


def test_who_may_not_hold_and_who_may_not_add(
    client: Api, customer: User, other_customer: User, admin: User, teller: User, account: Json
) -> None:
    put_holder(client, admin, account, customer, "pay").refused(409, "conflict")
    path = f"/v1/accounts/{account['id']}/holders"
    unknown = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    client.put(f"{path}/{unknown}", {"rights": "pay"}, token=admin.token).refused(404, "not_found")
    client.put(f"{path}/{other_customer.customer_id}", {"rights": "own"}, token=admin.token).refused(
        422, "validation_failed"
    )
    for user in (customer, other_customer):
        put_holder(client, user, account, other_customer, "pay").refused(403, "forbidden")
    end_holder(client, other_customer, account, other_customer).refused(404, "not_found")
    client.patch(f"/v1/users/{other_customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    put_holder(client, teller, account, other_customer, "pay").refused(409, "conflict")
    over = closed(client, customer, opened(client, customer))
    put_holder(client, teller, over, other_customer, "pay").refused(422, "account_closed")
    assert items(type="holder") == []


REACH = {"none": 0, "view": 1, "pay": 2, "manage": 3}
ACTS: list[tuple[int, str, str, Json | None]] = [
    (1, "GET", "/v1/accounts/{account}", None),
    (1, "GET", "/v1/accounts/{account}/balance", None),
    (1, "GET", "/v1/accounts/{account}/history", None),
    (1, "GET", "/v1/accounts/{account}/changes", None),
    (1, "GET", "/v1/accounts/{account}/interest", None),
    (1, "GET", "/v1/accounts/{account}/holders", None),
    (1, "GET", "/v1/transactions/{made}", None),
    (1, "POST", "/v1/tickets", {"subject": "s", "message": "m", "account_id": "{account}"}),
    (2, "POST", "/v1/transactions/deposit", {"account_id": "{account}", "amount": "1.00"}),
    (2, "POST", "/v1/transactions/withdraw", {"account_id": "{account}", "amount": "1.00"}),
    (2, "POST", "/v1/transactions/transfer", {"from_account_id": "{account}", "to_account_id": "{to}", "amount": "1"}),
    (2, "PATCH", "/v1/transactions/{made}", {"category": "c"}),
    (3, "PATCH", "/v1/accounts/{account}", {"nickname": "ours"}),
    (4, "PUT", "/v1/accounts/{account}/pin", {"pin": "4711"}),
    (4, "DELETE", "/v1/accounts/{account}", None),
    (4, "DELETE", "/v1/accounts/{account}/holders/{third}", None),
]


@pytest.mark.parametrize("rights", REACH)
def test_what_each_right_opens(
    client: Api, customer: User, other_customer: User, third: User, admin: User, account: Json, rights: str
) -> None:
    """All that is not open is 403, and to a stranger 404."""
    made = deposit(client, customer, account, "1.00").ok(201)
    put_holder(client, admin, account, third, "view").ok()
    if rights != "none":
        put_holder(client, admin, account, other_customer, rights).ok()
    ids = {"account": account["id"], "made": made["id"], "third": third.customer_id}
    ids |= {"to": opened(client, other_customer)["id"]}
    wrong = []
    for reach, method, path, body in ACTS:
        sent = {name: value.format(**ids) for name, value in (body or {}).items()}
        key = new_key() if method == "POST" else None
        reply = client.send(method, path.format(**ids), sent if body else None, token=other_customer.token, key=key)
        expected = range(200, 300) if REACH[rights] >= reach else (403,) if REACH[rights] else (404,)
        if reply.status not in expected:
            wrong.append((method, path, reply))
    assert not wrong


def test_own_and_joint_accounts_are_one_list(
    client: Api, customer: User, other_customer: User, admin: User, auditor: User
) -> None:
    def joint() -> str:
        account = opened(client, customer)
        put_holder(client, admin, account, other_customer, "view").ok()
        return str(account["id"])

    def own() -> str:
        return str(opened(client, other_customer)["id"])

    newest_first = [one() for one in (joint, own, joint, own)][::-1]
    opened(client, customer)
    assert listed(client, other_customer) == newest_first
    assert len(listed(client, customer)) == 3
    assert listed(client, auditor, f"customer_id={other_customer.customer_id}") == newest_first
    with counted_calls() as calls:
        page = client.get("/v1/accounts?limit=3", token=other_customer.token).ok()
    assert calls == {"GetItem": 1, "Query": 1, "BatchGetItem": 1}
    assert [one["id"] for one in page["data"]] == newest_first[:3]
    assert listed(client, other_customer, f"limit=3&cursor={page['next_cursor']}") == newest_first[3:]
    client.delete(f"/v1/accounts/{newest_first[0]}", token=other_customer.token).ok()
    assert listed(client, other_customer, "status=closed") == newest_first[:1]
    assert listed(client, other_customer, "status=active") == newest_first[1:]
    client.get("/v1/accounts?status=lost", token=customer.token).refused(422, "validation_failed")


def test_a_list_that_is_behind_shows_nothing_that_has_ended(
    client: Api, customer: User, other_customer: User, admin: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index may still have the holder: the account itself is asked."""
    put_holder(client, admin, account, other_customer, "pay").ok()
    with monkeypatch.context() as patch:
        patch.setattr(joint_holder, "end", joint_holder.join)
        end_holder(client, customer, account, other_customer).ok(204)
    assert joint_holder.account_ids_of(str(other_customer.customer_id)) == [account["id"]]
    assert listed(client, other_customer) == []


def test_a_holder_pays_and_sees_what_it_is_a_party_of(
    client: Api, customer: User, other_customer: User, third: User, admin: User, account: Json
) -> None:
    put_holder(client, admin, account, other_customer, "pay").ok()
    own, payee = opened(client, other_customer, "50.00"), opened(client, third)
    paid = transfer(client, other_customer, account, payee, "30.00", category="rent", key="t")
    assert [entry["account_id"] for entry in paid.ok(201)["entries"]] == [account["id"]]
    assert transfer(client, other_customer, account, payee, "30.00", category="rent", key="t").ok(201) == paid.json
    into = transfer(client, other_customer, own, account, "5.00", key="i")
    assert {entry["account_id"] for entry in into.ok(201)["entries"]} == {own["id"], account["id"]}
    assert transfer(client, other_customer, own, account, "5.00", key="i").ok(201) == into.json
    cash = withdraw(client, other_customer, account, "1.00").ok(201)
    assert [entry["balance_after"] for entry in cash["entries"]] == ["74.00"]
    owners = client.get(f"/v1/transactions/{paid.json['id']}", token=customer.token).ok()
    assert owners == paid.json | {"pending_approvals": None}, "the label is the account's, whoever wrote it"
    mine = client.get("/v1/transactions", token=other_customer.token).ok()["data"]
    by_id = {one["id"]: one for one in mine}
    assert (by_id[paid.json["id"]], by_id[into.json["id"]], by_id[cash["id"]]) == (paid.json, into.json, cash)
    assert client.get(f"/v1/transactions/{paid.json['id']}", token=third.token).ok()["category"] is None
    assert len(history(client, other_customer, account)["data"]) == 4
    changed = client.patch(f"/v1/transactions/{owners['id']}", {"category": "home"}, token=other_customer.token).ok()
    assert client.get(f"/v1/transactions/{owners['id']}", token=customer.token).ok() == changed | {
        "pending_approvals": None
    }
    end_holder(client, other_customer, account, other_customer).ok(204)
    assert client.get(f"/v1/transactions/{cash['id']}", token=other_customer.token).ok()["entries"] == []
    owners_only = deposit(client, customer, account, "1.00").ok(201)
    client.get(f"/v1/transactions/{owners_only['id']}", token=other_customer.token).refused(404, "not_found")
    client.patch(f"/v1/transactions/{cash['id']}", {"memo": "m"}, token=other_customer.token).refused(403, "forbidden")


def test_a_holder_needs_the_accounts_pin(client: Api, customer: User, other_customer: User, admin: User) -> None:
    account = opened(client, customer, "9.00", pin="4711")
    put_holder(client, admin, account, other_customer, "manage").ok()
    withdraw(client, other_customer, account, "1.00").refused(422, "pin_required")
    withdraw(client, other_customer, account, "1.00", pin="4711").ok(201)


@pytest.mark.parametrize("pay", ["deposit", "withdraw", "transfer"])
def test_no_payment_is_decided_on_rights_that_have_ended(
    client: Api, customer: User, other_customer: User, admin: User, account: Json, pay: str
) -> None:
    """In either order it is as if one had come after the other."""
    payee = opened(client, other_customer)
    payments: dict[str, Callable[[], Reply]] = {
        "deposit": lambda: deposit(client, other_customer, account, "1.00"),
        "withdraw": lambda: withdraw(client, other_customer, account, "1.00"),
        "transfer": lambda: transfer(client, other_customer, account, payee, "1.00"),
    }
    payment = payments[pay]
    put_holder(client, admin, account, other_customer, "pay").ok()
    with just_before(WRITING, lambda: put_holder(client, admin, account, other_customer, "view").ok()):
        payment().refused(403, "forbidden")
    put_holder(client, admin, account, other_customer, "pay").ok()
    with just_before(WRITING, lambda: end_holder(client, customer, account, other_customer).ok(204)):
        payment().refused(404, "not_found")
    assert len(history(client, customer, account)["data"]) == 1
    put_holder(client, admin, account, other_customer, "pay").ok()
    with just_before(WRITING, lambda: payment().ok(201)):
        end_holder(client, customer, account, other_customer).ok(204)
    assert len(history(client, customer, account)["data"]) == 2
    payment().refused(404, "not_found")
    [item] = items(type="account", id=account["id"])
    assert "holders" not in item


def test_two_changes_of_holders_at_once_are_both_kept(
    client: Api, customer: User, other_customer: User, third: User, admin: User, account: Json
) -> None:
    with just_before(WRITING, lambda: put_holder(client, admin, account, third, "pay").ok()):
        put_holder(client, admin, account, other_customer, "view").ok()
    with just_before(WRITING, lambda: end_holder(client, other_customer, account, other_customer).ok(204)):
        end_holder(client, customer, account, other_customer).refused(404, "not_found")
    [one] = read(client, customer, account)["holders"]
    assert one == {"customer_id": third.customer_id, "rights": "pay"}


def test_a_customer_who_changes_meanwhile_is_looked_at_again(
    client: Api, customer: User, other_customer: User, admin: User, account: Json
) -> None:
    """As one who is being erased does."""

    def edit() -> None:
        client.patch("/v1/user/profile", {"last_name": "Byron"}, token=other_customer.token).ok()

    with just_before(WRITING, edit):
        put_holder(client, admin, account, other_customer, "view").ok()
    assert listed(client, other_customer) == [account["id"]]


def test_closing_ends_what_is_held(client: Api, customer: User, other_customer: User, admin: User) -> None:
    account = opened(client, customer)
    put_holder(client, admin, account, other_customer, "manage").ok()
    assert closed(client, customer, account)["holders"] == []
    assert listed(client, other_customer) == []
    client.get(f"/v1/accounts/{account['id']}", token=other_customer.token).refused(404, "not_found")
    assert [item["status"] for item in items(type="holder")] == ["ended"]
    end_holder(client, admin, account, other_customer).refused(404, "not_found")


def test_all_that_a_customer_holds_is_ended(client: Api, customer: User, other_customer: User, admin: User) -> None:
    accounts = [opened(client, customer) for _ in range(3)]
    own = opened(client, other_customer)
    for account in accounts:
        put_holder(client, admin, account, other_customer, "pay").ok()
    end_holder(client, customer, accounts[0], other_customer).ok(204)
    assert set(joint_holder.account_ids_of(str(other_customer.customer_id))) == {accounts[1]["id"], accounts[2]["id"]}
    assert joint_holders.end_all(system("r"), str(other_customer.customer_id)) == 2
    assert joint_holders.end_all(system("r"), str(other_customer.customer_id)) == 0
    assert listed(client, other_customer) == [own["id"]]
    assert not any(Account.by_id(account["id"]).holders for account in accounts)  # type: ignore[union-attr]
