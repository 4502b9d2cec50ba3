"""A generated town's bank is as whole as one that served its people, and the monthly run finds their interest paid."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench import interest
from bench.scheduled_run import Period
from chalicelib import clock
from chalicelib.domain.time import day
from chalicelib.models.identity.user import User
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Paging
from chalicelib.models.risk import profile as risk_profile
from chalicelib.services.customers import search
from chalicelib.services.operations import bootstrap, rebuild
from chalicelib.services.operations.rebuild_keys import MovedKeys
from chalicelib.services.reports import rebuild_rollups
from chalicelib.services.verification import seal_digest, unsealed_entries
from chalicelib.services.verification.verify import verify_bank
from infra.demo.people import town_email
from sampledata import sandbox
from sampledata.sandbox import Sandbox
from tests.api.conftest import ADMIN_EMAIL, PASSWORD
from tests.api.helpers import cloud
from tests.api.helpers.bank import Api, items
from tests.api.helpers.cloud import Saved
from tests.api.helpers.prepared_banks import People

TOWN = Sandbox(1, since=date(2026, 8, 30), until=date(2026, 10, 2), password=PASSWORD)
SEPTEMBER = Period("2026-09", datetime(2026, 10, 2, 2, 30, tzinfo=UTC))


_built: list[Saved] = []


@pytest.fixture(autouse=True)
def town(bank: People, empty_bank: None, empty_tables: Saved) -> Iterator[None]:
    """Nothing else is in the tables, and it is the day after."""
    cloud.restore(_built[0] if _built else empty_tables)
    if not _built:
        sandbox.build(TOWN)
        _built.append(cloud.save())
    clock.set_clock(lambda: SEPTEMBER.run_at)
    yield
    clock.set_clock(None)


def transactions() -> Counter[str]:
    return Counter(item["transaction_type"] for item in items() if item.get("type") == "transaction")


def test_it_holds() -> None:
    verdict = verify_bank(lambda _: None)
    assert verdict.broken is None
    assert verdict.checked.transactions == sum(transactions().values()) > 30


@pytest.mark.usefixtures("archive")
def test_it_is_sealed_from_its_first_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head office, where a bank begins, is younger than the town; whatever is left out here is found as forged.
    Its days are more than one digest takes."""
    bootstrap.ensure_head_office_and_admin(ADMIN_EMAIL, PASSWORD)
    monkeypatch.setattr(unsealed_entries, "NEW_MAX", 5)
    made = seal_digest.seal()
    assert len(made) > 1
    assert any(signed.digest.sealed_to.endswith("T23:59:59.999999Z") for signed in made), "cut between two days"
    verdict = verify_bank(lambda _: None)
    assert (verdict.broken, verdict.checked.digests) == (None, len(made))
    assert verdict.checked.entries == sum(signed.digest.entries for signed in made) > 100


