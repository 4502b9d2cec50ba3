"""Categories, tags and memos: each party's own, and never the money's."""

from tests.api.helpers.accounts import deposit, history, new_key, opened, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, items

WRONG_MARKS: list[tuple[Json, str]] = [
    ({"category": ""}, "category"),
    ({"category": "x" * 33}, "category"),
    ({"category": 1}, "category"),
    ({"category": "a\u0007"}, "category"),
    ({"memo": "x" * 141}, "memo"),
    ({"memo": " "}, "memo"),
    ({"memo": "a\nb"}, "memo"),
    ({"memo": ["x"]}, "memo"),
    ({"tags": "x"}, "tags"),
    ({"tags": None}, "tags"),
    ({"tags": ["x"] * 11}, "tags"),
    ({"tags": ["ok", ""]}, "tags.1"),
    ({"tags": ["x" * 33]}, "tags.0"),
    ({"tags": [1]}, "tags.0"),
    ({"tags": {"a": "b"}}, "tags"),
]


def label(client: Api, user: User, transaction: Json, edits: Json) -> Reply:
    return client.patch(f"/v1/transactions/{transaction['id']}", edits, token=user.token)


def annotations(transaction: Json) -> tuple[str | None, str | None, list[str]]:
    return transaction["memo"], transaction["category"], transaction["tags"]


def test_labels_are_set_changed_and_taken_away(client: Api, customer: User) -> None:
    account = opened(client, customer)
    made = deposit(client, customer, account, "5.00", memo="wages", category="income", tags=["a", "b"]).ok(201)
    assert annotations(made) == ("wages", "income", ["a", "b"])
    changed = label(client, customer, made, {"category": "gift", "tags": ["c"], "memo": "birthday"}).ok()
    assert changed == made | {"category": "gift", "tags": ["c"], "memo": "birthday"}
    assert label(client, customer, made, {"tags": []}).ok() == changed | {"tags": []}
    assert annotations(label(client, customer, made, {"category": None}).ok()) == ("birthday", None, [])
    assert annotations(label(client, customer, made, {"memo": None}).ok()) == ("wages", None, []), "the movement's own"
    [line] = history(client, customer, account)["data"]
    assert annotations(line) == ("wages", None, [])
    assert history(client, customer, account, "category=income")["data"] == []
    assert history(client, customer, account, "tag=a")["data"] == []


def test_each_tag_is_there_once_and_who_says_nothing_labels_nothing(client: Api, customer: User) -> None:
    """An empty label would keep rules of categories away."""
    account = opened(client, customer)
    made = deposit(client, customer, account, "5.00", tags=["a", "b", "a"]).ok(201)
    assert label(client, customer, made, {"tags": ["c", "a", "c"]}).ok() == made | {"tags": ["c", "a"]}
    other = deposit(client, customer, account, "6.00").ok(201)
    assert label(client, customer, other, {}).ok() == other
    assert [item["transaction_id"] for item in items(type="label")] == [made["id"]]


def test_a_label_put_on_later_is_found(client: Api, customer: User) -> None:
    account = opened(client, customer, "9.00")
    made = [withdraw(client, customer, account, "1.00").ok(201) for _ in range(3)]
    label(client, customer, made[2], {"category": "food", "tags": ["pizza"]}).ok()
    label(client, customer, made[0], {"category": "food"}).ok()
    found = [line["transaction_id"] for line in history(client, customer, account, "category=food")["data"]]
    assert found == [made[2]["id"], made[0]["id"]]
    found = [line["transaction_id"] for line in history(client, customer, account, "tag=pizza")["data"]]
    assert found == [made[2]["id"]]


def test_each_party_labels_its_own_side(client: Api, customer: User, other_customer: User) -> None:
    payer, payee = opened(client, customer, "9.00"), opened(client, other_customer)
    made = transfer(client, customer, payer, payee, "1.00", memo="for you", category="gifts").ok(201)
    received = label(client, other_customer, made, {"category": "income", "memo": "from Ada"}).ok()
    assert annotations(received) == ("from Ada", "income", [])
    assert client.get(f"/v1/transactions/{made['id']}", token=customer.token).ok() == made | {"pending_approvals": None}
    [line] = history(client, other_customer, payee)["data"]
    assert annotations(line) == ("from Ada", "income", [])
    assert history(client, other_customer, payee, "category=gifts")["data"] == []
    assert len(history(client, customer, payer, "category=gifts")["data"]) == 1


def test_the_ledger_does_not_move_for_a_label(client: Api, customer: User) -> None:
    account = opened(client, customer, "9.00")
    made = withdraw(client, customer, account, "1.00").ok(201)
    before = items(type="account"), items(type="transaction")
    label(client, customer, made, {"category": "food"}).ok()
    assert (items(type="account"), items(type="transaction")) == before
    [item] = items(type="label")
    assert (item["version"], item["updated_by"]) == (1, customer.user_id)


def test_others_label_nothing(client: Api, customer: User, other_customer: User, auditor: User) -> None:
    made = deposit(client, customer, opened(client, customer), "1.00").ok(201)
    label(client, other_customer, made, {"memo": "mine"}).refused(404, "not_found")
    label(client, auditor, made, {"memo": "mine"}).refused(403, "forbidden")
    for unknown in ("txn_01ARZ3NDEKTSV4RRFFQ69G5FAV", "txn_x"):
        label(client, customer, {"id": unknown}, {"memo": "x"}).refused(404, "not_found")
    assert not items(type="label")


def test_money_never_changes(client: Api, customer: User) -> None:
    made = deposit(client, customer, opened(client, customer), "1.00").ok(201)
    for field, value in {"amount": "2.00", "currency": "EUR", "status": "failed", "entries": []}.items():
        assert label(client, customer, made, {field: value}).refused(422, "validation_failed").wrong_fields == [field]
    assert label(client, customer, made, {}).ok() == made


def test_wrong_labels_are_named(client: Api, customer: User) -> None:
    account, other = opened(client, customer, "9.00"), opened(client, customer)
    made = deposit(client, customer, account, "1.00").ok(201)
    before = items()
    for wrong, field in WRONG_MARKS:
        replies = [label(client, customer, made, wrong), deposit(client, customer, account, "1.00", **wrong)]
        replies += [withdraw(client, customer, account, "1.00", **wrong)]
        replies += [transfer(client, customer, account, other, "1.00", **wrong)]
        for reply in replies:
            assert reply.refused(422, "validation_failed").wrong_fields == [field], wrong
    assert items() == before


def test_labels_may_be_as_long_as_they_may(client: Api, customer: User) -> None:
    account = opened(client, customer)
    longest: Json = {
        "memo": "𝄞" * 140,
        "category": "ß" * 32,
        "tags": [f"{number}".rjust(32, "é") for number in range(10)],
    }
    made = deposit(client, customer, account, "1.00", key=new_key(), **longest).ok(201)
    assert {name: made[name] for name in longest} == longest
    assert len(history(client, customer, account, f"category={'ß' * 32}")["data"]) == 1
