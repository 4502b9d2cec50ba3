"""The arithmetic of the bench: DynamoDB's units, and the bill."""

from collections import Counter

import pytest

from bench import events, first_attempts, flood, orders, report_cost
from bench import reports as reports_bench
from bench.interest import exponent
from bench.measure import Cost
from bench.price import Tariff, Transfer, bill, reports, storage_dollars
from bench.scheduled_run import Consumed, Ran
from bench.sections import totals
from bench.units import Index, RawItem, index_units, item_size, read_units, write_units
from bench.watch import Units

TABLE_KEY = ("pk", "sk")
KEYS_ONLY = Index("gsi1", ("gsi1pk", "gsi1sk"), projects_all=False)
WHOLE = Index("gsi2", ("gsi1pk", "gsi1sk"), projects_all=True)


def item(size: int, **texts: str) -> RawItem:
    """An item of so many bytes, with these attributes."""
    made: RawItem = {name: {"S": text} for name, text in {"pk": "p", "sk": "s", **texts}.items()}
    return made | {"filler": {"S": "x" * (size - item_size(made) - len("filler"))}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "grün"}, 5),
        ({"S": ""}, 0),
        ({"N": "0"}, 1),
        ({"N": "12345"}, 4),
        ({"N": "-12345"}, 5),
        ({"N": "1000000"}, 2),
        ({"B": b"1234"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 9),
        ({"M": {"name": {"S": "ab"}}}, 10),
        ({"SS": ["ab", "cd"]}, 4),
    ],
)
def test_the_size_of_a_value(value: dict[str, object], size: int) -> None:
    assert item_size({"a": value}) == 1 + size


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (4096, 1), (4097, 2)])
def test_a_consistent_read_takes_a_unit_for_each_four_kilobytes_begun(size: int, units: int) -> None:
    assert read_units(size, consistent=True) == units
    assert read_units(size, consistent=False) == units / 2


@pytest.mark.parametrize(("before", "after", "units"), [(0, 1024, 1), (0, 1025, 2), (3000, 100, 3)])
def test_a_write_takes_a_unit_for_each_kilobyte_of_the_larger_image(before: int, after: int, units: int) -> None:
    old = item(before) if before else None
    assert write_units(old, item(after), transactional=False) == units
    assert write_units(old, item(after), transactional=True) == 2 * units


def test_an_index_takes_units_only_for_what_it_projects() -> None:
    listed = {"gsi1pk": "list", "gsi1sk": "1"}
    old, larger, moved = item(2000, **listed), item(2500, **listed), item(2000, **listed | {"gsi1sk": "2"})
    assert index_units(KEYS_ONLY, TABLE_KEY, None, item(2000)) == 0
    assert index_units(KEYS_ONLY, TABLE_KEY, None, old) == 1
    assert index_units(KEYS_ONLY, TABLE_KEY, old, larger) == 0
    assert index_units(KEYS_ONLY, TABLE_KEY, old, moved) == 2
    assert index_units(WHOLE, TABLE_KEY, None, old) == 2
    assert index_units(WHOLE, TABLE_KEY, old, larger) == 3


def cost(function: str, cpu_ms: float, units: Units, **calls: int) -> Cost:
    return Cost("", function, cpu_ms, Counter(calls), units, log_bytes=500)


