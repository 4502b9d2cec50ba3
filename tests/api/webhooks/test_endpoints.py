"""Webhook endpoints: whose they are, what is refused, and what is never shown."""

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.models.webhooks.sent_tests import SentTests, count_test
from chalicelib.models.webhooks.update import who_listens
from tests.api.helpers.bank import Json, Reply, User, items
from tests.api.helpers.links import linked
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited
from tests.api.helpers.webhooks import ENDPOINTS, Hooks

UNSAFE = [
    "http://example.com/x",
    "https://127.0.0.1/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://2130706433/x",
    "https://user:word@example.com/x",
    "ftp://example.com/x",
    "file:///etc/passwd",
]


def test_endpoint_is_made_read_edited_and_deleted(hooks: Hooks, customer: User) -> None:
    made = hooks.made(customer, events=["transaction.*", "account.frozen"], description="our books")
    assert made["id"].startswith("whe_")
    assert (made["status"], made["scope"], made["signature"], made["format"]) == (
        "enabled",
        "customer",
        "ed25519",
        "standard",
    )
    assert (made["url"], made["secret"], made["description"]) == (hooks.receiver.url, None, "our books")
    path = f"{ENDPOINTS}/{made['id']}"
    edited = hooks.client.patch(path, {"events": ["*"], "description": None}, token=hooks.token(customer)).ok()
    assert (edited["events"], edited["description"], edited["url"]) == (["*"], None, hooks.receiver.url)
    assert hooks.read(customer, made) == edited
    assert hooks.client.get(ENDPOINTS, token=hooks.token(customer)).ok()["data"] == [edited]
    hooks.client.delete(path, token=hooks.token(customer)).ok(204)
    hooks.client.get(path, token=hooks.token(customer)).refused(404, "not_found")
    assert hooks.client.get(ENDPOINTS, token=hooks.token(customer)).ok()["data"] == []


def test_hmac_secret_is_shown_once_and_nowhere_else(
    hooks: Hooks, customer: User, log: io.StringIO, bank: object
) -> None:
    made = hooks.made(customer, signature="hmac")
    secret = made["secret"]
    assert secret.startswith("whsec_")
    assert hooks.read(customer, made)["secret"] is None
    path = f"{ENDPOINTS}/{made['id']}"
    rotated = hooks.client.post(f"{path}/rotate-secret", token=hooks.token(customer)).ok()
    assert rotated["secret"] not in (None, secret)
    assert rotated["previous_secret_until"] is not None
    exported = hooks.client.get(f"/v1/customers/{customer.customer_id}/export?limit=100", token=hooks.token(customer))
    kept = f"{items()}{log.getvalue()}{exported.text}"
    assert "webhook_endpoint" in exported.text
    for one in (secret, rotated["secret"]):
        assert one not in kept
        assert one.removeprefix("whsec_") not in kept


def test_secret_of_an_endpoint_that_signs_with_the_banks_key_is_a_conflict(hooks: Hooks, customer: User) -> None:
    made = hooks.made(customer)
    path = f"{ENDPOINTS}/{made['id']}/rotate-secret"
    hooks.client.post(path, token=hooks.token(customer)).refused(409, "conflict")


def test_repeated_request_makes_one_endpoint_and_shows_no_secret_again(hooks: Hooks, customer: User) -> None:
    body = {"url": hooks.receiver.url, "events": ["*"], "signature": "hmac"}
    first = hooks.client.post(ENDPOINTS, body, token=hooks.token(customer), key="k")
    second = hooks.client.post(ENDPOINTS, body, token=hooks.token(customer), key="k")
    assert first.ok(201)["id"] == second.ok(201)["id"]
    assert (second.json["secret"], second.headers["Idempotent-Replayed"]) == (None, "true")
    assert len(items(type="webhook_endpoint")) == 1
    hooks.client.post(ENDPOINTS, body | {"events": ["account.*"]}, token=hooks.token(customer), key="k").refused(
        409, "idempotency_key_reused"
    )


def test_owner_has_at_most_twenty_and_a_deleted_one_makes_room(hooks: Hooks, customer: User, manager: User) -> None:
    made = [hooks.made(customer) for _ in range(20)]
    body = {"url": hooks.receiver.url, "events": ["*"]}
    hooks.client.post(ENDPOINTS, body, token=hooks.token(customer)).refused(409, "conflict")
    hooks.made(manager)
    hooks.client.delete(f"{ENDPOINTS}/{made[3]['id']}", token=hooks.token(customer)).ok(204)
    hooks.made(customer)
    hooks.client.post(ENDPOINTS, body, token=hooks.token(customer)).refused(409, "conflict")


