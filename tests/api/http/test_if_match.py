"""Changes on the condition of a version: made with the current tag, and refused with any other, also when two race."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.models import transact
from tests.api.helpers import cloud, orders
from tests.api.helpers.accounts import deposit, frozen, new_key, opened, transfer
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.beneficiaries import saved
from tests.api.helpers.branches import HEAD_OFFICE
from tests.api.helpers.customers import ADDRESS
from tests.api.helpers.risk import raised

NOTE = {"title": "t", "message": "m"}
GONE = (404, "not_found")
RULE = {"contains": "rent", "field": "memo", "category": "housing"}


@dataclass
class World:
    client: Api
    customer: User
    friend: User
    teller: User
    admin: User

    def path(self, kind: str) -> str:
        """The path of a new thing of a kind."""
        return str(getattr(self, f"_{kind}")())

    def _account(self) -> str:
        return f"/v1/accounts/{opened(self.client, self.customer)['id']}"

    def _locked_account(self) -> str:
        return f"/v1/accounts/{opened(self.client, self.customer, pin='4711')['id']}"

    def _frozen_account(self) -> str:
        return f"/v1/accounts/{frozen(self.client, self.teller, opened(self.client, self.customer))['id']}"

    def _held_account(self) -> str:
        path = self._account()
        holder = f"{path}/holders/{self.friend.customer_id}"
        self.client.put(holder, {"rights": "view"}, token=self.admin.token).ok()
        return path

    def _transaction(self) -> str:
        mine, theirs = opened(self.client, self.customer, "9.00"), opened(self.client, self.friend)
        return f"/v1/transactions/{transfer(self.client, self.customer, mine, theirs, '1.00').ok(201)['id']}"

    def _own_transaction(self) -> str:
        one, other = opened(self.client, self.customer, "9.00"), opened(self.client, self.customer)
        return f"/v1/transactions/{transfer(self.client, self.customer, one, other, '1.00').ok(201)['id']}"

    def _announcement(self) -> str:
        return f"/v1/announcements/{self.client.post('/v1/announcements', NOTE, token=self.admin.token).ok(201)['id']}"

    def _ticket(self) -> str:
        ticket = {"subject": "s", "message": "m"}
        return f"/v1/tickets/{self.client.post('/v1/tickets', ticket, token=self.customer.token).ok(201)['id']}"

    def _alert(self) -> str:
        return f"/v1/reports/risk/{raised(self.customer, opened(self.client, self.customer), 'low')}"

    def _address(self) -> str:
        path = f"/v1/customers/{self.customer.customer_id}/addresses"
        return f"{path}/{self.client.post(path, ADDRESS, token=self.customer.token).ok(201)['id']}"

    def _other_address(self) -> str:
        """Which is not the primary one."""
        self._address()
        return self._address()

    def _customer(self) -> str:
        return f"/v1/customers/{self.customer.customer_id}"

    def _user(self) -> str:
        return f"/v1/users/{self.teller.user_id}"

    def _profile(self) -> str:
        return "/v1/user/profile"

    def _rate(self) -> str:
        return "/v1/interest-rates/savings"

    def _rules(self) -> str:
        self.client.post("/v1/category-rules", RULE, token=self.customer.token).ok(201)
        return "/v1/category-rules"

    def _payee(self) -> str:
        payee = saved(self.client, self.customer, opened(self.client, self.friend))
        return f"/v1/beneficiaries/{payee['id']}"

    def _order(self) -> str:
        payer, payee = opened(self.client, self.customer), opened(self.client, self.friend)
        return f"{orders.PATH}/{orders.ordered(self.client, self.customer, payer, payee)['id']}"

    def _suspended_order(self) -> str:
        path = self._order()
        self.client.post(f"{path}/suspend", token=self.customer.token).ok()
        return path

    def _dated_payment(self) -> str:
        payer, payee = opened(self.client, self.customer), opened(self.client, self.friend)
        return f"{orders.PAYMENTS}/{orders.dated(self.client, self.customer, payer, payee).ok(202)['id']}"

    def _branch(self) -> str:
        return f"/v1/branches/{HEAD_OFFICE}"

    def _policy(self) -> str:
        return "/v1/approval-policies/reverse"

    def _thresholds(self) -> str:
        return "/v1/risk-thresholds"


@dataclass
class Change:
    """A request that changes a thing of a kind: `path` follows that of the thing, which `by` may read, too."""

    kind: str
    method: str
    path: str = ""
    body: Callable[[World], Json] | Json | None = None
    by: str = "customer"
    moves: bool = True
    """The response's tag is that of the thing afterwards; else it is of something else, or there is none."""
    again: tuple[int, str] = (409, "conflict")
    race: tuple[int, str] = (409, "conflict")
    """The problems of the same request after it, and of one that was under way with it."""

    def __str__(self) -> str:
        return f"{self.method} {self.kind}{self.path} by {self.by}"

    def send(self, world: World, thing: str, tag: str | None, thing_now: str = "") -> Reply:
        user = getattr(world, self.by)
        body = self.body(world) if callable(self.body) else self.body
        path = thing + self.path.format(friend=world.friend.customer_id, rule=thing_now)
        return world.client.send(self.method, path, body, token=user.token, headers={"If-Match": tag} if tag else {})