def test_the_bill_of_a_million_transfers() -> None:
    priced = Tariff.load()
    assumed = dict(priced.assumed) | {"vcpu_megabytes": 1024, "requests_per_token_minute": 4, "platform_log_bytes": 350}
    memory = {"api": 1024, "authorize": 512, "transfer_task": 1024, "audit_trail": 512, "events": 512}
    tariff = Tariff(priced.prices, assumed, memory)
    transfer = Transfer(
        start=cost("api", 5, Units(), StartSyncExecution=1),
        post=cost("transfer_task", 5, Units(3, 10, 2, 2000), BatchGetItem=1, TransactWriteItems=1),
        audit=cost("audit_trail", 5, Units(2, 3, 6, 8000), BatchGetItem=1, PutItem=3),
        authorize=cost("authorize", 5, Units(read=1), GetItem=1),
        reports=cost("events", 5, Units(6, 14), BatchGetItem=3, TransactWriteItems=1, PutItem=2),
    )
    dollars = [round(line.dollars, 4) for line in bill(transfer, tariff)]
    # The task is busy for 30 ms, the workflow for 15 ms more, the API for 20 ms more than that.
    assert dollars[:3] == [
        12 * 0.625 + 3 * 0.125,
        round(1.00 + 100_000 / 16 * 0.00001667, 4),
        round(0.20 + 30_000 * 0.0000166667, 4),
    ]
    assert dollars[3:6] == [
        3.50,
        round((0.20 + 15_000 / 2 * 0.0000166667 + 0.125) / 4, 4),
        round(0.20 + 65_000 * 0.0000166667, 4),
    ]
    assert dollars[6:] == [
        0,
        round(0.20 + 39_000 / 2 * 0.0000166667, 4),
        9 * 0.625 + 2 * 0.125,
        round((3.25 * (500 + 350)) / 1000 * 0.50, 4),
    ]
    posting, everything = totals(bill(transfer, tariff))
    assert round(posting, 3) == round(sum(dollars[:3]), 3)
    assert round(everything, 3) == round(sum(dollars), 3)
    assert storage_dollars(transfer, tariff) == (10, 2.5)
    assert [round(line.dollars, 4) for line in reports(transfer, tariff)] == [
        round(0.20 + 61_000 / 2 * 0.0000166667, 4),
        14 * 0.625 + 6 * 0.125,
        round((500 + 350) / 1000 * 0.50, 4),
    ]


@pytest.mark.parametrize(("figures", "power"), [((3, 30, 300), 1), ((5, 500, 50_000), 2), ((7, 7, 7), 0)])
def test_the_exponent_of_growth(figures: tuple[float, ...], power: float) -> None:
    assert exponent((10, 100, 1000), figures) == pytest.approx(power)


def test_the_bill_of_a_delivery_and_what_events_add_to_a_transfer() -> None:
    priced = Tariff.load()
    tariff = Tariff(
        priced.prices, dict(priced.assumed) | {"vcpu_megabytes": 1024, "platform_log_bytes": 350}, priced.memory
    )
    with_events = cost("audit_trail", 6, Units(1.5, 6, 6), BatchGetItem=1, PutItem=3, BatchWriteItem=1)
    without = cost("audit_trail", 5, Units(1, 3, 6), BatchGetItem=1, PutItem=3)
    added = events.difference(with_events, without)
    assert (added.cpu_ms, added.units.read, added.units.all_write) == (1, 0.5, 3)
    assert added.calls == Counter({"BatchWriteItem": 1})
    # A millisecond of CPU is two at 512 MB, and a call waits for eight.
    grown = events.dollars(with_events, tariff) - events.dollars(without, tariff)
    assert grown == pytest.approx(3 * 0.625 + 0.5 * 0.125 + 10_000 / 2 * 0.0000166667, abs=0.0001)
    publish = cost("publish_events", 5, Units(read=2, write=3), BatchGetItem=2, PutItem=1, SendMessage=1)
    deliver = cost("deliver_webhook", 10, Units(read=7, write=5), GetItem=6, UpdateItem=4)
    functions = 2 * 0.20 + (36_000 + 182_000) / 2 * 0.0000166667 + 2 * 850 / 1000 * 0.50
    wanted = functions + 8 * 0.625 + 9 * 0.125 + 3 * 0.40
    assert events.delivery_dollars(publish, deliver, tariff) == pytest.approx(wanted, abs=0.0001)


