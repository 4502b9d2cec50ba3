"""Thefts that were once possible, each tried again over HTTP against a bank with the settings of dev and prod.

Nobody here is a stranger: a customer, a teller, a manager or an admin tries it with his or her own rights.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.domain.risk.thresholds import STANDARD
from chalicelib.services import reference_cache
from chalicelib.services.crypto import data_keys
from tests.api.helpers import cloud
from tests.api.helpers.accounts import balance, deposit, frozen, new_key, opened, read, reverse, transfer, withdraw
from tests.api.helpers.approvals import PIN, World, new_user
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.branches import HEAD_OFFICE, cash_of, create, move, opened_branch
from tests.api.helpers.customers import edit, review, taken_in
from tests.api.helpers.factors import App, enrolled_app, logged_in
from tests.api.helpers.held_money import decide_approval
from tests.api.helpers.invitations import ADDRESS, accept, counter_customer, invite
from tests.api.helpers.links import link
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.network import ELSEWHERE, NEAR, WRONG, guess_from
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.reviews import decide
from tests.api.helpers.risk import RISK, THRESHOLDS, made_dormant, raised, set_rule
from tests.api.helpers.stages import deployed_settings
from tests.api.helpers.stream import Stream

OWN_NAMES = frozenset({"FLORIN_STAGE", "PASSKEY_DOMAIN"})
"""Settings of a stage that say which it is, not how strict."""


@dataclass
class Bank:
    """People with second factors and verified addresses. Ada has 900,000 and 600,000; her friend Ben has nothing."""

    client: Api
    ada: User
    ben: User
    teller: User
    manager: User
    admin: User
    adas: Json
    savings: Json
    bens: Json
    apps: dict[str, App] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/accounts/{self.adas['id']}"

    def post(self, user: User, path: str, body: object = None) -> Reply:
        return self.client.post(path, body, token=user.token, key=new_key())

    def require_waiting(self, reply: Reply, maker: User) -> Json:
        """What was asked for, which waits, and which its maker cannot decide by either door."""
        waiting: Json = reply.ok(202)
        decide_approval(self.client, maker, waiting, "approve").refused(403, "approval_own_request")
        if waiting["id"].startswith("txn_"):
            decide(self.client, maker, waiting, "approve").refused(403, "forbidden")
        return waiting

    def has_lost_nothing(self) -> bool:
        return (balance(self.adas), balance(self.savings), balance(self.bens)) == (90_000_000, 60_000_000, 0)


@pytest.fixture
def stream(bank: People, empty_bank: None) -> Stream:
    return Stream()


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """The bank of `people` when it was made, for all tests of this file."""
    return {}


@pytest.fixture
def people(world: World, mailbox: Mailbox, kept: dict[str, Any], request: pytest.FixtureRequest) -> Bank:
    """A bank before its settings are strict, in which no theft has begun."""
    made: Bank
    if kept and "empty_bank" not in request.fixturenames:
        cloud.restore(kept["tables"])
        for subject_id, key in kept["keys"].items():
            data_keys.cache.put(subject_id, key)
        made = kept["bank"]
        return made
    client, ada, ben, teller = world.client, world.customer, world.other_customer, world.teller
    accounts = opened(client, ada, "900000.00"), opened(client, ada, "600000.00"), opened(client, ben)
    made = Bank(client, ada, ben, teller, world.manager, world.admin, *accounts)
    for person in (ada, ben):
        made.post(person, "/v1/auth/email/verification-requests").ok(202)
        made.post(person, "/v1/auth/email/verify", {"code": mailbox.code_for(person.email)}).ok(204)
        review(client, teller, person.customer_id, "verified").ok()
    for person in (teller, world.manager, world.admin):
        made.apps[person.user_id] = enrolled_app(client, person)
    if "empty_bank" not in request.fixturenames:
        kept |= {"tables": cloud.save(), "keys": data_keys.cache.plaintexts(), "bank": made}
    return made


@pytest.fixture
def florin(people: Bank, strict: Callable[[], None]) -> Bank:
    strict()
    return people


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Give the bank the settings of the stage dev, as they are deployed."""
    deployed = deployed_settings("dev")

    def begin() -> None:
        for name in deployed.keys() - OWN_NAMES:
            monkeypatch.setenv(name, deployed[name])
        reference_cache.forget()

    return begin


