"""Many transfers in one request: each with its own key and result, or all or none."""

from collections import Counter

import pytest

from chalicelib.domain.errors import LimitExceeded
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.payments import batches
from chalicelib.services.verification import verify_entries
from tests.api.helpers.accounts import balance, closed, frozen, history, new_key, opened, read, transfer
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls, items
from tests.api.helpers.held_money import set_policy
from tests.api.helpers.holders import put_holder
from tests.api.helpers.race import just_before
from tests.api.helpers.risk import set_rule

PATH = "/v1/transactions/batch"
PIN = "4711"
LATER = "2099-01-01T00:00:00.000000Z"


@pytest.fixture
def payer(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


@pytest.fixture
def payees(client: Api, other_customer: User) -> list[Json]:
    return [opened(client, other_customer) for _ in range(3)]


def line(payee: Json, amount: str, key: str | None = None, **also: object) -> Json:
    return {"idempotency_key": key or new_key(), "to_account_id": payee["id"], "amount": amount, **also}


def send(client: Api, user: User, payer: Json, lines: list[Json], **also: object) -> Reply:
    return client.post(PATH, {"from_account_id": payer["id"], "transfers": lines, **also}, token=user.token)


def results(reply: Reply) -> list[str]:
    """Return each result's status, and its problem's code where it has one."""
    told = reply.ok()["results"]
    return [one["status"] + (f": {one['problem']['code']}" if one["problem"] else "") for one in told]


def transactions() -> list[Json]:
    return items(type="transaction")


def test_batch_posts_each_transfer_with_its_own_key_and_result(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    lines = [line(payees[0], "10.00", memo="May", category="wages"), line(payees[1], "20.00"), line(payees[0], "5.00")]
    done = send(client, customer, payer, lines).ok()
    assert done["posted"] == 3
    assert [one["idempotency_key"] for one in done["results"]] == [one["idempotency_key"] for one in lines]
    first = done["results"][0]["transaction"]
    assert first.items() >= {"status": "posted", "amount": "10.00", "memo": "May", "category": "wages"}.items()
    assert first["entries"] == [{"account_id": payer["id"], "seq": 2, "amount": "-10.00", "balance_after": "90.00"}]
    assert client.get(f"/v1/transactions/{first['id']}", token=customer.token).ok().items() >= first.items()
    assert [balance(one) for one in (payer, *payees)] == [6500, 1500, 2000, 0]
    shown = [(one["amount"], one["balance_after"], one["memo"]) for one in history(client, customer, payer)["data"]]
    assert shown[:3] == [("5.00", "65.00", None), ("20.00", "70.00", None), ("10.00", "90.00", "May")]
    for account in (payer, *payees):
        verify_entries.prove(account["id"], LATER, lambda _: None)


def test_refused_and_wrong_transfers_concern_themselves_alone(
    client: Api, customer: User, teller: User, payer: Json, payees: list[Json]
) -> None:
    euro = opened(client, customer, currency="EUR")
    frozen(client, teller, payees[1])
    lines = [
        line(payees[0], "60.00"),
        line(payees[0], "60.00"),
        line({"id": "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "1.00"),
        line(euro, "1.00"),
        line(payer, "1.00"),
        {"idempotency_key": new_key(), "to_account_number": "000000000000", "amount": "1.00"},
        line(payees[0], "0.001"),
        line(payees[1], "40.00"),
    ]
    expected = ["posted", "refused: insufficient_funds", "not_done: not_found", "not_done: currency_mismatch"]
    expected += ["not_done: same_account", "not_done: validation_failed", "not_done: validation_failed", "posted"]
    assert results(send(client, customer, payer, lines)) == expected
    assert balance(payer) == 0
    assert results(send(client, customer, payer, lines[:2])) == expected[:2], "what is recorded is answered again"


def test_batch_costs_few_calls(
    client: Api, customer: User, payer: Json, payees: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")  # a window of 30 seconds may end in between
    transfer(client, customer, payer, payees[0], "1.00").ok(201)
    with counted_calls() as alone:
        transfer(client, customer, payer, payees[0], "1.00").ok(201)
    with counted_calls() as calls:
        assert send(client, customer, payer, [line(payees[0], "0.10") for _ in range(48)]).ok()["posted"] == 48
    # Of the session by the authorizer; account, PIN and keys; profiles of risk; two groups.
    assert calls == Counter(GetItem=1, BatchGetItem=4, TransactWriteItems=2)
    assert 48 * alone["TransactWriteItems"] / calls["TransactWriteItems"] >= 10


def test_keys_of_a_batch_are_those_of_single_transfers(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    key = new_key()
    alone = transfer(client, customer, payer, payees[0], "10.00", key=key, category="c").ok(201)
    lines = [line(payees[0], "10.00", key, category="c"), line(payees[0], "11.00", key := new_key())]
    [first, second] = send(client, customer, payer, lines).ok()["results"]
    assert (first["replayed"], first["transaction"]) == (True, alone)
    again = transfer(client, customer, payer, payees[0], "11.00", key=key)
    assert again.ok(201) == second["transaction"]
    reused = results(send(client, customer, payer, [line(payees[0], "12.00", key), line(payees[0], "1.00")]))
    assert reused == ["not_done: idempotency_key_reused", "posted"]


def test_two_transfers_of_a_batch_with_one_key_are_refused(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    key = new_key()
    reply = send(client, customer, payer, [line(payees[0], "1.00", key), line(payees[1], "2.00", key)])
    reply.refused(422, "validation_failed")
    assert balance(payer) == 10_000


@pytest.mark.parametrize("wrong", [[], [{}], ["x"], [None]])
def test_lines_that_are_no_transfers_are_refused(client: Api, customer: User, payer: Json, wrong: list[Json]) -> None:
    send(client, customer, payer, wrong).refused(422, "validation_failed")


def test_more_than_a_hundred_transfers_are_refused(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    lines = [line(payees[0], "0.01") for _ in range(101)]
    send(client, customer, payer, lines).refused(422, "validation_failed")
    assert send(client, customer, payer, lines[1:]).ok()["posted"] == 100


def test_atomic_batch_is_posted_whole_or_not_at_all(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    lines = [line(payees[0], "50.00"), line(payees[1], "50.01"), line(payees[2], "1.00")]
    expected = ["refused: batch_refused", "refused: insufficient_funds", "refused: batch_refused"]
    assert results(send(client, customer, payer, lines, atomic=True)) == expected
    assert [balance(one) for one in (payer, *payees)] == [10_000, 0, 0, 0]
    assert results(send(client, customer, payer, lines, atomic=True)) == expected
    transfer(client, customer, payer, payees[0], "50.00", key=lines[0]["idempotency_key"]).refused(422, "batch_refused")
    whole = [line(payees[0], "50.00"), line(payees[1], "50.00")]
    for _ in range(2):
        assert results(send(client, customer, payer, whole, atomic=True)) == ["posted"] * 2
    assert [balance(one) for one in (payer, *payees)] == [0, 5000, 5000, 0]
    [first, second] = [next(LedgerEntry.pages_of(one["id"]))[0] for one in payees[:2]]
    assert first.created_at < second.created_at


def test_atomic_batch_with_a_wrong_transfer_records_nothing(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    before = transactions()
    lines = [line(payees[0], "1.00"), line({"id": "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "1.00")]
    expected = ["not_done: batch_refused", "not_done: not_found"]
    assert results(send(client, customer, payer, lines, atomic=True)) == expected
    number = {"idempotency_key": new_key(), "to_account_number": "000000000000", "amount": "1.00"}
    expected = ["not_done: batch_refused", "not_done: validation_failed"]
    assert results(send(client, customer, payer, [lines[0], number], atomic=True)) == expected
    assert transactions() == before
    assert results(send(client, customer, payer, lines[:1], atomic=True)) == ["posted"]


def test_atomic_batch_of_which_a_part_was_made_is_a_conflict(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    lines = [line(payees[0], "1.00"), line(payees[1], "2.00")]
    assert results(send(client, customer, payer, lines[:1])) == ["posted"]
    send(client, customer, payer, lines, atomic=True).refused(409, "conflict")
    assert balance(payer) == 9900


def test_25_transfers_to_as_many_accounts_are_too_many_for_one_transaction(
    client: Api, customer: User, other_customer: User, payer: Json
) -> None:
    lines = [line(opened(client, other_customer), "1.00") for _ in range(25)]
    refused = send(client, customer, payer, lines, atomic=True).refused(422, "validation_failed")
    assert refused.wrong_fields == ["transfers"]
    assert send(client, customer, payer, lines[:24], atomic=True).ok()["posted"] == 24


def test_pin_of_the_account_is_asked_once_for_all(client: Api, customer: User, payer: Json, payees: list[Json]) -> None:
    client.put(f"/v1/accounts/{payer['id']}/pin", {"pin": PIN}, token=customer.token).ok(204)
    lines = [line(payees[0], "1.00") for _ in range(30)]
    send(client, customer, payer, lines).refused(422, "pin_required")
    send(client, customer, payer, lines, pin="0815").refused(422, "pin_incorrect")
    [stored] = items(type="pin")
    assert stored["failures"] == 1, "a wrong one counts once, however many transfers there are"
    assert send(client, customer, payer, lines, pin=PIN).ok()["posted"] == 30
    assert send(client, customer, payer, lines).ok()["posted"] == 30, "what is done is not asked again"
    send(client, customer, payer, [*lines, line(payees[0], "1.00")]).refused(422, "pin_required")


def test_other_people_s_accounts_are_not_there(
    client: Api, customer: User, other_customer: User, payer: Json, payees: list[Json]
) -> None:
    before = transactions()
    for atomic in (False, True):
        send(client, other_customer, payer, [line(payees[0], "1.00")], atomic=atomic).refused(404, "not_found")
    assert transactions() == before


def test_joint_holder_pays_with_the_right_to_pay_only(
    client: Api, customer: User, other_customer: User, admin: User, payer: Json, payees: list[Json]
) -> None:
    put_holder(client, admin, payer, other_customer, "view").ok()
    send(client, other_customer, payer, [line(payees[0], "1.00")]).refused(403, "forbidden")
    put_holder(client, admin, payer, other_customer, "pay").ok()
    assert results(send(client, other_customer, payer, [line(payees[0], "1.00")] * 1)) == ["posted"]


def test_right_that_ends_in_between_ends_the_batch(
    client: Api, customer: User, other_customer: User, admin: User, payer: Json, payees: list[Json]
) -> None:
    put_holder(client, admin, payer, other_customer, "pay").ok()
    path = f"/v1/accounts/{payer['id']}/holders/{other_customer.customer_id}"

    def end() -> None:
        client.delete(path, token=customer.token).ok(204)

    with just_before("TransactWriteItems", end):
        assert results(send(client, other_customer, payer, [line(payees[0], "1.00")])) == ["not_done: not_found"]
    assert balance(payer) == 10_000


def test_transfer_that_a_policy_holds_back_waits_by_itself(
    client: Api, customer: User, admin: User, manager: User, payer: Json, payees: list[Json]
) -> None:
    set_policy(client, admin, "transfer", above={"USD": "20.00"})
    lines = [line(payees[0], "10.00"), line(payees[0], "30.00"), line(payees[1], "5.00"), line(payees[1], "60.00")]
    expected = ["posted", "pending", "posted", "refused: insufficient_funds"]
    done = send(client, customer, payer, lines)
    assert results(done) == expected
    assert read(client, customer, payer)["available"] == "55.00"
    waiting = done.json["results"][1]["transaction"]["waiting"]
    assert waiting["code"] == "approval"
    assert results(send(client, customer, payer, lines)) == expected
    send(client, customer, payer, [line(payees[0], "1.00"), line(payees[0], "30.00")], atomic=True).refused(
        403, "action_blocked"
    )
    client.post(f"/v1/approvals/{waiting['approval_id']}/approve", {}, token=manager.token, key=new_key()).ok()
    assert balance(payer) == 10_000 - 4500


def test_sum_of_the_batch_counts_for_a_policy_of_the_day(
    client: Api, customer: User, admin: User, payer: Json, payees: list[Json]
) -> None:
    """A large payment in small parts waits like a large one."""
    set_policy(client, admin, "transfer", above={"USD": "20.00"}, within_24h=True)
    found = results(send(client, customer, payer, [line(payees[0], "8.00") for _ in range(4)]))
    assert found == ["posted", "posted", "pending", "pending"]


def test_rule_about_many_transfers_sees_those_of_the_batch(
    client: Api, customer: User, manager: User, payer: Json, payees: list[Json]
) -> None:
    set_rule(client, manager, "velocity_count", action="review", in_hour_count=5, usual_percent=100)
    found = results(send(client, customer, payer, [line(payees[0], "1.00") for _ in range(10)]))
    assert found == ["posted"] * 4 + ["pending"] * 6


def test_daily_limit_of_the_customer_is_asked_of_all(
    client: Api, customer: User, payer: Json, payees: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(client, customer)
    monkeypatch.setenv("DAILY_LIMIT", "50.00")
    found = results(send(client, customer, payer, [line(payees[0], "20.00") for _ in range(3)]))
    assert found == ["posted", "posted", f"refused: {LimitExceeded.code}"]


def test_two_batches_at_once_post_what_both_ask_for(
    client: Api, customer: User, payer: Json, payees: list[Json]
) -> None:
    inner: list[Reply] = []

    def meanwhile() -> None:
        inner.append(send(client, customer, payer, [line(payees[1], "30.00") for _ in range(2)]))

    with just_before("TransactWriteItems", meanwhile):
        outer = send(client, customer, payer, [line(payees[0], "30.00") for _ in range(2)])
    assert results(inner[0]) == ["posted", "posted"]
    assert results(outer) == ["posted", "refused: insufficient_funds"]
    assert [balance(one) for one in (payer, *payees)] == [1000, 3000, 6000, 0]


@pytest.mark.parametrize("atomic", [False, True])
def test_same_batch_twice_at_once_is_posted_once(
    client: Api, customer: User, payer: Json, payees: list[Json], atomic: bool
) -> None:
    lines = [line(payees[0], "30.00"), line(payees[1], "30.00")]
    inner: list[Reply] = []

    def meanwhile() -> None:
        inner.append(send(client, customer, payer, lines, atomic=atomic))

    with just_before("TransactWriteItems", meanwhile):
        outer = send(client, customer, payer, lines, atomic=atomic)
    assert results(inner[0]) == results(outer) == ["posted", "posted"]
    ids = [[one["transaction"]["id"] for one in reply.json["results"]] for reply in (inner[0], outer)]
    assert ids[0] == ids[1]
    assert balance(payer) == 4000


def test_closed_and_frozen_accounts_refuse_as_alone(
    client: Api, customer: User, other_customer: User, teller: User, payer: Json, payees: list[Json]
) -> None:
    closed(client, other_customer, payees[0])
    lines = [line(payees[0], "1.00"), line(payees[1], "1.00")]
    assert results(send(client, customer, payer, lines)) == ["refused: account_closed", "posted"]
    frozen(client, teller, payer)
    assert results(send(client, customer, payer, [line(payees[1], "1.00")])) == ["refused: account_frozen"]


def test_batch_that_takes_too_long_says_what_it_has_not_begun(
    client: Api, customer: User, payer: Json, payees: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SECONDS_MAX", -1.0)
    lines = [line(payees[0], "1.00")]
    assert results(send(client, customer, payer, lines)) == ["not_done: contention"]
    monkeypatch.undo()
    assert results(send(client, customer, payer, lines)) == ["posted"]


def test_ended_session_posts_nothing(client: Api, customer: User, payer: Json, payees: list[Json]) -> None:
    client.post("/v1/auth/logout", {}, token=customer.token)
    send(client, customer, payer, [line(payees[0], "1.00")]).refused(401, "unauthorized")
    assert balance(payer) == 10_000


def test_teller_pays_for_a_customer(
    client: Api, customer: User, teller: User, auditor: User, payer: Json, payees: list[Json]
) -> None:
    assert results(send(client, teller, payer, [line(payees[0], "1.00")])) == ["posted"]
    send(client, auditor, payer, [line(payees[0], "1.00")]).refused(403, "forbidden")