def test_its_reports_are_made_from_its_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of it is older than the stream remembers, and its last days are not; nobody has been told of either."""
    monkeypatch.setattr(rebuild_rollups, "INDEX_SECONDS_MAX", 0)
    counted, accounts, moved = rebuild.rebuild(lambda _: None, caught_up=True)
    verdict = verify_bank(lambda _: None)
    assert (verdict.broken, verdict.late) == (None, 0)
    assert verdict.checked.rollups > 100
    assert counted == sum(transactions().values())
    profiles = risk_profile.read((item["id"] for item in items(type="account")), consistent=True)
    folded = [existing.folded for existing in profiles.values() if existing.version]
    assert accounts == len(folded) == 15
    assert moved == MovedKeys()
    assert max(len(profile.known) for profile in folded) > 5, "the person has been to many shops"


def test_people_are_paid_save_and_spend() -> None:
    found = transactions()
    assert found["interest_credit"] == 2, "for August and September"
    assert found["transfer"] > 15
    assert {"deposit", "withdrawal"} <= found.keys()
    categories = {item.get("category") for item in items() if item.get("type") == "label"}
    assert {"wages", "housing", "groceries"} <= categories


def test_cash_is_paid_in_and_out_at_its_branch() -> None:
    [branch] = [item for item in items(type="branch") if item["code"] == sandbox.CODE]
    found: dict[str, set[Any]] = {}
    for item in items(type="transaction"):
        found.setdefault(item["transaction_type"], set()).add(item.get("branch_id"))
    assert found["deposit"] == found["withdrawal"] == {branch["id"]}
    assert found["transfer"] == found["interest_credit"] == {None}


def test_the_run_for_a_month_that_was_paid_pays_nobody_twice() -> None:
    before = transactions()["interest_credit"]
    tally = interest.run(SEPTEMBER)
    assert tally.credited == 1, "the savings account: its key says that it was paid"
    assert transactions()["interest_credit"] == before


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "Pacific/Kiritimati"])
def test_its_people_live_on_the_banks_days(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interest is credited, and rent is paid, when a month has begun there: what is paid for is over."""
    monkeypatch.setenv("BANK_TIMEZONE", zone)
    made: list[Any] = []
    sandbox.Town(TOWN, made.append).live()
    moved = [item for item in made if isinstance(item, Transaction)]
    monthly = [one for one in moved if one.interest or (one.memo or "").startswith("Rent")]
    assert {day(str(one.posted_at), ZoneInfo(zone)).day for one in monthly} == {1}
    assert {one.interest[1] for one in moved if one.interest} == {"2026-08-30", "2026-09-01"}
    assert min(day(str(one.posted_at), ZoneInfo(zone)) for one in moved) == TOWN.since


def test_its_past_is_not_bound_by_the_limits_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("TRANSACTION_LIMIT", "DAILY_LIMIT"):
        monkeypatch.setenv(limit, "1")
    made: list[Any] = []
    sandbox.Town(TOWN, made.append).live()
    assert len([item for item in made if isinstance(item, Transaction)]) == sum(transactions().values())


def test_employer_without_money_pays_some_in_before_the_wage() -> None:
    """Cash moved a moment before: the payment must not be dated earlier than that."""
    made: list[Any] = []
    sandbox.Town(Sandbox(20, since=TOWN.since, until=date(2026, 12, 2)), made.append).live()
    paid_in = [item for item in made if isinstance(item, Transaction) and item.memo == "Payroll"]
    assert paid_in


def test_it_is_the_same_town_each_time() -> None:
    first: list[Any] = []
    again: list[Any] = []
    for put in (first, again):
        sandbox.Town(TOWN, lambda item, put=put: put.append(_but_for_keys(item.serialize()))).live()  # type: ignore[misc]
    assert first == again


def _but_for_keys(item: dict[str, Any]) -> dict[str, Any]:
    """A data key is new each time, and so is whatever it seals; the hash of a password has a salt."""
    sealed = ("wrapped", "first_name", "last_name", "email", "password_hash")
    return {name: value for name, value in item.items() if name not in sealed}


def test_its_people_have_names_and_are_found_by_them() -> None:
    [landlord] = search.page({"last_name": "homes"}, Paging(10, None)).items
    assert (landlord.personal["first_name"], landlord.personal["last_name"]) == ("Hearth", "Homes")


def test_its_people_log_in_and_find_their_accounts(client: Api) -> None:
    person = {"email": town_email(0), "password": PASSWORD}
    tokens = client.post("/v1/auth/login", person).ok()
    accounts = client.get("/v1/accounts", token=tokens["access_token"]).ok()["data"]
    assert sorted(one["type"] for one in accounts) == ["current", "savings"]
    [found] = search.page({"email": town_email(0)}, Paging(10, None)).items
    assert found.item.id == accounts[0]["customer_id"]


def test_without_a_password_nobody_of_it_can_log_in() -> None:
    made: list[Any] = []
    sandbox.Town(replace(TOWN, password=""), made.append).live()
    assert not any(isinstance(item, User) for item in made)


def test_it_has_people_and_days() -> None:
    with pytest.raises(ValueError, match="people, and days"):
        Sandbox(0, since=date(2026, 1, 1), until=date(2026, 2, 1))
