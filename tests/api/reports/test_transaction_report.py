"""Reports of transactions: whose, filtered, page by page; as a file at once, or by a job that may stop anywhere."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib import clock
from chalicelib.models import transact
from chalicelib.models.reports import export_bucket
from chalicelib.services import long_jobs
from chalicelib.services.reports import report_exports, transaction_report, transaction_report_csv
from tests.api.helpers.accounts import deposit, opened, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls, items
from tests.api.helpers.branches import HEAD_OFFICE, opened_branch
from tests.api.helpers.export_machine import BUCKET, ExportMachine, new_bucket, unfinished
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.risk import held_by_hand
from tests.api.helpers.stream import Stream
from tests.csv_files import rows_of

PATH = "/v1/reports/transactions"


@pytest.fixture
def accounts(client: Api, customer: User, other_customer: User) -> tuple[Json, Json, Json]:
    """Two of a customer, with nine transactions, and one of somebody else."""
    one, two, others = opened(client, customer, "100.00"), opened(client, customer), opened(client, other_customer)
    for number in range(1, 4):
        transfer(client, customer, one, two, f"{number}.00", category="saving").ok(201)
        transfer(client, customer, one, others, f"{number}.50", memo="=1+1").ok(201)
    withdraw(client, customer, two, "1.25").ok(201)
    withdraw(client, customer, two, "999.00").refused(422, "insufficient_funds")
    deposit(client, other_customer, others, "8.00").ok(201)
    return one, two, others


@pytest.fixture
def bucket(bank: People) -> Any:
    return new_bucket()


def rows(reply: Reply) -> list[dict[str, str]]:
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    return rows_of(reply.text)


def csv_of(client: Api, user: User, query: str) -> Reply:
    return client.get(f"{PATH}?format=csv&{query}", token=user.token)


def whole(client: Api, user: User, query: str, limit: int = 2) -> list[Json]:
    found, cursor = [], ""
    while True:
        page = client.get(f"{PATH}?limit={limit}&{query}{cursor}", token=user.token).ok()
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 9),
        ("status=posted", 8),
        ("status=failed", 1),
        ("type=transfer", 6),
        ("type=transfer&category=saving", 3),
        ("min_amount=1.5&max_amount=2", 2),
        ("end_date=2026-01-01", 0),
        ("account_id={one}", 7),
        ("account_id={two}&type=withdrawal", 2),
        ("account_id={two}&type=withdrawal&status=posted", 1),
        ("account_id={two}&category=saving", 0),
        ("account_id={one}&category=saving&min_amount=2", 2),
        ("account_id={two}&status=failed", 1),
    ],
)
def test_a_customers_own_transactions_each_once_and_newest_first(
    client: Api, customer: User, accounts: tuple[Json, Json, Json], query: str, count: int
) -> None:
    asked = query.format(one=accounts[0]["id"], two=accounts[1]["id"])
    found = whole(client, customer, asked)
    assert len({one["id"] for one in found}) == len(found) == count
    moments = [one["created_at"] for one in found]
    assert moments == sorted(moments, reverse=True)
    assert len(rows(client.get(f"{PATH}?format=csv&{asked}", token=customer.token))) == count


def test_staff_see_the_bank(
    client: Api, customer: User, teller: User, auditor: User, manager: User, accounts: tuple[Json, Json, Json]
) -> None:
    branch = opened_branch(client, manager, "Z")
    deposit(client, customer, accounts[0], "1.00", branch_id=branch["id"]).ok(201)
    for user in (teller, auditor):
        assert len(whole(client, user, "", 3)) == 11
    assert [one["type"] for one in whole(client, teller, f"branch_id={branch['id']}")] == ["deposit"]
    assert len(whole(client, teller, f"branch_id={HEAD_OFFICE}&status=posted&type=deposit")) == 2
    assert len(whole(client, teller, "category=saving")) == 3
    assert len(whole(client, teller, f"account_id={accounts[2]['id']}")) == 4


def test_a_report_of_an_account_costs_three_queries_and_two_reads(
    client: Api, customer: User, accounts: tuple[Json, Json, Json]
) -> None:
    with counted_calls() as calls:
        client.get(f"{PATH}?account_id={accounts[0]['id']}", token=customer.token).ok()
    assert calls == {"GetItem": 2, "Query": 3, "BatchGetItem": 2}, "entries, holds, and the customer's requests"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start_date=2026-11-02&end_date=2026-11-01", "start_date"),
        ("start_date=2025-10-31&end_date=2026-11-01", "start_date"),
        ("start_date=yesterday", "start_date"),
        ("min_amount=2&max_amount=1", "min_amount"),
        ("min_amount=-1", "min_amount"),
        ("format=pdf", "format"),
    ],
)
def test_what_is_no_report_is_refused(client: Api, customer: User, query: str, field: str) -> None:
    assert client.get(f"{PATH}?{query}", token=customer.token).refused(422, "validation_failed").wrong_fields == [field]


def test_other_peoples_reports_are_unknown(
    client: Api, customer: User, teller: User, accounts: tuple[Json, Json, Json]
) -> None:
    client.get(f"{PATH}?account_id={accounts[2]['id']}", token=customer.token).refused(404, "not_found")
    client.get(f"{PATH}?branch_id={HEAD_OFFICE}", token=customer.token).refused(403, "forbidden")
    client.get(f"{PATH}?branch_id=brn_x", token=teller.token).refused(404, "not_found")
    made = client.get(f"{PATH}?limit=1", token=customer.token).ok()["next_cursor"]
    path = f"{PATH}?account_id={accounts[0]['id']}&cursor={made}"
    client.get(path, token=customer.token).refused(400, "invalid_cursor")


def test_what_never_moved_is_in_a_category_of_the_account_that_was_to_pay(
    client: Api,
    customer: User,
    other_customer: User,
    teller: User,
    manager: User,
    accounts: tuple[Json, Json, Json],
) -> None:
    """A payment that waits has the category that it was asked for with, and keeps it when it is rejected. The lists
    of the payee's account do not have it until it is posted, with a category or without."""
    one, _, others = accounts
    held = held_by_hand(customer, one, others)
    for user in (customer, other_customer):
        client.patch(f"/v1/transactions/{held}", {"category": "saving"}, token=user.token).ok()
    for user in (other_customer, teller):
        assert whole(client, user, f"account_id={accounts[2]['id']}&category=saving") == []

    def listed(status: str = "") -> list[str]:
        return [found["status"] for found in whole(client, customer, f"account_id={one['id']}&category=saving{status}")]

    assert (listed(), listed("&status=pending")) == (["pending", *["posted"] * 3], ["pending"])
    client.post(f"/v1/transactions/{held}/reject", {"reason": "r"}, token=manager.token).ok()
    assert (listed(), listed("&status=voided")) == (["voided", *["posted"] * 3], ["voided"])
    asked = f"account_id={one['id']}&category=saving"
    assert len(rows(csv_of(client, teller, asked))) == len(rows(csv_of(client, customer, asked))) == 4


