"""Editions of the catalogue: what is added later changes nothing about the past, and nobody can undo the counting."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.audit.record import Record
from chalicelib.domain.events import catalogue
from chalicelib.domain.events.counting import count_event
from chalicelib.domain.permissions import system
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.digest import Digest, Forest
from chalicelib.models.verification.digest import DigestItem
from chalicelib.models.verification.sealed_digest import SealedDigest
from chalicelib.services import progress
from chalicelib.services.audit import audit_consumer
from chalicelib.services.crypto import digest_signing
from chalicelib.services.verification import verify_events, verify_parts
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import frozen, opened
from tests.api.helpers.archive import seal
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.events import event_rows, event_table, told
from tests.api.helpers.stream import Stream, audited
from tests.api.helpers.tampering import table, uncount_events

pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())


@pytest.fixture(autouse=True)
def account(client: Api, stream: Stream, customer: User, teller: User) -> Json:
    """A frozen account whose records and events are written."""
    account = opened(client, customer)
    frozen(client, teller, account)
    stream.deliver()
    return account


Sign = Callable[..., str]


@pytest.fixture
def sign_digest(stream: Stream) -> Sign:
    """Return what puts a signed digest, and, if it names an edition, what tells of it."""

    def sign(*given: Any) -> str:
        made = digest_of(*given)
        if made.event_edition:
            SealedDigest.of(made, system("sealer"), clock.now()).put()
            stream.deliver()
        DigestItem.of(digest_signing.sign(made.text)).save()
        return made.hash

    return sign


def digest_of(number: int, ago: timedelta, edition: int | None, previous_hash: str = Digest.previous_hash) -> Digest:
    """Return the digest of a moment in which nothing moved."""
    at = timestamp(clock.now() - ago)
    before = DigestItem.latest()
    sealed_from = before.digest.sealed_to if before else at
    return Digest(number, sealed_from, at, 0, 0, Forest([]).root, "none", previous_hash, event_edition=edition)


def broken() -> str | None:
    found = verify_bank(progress.ignore, timestamp(clock.now())).broken
    return str(found) if found else None


def strip(account: Json) -> None:
    """Remove an account's events as somebody would who may write every table."""
    uncount_events(f"ACCOUNT#{account['id']}")
    for row in event_rows(subject=f"accounts/{account['id']}"):
        event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})


def test_counts_and_events_of_an_item_taken_together_are_missed_once_a_digest_has_named_the_edition(
    account: Json, sign_digest: Sign
) -> None:
    sign_digest(1, timedelta(hours=2), 1)
    assert broken() is None
    strip(account)
    assert broken() == (
        f"audit of ACCOUNT#{account['id']} ACCOUNT, version 1: event_edition: "
        "expected 1 or later, as signed digests say, found None"
    )


def test_a_count_is_part_of_the_hash(account: Json) -> None:
    """Without a digest, too: whoever only takes the attributes away breaks the chain."""
    [record] = [one for one in audited() if one["pk"].endswith(account["id"]) and one["sk"] == "ACCOUNT#000000000001"]
    stripped = {name: value for name, value in record.items() if name != "counted"}
    table("audit").put_item(Item=stripped)
    assert str(broken()).startswith(f"audit of ACCOUNT#{account['id']} ACCOUNT, version 1: hash: ")


def test_records_from_before_the_first_digest_with_an_edition_need_none(account: Json, sign_digest: Sign) -> None:
    """A release that counts was deployed a moment ago: an hour is left for all functions to follow."""
    first = sign_digest(1, timedelta(hours=2), None)
    sign_digest(2, timedelta(minutes=30), 1, first)
    strip(account)
    assert broken() is None


def test_a_digest_without_an_edition_after_one_with_it_begins_anew(account: Json, sign_digest: Sign) -> None:
    """The release was taken back."""
    first = sign_digest(1, timedelta(hours=3), 1)
    sign_digest(2, timedelta(hours=2), None, first)
    strip(account)
    assert broken() is None


def test_the_sealer_names_the_present_edition(client: Api, customer: User) -> None:
    opened(client, customer, "1.00")
    assert seal() == [1]
    latest = DigestItem.latest()
    assert latest
    assert latest.digest.event_edition == catalogue.EDITION


def is_renamed(record: Record) -> bool:
    return record.event == "account.updated" and "nickname" in record.touched


@pytest.fixture
def next_edition(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Go on with a release whose catalogue has one more type, which takes over records of an older type."""

    def deploy() -> None:
        edited = catalogue.BY_NAME["account.updated"]
        renamed = replace(edited, name="account.renamed", applies=is_renamed, since=2)
        monkeypatch.setattr(catalogue, "TYPES", (renamed, *catalogue.TYPES))
        monkeypatch.setattr(verify_events, "EDITION", 2)
        monkeypatch.setattr(audit_consumer, "count_event", partial(count_event, edition=2))
        catalogue.types_by_kind.cache_clear()

    yield deploy
    catalogue.types_by_kind.cache_clear()


def rename(client: Api, customer: User, account: Json, nickname: str) -> None:
    client.patch(f"/v1/accounts/{account['id']}", {"nickname": nickname}, token=customer.token).ok()


def test_a_later_edition_misses_nothing_in_the_past_and_counts_on(
    client: Api, customer: User, stream: Stream, account: Json, next_edition: Callable[[], None]
) -> None:
    rename(client, customer, account, "Mine")
    records = stream.read()
    audit_consumer.consume(records)
    next_edition()
    assert broken() is None
    audit_consumer.consume(records)
    rename(client, customer, account, "Ours")
    stream.deliver()
    assert broken() is None
    subject = f"accounts/{account['id']}"
    assert [one for one in told() if one[1] == subject] == [
        ("account.opened", subject, 1), ("account.frozen", subject, 2), ("account.updated", subject, 3),
        ("account.renamed", subject, 4),
    ]  # fmt: skip


def test_an_earlier_release_says_that_a_later_one_has_written(
    client: Api, customer: User, stream: Stream, account: Json
) -> None:
    with pytest.MonkeyPatch.context() as deployed:
        deployed.setattr(audit_consumer, "count_event", partial(count_event, edition=2))
        rename(client, customer, account, "Mine")
        stream.deliver()
    assert str(broken()).endswith("event_edition: expected 1 or earlier, which this release knows, found 2")
