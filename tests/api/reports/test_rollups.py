"""Rollups: counted exactly once from the stream, made afresh from the ledger, and proven by verification."""

from collections import Counter
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib.domain.verification.checks import Broken
from chalicelib.models import transact
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.reports.generations import Generations
from chalicelib.services.audit import audit_consumer
from chalicelib.services.events import event_consumer
from chalicelib.services.reports import rebuild_rollups, rebuild_settled_rollups, rollups
from chalicelib.services.reports.rebuild_settled_rollups import SettledRollups
from chalicelib.services.verification import verify, verify_parts, verify_rollups
from tests.api.helpers.accounts import deposit, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import STAGE, Api, Json, User, counted_calls
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream

Figures = dict[str, int]
NO_FIGURES = ("pk", "sk", "written_at", "counted")


@pytest.fixture
def stream(bank: People, streamed_bank: None, monkeypatch: pytest.MonkeyPatch) -> Stream:
    monkeypatch.setattr(rebuild_rollups, "INDEX_SECONDS_MAX", 0)
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())
    return Stream()


def reports() -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-reports")


def rolled(generation: int = 1) -> dict[str, Figures]:
    """Every sum of a generation that is not zero, by `subject key`; without marks."""
    found = {}
    for item in reports().scan()["Items"]:
        number, _, subject = item["pk"].partition("#")
        if number == str(generation) and "written_at" in item:
            figures = {name: int(value) for name, value in item.items() if name not in NO_FIGURES}
            found[f"{subject} {item['sk']}"] = {name: value for name, value in figures.items() if value}
    return {key: figures for key, figures in found.items() if figures}


def live(client: Api, customer: User, teller: User) -> tuple[Json, Json]:
    """A bit of everything; the accounts."""
    one, two = opened(client, customer, "100.00"), opened(client, customer)
    deposit(client, customer, one, "20.00", category="salary").ok(201)
    withdraw(client, customer, one, "5.00").ok(201)
    withdraw(client, customer, one, "999.00").refused(422, "insufficient_funds")
    paid = transfer(client, customer, one, two, "30.00", category="rent").ok(201)
    client.patch(f"/v1/transactions/{paid['id']}", {"category": "housing"}, token=customer.token).ok()
    reverse(client, teller, transfer(client, customer, one, two, "1.00").ok(201)).ok(201)
    return one, two


def proven() -> verify.Verdict:
    """What verification says, without patience: nothing moves meanwhile."""
    return verify.verify_bank(lambda _: None)


def test_what_is_posted_is_counted(client: Api, customer: User, teller: User, stream: Stream) -> None:
    one, _ = live(client, customer, teller)
    stream.let_follow()
    [day] = {key.split()[1].rstrip("#") for key in rolled() if key.startswith("BANK")}
    bank = rolled()[f"BANK {day}#"]
    assert (bank["deposit.USD.count"], bank["deposit.USD.amount"], bank["deposit.USD.in"]) == (2, 12000, 12000)
    assert (bank["transfer.USD.count"], bank["transfer.USD.amount"], bank["reversal.USD.count"]) == (2, 3100, 1)
    account = f"ACCOUNT#{one['id']} {day}#"
    assert rolled()[f"{account}salary"]["deposit.USD.in"] == 2000
    assert rolled()[f"{account}housing"] == {
        "transfer.USD.count": 1, "transfer.USD.amount": 3000, "transfer.USD.out": 3000
    }  # fmt: skip
    assert f"{account}rent" not in rolled()
    # Both sides are the customer's own, and were labelled by the edit.
    assert rolled()[f"CATEGORY#housing {day}#"]["transfer.USD.count"] == 2


def test_told_again_in_any_batches_it_is_the_same(client: Api, customer: User, teller: User, stream: Stream) -> None:
    live(client, customer, teller)
    records = stream.let_follow()
    once = rolled()
    event_consumer.consume(records)
    for record in reversed(records):
        event_consumer.consume([record])
    assert rolled() == once