# --- A customer alone ---


def test_customer_credits_itself_with_nothing(florin: Bank, new_customer: Callable[[], User]) -> None:
    newcomer = new_customer()
    opening: Json = {"type": "current", "initial_deposit": "11000000.00"}
    florin.post(newcomer, "/v1/accounts", opening).refused(403, "forbidden")
    florin.post(newcomer, "/v1/accounts", {"type": "current"}).refused(409, "conflict")  # nobody has verified it
    deposit(florin.client, florin.ada, florin.adas, "11000000.00").refused(403, "forbidden")
    assert florin.has_lost_nothing()


def test_customer_takes_cash_that_nobody_hands_out(florin: Bank) -> None:
    withdraw(florin.client, florin.ada, florin.adas, "900000.00").refused(403, "forbidden")
    assert florin.has_lost_nothing()


def test_branch_pays_out_cash_that_it_does_not_have(people: Bank, strict: Callable[[], None]) -> None:
    village = opened_branch(people.client, people.admin)
    strict()
    asked = withdraw(people.client, people.teller, people.adas, "5000.00", branch_id=village["id"])
    asked.refused(422, "insufficient_funds")
    withdraw(people.client, people.teller, people.adas, "5000.00", branch_id=HEAD_OFFICE).ok(201)


def test_two_accounts_pay_twice_the_daily_limit(florin: Bank) -> None:
    transfer(florin.client, florin.ada, florin.adas, florin.bens, "600000.00").ok(202)
    transfer(florin.client, florin.ada, florin.savings, florin.bens, "500000.00").refused(422, "limit_exceeded")
    assert florin.has_lost_nothing()


def test_large_payment_is_split_over_two_accounts(florin: Bank) -> None:
    transfer(florin.client, florin.ada, florin.adas, florin.bens, "20000.00").ok(201)
    transfer(florin.client, florin.ada, florin.savings, florin.bens, "20000.00").ok(202)


def test_customer_empties_the_account_and_disappears(florin: Bank) -> None:
    transfer(florin.client, florin.ada, florin.adas, florin.bens, "900000.00").ok(202)
    florin.client.delete(florin.path, token=florin.ada.token).refused(422, "account_not_empty")
    florin.client.delete(f"/v1/customers/{florin.ada.customer_id}", token=florin.ada.token).refused(409, "conflict")
    assert florin.has_lost_nothing()


def test_suspect_erases_itself(florin: Bank) -> None:
    raised(florin.ben, florin.bens, "high")
    florin.client.delete(f"/v1/accounts/{florin.bens['id']}", token=florin.ben.token).ok()
    florin.client.delete(f"/v1/customers/{florin.ben.customer_id}", token=florin.ben.token).refused(409, "conflict")


def test_payee_is_made_known_by_a_small_payment(stream: Stream, people: Bank, strict: Callable[[], None]) -> None:
    set_rule(people.client, people.manager, "new_counterparty", action="review")
    strict()
    transfer(people.client, people.ada, people.adas, people.bens, "1.00").ok(201)
    stream.let_follow()
    sent = transfer(people.client, people.ada, people.adas, people.bens, "5000.00").ok(202)
    assert sent["waiting"]["code"] == "risk_review"


# --- A teller alone ---


def test_teller_moves_a_fortune_to_a_friend(florin: Bank) -> None:
    sent = transfer(florin.client, florin.teller, florin.adas, florin.bens, "850000.00")
    florin.require_waiting(sent, florin.teller)
    assert florin.has_lost_nothing()


def test_teller_moves_a_fortune_in_small_parts(florin: Bank) -> None:
    for _ in range(2):
        transfer(florin.client, florin.teller, florin.adas, florin.bens, "10000.00").ok(201)
    third = transfer(florin.client, florin.teller, florin.adas, florin.bens, "10000.00")
    florin.require_waiting(third, florin.teller)