def thresholds(world: World) -> Json:
    told = world.client.get("/v1/risk-thresholds", token=world.admin.token).ok()
    return {name: told[name] for name in ("rules", "severities", "unit_weights")}


CHANGES = [
    Change("profile", "PATCH", body={"first_name": "Eve"}),
    Change("profile", "PATCH", body={"first_name": "Eve"}, by="teller"),
    Change("user", "PATCH", body={"role": "manager"}, by="admin"),
    Change("customer", "PATCH", body={"first_name": "Eve"}),
    Change("customer", "POST", "/kyc", {"status": "verified", "reason": "r"}, by="admin"),
    Change("customer", "POST", "/addresses", ADDRESS, moves=False),
    Change("address", "PATCH", body={"city": "York"}),
    Change("other_address", "DELETE", moves=False, again=GONE, race=GONE),
    Change("account", "PATCH", body={"nickname": "n"}),
    Change("account", "PATCH", body={"overdraft_limit": "5.00"}, by="teller"),
    Change("account", "POST", "/freeze", {"reason": "r"}, by="teller"),
    Change("frozen_account", "POST", "/unfreeze", {"reason": "r"}, by="teller"),
    Change("account", "PUT", "/pin", {"pin": "4711"}),
    Change("locked_account", "PUT", "/pin", {"pin": "4712", "current_pin": "4711"}, race=(422, "pin_incorrect")),
    Change("locked_account", "POST", "/pin/reset", by="teller"),
    Change("account", "PUT", "/holders/{friend}", {"rights": "view"}, by="teller"),
    Change("held_account", "DELETE", "/holders/{friend}"),
    Change("account", "DELETE"),
    Change("transaction", "PATCH", body={"category": "food"}),
    Change("own_transaction", "PATCH", body={"category": "food"}),
    Change("announcement", "PATCH", body={"title": "u"}, by="admin"),
    Change("announcement", "DELETE", by="admin"),
    Change("ticket", "PATCH", body={"status": "in_progress"}, by="teller"),
    Change("ticket", "POST", "/messages", {"message": "n"}, moves=False),
    Change("branch", "PATCH", body={"city": "York"}, by="admin"),
    Change("rate", "PUT", body={"annual_rate": "0.0400", "effective_from": "2099-01-01"}, by="admin"),
    Change("thresholds", "PUT", body=thresholds, by="admin"),
    Change("policy", "PUT", body={"control": "require"}, by="admin"),
    Change("alert", "POST", "/settle", {"outcome": "dismissed", "note": "n"}, by="admin"),
    Change("rules", "POST", body=RULE, moves=False),
    Change("payee", "PATCH", body={"nickname": "n"}),
    Change("order", "PATCH", body={"amount": "2.00"}),
    Change("order", "DELETE"),
    Change("order", "POST", "/suspend"),
    Change("order", "POST", "/skip", {}),
    Change("suspended_order", "POST", "/resume", {}),
    Change("dated_payment", "DELETE"),
    Change("payee", "DELETE", moves=False, again=GONE, race=GONE),
]


@pytest.fixture
def world(client: Api, customer: User, other_customer: User, teller: User, admin: User) -> World:
    return World(client, customer, other_customer, teller, admin)


