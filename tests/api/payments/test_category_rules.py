"""Rules of categories: each customer's own, in order, bounded; applied from the stream to what nobody has labelled."""

import pytest

from chalicelib.domain.payments import category_rule
from chalicelib.models.payments.label import Label
from chalicelib.services.audit import audit_consumer
from chalicelib.services.events import event_consumer
from chalicelib.services.payments import category_rules
from tests.api.helpers.accounts import deposit, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

PATH = "/v1/category-rules"


def add(client: Api, user: User, contains: str, category: str, field: str = "memo", **also: object) -> Json:
    rule: Json = {"contains": contains, "field": field, "category": category, **also}
    made: Json = client.post(PATH, rule, token=user.token).ok(201)
    assert {name: made[name] for name in rule} == rule
    return made


def listed(client: Api, user: User) -> list[Json]:
    return list(client.get(PATH, token=user.token).ok()["data"])


def labels() -> dict[str, tuple[str, list[str]]]:
    """By account."""
    found = [Label.find(item["pk"], item["sk"]) for item in items(type="label")]
    return {label.account_id: (label.category, label.tags or []) for label in found if label}


def test_rules_are_listed_in_their_order_and_dropped(client: Api, customer: User, other_customer: User) -> None:
    made = [add(client, customer, f"text {number}", "c", tags=["t"]) for number in range(3)]
    assert listed(client, customer) == made
    assert listed(client, other_customer) == []
    path = f"{PATH}/{made[1]['id']}"
    client.delete(path, token=other_customer.token).refused(404, "not_found")
    client.delete(path, token=customer.token).ok(204)
    client.delete(path, token=customer.token).refused(404, "not_found")
    assert listed(client, customer) == [made[0], made[2]]


def test_a_key_makes_one_rule(client: Api, customer: User) -> None:
    rule = {"contains": "rent", "field": "memo", "category": "housing"}
    first, again = (client.post(PATH, rule, token=customer.token, key="k") for _ in range(2))
    assert first.ok(201) == again.ok(201)
    assert again.headers["Idempotent-Replayed"] == "true"
    client.post(PATH, rule | {"category": "c"}, token=customer.token, key="k").refused(409, "idempotency_key_reused")
    assert len(listed(client, customer)) == 1