@pytest.mark.parametrize("action", ["transfer", "withdraw", "deposit"])
def test_teller_takes_a_little_from_each_customer(people: Bank, strict: Callable[[], None], action: str) -> None:
    """Each payment is below the ceiling, and the sum of each customer below the policy, but not the teller's day."""
    ceilings = {"ceilings": {"teller": {action: {"USD": "100.00"}}}}
    people.client.put("/v1/authority", ceilings, token=people.admin.token).ok()
    strict()

    def ask(account: Json, amount: str) -> Reply:
        both = {"account_id": account["id"], "from_account_id": account["id"], "to_account_id": people.bens["id"]}
        sides = ("from_account_id", "to_account_id") if action == "transfer" else ("account_id",)
        body = {name: both[name] for name in sides} | {"amount": amount}
        return people.post(people.teller, f"/v1/transactions/{action}", body)

    for number in range(10):
        ask((people.adas, people.savings)[number % 2], "100.00").ok(201)
    beyond = people.require_waiting(ask(people.savings, "0.01"), people.teller)
    approval = people.client.get(f"/v1/approvals/{beyond['waiting']['approval_id']}", token=people.manager.token).ok()
    assert approval["reasons"] == ["ceiling"]
    decide_approval(people.client, people.manager, approval, "approve").ok()
    opening = {"type": "current", "customer_id": people.ben.customer_id, "initial_deposit": "0.01"}
    opened_too = people.post(people.teller, "/v1/accounts", opening)
    assert opened_too.status == (403 if action == "deposit" else 201)


def test_teller_takes_in_a_fortune_in_small_parts(florin: Bank) -> None:
    """Of cash that nobody brings: each is below the ceiling of a teller."""
    for into in (florin.adas, florin.savings):
        deposit(florin.client, florin.teller, into, "20000.00").ok(201)
    third = deposit(florin.client, florin.teller, florin.adas, "20000.00")
    florin.require_waiting(third, florin.teller)


def test_teller_sends_all_customers_to_a_false_site(florin: Bank) -> None:
    lure = {"title": "Your account is blocked", "message": "Sign in at https://fl0rin.example", "audience": "staff"}
    path = "/v1/announcements"
    harmless = florin.post(florin.teller, path, lure).ok(201)
    widened = florin.client.patch(f"{path}/{harmless['id']}", {"audience": "customers"}, token=florin.teller.token)
    seen = florin.require_waiting(widened, florin.teller)["payload"]
    assert seen == lure | {"audience": "customers", "published_from": seen["published_from"], "published_until": None}
    waiting = [
        florin.require_waiting(florin.post(florin.teller, path, lure | {"audience": audience}), florin.teller)
        for audience in ("customers", "everyone")
    ]
    assert florin.client.get("/v1/user/announcements", token=florin.ada.token).ok()["data"] == []
    decide_approval(florin.client, florin.manager, waiting[0], "approve").ok()
    [shown] = florin.client.get("/v1/user/announcements", token=florin.ada.token).ok()["data"]
    changed = florin.client.patch(f"{path}/{shown['id']}", {"message": "Ring us."}, token=florin.manager.token)
    asked = florin.require_waiting(changed, florin.manager)
    florin.client.delete(f"{path}/{shown['id']}", token=florin.teller.token).ok()
    late = decide_approval(florin.client, florin.admin, asked, "approve").ok()
    assert (late["status"], late["failure"]["code"]) == ("failed", "conflict")


def test_teller_dismisses_the_alert_that_the_own_payment_raised(florin: Bank) -> None:
    sent = transfer(florin.client, florin.teller, florin.adas, florin.bens, "9000.00").ok(201)
    alert = raised(florin.ada, florin.adas, "high", transaction_id=sent["id"])
    verdict = {"outcome": "dismissed", "note": "Nothing to see"}
    florin.post(florin.teller, f"{RISK}/{alert}/settle", verdict).refused(403, "conflict_of_interest")
    assert florin.client.get(f"{RISK}/{alert}", token=florin.manager.token).ok()["status"] == "open"


@pytest.mark.parametrize(("limit", "status"), [("10000000000000.00", 422), ("500.00", 202)])
def test_teller_grants_an_overdraft(florin: Bank, limit: str, status: int) -> None:
    asked = florin.client.patch(florin.path, {"overdraft_limit": limit}, token=florin.teller.token)
    if status == 202:
        florin.require_waiting(asked, florin.teller)
    else:
        asked.refused(422, "no_approver")
    assert read(florin.client, florin.ada, florin.adas)["overdraft_limit"] == "0.00"