@pytest.mark.parametrize("other", ["other_customer", "manager", "admin"])
def test_endpoints_of_others_do_not_exist(
    hooks: Hooks, customer: User, other: str, request: pytest.FixtureRequest
) -> None:
    stranger: User = request.getfixturevalue(other)
    made = hooks.made(customer)
    hooks.happen(recipient=str(customer.customer_id))
    [delivery] = hooks.deliveries(customer, made)
    path = f"{ENDPOINTS}/{made['id']}"
    for reply in (
        hooks.client.get(path, token=hooks.token(stranger)),
        hooks.client.patch(path, {"events": ["*"]}, token=hooks.token(stranger)),
        hooks.client.delete(path, token=hooks.token(stranger)),
        hooks.client.post(f"{path}/enable", token=hooks.token(stranger)),
        hooks.client.post(f"{path}/rotate-secret", token=hooks.token(stranger)),
        hooks.client.post(f"{path}/test", token=hooks.token(stranger)),
        hooks.client.post(f"{path}/replay", {}, token=hooks.token(stranger)),
        hooks.client.get(f"{path}/deliveries", token=hooks.token(stranger)),
        hooks.client.get(f"/v1/deliveries/{delivery['id']}", token=hooks.token(stranger)),
        hooks.client.post(f"/v1/deliveries/{delivery['id']}/replay", token=hooks.token(stranger)),
    ):
        reply.refused(404, "not_found")
    assert len(hooks.receiver.messages) == 1


def test_key_of_an_enabling_serves_one_request(hooks: Hooks, customer: User) -> None:
    """Also where there is nothing to do."""
    made, other = hooks.made(customer), hooks.made(customer)

    def enable(endpoint: Json, key: str) -> Reply:
        return hooks.client.post(f"{ENDPOINTS}/{endpoint['id']}/enable", token=hooks.token(customer), key=key)

    enable(made, "k").ok()
    assert enable(made, "k").headers["Idempotent-Replayed"] == "true"
    enable(other, "k").refused(409, "idempotency_key_reused")
    body = {"url": hooks.receiver.url, "events": ["*"]}
    hooks.client.post(ENDPOINTS, body, token=hooks.token(customer), key="k").refused(409, "idempotency_key_reused")


def test_tellers_and_auditors_have_none(hooks: Hooks, teller: User, auditor: User) -> None:
    for user in (teller, auditor):
        hooks.client.post(ENDPOINTS, {"url": hooks.receiver.url, "events": ["*"]}, token=hooks.token(user)).refused(
            403, "forbidden"
        )
        hooks.client.get(ENDPOINTS, token=hooks.token(user)).refused(403, "forbidden")


def test_customer_cannot_have_the_banks_events_nor_a_manager_a_customers(
    hooks: Hooks, customer: User, manager: User
) -> None:
    body = {"url": hooks.receiver.url, "events": ["*"]}
    hooks.client.post(ENDPOINTS, body | {"scope": "bank"}, token=hooks.token(customer)).refused(403, "forbidden")
    hooks.client.post(ENDPOINTS, body | {"scope": "customer"}, token=hooks.token(manager)).refused(403, "forbidden")
    assert hooks.made(manager, scope="bank")["scope"] == "bank"


def test_managers_share_the_banks_endpoints(hooks: Hooks, manager: User, admin: User) -> None:
    made = hooks.made(manager)
    assert hooks.read(admin, made)["responsible_id"] == manager.user_id
    assert [one["id"] for one in hooks.client.get(ENDPOINTS, token=hooks.token(admin)).ok()["data"]] == [made["id"]]


