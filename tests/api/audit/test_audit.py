"""The audit over HTTP, and the consumer that feeds it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.services.audit import audit_consumer
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers import interest
from tests.api.helpers.bank import STAGE, Api, User, make_tables
from tests.api.helpers.customers import Addresses, edit, review
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.run_machine import RunMachine
from tests.api.helpers.stream import Json, Stream, audited, record_of_change
from tests.words import words_of


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    opened: Json = client.post("/v1/accounts", {"type": "current", "nickname": "My own"}, token=customer.token).ok(201)
    return opened


def deposit(client: Api, user: User, account: Json, amount: str, key: str) -> None:
    body = {"account_id": account["id"], "amount": amount, "memo": "from grandmother"}
    client.post("/v1/transactions/deposit", body, token=user.token, key=key).ok(201)


def pages(client: Api, user: User, path: str) -> Iterator[list[Json]]:
    """The pages of a list, to the last."""
    answer = client.get(path, token=user.token).ok()
    yield answer["data"]
    while answer["has_more"]:
        answer = client.get(f"{path}&cursor={answer['next_cursor']}", token=user.token).ok()
        yield answer["data"]
    assert answer["next_cursor"] is None


def test_what_happened_to_an_account_is_listed_newest_first(
    client: Api, customer: User, teller: User, auditor: User, account: Json, stream: Stream
) -> None:
    deposit(client, customer, account, "12.50", "k1")
    client.post(f"/v1/accounts/{account['id']}/freeze", {"reason": "Lost card"}, token=teller.token).ok()
    stream.deliver()
    listed = client.get(f"/v1/audit?entity={account['id']}", token=auditor.token).ok()
    assert listed["has_more"] is False
    assert [record["event"] for record in listed["data"]] == ["account.frozen", "account.updated", "account.created"]
    frozen, deposited, created = listed["data"]
    assert (frozen["actor"], frozen["before"]["status"]) == (teller.user_id, "active")
    assert (frozen["after"]["status"], frozen["after"]["status_reason"]) == ("frozen", "Lost card")
    assert (deposited["actor"], deposited["before"]["balance"], deposited["after"]["balance"]) == (
        customer.user_id, 0, 1250
    )  # fmt: skip
    assert created["changed"] == ["nickname"]
    assert [record["prev_hash"] for record in listed["data"]] == [deposited["hash"], created["hash"], "0" * 64]
    fields = "prev_hash pk sk version event actor at request_id before after changed image_digest".split()
    assert [(record["event_count"], record["event_edition"]) for record in listed["data"]] == [(2, 1), (1, 1), (1, 1)]
    for record in listed["data"]:
        hashed = [record[name] for name in (*fields, "event_count", "event_edition")]
        told = json.dumps(hashed, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        assert record["hash"] == hashlib.sha256(told.encode()).hexdigest()


def test_everything_is_audited_and_nothing_personal(client: Api, customer: User, account: Json, stream: Stream) -> None:
    deposit(client, customer, account, "12.50", "k1")
    stream.deliver()
    items = boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank").scan()["Items"]
    last = {(record["pk"], record["sk"].rpartition("#")[0]): record["version"] for record in audited()}
    assert last == {(item["pk"], item["sk"]): item["version"] for item in items if item["type"] not in SKIPPED}
    whole = json.dumps(audited(), default=str)
    for text in (customer.email, "Lovelace", "grandmother", "My own", "argon2", "127.0.0.1"):
        assert text not in whole


def test_another_role_and_a_disabled_user_are_told_with_who_did_it(
    client: Api, admin: User, teller: User, auditor: User, stream: Stream
) -> None:
    for change in ({"role": "manager"}, {"status": "disabled"}):
        client.patch(f"/v1/users/{teller.user_id}", change, token=admin.token).ok()
    stream.deliver()
    listed = client.get(f"/v1/audit?entity={teller.user_id}&actor={admin.user_id}", token=auditor.token).ok()["data"]
    [disabled, promoted] = [one for one in listed if one["sk"].startswith("USER#")][:2]
    assert disabled["event"] == "user.disabled"
    assert promoted["before"] == {"role": "teller"}
    assert promoted["after"] == {"role": "manager", "rights_changed_at": promoted["at"]}
    assert disabled["before"] == {"status": "active", "rights_changed_at": promoted["at"]}
    assert disabled["after"] == {"status": "disabled", "rights_changed_at": disabled["at"]}
    [ended] = [one for one in listed if one["event"] == "session.ended"]
    assert ended["after"] == {"ended_because": "role, status or customer changed", "status": "ended"}


def test_an_actor_is_followed_through_pages(
    client: Api, customer: User, auditor: User, account: Json, stream: Stream
) -> None:
    deposit(client, customer, account, "1.00", "k1")
    stream.deliver()
    whole = client.get(f"/v1/audit?actor={customer.user_id}&limit=100", token=auditor.token).ok()["data"]
    seen = [one for page in pages(client, auditor, f"/v1/audit?actor={customer.user_id}&limit=2") for one in page]
    assert seen == whole
    assert {record["actor"] for record in seen} == {customer.user_id}
    assert {"account.created", "transaction.created", "session.created"} <= {record["event"] for record in seen}


def test_entity_actor_and_range_narrow_what_is_listed(
    client: Api, customer: User, teller: User, auditor: User, account: Json, stream: Stream
) -> None:
    client.patch(f"/v1/accounts/{account['id']}", {"overdraft_limit": "5.00"}, token=teller.token).ok()
    stream.deliver()
    path = f"/v1/audit?entity={account['id']}"
    both = client.get(f"{path}&actor={teller.user_id}", token=auditor.token).ok()["data"]
    assert [(record["event"], record["after"]["overdraft_limit"]) for record in both] == [("account.updated", 500)]
    moment = quote(account["opened_at"])
    assert len(client.get(f"{path}&to={moment}", token=auditor.token).ok()["data"]) == 1
    assert len(client.get(f"{path}&from={moment}", token=auditor.token).ok()["data"]) == 2
    assert client.get(f"{path}&from=2099-01-01", token=auditor.token).ok()["data"] == []


def test_questions_to_the_audit_that_are_refused(
    client: Api, customer: User, teller: User, auditor: User, account: Json, stream: Stream
) -> None:
    stream.deliver()
    path = f"/v1/audit?entity={account['id']}"
    for user in (customer, teller):
        client.get(path, token=user.token).refused(403, "forbidden")
        client.get("/v1/audit/logins", token=user.token).refused(403, "forbidden")
    assert client.get("/v1/audit", token=auditor.token).refused(422, "validation_failed").wrong_fields == ["entity"]
    client.get("/v1/audit?entity=acc_nonsense", token=auditor.token).refused(404, "not_found")
    client.get("/v1/audit?actor=nobody", token=auditor.token).refused(404, "not_found")
    wrong = client.get(f"{path}&from=yesterday", token=auditor.token).refused(422, "validation_failed")
    assert wrong.wrong_fields == ["from"]
    client.get(f"{path}&from=2026-02-02&to=2026-02-01", token=auditor.token).refused(422, "validation_failed")
    client.get(f"{path}&limit=101", token=auditor.token).refused(422, "validation_failed")
    client.get(f"{path}&cursor=abc", token=auditor.token).refused(400, "invalid_cursor")


def test_a_cursor_is_of_its_range_and_no_other(client: Api, customer: User, auditor: User, stream: Stream) -> None:
    stream.deliver()
    path = f"/v1/audit?actor={customer.user_id}&limit=1"
    cursor = client.get(path, token=auditor.token).ok()["next_cursor"]
    client.get(f"{path}&to=2020-01-01&cursor={cursor}", token=auditor.token).refused(400, "invalid_cursor")


def test_log_ins_are_listed_with_their_origin_while_it_is_kept(
    client: Api, customer: User, auditor: User, stream: Stream
) -> None:
    client.post("/v1/auth/login", {"email": customer.email, "password": "wrong password"}).refused(401, "unauthorized")
    client.post("/v1/auth/login", {"email": "nobody@example.com", "password": "wrong"}).refused(401, "unauthorized")
    stream.deliver()
    listed = client.get("/v1/audit/logins", token=auditor.token).ok()["data"]
    outcomes = [(attempt["user_id"], attempt["outcome"]) for attempt in listed]
    assert outcomes[:2] == [(None, "failed"), (customer.user_id, "failed")]
    assert (customer.user_id, "succeeded") in outcomes
    assert {attempt["source_ip"] for attempt in listed} == {"127.0.0.1"}
    database = boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank")
    database.delete_item(Key={"pk": f"USER#{customer.user_id}", "sk": f"LOGIN#{listed[1]['id']}"})
    of_user = client.get(f"/v1/audit/logins?user_id={customer.user_id}", token=auditor.token).ok()["data"]
    assert [(one["outcome"], one["source_ip"]) for one in of_user] == [("failed", None), ("succeeded", "127.0.0.1")]


def test_log_ins_are_paged_through_the_months(client: Api, auditor: User) -> None:
    """Two in April, none in March, one in February, none in January."""
    moments = ["2026-02-03T04:05:06.000000Z", "2026-04-03T04:05:06.000000Z", "2026-04-03T04:05:07.000000Z"]
    for at in moments:
        audit_consumer.consume(
            [record_of_change(1, kind="login", pk="EMAIL#x", sk=f"LOGIN#{at}", outcome="failed", updated_at=at)]
        )
    path = "/v1/audit/logins?from=2026-01-31&to=2026-04-04&limit=1"
    found = [[attempt["id"] for attempt in page] for page in pages(client, auditor, path)]
    assert found == [[moments[2]], [moments[1]], [], [moments[0]], []]


def test_the_last_log_ins_are_paged_while_new_ones_come(
    client: Api, auditor: User, teller: User, stream: Stream
) -> None:
    """A range that ends now is that of the first page throughout."""
    stream.deliver()
    seen = []
    for page in pages(client, auditor, "/v1/audit/logins?limit=1"):
        client.post("/v1/auth/login", {"email": teller.email, "password": teller.password}).ok()
        stream.deliver()
        seen += [attempt["user_id"] for attempt in page]
    assert seen.count(teller.user_id) == 1


@pytest.mark.parametrize("query", ["from=2099-01-01", "from=2020-01-01", "from=2026-02-02&to=2026-02-01", "to=x"])
def test_wrong_ranges_of_log_ins_are_refused(client: Api, auditor: User, query: str) -> None:
    client.get(f"/v1/audit/logins?{query}", token=auditor.token).refused(422, "validation_failed")


def test_unknown_users_and_foreign_cursors_are_refused(
    client: Api, customer: User, auditor: User, stream: Stream
) -> None:
    stream.deliver()
    client.get("/v1/audit/logins?user_id=nobody", token=auditor.token).refused(404, "not_found")
    client.get("/v1/audit/logins?cursor=abc", token=auditor.token).refused(400, "invalid_cursor")
    other = client.get(f"/v1/audit?actor={customer.user_id}&limit=1", token=auditor.token).ok()["next_cursor"]
    client.get(f"/v1/audit/logins?cursor={other}", token=auditor.token).refused(400, "invalid_cursor")


def test_edits_of_an_account_are_told_and_movements_are_not(
    client: Api, customer: User, teller: User, account: Json, stream: Stream
) -> None:
    path = f"/v1/accounts/{account['id']}"
    client.patch(path, {"nickname": "Holidays"}, token=customer.token).ok()
    deposit(client, customer, account, "1.00", "k1")
    client.patch(path, {"overdraft_limit": "5.00"}, token=teller.token).ok()
    client.put(f"{path}/pin", {"pin": "804217"}, token=customer.token).ok(204)
    client.post(f"{path}/freeze", {"reason": "Lost card"}, token=teller.token).ok()
    client.post(f"{path}/unfreeze", {"reason": "Found again"}, token=teller.token).ok()
    stream.deliver()
    told = client.get(f"{path}/changes", token=teller.token).ok()["data"]
    assert [(one["event"], one["actor"], one["changed"]) for one in told] == [
        ("account.active", teller.user_id, []),
        ("account.frozen", teller.user_id, []),
        ("pin.created", customer.user_id, ["pin"]),
        ("account.updated", teller.user_id, []),
        ("account.updated", customer.user_id, ["nickname"]),
        ("account.created", customer.user_id, ["nickname"]),
    ]
    assert told[0]["before"] == {"status": "frozen", "reason": "Lost card", "frozen_by": teller.user_id}
    assert told[0]["after"] == {"status": "active", "reason": "Found again"}
    assert (told[3]["before"], told[3]["after"]) == ({"overdraft_limit": "0.00"}, {"overdraft_limit": "5.00"})
    assert told[5]["after"]["type"] == "current"
    own = client.get(f"{path}/changes", token=customer.token).ok()["data"]
    assert (own[0]["before"], own[0]["after"]) == ({"status": "frozen"}, {"status": "active"})
    assert "804217" not in words_of(json.dumps(told))


def test_the_history_of_edits_tells_who_did_what(
    client: Api, customer: User, other_customer: User, teller: User, account: Json, stream: Stream
) -> None:
    path = f"/v1/accounts/{account['id']}"
    put_holder(client, teller, account, other_customer, "manage").ok()
    client.patch(path, {"nickname": "ours"}, token=other_customer.token).ok()
    end_holder(client, customer, account, other_customer).ok(204)
    stream.deliver()
    told = client.get(f"{path}/changes", token=customer.token).ok()["data"]
    ours = [{"customer_id": other_customer.customer_id, "rights": "manage"}]
    assert [(one["actor"], one["actor_role"], one["before"], one["after"]) for one in told[:3]] == [
        (customer.user_id, "owner", {"holders": ours}, {}),
        (other_customer.user_id, "holder", {}, {}),
        (teller.user_id, "bank", {}, {"holders": ours}),
    ]
    roles = [one["actor_role"] for one in client.get(f"{path}/changes", token=teller.token).ok()["data"]]
    assert roles == ["owner", "holder", "teller", "owner"]
    [added, ended] = [record for record in audited() if record["event"].startswith("holder.")]
    assert (added["event"], ended["event"]) == ("holder.created", "holder.ended")


def test_changes_are_for_whoever_may_see_the_account(
    client: Api, customer: User, other_customer: User, auditor: User, account: Json
) -> None:
    path = f"/v1/accounts/{account['id']}/changes"
    client.get(path, token=other_customer.token).refused(404, "not_found")
    client.get("/v1/accounts/acc_1/changes", token=customer.token).refused(404, "not_found")
    client.get(f"{path}?cursor=abc", token=customer.token).refused(400, "invalid_cursor")
    assert client.get(path, token=auditor.token).ok()["data"] == []


def test_delivering_again_changes_nothing(client: Api, customer: User, account: Json, stream: Stream) -> None:
    deposit(client, customer, account, "1.00", "k1")
    records = stream.read()
    audit_consumer.consume(records)
    once = audited()
    audit_consumer.consume(records)
    audit_consumer.consume(records[3:])
    assert audited() == once


@pytest.mark.parametrize("size", [1, 2, 7])
def test_batches_of_any_size_give_the_same_table(
    client: Api, customer: User, account: Json, stream: Stream, aws: Any, size: int
) -> None:
    deposit(client, customer, account, "1.00", "k1")
    records = stream.read()
    audit_consumer.consume(records)
    whole = audited()
    make_tables(aws)
    for start in range(0, len(records), size):
        audit_consumer.consume(records[start : start + size])
    assert audited() == whole


def test_who_set_which_rate_of_interest(client: Api, manager: User, auditor: User, stream: Stream) -> None:
    interest.put_rate(client, manager, "0.0400", "2099-01-01").ok()
    stream.deliver()
    [record] = client.get("/v1/audit?entity=savings", token=auditor.token).ok()["data"]
    assert (record["event"], record["actor"]) == ("interest_rate.created", manager.user_id)
    assert record["after"] == {
        "account_type": "savings",
        "annual_rate_millionths": 40_000,
        "effective_from": "2099-01-01",
    }


def test_who_started_which_run_of_interest(
    client: Api, manager: User, auditor: User, stream: Stream, interest_machine: RunMachine
) -> None:
    interest_machine.idle = True
    client.post("/v1/interest-runs", {"period": "2026-02"}, token=manager.token).ok(202)
    stream.deliver()
    records = [one for page in pages(client, auditor, "/v1/audit?entity=2026-02") for one in page]
    assert {record["actor"] for record in records} == {manager.user_id}
    assert [record["event"] for record in records].count("interest_run.created") == 1


@pytest.mark.usefixtures("at_time")
def test_the_days_that_were_paid_are_in_the_audit_and_are_no_edit(
    client: Api, customer: User, manager: User, auditor: User, stream: Stream, log_in: Callable[[str], User]
) -> None:
    world = interest.World(client, customer, manager, log_in)
    accounts = [world.savings("10000.00"), world.savings("0.01")]
    tomorrow = (interest.today() + timedelta(days=1)).isoformat()
    world.at(tomorrow)
    paid = [world.apply(account).ok(201) for account in accounts]
    stream.deliver()
    auditor = log_in(auditor.email)
    for account, credited in zip(accounts, paid, strict=True):
        record = client.get(f"/v1/audit?entity={account['id']}", token=auditor.token).ok()["data"][0]
        assert (record["event"], record["actor"]) == ("account.updated", manager.user_id)
        assert record["after"]["interest_paid_through"] == credited["paid_through"]
        assert record["after"]["interest_carried"] != "0"
        assert ("balance" in record["after"]) == (credited["amount"] != "0.00")
        edits = client.get(f"/v1/accounts/{account['id']}/changes", token=world.customer.token).ok()["data"]
        assert [edit["event"] for edit in edits] == ["account.created"]


def test_every_review_of_a_customer_is_kept_and_nothing_personal(
    client: Api, customer: User, teller: User, auditor: User, stream: Stream
) -> None:
    mine = customer.customer_id
    review(client, teller, mine, "rejected", reason="Blurred copy").ok()
    edit(client, customer, mine, last_name="Quisenberry", national_id="ZX-998877").ok()
    review(client, teller, mine, "pending", reason="New copy").ok()
    addresses = Addresses(client, teller, mine)
    addresses.delete(addresses.added(city="Ytterbyville")).ok(204)
    stream.deliver()
    assert verify_bank(lambda _: None).broken is None
    records = client.get(f"/v1/audit?entity={mine}&limit=100", token=auditor.token).ok()["data"]
    reasons = [record["after"].get("kyc_reason") for record in records if "kyc_reason" in record["after"]]
    assert reasons == ["New copy", "Blurred copy"]
    text = str(records)
    assert "Quisenberry" not in text
    assert not {"ZX", "998877", "ZX998877"} & words_of(text)
    assert "Ytterbyville" not in str(audited())
    assert any({"last_name", "national_id"} <= set(record["changed"]) for record in records)
