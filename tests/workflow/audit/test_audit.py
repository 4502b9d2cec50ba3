"""Every change that is made over HTTP arrives in the audit, complete and in order, and can be asked for there."""

from tests.stack import Stack, eventually
from tests.workflow.bank import Client, Json, log_in, register
from tests.workflow.trail import chains, existing, is_complete, whole


def live_a_little(customer: Client, teller: Client) -> tuple[Json, Json]:
    """A bit of everything; the two accounts."""
    current, savings = customer.open_account(nickname="Mine"), customer.open_account(type="savings")
    deposited = customer.deposit(current["id"], "100.00")
    customer.withdraw(current["id"], "1.00")
    assert customer.withdraw(current["id"], "1000000.00").status == 422
    moved = customer.transfer(current["id"], savings["id"], "30.00")
    path = f"/v1/accounts/{current['id']}"
    friend = register(customer.url)
    holder = f"{path}/holders/{friend.user['customer_id']}"
    replies = [
        teller.call("PUT", holder, {"rights": "pay"}),
        friend.deposit(current["id"], "2.00"),
        friend.transfer(current["id"], savings["id"], "3.00"),
        friend.call("DELETE", holder),
        deposited,
        moved,
        customer.call("PATCH", f"/v1/transactions/{moved.body['id']}", {"category": "saving", "tags": ["shared"]}),
        customer.call("PUT", f"{path}/pin", {"pin": "4711"}),
        customer.call("PATCH", path, {"nickname": "Other"}),
        teller.call("PATCH", path, {"overdraft_limit": "50.00"}),
        teller.post(f"{path}/freeze", {"reason": "Lost card"}),
        teller.post(f"{path}/unfreeze", {"reason": "Found it"}),
        teller.post(f"/v1/transactions/{deposited.body['id']}/reverse", {"reason": "By mistake"}),
        customer.call("PATCH", "/v1/user/profile", {"phone": "+442071234567"}),
    ]
    assert [reply for reply in replies if reply.status >= 400] == []
    return current, savings


def test_every_change_arrives_complete_and_in_order(stack: Stack, customer: Client, teller: Client) -> None:
    live_a_little(customer, teller)
    assert Client(stack.url).call("POST", "/v1/auth/login", {"email": "a@b.example", "password": "wrong"}).status == 401
    assert customer.post("/v1/auth/logout").status == 204
    eventually(lambda: is_complete(stack))
    items, audited = existing(stack), chains(stack)
    for key, chain in audited.items():
        chain.require_item(items[key], cut="9999", now_seconds=0)


def test_what_happened_to_an_account_can_be_asked_for(
    stack: Stack, customer: Client, teller: Client, auditor: Client
) -> None:
    current, _ = live_a_little(customer, teller)
    version = teller.get(f"/v1/accounts/{current['id']}").body["version"]

    def records() -> list[Json]:
        found = auditor.get(f"/v1/audit?entity={current['id']}&limit=100").body["data"]
        return [record for record in found if record["sk"].startswith("ACCOUNT#")]

    eventually(lambda: len(records()) == version)
    assert sorted(record["version"] for record in records()) == list(range(1, version + 1))
    actors = {record["actor"] for record in records()}
    assert len(actors) == 3
    done = {"account.created", "transaction.created", "label.created", "pin.created", "customer.updated"}
    path = f"/v1/audit?actor={customer.user['user_id']}&limit=100"
    eventually(lambda: done <= {record["event"] for record in auditor.get(path).body["data"]})
    edits = [change["event"] for change in customer.get(f"/v1/accounts/{current['id']}/changes").body["data"]]
    assert edits == [
        "account.active", "account.frozen", "account.updated", "account.updated", "pin.created",
        "account.updated", "account.updated", "account.created",
    ]  # fmt: skip


def test_log_ins_can_be_asked_for(stack: Stack, auditor: Client) -> None:
    customer = register(stack.url)
    wrong = {"email": customer.user["email"], "password": "not this one"}
    assert Client(stack.url).call("POST", "/v1/auth/login", wrong).status == 401
    path = f"/v1/audit/logins?user_id={customer.user['user_id']}"
    attempts = eventually(lambda: [one for one in [auditor.get(path).body["data"]] if len(one) == 2])[0]
    assert [attempt["outcome"] for attempt in attempts] == ["failed", "succeeded"]
    assert all(attempt["source_ip"] for attempt in attempts)
    everybodys = auditor.get("/v1/audit/logins?limit=100").body["data"]
    assert attempts[0] in everybodys
    assert log_in(stack.url, stack.admin.email, stack.admin.password).get("/v1/audit/logins").status == 200


def test_a_record_in_the_way_delays_the_audit_and_loses_nothing(stack: Stack, customer: Client) -> None:
    """The consumer raises until somebody has looked; the stream delivers everything again."""
    account = customer.open_account()
    eventually(lambda: is_complete(stack))
    database, audit = stack.client("dynamodb"), stack.table_name("audit")
    [first] = [item for item in whole(stack, "audit") if item["pk"]["S"] == f"ACCOUNT#{account['id']}"]
    forged = first | {"sk": {"S": "ACCOUNT#000000000002"}, "version": {"N": "2"}}
    database.put_item(TableName=audit, Item=forged)
    try:
        assert customer.deposit(account["id"], "1.00").status == 201
        assert customer.deposit(account["id"], "2.00").status == 201
        eventually(lambda: "stands in this one's place" in logs(stack))
    finally:
        database.delete_item(TableName=audit, Key={name: forged[name] for name in ("pk", "sk")})
    eventually(lambda: is_complete(stack))


def logs(stack: Stack) -> str:
    """What the audit's function has said."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    events = pages.paginate(logGroupName=f"/aws/lambda/florin-{stack.stage}-audit-trail")
    return "\n".join(event["message"] for page in events for event in page["events"])