def test_teller_undoes_what_others_have_paid(people: Bank, strict: Callable[[], None]) -> None:
    made = [
        deposit(people.client, people.manager, people.bens, "1000000.00").ok(201),
        withdraw(people.client, people.manager, people.bens, "1000.00").ok(201),
        transfer(people.client, people.ben, people.bens, people.adas, "1000.00").ok(201),
    ]
    strict()
    before = balance(people.adas), balance(people.bens)
    for one in made:
        people.require_waiting(reverse(people.client, people.teller, one), people.teller)
    assert (balance(people.adas), balance(people.bens)) == before


def test_teller_undoes_what_he_or_she_has_paid(florin: Bank) -> None:
    paid = withdraw(florin.client, florin.teller, florin.adas, "5000.00").ok(201)
    reverse(florin.client, florin.teller, paid).refused(403, "conflict_of_interest")


def test_teller_resets_a_pin_and_withdraws(people: Bank, strict: Callable[[], None]) -> None:
    people.client.put(f"{people.path}/pin", {"pin": PIN}, token=people.ada.token).ok(204)
    strict()
    people.require_waiting(people.post(people.teller, f"{people.path}/pin/reset"), people.teller)
    assert withdraw(people.client, people.teller, people.adas, "5000.00").code == "pin_required"
    assert transfer(people.client, people.teller, people.adas, people.bens, "5000.00").code == "pin_required"
    assert people.has_lost_nothing()


def test_teller_lifts_the_freeze_of_a_manager(florin: Bank) -> None:
    frozen(florin.client, florin.manager, florin.adas)
    asked = florin.post(florin.teller, f"{florin.path}/unfreeze", {"reason": "it was the customer"})
    florin.require_waiting(asked, florin.teller)
    withdraw(florin.client, florin.teller, florin.adas, "5000.00").refused(422, "account_frozen")


def test_teller_makes_a_friend_joint_holder_who_pays(florin: Bank) -> None:
    holder = f"{florin.path}/holders/{florin.ben.customer_id}"
    florin.require_waiting(florin.client.put(holder, {"rights": "pay"}, token=florin.teller.token), florin.teller)
    transfer(florin.client, florin.ben, florin.adas, florin.bens, "5000.00").refused(404, "not_found")
    assert florin.has_lost_nothing()


def test_teller_invents_a_customer_who_overdraws(florin: Bank) -> None:
    invented = taken_in(florin.client, florin.teller)
    florin.require_waiting(
        review(florin.client, florin.teller, invented["id"], "verified", key=new_key()), florin.teller
    )
    opening = {"type": "current", "customer_id": invented["id"]}
    florin.post(florin.teller, "/v1/accounts", opening).refused(409, "conflict")


def test_teller_reads_all_customers_unseen(stream: Stream, people: Bank, strict: Callable[[], None]) -> None:
    strict()
    people.client.get("/v1/customers", token=people.teller.token).ok()
    stream.let_follow()
    for customer in (people.ada, people.ben):
        reads = people.client.get(f"/v1/customers/{customer.customer_id}/reads", token=people.admin.token).ok()["data"]
        assert people.teller.user_id in json.dumps(reads)


@pytest.mark.parametrize("pay", [withdraw, None], ids=["withdrawal", "transfer"])
def test_staff_pay_what_would_be_stopped_for_a_customer(florin: Bank, pay: Callable[..., Reply] | None) -> None:
    made_dormant(florin.adas["id"])
    amount = "5000.00"
    paid = (
        pay(florin.client, florin.teller, florin.adas, amount)
        if pay
        else transfer(florin.client, florin.teller, florin.adas, florin.bens, amount)
    )
    assert florin.require_waiting(paid, florin.teller)["waiting"]["code"] == "risk_review"


# --- An invitation into the accounts of somebody else ---


@pytest.fixture
def grace(people: Bank, strict: Callable[[], None]) -> Json:
    """A customer from the counter, entered by the admin and verified, who has money and no user."""
    made = counter_customer(people.client, people.admin)
    review(people.client, people.teller, made["id"], "verified").ok()
    body = {"type": "current", "customer_id": made["id"]}
    account = people.post(people.teller, "/v1/accounts", body).ok(201)
    deposit(people.client, people.teller, account, "5000.00").ok(201)
    strict()
    return made