def tag_of(world: World, change: Change, thing: str) -> str:
    reply = world.client.get(thing, token=getattr(world, change.by).token)
    assert reply.status == 200, reply
    return reply.headers["ETag"]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_is_made_with_the_current_tag_and_once(world: World, change: Change) -> None:
    thing = world.path(change.kind)
    tag = tag_of(world, change, thing)
    made = change.send(world, thing, f'"x", {tag}')
    assert made.status in (200, 201, 204), made
    if change.moves:
        assert made.headers["ETag"] not in ("", tag)
        if change.by != "customer" or change.method != "DELETE":
            assert tag_of(world, change, thing) == made.headers["ETag"]
    before = cloud.save()
    change.send(world, thing, tag).refused(*change.again)
    assert cloud.save() == before


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_of_two_changes_with_one_tag_one_is_made(world: World, change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is made whole between the first one's read and its write."""
    thing = world.path(change.kind)
    tag = tag_of(world, change, thing)
    write, second = transact.write, list[Reply]()

    def after_the_second(actions: list[Any]) -> None:
        if not second:
            monkeypatch.setattr(transact, "write", write)
            second.append(change.send(world, thing, tag))
        write(actions)

    monkeypatch.setattr(transact, "write", after_the_second)
    first = change.send(world, thing, tag)
    assert second[0].status in (200, 201, 204), second
    first.refused(*change.race)


def test_an_address_is_made_primary_only_as_it_was_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which one is primary is written on the customer; the address is a condition of it nevertheless."""
    thing = world.path("other_address")
    primary, edited = Change("", "PATCH", body={"is_primary": True}), Change("", "PATCH", body={"city": "York"})
    tag, write = tag_of(world, primary, thing), transact.write

    def after_an_edit(actions: list[Any]) -> None:
        monkeypatch.setattr(transact, "write", write)
        edited.send(world, thing, None).ok()
        write(actions)

    monkeypatch.setattr(transact, "write", after_an_edit)
    primary.send(world, thing, tag).refused(409, "conflict")
    assert world.client.get(thing, token=world.customer.token).ok()["is_primary"] is False
    primary.send(world, thing, tag_of(world, primary, thing)).ok()


def test_a_rule_is_deleted_from_the_list_that_was_read(world: World) -> None:
    rules = world.path("rules")
    delete = Change("", "DELETE", "/{rule}")
    [rule] = world.client.get(rules, token=world.customer.token).ok()["data"]
    tag = tag_of(world, delete, rules)
    world.client.post(rules, RULE, token=world.customer.token).ok(201)
    delete.send(world, rules, tag, rule["id"]).refused(409, "conflict")
    assert delete.send(world, rules, tag_of(world, delete, rules), rule["id"]).status == 204


def test_an_erasure_begins_only_with_the_current_tag(world: World) -> None:
    person = world.path("customer")
    erase, tag = Change("", "DELETE"), tag_of(world, Change("", "GET"), person)
    Change("", "PATCH", body={"first_name": "Eve"}).send(world, person, None).ok()
    erase.send(world, person, tag).refused(409, "conflict")
    assert world.client.get(person, token=world.customer.token).ok()["first_name"] == "Eve"
    erase.send(world, person, tag_of(world, Change("", "GET"), person)).ok()


def test_a_wrong_pin_with_an_outdated_tag_is_no_guess(world: World) -> None:
    account = world.path("locked_account")
    wrong = Change("", "PUT", "/pin", {"pin": "2718", "current_pin": "0000"})
    for _ in range(6):
        wrong.send(world, account, '"0"').refused(409, "conflict")
    right = Change("", "PUT", "/pin", {"pin": "2718", "current_pin": "4711"})
    assert right.send(world, account, tag_of(world, right, account)).status == 204


def test_a_pin_is_set_while_money_comes_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without If-Match another version of the account is no reason to refuse."""
    account, write = world.path("account"), transact.write
    account_id = account.rpartition("/")[2]

    def after_a_deposit(actions: list[Any]) -> None:
        monkeypatch.setattr(transact, "write", write)
        deposit(world.client, world.customer, {"id": account_id}, "1.00").ok(201)
        write(actions)

    monkeypatch.setattr(transact, "write", after_a_deposit)
    assert Change("", "PUT", "/pin", {"pin": "4711"}).send(world, account, None).status == 204


def test_a_repeated_request_is_answered_before_its_condition(world: World) -> None:
    account = world.path("account")
    tag, key = tag_of(world, CHANGES[8], account), new_key()
    for _ in range(2):
        reply = world.client.post(
            f"{account}/freeze", {"reason": "r"}, token=world.teller.token, key=key, headers={"If-Match": tag}
        )
        assert reply.ok()["status"] == "frozen"
    assert reply.headers["Idempotent-Replayed"] == "true"