def test_a_category_is_found_on_either_side(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, accounts: tuple[Json, Json, Json]
) -> None:
    """As the summary counts it: the payee's, and not the payer's, which only staff see of others."""
    one, _, others = accounts
    made = transfer(client, customer, one, others, "9.00", category="gifts").ok(201)
    path = f"/v1/transactions/{made['id']}"
    client.patch(path, {"category": "salary"}, token=other_customer.token).ok()
    for user, category in ((teller, "salary"), (auditor, "gifts"), (other_customer, "salary"), (customer, "gifts")):
        [found] = whole(client, user, f"category={category}", 3)
        assert (found["id"], found["category"]) == (made["id"], category)
        assert [row["category"] for row in rows(csv_of(client, user, f"category={category}"))] == [category]
    assert whole(client, customer, "category=salary") == whole(client, other_customer, "category=gifts") == []


@pytest.mark.usefixtures("accounts")
def test_a_page_goes_on_when_an_account_was_opened_meanwhile(client: Api, customer: User) -> None:
    before = whole(client, customer, "")
    first = client.get(f"{PATH}?limit=3", token=customer.token).ok()
    opened(client, customer, "7.00")
    rest = client.get(f"{PATH}?limit=100&cursor={first['next_cursor']}", token=customer.token).ok()
    assert first["data"] + rest["data"] == before