def test_teller_invites_a_rich_customer_to_an_own_mailbox(people: Bank, grace: Json, mailbox: Mailbox) -> None:
    """The address is changed first: a colleague must invite, and whoever decides sees who has changed it, and when."""
    edit(people.client, people.teller, grace["id"], email="thief@example.com").ok()
    invite(people.client, people.teller, grace).refused(409, "conflict")
    waiting = people.require_waiting(invite(people.client, people.admin, grace), people.admin)
    assert people.teller.user_id in waiting["summary"]
    assert mailbox.sent_to("thief@example.com") == []


def test_editor_and_inviter_of_a_rich_customer_need_a_third_person(people: Bank, grace: Json) -> None:
    edit(people.client, people.manager, grace["id"], email="thief@example.com").ok()
    invite(people.client, people.manager, grace).refused(409, "conflict")
    waiting = people.require_waiting(invite(people.client, people.teller, grace), people.teller)
    for user in (people.manager, people.teller):
        assert decide_approval(people.client, user, waiting, "approve").status == 403
    assert decide_approval(people.client, people.admin, waiting, "approve").ok()["status"] == "executed"


def test_manager_has_a_colleague_invite_to_a_mailbox_and_approves_it(people: Bank, grace: Json) -> None:
    edit(people.client, people.manager, grace["id"], email="thief@example.com").ok()
    waiting = people.require_waiting(invite(people.client, people.teller, grace), people.teller)
    decide_approval(people.client, people.manager, waiting, "approve").refused(403, "approval_own_request")


def test_address_is_changed_after_the_invitation_was_asked_for(people: Bank, grace: Json, mailbox: Mailbox) -> None:
    waiting = people.require_waiting(invite(people.client, people.teller, grace), people.teller)
    edit(people.client, people.teller, grace["id"], email="thief@example.com").ok()
    decided = decide_approval(people.client, people.manager, waiting, "approve").ok()
    assert (decided["status"], decided["failure"]["code"]) == ("failed", "approval_stale")
    assert mailbox.sent_to("thief@example.com") == []


def test_birthday_is_changed_to_one_that_the_thief_knows(people: Bank, grace: Json) -> None:
    """Two people verify the customer anew before it is invited."""
    edit(people.client, people.teller, grace["id"], date_of_birth="1990-01-01").ok()
    invite(people.client, people.teller, grace).refused(409, "conflict")


def test_thief_in_the_mailbox_of_an_approved_invitation_needs_the_date_of_birth(
    people: Bank, grace: Json, mailbox: Mailbox
) -> None:
    waiting = people.require_waiting(invite(people.client, people.teller, grace), people.teller)
    assert decide_approval(people.client, people.manager, waiting, "approve").ok()["status"] == "executed"
    code = mailbox.code_for(ADDRESS)
    accept(people.client, code, "1990-01-01").refused(422, "validation_failed")
    accept(people.client, code).ok(201)
    invite(people.client, people.teller, grace).refused(409, "conflict")


# --- A manager or an admin alone ---


def test_manager_makes_cash_from_nothing(florin: Bank) -> None:
    """As the first cash of a branch, which pays it out, or from the vault of another one."""
    funded = create(florin.client, florin.manager, key=new_key(), initial_balance="50000.00")
    florin.require_waiting(funded, florin.manager)
    assert items(type="branch", code="LDN") == []
    empty = create(florin.client, florin.manager, key=new_key(), code="VIL").ok(201)
    asked = move(florin.client, florin.manager, HEAD_OFFICE, empty["id"], "50000.00")
    florin.require_waiting(asked, florin.manager)
    assert cash_of(florin.client, florin.manager, empty["id"])["USD"] == "0.00"


def test_manager_ends_a_legal_hold_to_have_evidence_erased(florin: Bank) -> None:
    path = f"/v1/customers/{florin.ben.customer_id}/legal-hold"
    florin.post(florin.manager, path, {"reason": "Court order"}).ok()
    florin.require_waiting(florin.client.delete(path, token=florin.manager.token), florin.manager)
    assert florin.client.get(path[: -len("/legal-hold")], token=florin.manager.token).ok()["legal_hold"]


def test_admin_frees_a_friend_from_conflicts_by_a_wrong_link(florin: Bank) -> None:
    """Ben's only link would go to a user that nobody has; the manager, who is Ben, would never be linked."""
    link(florin.client, florin.admin, florin.teller, florin.ben).refused(422, "no_approver")
    assert florin.client.get(f"/v1/users/{florin.teller.user_id}", token=florin.admin.token).ok()["customer_id"] is None