def test_first_attempts_are_told_by_their_percentiles() -> None:
    found = first_attempts.FirstAttempts([one / 10 for one in range(1, 101)], slow_messages=7)
    assert [found.percentile(percent) for percent in (50, 95, 100)] == [5, 9.5, 10]
    told = first_attempts.section({"beside": found}).as_text()
    assert "95 of 100: met" in told
    assert "beside 5.00 9.50 10.00 7" in " ".join(told.split())


def report(
    name: str, transactions: int, read_units: float, *, is_sum: bool = True, queries: int = 1
) -> report_cost.Cost:
    calls = Counter({"Query": queries})
    return report_cost.Cost(name, "api", transactions, calls, read_units, 0, 1, 0, report_cost.Made(12, 100), is_sum)


def sizes(*costs: report_cost.Cost) -> list[reports_bench.Size]:
    return [reports_bench.Size(one.transactions, [one]) for one in costs]


@pytest.mark.parametrize("name", ["summary of a year: a customer", "… a branch", "… a category", "… the bank"])
def test_a_sum_that_grows_with_the_transactions_fails_the_bench(name: str) -> None:
    steady = sizes(report(name, 10, 13), report(name, 100, 13), report(name, 1000, 17))
    reports_bench.require_independent(steady)
    growing = sizes(report(name, 10, 13), report(name, 100, 13), report(name, 1000, 20))
    with pytest.raises(reports_bench.CostGrows, match="read units"):
        reports_bench.require_independent(growing)
    asking = sizes(report(name, 10, 13), report(name, 100, 13), report(name, 1000, 13, queries=2))
    with pytest.raises(reports_bench.CostGrows, match="calls"):
        reports_bench.require_independent(asking)


def test_only_days_without_a_movement_let_a_sum_begin_small() -> None:
    branch = sizes(report("… a branch", 10, 4), report("… a branch", 100, 12), report("… a branch", 1000, 17))
    reports_bench.require_independent(branch)
    books = sizes(report("trial balance", 10, 4), report("trial balance", 100, 12), report("trial balance", 1000, 17))
    with pytest.raises(reports_bench.CostGrows, match="trial balance"):
        reports_bench.require_independent(books)


def test_what_is_no_sum_may_grow_with_what_is_asked_for() -> None:
    pages = (report("CSV", number, number, is_sum=False, queries=number) for number in (10, 100, 1000))
    reports_bench.require_independent(sizes(*pages))


def test_price_of_an_order_is_that_of_the_nights_that_look_at_it_and_of_the_one_that_pays_it() -> None:
    tariff = Tariff.load()
    ran = Ran(None, 1.0, 3.0, Counter(GetItem=300), 50, 60)
    night = Consumed(None, Units(read=300, write=600, index_write=300), Units(write=30), Counter())
    size = orders.Size(300, ran, "whole", [ran] * 3, [night] * 4)
    function_ms = tariff.time_ms(orders.FUNCTION, 10, Counter(GetItem=1))
    function = function_ms / 1000 * tariff.memory[orders.FUNCTION] / 1024 * 1_000_000 * 0.0000166667
    database = 4 * (1 * 0.125 + 3 * 0.625) + 4 * 0.1 * 0.625
    told = orders.per_order(size, tariff).as_text()
    [together] = [line for line in told.splitlines() if line.strip().startswith("together")]
    assert together.split()[-1] == f"{database + 4 * function:.2f}"
    assert f"{ran.calls.total() / 300:.2f} calls, {function_ms:.1f} ms" in told


def test_transfers_beside_a_flood_are_compared_with_those_without_one() -> None:
    alone = flood.Beside([0.1, 0.2, 0.4], Counter())
    beside = flood.Beside([0.2, 0.3, 0.8], Counter({401: 5, 429: 95}))
    assert [alone.percentile(percent) for percent in (50, 99)] == [0.2, 0.4]
    line = flood.section({"no flood": alone, "flood": beside}).table[-1]
    assert line.split() == ["flood", "3", "0.30", "0.80", "1.5", "2.0", "5", "×", "401,", "95", "×", "429"]