def test_a_crash_between_two_writes_loses_and_repeats_nothing(
    client: Api, customer: User, teller: User, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(client, customer, teller)
    records = stream.let_follow()
    once, write, written = rolled(), transact.write, list[str]()
    for item in reports().scan()["Items"]:
        reports().delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    monkeypatch.setattr("chalicelib.services.reports.rollups.ACTIONS_MAX", 14)

    def dying(actions: Any) -> None:
        if len(written) % 2:
            written.append("died")
            raise MemoryError
        write(actions)
        written.append("wrote")

    monkeypatch.setattr(transact, "write", dying)
    for _ in range(50):
        try:
            event_consumer.consume(records)
            break
        except MemoryError:
            continue
    assert "died" in written
    assert rolled() == once


def test_a_lost_answer_and_a_conflict_are_met_by_looking_again(
    client: Api, customer: User, teller: User, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(client, customer, teller)
    records, write, tries = stream.read(), transact.write, Counter[str]()

    def unlucky(actions: Any) -> None:
        tries["all"] += 1
        if tries["all"] % 3 == 1:
            raise transact.Cancelled([transact.Reason("TransactionConflict")])
        write(actions)
        if tries["all"] % 3 == 2:
            raise transact.Ambiguous("no answer")

    monkeypatch.setattr(transact, "write", unlucky)
    event_consumer.consume(records)
    monkeypatch.setattr(transact, "write", write)
    found = rolled()
    rebuild_rollups.rebuild(lambda _: None)
    assert rolled(2) == found


def test_made_afresh_they_are_the_same_and_what_is_told_meanwhile_is_counted_once(
    client: Api, customer: User, teller: User, stream: Stream
) -> None:
    one, two = live(client, customer, teller)
    records = stream.let_follow()
    stored = Generations.first()
    stored.begin()
    event_consumer.consume(records[: len(records) // 2])
    late = transfer(client, customer, one, two, "2.00", category="gift").ok(201)
    records += stream.let_follow()
    assert rebuild_rollups.rebuild(lambda _: None) == 7
    event_consumer.consume(records)
    client.patch(f"/v1/transactions/{late['id']}", {"category": None}, token=customer.token).ok()
    records += stream.let_follow()
    event_consumer.consume(records)
    assert rolled(3)
    assert rolled(2) != rolled(3)
    rebuild_rollups.rebuild(lambda _: None)
    assert rolled(4) == rolled(3)
    assert not rolled(1)
    assert not rolled(2)
    audit_consumer.consume(records)
    assert proven().ok


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if what has been posted were older than the stream remembers, and marks are kept."""
    monkeypatch.setattr(rebuild_rollups, "MARKS_KEPT", timedelta(0))
    monkeypatch.setattr(verify_rollups, "MARKED_SINCE", timedelta(0))


@pytest.mark.parametrize(("actions_max", "places_max"), [(100, 20_000), (5, 1)])
@pytest.mark.usefixtures("forgotten")
def test_what_the_stream_has_forgotten_is_the_same_in_lots_of_any_size(
    client: Api,
    customer: User,
    teller: User,
    stream: Stream,
    actions_max: int,
    places_max: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live(client, customer, teller)
    audit_consumer.consume(stream.let_follow())
    sizes, write = list[int](), transact.write
    monkeypatch.setattr(rebuild_settled_rollups, "ACTIONS_MAX", actions_max)
    monkeypatch.setattr(rebuild_settled_rollups, "PLACES_MAX", places_max)

    def measured(actions: list[Any]) -> None:
        sizes.append(len(actions))
        write(actions)

    monkeypatch.setattr(transact, "write", measured)
    assert rebuild_rollups.rebuild(lambda _: None) == 6
    assert rolled(2) == rolled(1)
    assert 2 < max(sizes) <= actions_max
    assert proven().ok


@pytest.mark.usefixtures("forgotten")
def test_a_lot_whose_answer_was_lost_or_that_met_another_is_written_once(
    client: Api, customer: User, teller: User, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(client, customer, teller)
    stream.let_follow()
    write, tries = transact.write, Counter[str]()

    def unlucky(actions: Any) -> None:
        tries["all"] += 1
        if tries["all"] % 3 == 1:
            raise transact.Cancelled([transact.Reason("TransactionConflict")])
        write(actions)
        if tries["all"] % 3 == 2:
            raise transact.Ambiguous("no answer")

    monkeypatch.setattr(transact, "write", unlucky)
    rebuild_rollups.rebuild(lambda _: None)
    assert tries["all"] > 3
    assert rolled(2) == rolled(1)


@pytest.mark.parametrize("category", ["leisure", "housing", None])
@pytest.mark.usefixtures("forgotten")
def test_a_label_that_changes_after_it_was_read_counts_as_it_is_now(
    client: Api, customer: User, teller: User, stream: Stream, category: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumer is told of it before the lot is written that has it as it was."""
    one, two = live(client, customer, teller)
    old = transfer(client, customer, one, two, "2.00", category="rent").ok(201)
    audit_consumer.consume(stream.let_follow())
    take_sides = SettledRollups.take_sides

    def late(settled: SettledRollups, account_id: str, *arguments: Any) -> None:
        if account_id == one["id"]:
            edits = {"category": category, "tags": ["t"]}
            client.patch(f"/v1/transactions/{old['id']}", edits, token=customer.token).ok()
            audit_consumer.consume(stream.let_follow())
        take_sides(settled, account_id, *arguments)

    monkeypatch.setattr(SettledRollups, "take_sides", late)
    rebuild_rollups.rebuild(lambda _: None)
    assert rolled(2) == rolled(1)
    assert proven().ok


@pytest.mark.usefixtures("forgotten")
def test_days_and_months_share_a_write(client: Api, customer: User, stream: Stream) -> None:
    """What it costs grows with what there is to add up, not with the days over which it came."""
    account = opened(client, customer, "100.00")
    for _ in range(20):
        deposit(client, customer, account, "1.00").ok(201)
    with counted_calls() as calls:
        assert rebuild_rollups.rebuild(lambda _: None) == 21
    assert calls["TransactWriteItems"] == 2
    assert calls["BatchGetItem"] < 5


def test_verification_compares_them_and_calls_what_is_late_late(
    client: Api, customer: User, teller: User, stream: Stream
) -> None:
    rebuild_rollups.rebuild(lambda _: None)
    live(client, customer, teller)
    stream.deliver()
    verdict = proven()
    assert (verdict.broken, verdict.late) == (None, 9)
    rebuild_rollups.rebuild(lambda _: None)
    verdict = proven()
    assert (verdict.broken, verdict.late) == (None, 0)
    assert verdict.checked.rollups == len(rolled(3))


TAMPERINGS = [
    ("BANK", "deposit.USD.amount"),
    ("BOOKS", "debit"),
    ("BRANCH#", "deposit.USD.count"),
    ("ACCOUNT#", "transfer.USD.out"),
    ("CATEGORY#", "transfer.USD.out"),
]


def test_a_figure_that_is_wrong_is_named(client: Api, customer: User, stream: Stream) -> None:
    one, two = opened(client, customer, "100.00"), opened(client, customer)
    transfer(client, customer, one, two, "30.00", category="rent").ok(201)
    stream.deliver()
    rebuild_rollups.rebuild(lambda _: None)
    for subject, figure in TAMPERINGS:
        item = next(one for one in reports().scan()["Items"] if one["pk"].startswith(f"2#{subject}") and figure in one)
        reports().put_item(Item=item | {figure: item[figure] + 1})
        broken = proven().broken
        reports().put_item(Item=item)
        assert isinstance(broken, Broken)
        assert broken.where == f"rollup {item['pk'][2:]} {item['sk']}: {figure}"
        assert (broken.expected, broken.found) == (item[figure], item[figure] + 1)
    assert proven().ok


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-01T03:59:59.999999Z", "2026-10-31"),
        ("2026-11-01T04:00:00.000000Z", "2026-11-01"),
        ("2026-11-02T04:59:59.999999Z", "2026-11-01"),
        ("2026-11-02T05:00:00.000000Z", "2026-11-02"),
    ],
)
def test_days_are_the_banks(monkeypatch: pytest.MonkeyPatch, at: str, day: str) -> None:
    """Clocks are put back in New York on 1 November 2026: that day has 25 hours."""
    monkeypatch.setenv("BANK_TIMEZONE", "America/New_York")
    posted = Transaction(id="t", transaction_type="deposit", currency="USD", amount=1, posted_at=at, entries=[])
    assert rollups.posted_of(posted).day.isoformat() == day
