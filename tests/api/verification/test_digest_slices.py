"""Digests of what is too much for one, of a bank that is silent, and of one that is broken; and what they cost."""

from datetime import timedelta

import boto3
import pytest

from chalicelib.domain.verification.checks import Broken
from chalicelib.models import paging
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.paging import walk_pages
from chalicelib.models.verification.digest import DigestItem
from chalicelib.services.verification import seal_digest, unsealed_entries
from chalicelib.services.verification.verify_digests import Seals
from tests.api.helpers.accounts import deposit, opened, withdraw
from tests.api.helpers.archive import Archive, counted_services, proof, seal, verdict
from tests.api.helpers.bank import STAGE, Api, AtTime, Json, User

pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


def digests() -> list[DigestItem]:
    return [DigestItem.from_raw_data(item) for page in walk_pages(DigestItem, "DIGESTS") for item in page]


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsealed_entries, "NEW_MAX", 1)
    monkeypatch.setattr(paging, "ITEMS_AT_ONCE", 1)


@pytest.mark.usefixtures("small_slices")
def test_what_is_too_much_for_one_digest_is_sealed_by_several(client: Api, customer: User, account: Json) -> None:
    for _ in range(4):
        deposit(client, customer, account, "1.00").ok(201)
    made = seal()
    assert made == [1, 2, 3, 4, 5]
    assert sum(item.signed().digest.entries for item in digests()) == 10
    assert all(proof(client, customer, account, seq) for seq in range(1, 6))
    assert verdict().ok
    assert seal() == []


@pytest.mark.usefixtures("small_slices")
def test_there_is_an_end_to_how_many_at_once_and_the_next_run_goes_on(
    client: Api, customer: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_digest, "BEGUN_SECONDS_MAX", 0)
    for _ in range(7):
        deposit(client, customer, account, "1.00").ok(201)
    assert (seal(), seal()) == ([1], [2])


@pytest.mark.usefixtures("small_slices")
def test_a_flood_of_refusals_does_not_keep_the_rest_from_being_sealed(
    client: Api, customer: User, account: Json
) -> None:
    """They leave no entries, and a slice of nothing else is as much as a digest takes: it must get beyond them."""
    for _ in range(4):
        withdraw(client, customer, account, "999.00").refused(422, "insufficient_funds")
    deposit(client, customer, account, "1.00").ok(201)
    while seal():
        pass
    assert proof(client, customer, account, 2)
    assert verdict().ok


def test_a_silent_bank_gets_a_digest_a_day(client: Api, auditor: User, account: Json, at_time: AtTime) -> None:
    assert seal() == [1]
    for hours, made in ((1, []), (23, []), (25, [2]), (26, []), (50, [3])):
        at_time(timedelta(hours=hours))
        assert seal() == made
    assert [(item.signed().digest.leaves, item.signed().digest.entries) for item in digests()[1:]] == [(0, 0), (0, 0)]
    assert verdict().ok


@pytest.mark.parametrize("altered", [{"amount": 1}, {"prev_hash": "0" * 64}, None])
def test_a_broken_chain_gets_no_seal(
    client: Api, customer: User, account: Json, archive: Archive, altered: Json | None
) -> None:
    """Not an entry that was altered, and not one that is gone: its transaction lists it."""
    seal()
    deposit(client, customer, account, "1.00").ok(201)
    kept = archive.names()
    entry = list(LedgerEntry.query(f"ACCOUNT#{account['id']}"))[1]
    table = boto3.resource("dynamodb").Table(f"florin-{STAGE}-ledger")
    key = {"pk": entry.pk, "sk": entry.sk}
    if altered is None:
        table.delete_item(Key=key)
    else:
        table.put_item(Item={**table.get_item(Key=key)["Item"], **altered})
    with pytest.raises(Broken, match=f"{account['id']} entry 2"):
        seal()
    assert archive.names() == kept
    assert len(digests()) == 1


def test_what_a_digest_costs_depends_on_what_moved_alone(client: Api, customer: User, account: Json) -> None:
    def cost() -> dict[str, int]:
        deposit(client, customer, account, "1.00").ok(201)
        with counted_services() as calls:
            assert len(seal()) == 1
        return dict(calls)

    seal()
    before = cost()
    for _ in range(8):
        opened(client, customer)
    seal()
    assert cost() == before
    # Four shards of the day; for each of two accounts its last leaf and its new entries; twice the latest digest; the
    # clearing's statements.
    assert before["Query"] <= 4 + 2 * 2 + 2 + 1
    # Two leaves and the digest.
    assert before["PutItem"] == 3
    # Of this digest and for the next one: is there one of that number already, and what was pending before?
    assert (before["PutObject"], before["GetObject"], before["Sign"]) == (3, 2 * 2, 1)


def test_a_proof_costs_four_reads(client: Api, customer: User, account: Json) -> None:
    for number in range(3):
        deposit(client, customer, account, "1.00").ok(201)
        seal()
        with counted_services() as calls:
            proof(client, customer, account, number + 1)
        # Beside the authorizer's read of the session: account and digest; leaf and entries.
        assert dict(calls) == {"GetItem": 1 + 2, "Query": 2}
    with counted_services() as calls:
        client.get("/v1/.well-known/digest-keys.json").ok()
    assert not calls


def test_a_page_of_digests_costs_one_read(client: Api, auditor: User, account: Json) -> None:
    seal()
    with counted_services() as calls:
        client.get("/v1/audit/digests", token=auditor.token).ok()
    assert dict(calls) == {"GetItem": 1, "Query": 1}


def test_proving_an_accounts_seals_asks_after_each_whether_there_is_time(
    client: Api, customer: User, account: Json
) -> None:
    for _ in range(2):
        deposit(client, customer, account, "1.00").ok(201)
        seal()
    told: list[str] = []
    Seals().of_account(account["id"], told.append)
    assert len(told) == 2