@pytest.mark.parametrize("url", UNSAFE)
def test_address_inside_is_refused_when_the_endpoint_is_made_and_when_it_is_edited(
    hooks: Hooks, customer: User, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = hooks.made(customer)
    monkeypatch.setenv("WEBHOOK_LOOPBACK", "off")
    refused = hooks.client.post(ENDPOINTS, {"url": url, "events": ["*"]}, token=hooks.token(customer))
    assert refused.refused(422, "validation_failed").wrong_fields == ["url"]
    edited = hooks.client.patch(f"{ENDPOINTS}/{made['id']}", {"url": url}, token=hooks.token(customer))
    assert edited.refused(422, "validation_failed").wrong_fields == ["url"]
    assert hooks.read(customer, made)["url"] == hooks.receiver.url


def test_pattern_that_matches_no_type_is_refused_by_its_place(hooks: Hooks, customer: User) -> None:
    body = {"url": hooks.receiver.url, "events": ["transaction.*", "transactoin.*", "account"]}
    refused = hooks.client.post(ENDPOINTS, body, token=hooks.token(customer)).refused(422, "validation_failed")
    assert refused.wrong_fields == ["events.1", "events.2"]


def test_edit_on_an_outdated_version_changes_nothing(hooks: Hooks, customer: User) -> None:
    made = hooks.made(customer)
    path = f"{ENDPOINTS}/{made['id']}"
    tag = hooks.client.get(path, token=hooks.token(customer)).headers["ETag"]
    hooks.client.patch(path, {"events": ["account.*"]}, token=hooks.token(customer), headers={"If-Match": tag}).ok()
    for method, where, body in (
        ("PATCH", path, {"events": ["*"]}),
        ("DELETE", path, None),
        ("POST", f"{path}/enable", None),
    ):
        refused = hooks.client.send(method, where, body, token=hooks.token(customer), headers={"If-Match": tag})
        refused.refused(409, "conflict")
    assert hooks.read(customer, made)["events"] == ["account.*"]


def test_banks_endpoint_waits_for_a_second_person_who_sees_no_secret(hooks: Hooks, manager: User, admin: User) -> None:
    policy = "/v1/approval-policies/webhook_endpoint"
    hooks.client.put(policy, {"control": "require"}, token=hooks.token(admin)).ok()
    body = {"url": hooks.receiver.url, "events": ["*"], "signature": "hmac"}
    approval = hooks.client.post(ENDPOINTS, body, token=hooks.token(manager)).ok(202)
    assert hooks.client.get(ENDPOINTS, token=hooks.token(manager)).ok()["data"] == []
    done = hooks.client.post(f"/v1/approvals/{approval['id']}/approve", {}, token=hooks.token(admin))
    assert (done.ok()["status"], "whsec_" in done.text) == ("executed", False)
    [made] = hooks.client.get(ENDPOINTS, token=hooks.token(manager)).ok()["data"]
    assert (made["responsible_id"], made["secret"]) == (manager.user_id, None)
    path = f"{ENDPOINTS}/{made['id']}"
    assert hooks.client.post(f"{path}/rotate-secret", token=hooks.token(manager)).ok()["secret"]
    moved = hooks.client.patch(path, {"url": f"{hooks.receiver.url}/other"}, token=hooks.token(manager)).ok(202)
    assert hooks.read(manager, made)["url"] == hooks.receiver.url
    hooks.client.post(f"/v1/approvals/{moved['id']}/approve", {}, token=hooks.token(admin)).ok()
    assert hooks.read(manager, made)["url"] == f"{hooks.receiver.url}/other"


def test_secret_of_the_bank_is_rotated_once_by_the_person_whom_a_second_one_lets(
    hooks: Hooks, manager: User, admin: User
) -> None:
    """Else one manager alone learns a secret that signs messages of the bank, or ends the one that receivers have."""
    made = hooks.made(manager, signature="hmac")
    path = f"{ENDPOINTS}/{made['id']}/rotate-secret"

    def rotate(user: User) -> Reply:
        return hooks.client.post(path, token=hooks.token(user))

    hooks.client.put("/v1/approval-policies/webhook_endpoint", {"control": "require"}, token=hooks.token(admin)).ok()
    approval = rotate(manager).ok(202)
    assert rotate(manager).ok(202)["id"] != approval["id"]
    done = hooks.client.post(f"/v1/approvals/{approval['id']}/approve", {}, token=hooks.token(admin))
    assert (done.ok()["status"], "whsec_" in done.text) == ("executed", False)
    hooks.happen()
    assert hooks.receiver.messages[0].is_signed_with(made["secret"])
    assert rotate(admin).ok(202)["status"] == "requested", "another person was not let do it"
    secret = rotate(manager).ok()["secret"]
    hooks.happen()
    assert all(hooks.receiver.messages[1].is_signed_with(one) for one in (made["secret"], secret))
    assert rotate(manager).ok(202)["status"] == "requested", "once"


def test_leave_to_rotate_a_secret_ends_after_a_day(hooks: Hooks, manager: User, admin: User) -> None:
    path = f"{ENDPOINTS}/{hooks.made(manager, signature='hmac')['id']}/rotate-secret"
    hooks.client.put("/v1/approval-policies/webhook_endpoint", {"control": "require"}, token=hooks.token(admin)).ok()
    approval = hooks.client.post(path, token=hooks.token(manager)).ok(202)
    hooks.client.post(f"/v1/approvals/{approval['id']}/approve", {}, token=hooks.token(admin)).ok()
    hooks.let_pass(timedelta(hours=24))
    assert hooks.client.post(path, token=hooks.token(manager)).ok(202)["status"] == "requested"


def test_of_two_rotations_at_once_that_one_approval_lets_one_is_done(hooks: Hooks, manager: User, admin: User) -> None:
    path = f"{ENDPOINTS}/{hooks.made(manager, signature='hmac')['id']}/rotate-secret"
    hooks.client.put("/v1/approval-policies/webhook_endpoint", {"control": "require"}, token=hooks.token(admin)).ok()
    approval = hooks.client.post(path, token=hooks.token(manager)).ok(202)
    hooks.client.post(f"/v1/approvals/{approval['id']}/approve", {}, token=hooks.token(admin)).ok()
    with just_before("TransactWriteItems", lambda: hooks.client.post(path, token=hooks.token(manager)).ok()):
        assert hooks.client.post(path, token=hooks.token(manager)).ok(202)["status"] == "requested"


def test_what_was_approved_is_stale_once_the_endpoint_has_moved(hooks: Hooks, manager: User, admin: User) -> None:
    made = hooks.made(manager, signature="hmac")
    path = f"{ENDPOINTS}/{made['id']}"
    hooks.client.put("/v1/approval-policies/webhook_endpoint", {"control": "require"}, token=hooks.token(admin)).ok()
    moved = hooks.client.patch(path, {"url": f"{hooks.receiver.url}/other"}, token=hooks.token(manager)).ok(202)
    other = hooks.client.patch(path, {"events": ["account.*"]}, token=hooks.token(manager)).ok(202)
    hooks.client.post(f"/v1/approvals/{other['id']}/approve", {}, token=hooks.token(admin)).ok()
    done = hooks.client.post(f"/v1/approvals/{moved['id']}/approve", {}, token=hooks.token(admin)).ok()
    assert (done["status"], done["failure"]["code"]) == ("failed", "approval_stale")
    assert hooks.read(manager, made)["url"] == hooks.receiver.url


def test_customers_own_endpoint_waits_for_nobody(hooks: Hooks, customer: User, admin: User) -> None:
    hooks.client.put("/v1/approval-policies/webhook_endpoint", {"control": "block"}, token=hooks.token(admin)).ok()
    hooks.made(customer)


def test_first_endpoint_says_that_somebody_listens_and_a_refused_one_does_not(hooks: Hooks, customer: User) -> None:
    hooks.client.post(ENDPOINTS, {"url": "https://10.0.0.1/", "events": ["*"]}, token=hooks.token(customer)).refused(
        422, "validation_failed"
    )
    assert who_listens().has_endpoints is None
    hooks.made(customer)
    assert who_listens().has_endpoints is True


def test_endpoints_are_audited_without_address_and_secret(
    hooks: Hooks, empty_bank: None, new_customer: Callable[[], User]
) -> None:
    stream = Stream()
    customer = new_customer()
    made = hooks.made(customer, signature="hmac", description="my own words")
    hooks.client.delete(f"{ENDPOINTS}/{made['id']}", token=hooks.token(customer)).ok(204)
    stream.deliver()
    records = [one for one in audited() if str(one["event"]).startswith("webhook_endpoint.")]
    assert [one["event"] for one in records] == ["webhook_endpoint.created", "webhook_endpoint.deleted"]
    assert {"url", "secret", "description"} <= set(json.loads(records[0]["changed"]))
    text = f"{records}"
    assert not any(one in text for one in (hooks.receiver.url, made["secret"], "my own words"))


def test_maker_is_told_by_mail_when_an_endpoint_is_added(hooks: Hooks, customer: User, mailbox: Mailbox) -> None:
    hooks.made(customer)
    [mail] = mailbox.sent_to(customer.email)
    assert "webhook endpoint was added" in mail
    assert hooks.receiver.url not in mail


def test_who_moves_an_endpoint_and_who_is_responsible_are_told_by_mail(
    hooks: Hooks, manager: User, admin: User, mailbox: Mailbox
) -> None:
    """Else whoever has a session of another one lets the messages come to itself unseen."""
    path = f"{ENDPOINTS}/{hooks.made(manager)['id']}"
    for edit in ({"events": ["account.*"]}, {"url": hooks.receiver.url}, {"url": f"{hooks.receiver.url}/mine"}):
        hooks.client.patch(path, edit, token=hooks.token(admin)).ok()
    for user, number in ((admin, 1), (manager, 2)):
        mails = mailbox.sent_to(user.email)
        assert (len(mails), "another address" in mails[-1]) == (number, True)


def test_erased_customer_leaves_neither_address_nor_secret(hooks: Hooks, customer: User, manager: User) -> None:
    made = hooks.made(customer, signature="hmac")
    hooks.receiver.always(500, b"ask Ada Lovelace")
    hooks.happen(recipient=str(customer.customer_id))
    hooks.client.delete(f"/v1/customers/{customer.customer_id}", token=hooks.token(manager)).ok()
    [kept] = items(type="webhook_endpoint", id=made["id"])
    assert not kept.keys() & {"url", "secret", "previous_secret", "description"}
    hooks.let_pass(timedelta(hours=1))
    assert len(hooks.receiver.messages) == 1


def test_staff_who_are_customers_see_no_endpoint_of_theirs_as_staff(
    hooks: Hooks,
    admin: User,
    customer: User,
    new_staff: Callable[[str], User],
    log_in: Callable[[str], User],
) -> None:
    hooks.made(customer)
    oneself = linked(hooks.client, admin, new_staff("manager"), customer, log_in)
    assert hooks.client.get(ENDPOINTS, token=hooks.token(oneself)).ok()["data"] == []


def test_test_event_is_sent_now_and_the_answer_returned(hooks: Hooks, customer: User) -> None:
    made = hooks.made(customer, signature="hmac")
    hooks.receiver.always(418, b"short and stout")
    tried = hooks.client.post(f"{ENDPOINTS}/{made['id']}/test", token=hooks.token(customer)).ok()
    assert (tried["status"], tried["answer"], tried["error"]) == (418, "short and stout", None)
    [message] = hooks.receiver.messages
    assert (message.json["type"], message.id) == ("endpoint.test", tried["event_id"])
    assert message.is_signed_with(made["secret"])
    assert hooks.deliveries(customer, made) == []


def test_test_events_are_limited_for_all_endpoints_of_an_owner_together(
    hooks: Hooks, customer: User, other_customer: User
) -> None:
    """A receiver may be a stranger, and an endpoint can be made again."""
    first, second = hooks.made(customer), hooks.made(customer)
    for number in range(20):
        path = f"{ENDPOINTS}/{(first, second)[number % 2]['id']}"
        hooks.client.post(f"{path}/test", token=hooks.token(customer)).ok()
    hooks.client.delete(f"{ENDPOINTS}/{first['id']}", token=hooks.token(customer)).ok(204)
    again = f"{ENDPOINTS}/{hooks.made(customer)['id']}/test"
    refused = hooks.client.post(again, token=hooks.token(customer))
    refused.refused(429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert len(hooks.receiver.messages) == 20
    hooks.client.post(f"{ENDPOINTS}/{hooks.made(other_customer)['id']}/test", token=hooks.token(other_customer)).ok()
    hooks.let_pass(timedelta(hours=1))
    hooks.client.post(again, token=hooks.token(customer)).ok()


def test_test_events_at_once_count_each(hooks: Hooks, customer: User) -> None:
    made = hooks.made(customer)
    with just_before("UpdateItem", lambda: count_test(str(customer.customer_id), clock.now())):
        hooks.client.post(f"{ENDPOINTS}/{made['id']}/test", token=hooks.token(customer)).ok()
    sent = SentTests.find(*SentTests.key(str(customer.customer_id)))
    assert sent
    assert len(sent.times) == 2