def test_there_are_so_many_and_no_more_also_of_two_at_once(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(category_rules, "RULES_MAX", 3)
    add(client, customer, "a", "c")
    with just_before("TransactWriteItems", lambda: add(client, customer, "between", "c")):
        add(client, customer, "b", "c")
    assert [rule["contains"] for rule in listed(client, customer)] == ["a", "between", "b"]
    rule = {"contains": "c", "field": "memo", "category": "c"}
    client.post(PATH, rule, token=customer.token).refused(409, "conflict")
    assert category_rule.RULES_MAX == 50


def test_only_customers_have_rules(client: Api, teller: User, auditor: User) -> None:
    for user in (teller, auditor):
        client.get(PATH, token=user.token).refused(403, "forbidden")


def test_new_transactions_are_labelled_by_the_first_rule_that_matches(
    client: Api, customer: User, other_customer: User
) -> None:
    stream = Stream()
    one, others = opened(client, customer, "100.00"), opened(client, other_customer)
    add(client, customer, "RENT", "housing", tags=["shared"])
    add(client, customer, others["id"], "friends", field="counterparty")
    add(client, other_customer, "november", "income")
    transfer(client, customer, one, others, "1.00", memo="Rent November").ok(201)
    records = stream.let_follow()
    audit_consumer.consume([record for record in records if record["dynamodb"]["Keys"]["sk"]["S"] == "CATEGORY_RULES"])
    assert labels() == {one["id"]: ("housing", ["shared"]), others["id"]: ("income", [])}
    event_consumer.consume(records)
    assert [item["version"] for item in items(type="label")] == [1, 1]
    stream.let_follow()
    totals = client.get("/v1/reports/summary?category=housing", token=customer.token).ok()["totals"]
    assert [total["total_out"] for total in totals] == ["1.00"]
    events_ = sorted(record["event"] for record in audited())
    assert events_ == ["category_rules.created"] * 2 + ["category_rules.updated"]
    assert "housing" not in str(audited())


def test_what_somebody_has_labelled_stays(client: Api, customer: User) -> None:
    one = opened(client, customer)
    add(client, customer, "x", "by rule")
    stream = Stream()
    deposit(client, customer, one, "1.00", memo="x", category="by hand").ok(201)
    made = deposit(client, customer, one, "2.00", memo="x").ok(201)
    records = stream.read()
    client.patch(f"/v1/transactions/{made['id']}", {"category": None}, token=customer.token).ok()
    event_consumer.consume(records)
    found = [Label.find(*Label.key(one["id"], item["transaction_id"])) for item in items(type="label")]
    assert sorted(str(label.category) for label in found if label) == ["None", "by hand"]


def refunded(client: Api, teller: User, made: Json) -> Json:
    back: Json = reverse(client, teller, made).ok(201)
    return back


def nets(client: Api, user: User) -> dict[str | None, tuple[str, str, str]]:
    """By category."""
    found = client.get("/v1/reports/summary", token=user.token).ok()["categories"]
    return {one["category"]: (one["total_in"], one["total_out"], one["net"]) for one in found}


def test_a_refund_is_netted_in_its_category(
    client: Api, customer: User, other_customer: User, teller: User, empty_bank: None
) -> None:
    stream = Stream()
    one, others = opened(client, customer, "100.00"), opened(client, other_customer)
    made = transfer(client, customer, one, others, "30.00", category="clothes", tags=["spring"]).ok(201)
    kept = transfer(client, customer, one, others, "20.00", category="clothes").ok(201)
    client.patch(f"/v1/transactions/{made['id']}", {"category": "sales"}, token=other_customer.token).ok()
    back = refunded(client, teller, made)
    stream.let_follow()
    stream.let_follow()
    assert nets(client, customer)["clothes"] == ("30.00", "50.00", "-20.00")
    assert nets(client, other_customer) == {None: ("20.00", "0.00", "20.00"), "sales": ("30.00", "30.00", "0.00")}
    seen = client.get(f"/v1/transactions/{back['id']}", token=customer.token).ok()
    assert (seen["category"], seen["tags"]) == ("clothes", ["spring"])
    history = client.get(f"/v1/accounts/{one['id']}/history?category=clothes", token=customer.token).ok()["data"]
    assert [line["transaction_id"] for line in history] == [back["id"], kept["id"], made["id"]]


def test_a_refund_follows_the_category_that_is_set_later(
    client: Api, customer: User, teller: User, empty_bank: None
) -> None:
    stream = Stream()
    one = opened(client, customer, "100.00")
    made = withdraw(client, customer, one, "30.00", category="clothes").ok(201)
    refunded(client, teller, made)
    stream.let_follow()
    for category in ("shoes", None):
        client.patch(f"/v1/transactions/{made['id']}", {"category": category}, token=customer.token).ok()
        stream.let_follow()
        stream.let_follow()
        found = nets(client, customer)
        assert "clothes" not in found
        assert found[category][2] == ("0.00" if category else "100.00")


def test_a_refund_has_the_category_of_what_it_refunds_and_not_that_of_a_rule(
    client: Api, customer: User, other_customer: User, teller: User, empty_bank: None
) -> None:
    """Told of both at once, before a label of the payment is there."""
    stream = Stream()
    one, others = opened(client, customer, "100.00"), opened(client, other_customer)
    add(client, customer, "jeans", "clothes")
    add(client, customer, others["id"], "friends", field="counterparty")
    made = transfer(client, customer, one, others, "30.00", memo="Jeans").ok(201)
    refunded(client, teller, made)
    stream.let_follow()
    stream.let_follow()
    assert nets(client, customer)["clothes"] == ("30.00", "30.00", "0.00")
    mine = transfer(client, customer, one, others, "10.00", category="gifts").ok(201)
    refunded(client, teller, mine)
    stream.let_follow()
    stream.let_follow()
    found = nets(client, customer)
    assert (found["gifts"][2], "friends" in found) == ("0.00", False)


def test_what_somebody_has_labelled_on_a_refund_stays(
    client: Api, customer: User, teller: User, empty_bank: None
) -> None:
    stream = Stream()
    one = opened(client, customer, "100.00")
    back = refunded(client, teller, withdraw(client, customer, one, "30.00", category="clothes").ok(201))
    client.patch(f"/v1/transactions/{back['id']}", {"category": "luck"}, token=customer.token).ok()
    stream.let_follow()
    stream.let_follow()
    assert {"clothes", "luck"} <= nets(client, customer).keys()