def test_manager_approves_a_payment_into_the_own_account(people: Bank, strict: Callable[[], None]) -> None:
    link(people.client, people.admin, people.manager, people.ben).ok()
    strict()
    florin = people
    manager = logged_in(florin.client, florin.manager, code=florin.apps[florin.manager.user_id].code(1))
    sent = transfer(florin.client, florin.teller, florin.adas, florin.bens, "20000.00").ok(202)
    decide_approval(florin.client, manager, sent, "approve").refused(403, "approval_own_request")
    decide(florin.client, manager, sent, "approve").refused(403, "conflict_of_interest")
    transfer(florin.client, manager, florin.adas, florin.bens, "1.00").refused(403, "conflict_of_interest")
    deposit(florin.client, manager, florin.bens, "1.00").refused(403, "conflict_of_interest")
    assert florin.has_lost_nothing()


def test_manager_switches_every_rule_of_risk_off(florin: Bank) -> None:
    rules = STANDARD.to_json()
    rules["rules"] = {code: {**rule, "action": "off"} for code, rule in rules["rules"].items()}
    asked = florin.client.put(THRESHOLDS, rules, token=florin.manager.token)
    florin.require_waiting(asked, florin.manager)
    assert florin.client.get(THRESHOLDS, token=florin.manager.token).ok()["number"] == 0


def test_admin_makes_a_second_manager(florin: Bank) -> None:
    chosen = new_user("manager", "second@florin.example")
    wanted = {name: value for name, value in chosen.items() if name != "password"}
    refused = florin.post(florin.admin, "/v1/users", chosen).refused(422, "validation_failed")
    assert refused.wrong_fields == ["password"], "who chooses the password could be the other person"
    florin.post(florin.admin, "/v1/users", wanted).refused(422, "no_approver")
    promoted = {"role": "manager"}
    teller = f"/v1/users/{florin.teller.user_id}"
    florin.client.patch(teller, promoted, token=florin.admin.token).refused(422, "no_approver")
    other = {**wanted, "role": "admin", "email": "other@florin.example"}
    florin.post(florin.admin, "/v1/users", other).ok(201)  # once, and no manager
    florin.require_waiting(florin.post(florin.admin, "/v1/users", wanted), florin.admin)
    florin.require_waiting(florin.client.patch(teller, promoted, token=florin.admin.token), florin.admin)


# --- Anybody ---


def test_stranger_locks_the_admin_out(florin: Bank) -> None:
    for _ in range(5):
        guess_from(NEAR, florin.client, florin.admin.email, WRONG).refused(401, "unauthorized")
    guess_from(NEAR, florin.client, florin.admin.email, florin.admin.password).refused(429, "too_many_attempts")
    assert guess_from(ELSEWHERE, florin.client, florin.admin.email, florin.admin.password).ok()["mfa_required"] is True


def test_locked_customer_stays_locked(florin: Bank) -> None:
    for _ in range(5):
        guess_from(NEAR, florin.client, florin.ada.email, WRONG).refused(401, "unauthorized")
    florin.post(florin.manager, f"/v1/users/{florin.ada.user_id}/unlock", {"reason": "Called from her number"}).ok(204)
    guess_from(NEAR, florin.client, florin.ada.email, florin.ada.password).ok()


def test_password_is_one_letter(florin: Bank) -> None:
    wanted = {"email": "eve@example.com", "password": "aaaaaaaaaa", "first_name": "Eve", "last_name": "E"}
    refused = florin.client.post("/v1/auth/register", wanted).refused(422, "validation_failed")
    assert refused.wrong_fields == ["password"]


def test_pin_is_four_zeros_or_guards_withdrawals_only(florin: Bank) -> None:
    path = f"{florin.path}/pin"
    florin.client.put(path, {"pin": "0000"}, token=florin.ada.token).refused(422, "validation_failed")
    florin.client.put(path, {"pin": PIN}, token=florin.ada.token).ok(204)
    assert transfer(florin.client, florin.ada, florin.adas, florin.bens, "1.00").code == "pin_required"
    transfer(florin.client, florin.ada, florin.adas, florin.bens, "1.00", pin=PIN).ok(201)
