"""Sums of a day by their records: what may be counted, what must be, and what the bank never writes."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from chalicelib.domain.approvals.ceilings import Authority
from chalicelib.domain.audit.record import Record
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.customer_sums import CustomerSums, Payment
from chalicelib.domain.verification.day_sums import (
    SHARED,
    AccountDays,
    Bounds,
    PersonDays,
    Sharing,
    SumName,
    Window,
)
from chalicelib.domain.verification.ranks import Ranks
from chalicelib.domain.verification.staff_sums import Moved, StaffSums

CUT = "2026-11-21T12:00:00.000000Z"
WINDOW = Window(CUT, UTC)
TODAY, YESTERDAY = "2026-11-21", "2026-11-20"
GRACE = timedelta(minutes=1)


def at(time: str, day: str = TODAY) -> str:
    return f"{day}T{time}.000000Z"


def record(sk: str, event: str, version: int, when: str, before: dict[str, Any], after: dict[str, Any]) -> Record:
    return Record("PK#1", f"{sk}#{version:012d}", version, event, "usr_1", when, "r", before, after, [], None, "")


def followed(*records: tuple[str, int, str, dict[str, Any]]) -> AccountDays:
    """An account after these records of an account or a hold: kind, version, moment, and the fields after it."""
    days = AccountDays("acc_1", WINDOW)
    for kind, version, when, state in records:
        sk = "ACCOUNT" if kind == "account" else "HOLD#txn_1"
        days.follow(record(sk, f"{kind}.updated", version, when, {}, state), state)
    return days


def counted(on: str, spent: int, seq: int) -> dict[str, Any]:
    return {"spent_on": on, "spent": spent, "last_seq": seq, "last_entry_at": at("09:00:00", on)}


def test_bounds_of_what_may_have_been_counted() -> None:
    bounds = Bounds()
    for amount, is_sure in ((10, True), (5, False), (-3, False), (-1, True)):
        bounds.add(amount, is_sure=is_sure)
    bounds.merge(Bounds(1, 2))
    assert (bounds.least, bounds.most) == (7, 16)
    for found in (7, 16):
        bounds.require("x", found)
    for found in (6, 17):
        with pytest.raises(Broken, match=f"x: expected 7 to 16, found {found}"):
            bounds.require("x", found)


def test_day_that_account_counts_is_that_of_its_write() -> None:
    for on, when in ((TODAY, at("00:00:01")), (YESTERDAY, at("00:00:01")), (TODAY, at("09:00:00"))):
        followed(("account", 2, when, counted(on, 1, 1)))
    for on, when in ((YESTERDAY, at("09:00:00")), ("2026-11-22", at("09:00:00"))):
        with pytest.raises(Broken, match="spent_on"):
            followed(("account", 2, when, counted(on, 1, 1)))
    first = ("account", 2, at("00:00:01"), counted(TODAY, 1, 1))
    with pytest.raises(Broken, match="spent_on"):
        followed(first, ("account", 3, at("00:00:02"), counted(YESTERDAY, 1, 1)))


def test_day_before_those_that_are_proven_is_not_judged() -> None:
    days = followed(("account", 2, "2026-11-01T09:00:00.000000Z", counted("2026-10-01", 7, 1)))
    assert not days.is_moved
    days.require()


def test_hold_is_counted_once_and_given_back_on_its_day_only() -> None:
    hold = {"amount": 30, "counted_on": YESTERDAY, "status": "active"}
    held = ("hold", 1, at("09:00:00", YESTERDAY), hold)
    spent = ("account", 2, at("09:00:00", YESTERDAY), counted(YESTERDAY, 30, 0))
    released = {**hold, "status": "released"}
    followed(spent, held).require()
    given_back = ("account", 3, at("10:00:00", YESTERDAY), counted(YESTERDAY, 0, 0))
    followed(spent, given_back, held, ("hold", 2, at("10:00:00", YESTERDAY), released)).require()
    turned = ("account", 3, at("09:00:00"), counted(TODAY, 5, 1))
    later = followed(spent, turned, held, ("hold", 2, at("10:00:00"), released))
    later.pay(5, at("09:00:00"))
    later.require()


def test_hold_that_was_posted_is_not_counted_with_its_entry_again() -> None:
    hold = {"amount": 30, "counted_on": TODAY, "status": "active"}
    spent = ("account", 2, at("09:00:00"), counted(TODAY, 30, 0))
    settled = ("account", 3, at("10:00:00"), counted(TODAY, 30, 1))
    released = ("hold", 2, at("10:00:00"), {**hold, "status": "released", "expires_at": 1})
    days = followed(spent, settled, ("hold", 1, at("09:00:00"), hold), released)
    days.pay(30, at("10:00:00"))
    days.require()


def test_what_comes_after_the_cut_is_left_to_the_next_verification() -> None:
    days = followed(
        ("account", 2, at("09:00:00"), counted(TODAY, 30, 1)),
        ("account", 3, at("12:00:01"), counted(TODAY, 99, 2)),
        ("hold", 1, at("12:00:01"), {"amount": 69, "counted_on": TODAY, "status": "active"}),
    )
    days.pay(30, at("09:00:00"))
    days.require()
    assert days.seq == 1


def test_second_account_may_not_begin_to_count_alone() -> None:
    days = AccountDays("acc_1", WINDOW)
    days.follow(record("ACCOUNT", "account.created", 1, CUT, {}, {"counts_alone": True}), {})
    with pytest.raises(Broken, match="counts_alone"):
        days.follow(record("ACCOUNT", "account.updated", 2, CUT, {}, {"counts_alone": True}), {})


def spending(kind: str, version: int, when: str, before: int, after: int, event: str = "updated") -> Record:
    was = {"spent": before} if version > 1 else {}
    return record(f"{kind}#{TODAY}#USD", f"daily_spending.{event}", version, when, was, {"spent": after})


def test_counts_of_cash_and_of_staff_never_go_down() -> None:
    person = PersonDays(WINDOW)
    person.follow(spending("SPENT", 1, at("08:10:00"), 0, 30), {})
    person.follow(spending("SPENT", 2, at("09:10:00"), 30, 10), {})
    name = SumName("SPENT", TODAY, "USD")
    assert (person.found[name], dict(person.hours[name])) == (10, {8: 30})
    for kind in ("CASH", "STAFF_DEPOSIT"):
        with pytest.raises(Broken, match="expected 30 or more, found 10"):
            person.follow(spending(kind, 2, at("09:10:00"), 30, 10), {})
    with pytest.raises(Broken, match="kept for 30 days"):
        person.follow(spending("CASH", 2, at("09:10:00"), 30, 30, "removed"), {})


def test_hours_are_those_of_the_records() -> None:
    person = PersonDays(WINDOW)
    one = spending("SPENT", 1, at("08:10:00"), 0, 30)
    person.follow(one, {})
    person.require_hours(one.item_key, {8: 30})
    person.require_hours(("PK#1", "CUSTOMER"), {1: 1})
    for hours in ({}, {8: 29}, {8: 30, 9: 1}):
        with pytest.raises(Broken, match="hour"):
            person.require_hours(one.item_key, hours)


def customer(*, shared: Sharing | None = None) -> CustomerSums:
    person = PersonDays(WINDOW)
    if shared:
        person.shared["USD"], person.alone["USD"] = shared, SHARED
    return CustomerSums(person)


def paid(amount: int, when: str, account: str = "acc_2", **also: Any) -> Payment:
    return Payment(((account, amount, frozenset({when[:10]})),), "USD", when, **also)


def due(sums: CustomerSums) -> dict[str, tuple[int, int]]:
    return {name.day: (bounds.least, bounds.most) for name, bounds in sums.due.items()}


def test_customer_counts_what_leaves_the_own_accounts() -> None:
    sums = customer()
    sums.pay(paid(10, at("08:00:00")))
    sums.pay(paid(99, at("08:00:01"), is_own=True))
    sums.pay(paid(3, at("08:00:02"), ended_at=at("09:00:00")))
    sums.pay(paid(4, at("08:00:00", YESTERDAY), ended_at=at("09:00:00")))
    sums.pay_as_holder(paid(20, at("08:00:03")))
    sums.pay(paid(7, at("11:59:58")))
    sums.pay(paid(8, at("12:30:00")))
    assert due(sums) == {TODAY: (30, 37), YESTERDAY: (4, 4)}


def test_count_of_a_customer_takes_over_the_day_of_the_first_account() -> None:
    sums = customer(shared=Sharing(at("10:00:00"), "acc_1"))
    sums.pay(paid(99, at("08:00:00", YESTERDAY), "acc_1"))
    sums.pay(paid(10, at("08:00:00"), "acc_1"))
    sums.pay(paid(20, at("08:00:01"), "acc_1", is_own=True))
    sums.pay(paid(3, at("08:00:02"), "acc_1", ended_at=at("09:00:00")))
    sums.pay(paid(4, at("08:00:03"), "acc_1", ended_at=at("11:00:00")))
    sums.pay(paid(40, at("11:00:00"), "acc_1"))
    sums.days.found[SumName("SPENT", TODAY, "USD")] = 70
    sums.require("cus_1")
    sums.days.found[SumName("SPENT", TODAY, "USD")] = 69
    with pytest.raises(Broken, match="cus_1: SPENT on 2026-11-21 in USD: expected 70, found 69"):
        sums.require("cus_1")


def test_account_that_counts_alone_is_not_counted_for_its_customer() -> None:
    sums = customer()
    sums.days.alone["USD"] = "acc_1"
    sums.pay(paid(10, at("08:00:00"), "acc_1"))
    assert due(sums) == {}


def test_staff_are_counted_by_the_ceiling_of_the_moment() -> None:
    set_at = at("08:00:00", YESTERDAY)
    ranks = Ranks(((set_at, Authority({}, is_strict=True)),), {"usr_1": [(set_at, "teller")], "usr_2": [(set_at, "x")]})
    sums = StaffSums()
    for user, when, ordered in (
        ("usr_1", at("08:00:00"), False), ("usr_1", at("08:00:01"), True), ("usr_2", at("08:00:00"), False),
        ("usr_1", at("07:00:00", YESTERDAY), False), ("usr_1", at("12:00:01"), False),
    ):  # fmt: skip
        sums.add(Moved(user, "payment", 10, "USD", when, ordered), ranks, GRACE, WINDOW)
    name = SumName("STAFF_TRANSFER", TODAY, "USD")
    assert sums.due == {"usr_1": {name: Bounds(10, 30), SumName("STAFF_TRANSFER", YESTERDAY, "USD"): Bounds(0, 10)}}
    merged = StaffSums()
    merged.found["usr_1"] = {name: 31}
    merged.merge(sums)
    merged.merge(sums)
    merged = StaffSums.from_json(merged.to_json())
    merged.require(["usr_1", "usr_2"])
    merged.found["usr_1"][name] = 19
    with pytest.raises(Broken, match="usr_1: STAFF_TRANSFER on 2026-11-21 in USD: expected 20 to 60, found 19"):
        merged.require(["usr_1"])