def test_no_spreadsheet_computes_what_somebody_wrote(
    client: Api, customer: User, accounts: tuple[Json, Json, Json]
) -> None:
    found = rows(client.get(f"{PATH}?format=csv&max_amount=1.50&type=transfer", token=customer.token))
    assert [(row["memo"], row["amount"], row["category"]) for row in found] == [
        ("'=1+1", "1.50", ""), ("", "1.00", "saving")
    ]  # fmt: skip
    assert tuple(found[0]) == transaction_report_csv.COLUMNS


def test_tags_and_texts_are_told_apart_and_never_computed(client: Api, customer: User) -> None:
    account = opened(client, customer, "10.00")
    for tags in (["two words", "x"], ["two", "words x"], ["=1", "Büro"]):
        withdraw(client, customer, account, "1.00", tags=tags, category="x|@y", memo="x;=1+1;y").ok(201)
    found = rows(csv_of(client, customer, "type=withdrawal"))
    assert [row["tags"] for row in found] == [
        '["\'=1", "Büro"]', '["two", "words x"]', '["two words", "x"]'
    ]  # fmt: skip
    assert {(row["category"], row["memo"], row["amount"]) for row in found} == {("x|'@y", "x;'=1+1;y", "1.00")}
    plain = csv_of(client, customer, "type=withdrawal&bom=false")
    assert rows_of(plain.text, has_bom=False) == found


def asked_for(client: Api, user: User, monkeypatch: pytest.MonkeyPatch, query: str = "") -> Json:
    """An export of what is too much for one answer, in a window that hardly ends between two."""
    monkeypatch.setattr(report_exports, "SAME_SECONDS", 86_400)
    monkeypatch.setattr(report_exports, "ROWS_AT_ONCE_MAX", 2)
    monkeypatch.setattr("chalicelib.services.reports.transaction_report.PAGE", 2)
    reply = client.get(f"{PATH}?format=csv{query}", token=user.token)
    made: Json = reply.ok(202)
    assert reply.headers["Location"] == f"exports/{made['id']}"
    return made


def file_of(bucket: Any, user: User, export: Json) -> str:
    stored = bucket.Object(f"exports/{user.user_id}/{export['id']}.csv").get()["Body"]
    return str(stored.read().decode())


def in_file(bucket: Any, user: User, export: Json) -> list[dict[str, str]]:
    return rows_of(file_of(bucket, user, export))


