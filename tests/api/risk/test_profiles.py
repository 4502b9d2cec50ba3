"""Profiles of risk made afresh from the ledger: the same that the stream's consumer makes, whoever comes first."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import boto3
import pytest

from chalicelib.domain.errors import Contention
from chalicelib.domain.risk.profile import Profile
from chalicelib.models import paging, transact
from chalicelib.models.risk import profile
from chalicelib.services.events import event_consumer
from chalicelib.services.risk import rebuild_profiles
from tests.api.helpers.accounts import deposit, opened, reverse, transfer, withdraw
from tests.api.helpers.bank import STAGE, Api, AtTime, Json, User, items
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def account(client: Api, customer: User, stream: Stream) -> Json:
    return opened(client, customer, "100.00")


def profiles(*accounts: Json) -> Mapping[str, Profile]:
    found = profile.read((account["id"] for account in accounts), consistent=True)
    return {account_id: existing.folded for account_id, existing in found.items()}


def lose_profiles() -> None:
    table: Any = boto3.resource("dynamodb").Table(f"florin-{STAGE}-reports")
    for item in table.scan()["Items"]:
        if item["pk"].startswith("RISK#"):
            table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def live(client: Api, customer: User, other: User, teller: User, seed: int) -> list[Json]:
    """Two people, three accounts, and some of everything between them."""
    accounts = [opened(client, customer, "900.00"), opened(client, customer, "50.00"), opened(client, other, "900.00")]
    dice = Random(seed)
    for _ in range(12):
        payer, payee = dice.sample(accounts, 2)
        owner = other if payer is accounts[2] else customer
        amount, kind = f"{dice.randint(1, 9)}.00", dice.choice(["transfer", "deposit", "withdraw"])
        if kind == "transfer":
            made = transfer(client, owner, payer, payee, amount).ok(201)
        else:
            made = (deposit if kind == "deposit" else withdraw)(client, owner, payer, amount).ok(201)
        if dice.random() < 0.2:
            reverse(client, teller, made)
    return accounts


@pytest.mark.parametrize("seed", range(3))
def test_made_afresh_they_are_what_the_stream_made(
    client: Api, customer: User, other_customer: User, teller: User, stream: Stream, seed: int
) -> None:
    accounts = live(client, customer, other_customer, teller, seed)
    stream.let_follow()
    from_stream, raised = profiles(*accounts), len(items(type="alert"))
    lose_profiles()
    assert rebuild_profiles.rebuild(lambda _: None, caught_up=True) == 3
    assert profiles(*accounts) == from_stream
    assert len(items(type="alert")) == raised


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_what_the_consumer_has_not_seen_yet_is_left_to_it(
    client: Api, customer: User, other_customer: User, teller: User, stream: Stream, share: float
) -> None:
    """It judges only what the profile has not seen."""
    accounts = live(client, customer, other_customer, teller, 5)
    records = stream.read()
    told = int(len(records) * share)
    event_consumer.consume(records[:told])
    before = profiles(*accounts)
    rebuild_profiles.rebuild(lambda _: None)
    assert profiles(*accounts) == before
    event_consumer.consume(records[told:])
    from_both = profiles(*accounts)
    lose_profiles()
    event_consumer.consume(records)
    assert profiles(*accounts) == from_both


def test_what_is_older_than_the_stream_is_taken_though_nobody_has_seen_it(
    client: Api, customer: User, account: Json, stream: Stream, at_time: AtTime
) -> None:
    deposit(client, customer, account, "3.00").ok(201)
    stream.let_follow()
    from_stream = profiles(account)
    lose_profiles()
    at_time(timedelta(days=4))
    rebuild_profiles.rebuild(lambda _: None)
    assert profiles(account) == from_stream


def test_a_consumer_that_stores_first_is_met_by_folding_in_what_it_saw(
    client: Api, customer: User, account: Json, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time that a profile is about to be stored, twice, another payment comes and is told."""
    deposit(client, customer, account, "3.00").ok(201)
    stream.let_follow()
    lose_profiles()
    store, tries = profile.store, list[bool]()

    def late(*arguments: Any) -> bool:
        if len(tries) < 2:
            deposit(client, customer, account, "4.00").ok(201)
            monkeypatch.setattr(profile, "store", store)
            stream.let_follow()
            monkeypatch.setattr(profile, "store", late)
        tries.append(store(*arguments))
        return tries[-1]

    monkeypatch.setattr(profile, "store", late)
    rebuild_profiles.rebuild(lambda _: None, caught_up=True)
    assert tries == [False, False, True]
    made = profiles(account)[account["id"]]
    assert (made.seen_to, made.seen_ahead) == (4, ())
    [day] = made.days.values()
    assert (day.in_count, day.in_sum) == (4, 11100)


def test_a_long_history_is_read_in_pages(
    client: Api, customer: User, account: Json, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        deposit(client, customer, account, "1.00").ok(201)
    stream.let_follow()
    from_stream = profiles(account)
    lose_profiles()
    monkeypatch.setattr(paging, "ITEMS_AT_ONCE", 3)
    rebuild_profiles.rebuild(lambda _: None, caught_up=True)
    assert profiles(account) == from_stream


def test_it_gives_up_where_somebody_else_is_always_first(
    client: Api, customer: User, account: Json, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "store", lambda *_: False)
    monkeypatch.setattr(transact, "DEADLINE_SECONDS", 0.05)
    with pytest.raises(Contention):
        rebuild_profiles.rebuild(lambda _: None, caught_up=True)


def test_nothing_is_stored_where_nothing_has_changed(
    client: Api, customer: User, account: Json, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.let_follow()
    monkeypatch.setattr(profile, "store", lambda *_: pytest.fail("stored"))
    assert rebuild_profiles.rebuild(lambda _: None) == 1