@pytest.mark.usefixtures("accounts")
def test_a_large_report_is_written_to_a_file(
    client: Api, customer: User, other_customer: User, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = rows(client.get(f"{PATH}?format=csv", token=customer.token))
    export = asked_for(client, customer, monkeypatch)
    assert (export["status"], export["rows"], export["url"]) == ("pending", 0, None)
    assert asked_for(client, customer, monkeypatch) == export
    ExportMachine().run(customer.user_id, export["id"])
    path = f"/v1/reports/exports/{export['id']}"
    done = client.get(path, token=customer.token).ok()
    assert (done["status"], done["rows"]) == ("done", 9)
    assert "X-Amz-Signature=" in done["url"]
    assert BUCKET in urlsplit(done["url"]).netloc + urlsplit(done["url"]).path
    assert in_file(bucket, customer, export) == at_once
    client.get(path, token=other_customer.token).refused(404, "not_found")
    plain = asked_for(client, customer, monkeypatch, "&bom=false")
    ExportMachine().run(customer.user_id, plain["id"])
    assert rows_of(file_of(bucket, customer, plain), has_bom=False) == at_once


@pytest.mark.usefixtures("accounts")
def test_an_export_goes_on_wherever_it_was_stopped(
    client: Api, customer: User, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of one row; it dies before or after each of its steps once, and two are at work at once."""
    at_once = rows(client.get(f"{PATH}?format=csv", token=customer.token))
    export = asked_for(client, customer, monkeypatch)
    monkeypatch.setattr(export_bucket, "PART_BYTES_MIN", 1)
    machine, died = ExportMachine(), set[str]()

    def dying(name: str, step: Any) -> Any:
        def once(*given: Any) -> Any:
            count = sum(one.startswith(name) for one in died)
            if count == 0:
                died.add(f"{name} before")
                raise RuntimeError("before")
            answer = step(*given)
            if count == 1:
                died.add(f"{name} after")
                raise RuntimeError("after")
            return answer

        return once

    for name in ("begin", "put_part", "complete"):
        monkeypatch.setattr(export_bucket, name, dying(name, getattr(export_bucket, name)))
    assert unfinished_once_it_runs(customer, export) == "more"
    with pytest.raises(transact.Cancelled):
        raced(customer, export)
    machine.run(customer.user_id, export["id"])
    assert len(died) == 6
    assert client.get(f"/v1/reports/exports/{export['id']}", token=customer.token).ok()["status"] == "done"
    assert in_file(bucket, customer, export) == at_once
    assert machine.states[-1] == "Done"


def unfinished_once_it_runs(user: User, export: Json) -> str:
    while True:
        try:
            return unfinished(user.user_id, export["id"])
        except RuntimeError:
            continue


def raced(user: User, export: Json) -> None:
    """Somebody else goes on while one is reading."""
    with pytest.MonkeyPatch.context() as patch:
        write = export_bucket.put_part

        def slow(*given: Any) -> None:
            patch.undo()
            unfinished_once_it_runs(user, export)
            write(*given)

        patch.setattr(export_bucket, "put_part", slow)
        unfinished(user.user_id, export["id"])


@pytest.mark.usefixtures("accounts")
def test_an_export_goes_on_where_time_was_up_before_there_was_enough_for_a_part(
    client: Api, customer: User, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each invocation has time for a page of one transaction, and most have nothing to write."""
    query = "&min_amount=2&max_amount=2"
    at_once = rows(csv_of(client, customer, query))
    monkeypatch.setattr(report_exports, "SECONDS_AT_ONCE_MAX", -1)
    export = asked_for(client, customer, monkeypatch, query)
    monkeypatch.setattr(transaction_report, "PAGE", 1)
    told = [unfinished(customer.user_id, export["id"]) for _ in range(9)]
    assert told == ["more"] * 8 + ["done"]
    done = client.get(f"/v1/reports/exports/{export['id']}", token=customer.token).ok()
    assert (done["status"], done["rows"]) == ("done", 1)
    assert in_file(bucket, customer, export) == at_once


@pytest.mark.usefixtures("accounts", "bucket")
def test_an_export_that_cannot_be_made_says_so(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    export = asked_for(client, customer, monkeypatch)
    monkeypatch.setenv("EXPORT_BUCKET_NAME", "another")
    machine = ExportMachine()
    machine.run(customer.user_id, export["id"])
    assert machine.states[-2:] == ["GiveUp", "Failed"]
    assert client.get(f"/v1/reports/exports/{export['id']}", token=customer.token).ok()["status"] == "failed"
    again = asked_for(client, customer, monkeypatch)
    assert (again["status"], again["id"] == export["id"]) == ("pending", False)
    assert asked_for(client, customer, monkeypatch) == again


def test_the_stream_starts_an_export_once(
    client: Api, customer: User, accounts: tuple[Json, Json, Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, started = Stream(), list[str]()
    monkeypatch.setattr(long_jobs, "start", lambda export: started.append(export.id))
    export = asked_for(client, customer, monkeypatch)
    stream.let_follow()
    assert started == [export["id"]]
    [item] = items(type="export")
    assert timedelta(days=6) < timedelta(seconds=int(item["expires_at"]) - clock.now().timestamp()) <= timedelta(days=7)
