"""A sealer that ends at any step, and two at once: there is never half a digest, and never two of one number."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import aws
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification import digest as domain
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.paging import walk_pages
from chalicelib.models.verification import digest_archive as models
from chalicelib.models.verification.digest import DigestItem, LeafItem
from chalicelib.services.crypto import digest_signing
from chalicelib.services.verification import verify_parts
from tests.api.helpers.accounts import deposit, opened
from tests.api.helpers.archive import Archive, broken, proof, seal, verdict
from tests.api.helpers.bank import Api, Json, User

pytestmark = pytest.mark.usefixtures("archive")
Once = Callable[[Any, str, int, Callable[[], object]], None]


class Killed(Exception):
    pass


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    """With one entry that is sealed and two that are not, so that the next digest has a number to keep."""
    account = opened(client, customer, "100.00")
    assert seal() == [1]
    opened(client, customer, "1.00")
    deposit(client, customer, account, "1.00").ok(201)
    return account


@pytest.fixture
def at_call(monkeypatch: pytest.MonkeyPatch) -> Once:
    """Do something in place of the n-th call of a function, or before it when that returns."""

    def at_call(owner: Any, name: str, number: int, act: Callable[[], object]) -> None:
        real, calls = getattr(owner, name), []

        def replacement(*arguments: Any) -> Any:
            calls.append(arguments)
            if len(calls) == number:
                act()
            return real(*arguments)

        monkeypatch.setattr(owner, name, replacement)

    return at_call


def die() -> None:
    raise Killed


STEPS = {
    "first node": (models, "keep_once", 1, False),
    "signature": (digest_signing, "sign", 1, False),
    "digest": (models, "keep_once", 3, False),
    "second leaf": (LeafItem, "put", 2, True),
    "listing": (DigestItem, "put", 1, True),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_leaves_no_half_digest_and_the_next_run_makes_it_whole(
    client: Api, customer: User, account: Json, archive: Archive, at_call: Once, step: str
) -> None:
    owner, name, number, counts = STEPS[step]
    at_call(owner, name, number, die)
    with pytest.raises(Killed):
        seal()
    assert len(archive.names("digests/")) == (2 if counts else 1)
    path = f"/v1/accounts/{account['id']}/proof?seq=2"
    client.get(path, token=customer.token).refused(404, "not_found")
    assert verdict(with_archive=False).ok
    if counts:
        assert broken() == "digest 2"  # which the archive has and the table has not
    deposit(client, customer, account, "1.00").ok(201)
    assert seal() == ([2, 3] if counts else [2])
    assert [proof(client, customer, account, seq)["digest"]["number"] for seq in (1, 2, 3)] == [
        1,
        2,
        3 if counts else 2,
    ]
    assert verdict().ok
    assert seal() == []


@pytest.mark.parametrize(("owner", "name", "number"), [(models, "keep_once", 1), (LeafItem, "put", 1)])
def test_two_sealers_at_once_make_one_digest(
    client: Api,
    customer: User,
    account: Json,
    archive: Archive,
    at_call: Once,
    owner: Any,
    name: str,
    number: int,
) -> None:
    """The other one comes in between and finds more than the first has: what it made is what both then list."""

    def other() -> None:
        deposit(client, customer, account, "2.00").ok(201)
        made.append(seal())

    made: list[list[int]] = []
    at_call(owner, name, number, other)
    made.append(seal())
    numbers = sorted(set(made[0] + made[1]))
    assert numbers == list(range(2, len(archive.names("digests/")) + 1))
    assert all(proof(client, customer, account, seq) for seq in (1, 2, 3))
    assert verdict().ok


def test_the_digest_of_whoever_came_first_is_listed(
    client: Api, customer: User, account: Json, archive: Archive, at_call: Once
) -> None:
    at_call(models, "keep_once", 3, lambda: deposit(client, customer, account, "2.00").ok(201) and seal())
    assert seal() == [2]
    assert proof(client, customer, account, 3)["digest"]["number"] == 2
    latest = DigestItem.latest()
    assert latest
    assert latest.text in archive.text("digests/000000000002.json").replace('\\"', '"')


def test_a_conflict_of_two_puts_is_tried_again(account: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    client = aws.client("s3", read_timeout_seconds=10)
    conflict = ClientError({"Error": {"Code": "ConditionalRequestConflict", "Message": ""}}, "PutObject")
    put, answers = client.put_object, [conflict, conflict]

    def sometimes(**arguments: Any) -> Any:
        if answers:
            raise answers.pop()
        return put(**arguments)

    monkeypatch.setattr(client, "put_object", sometimes)
    assert seal() == [2]
    answers += [conflict] * 99
    with pytest.raises(Unavailable):
        models.keep_once("x", "x")


def test_an_archive_that_refuses_is_no_crash_in_disguise(account: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_BUCKET_NAME", "no-such-bucket")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        seal()


def test_what_the_archive_had_under_a_hash_must_have_that_hash(
    client: Api, customer: User, account: Json, archive: Archive
) -> None:
    """Somebody has put another node on top, to let pending transactions be forgotten."""
    latest = DigestItem.latest()
    assert latest
    archive.put_over(latest.digest.node, '{"partitions":[],"pending":[]}')
    with pytest.raises(Broken, match="the archive's nodes/"):
        seal()


def test_many_leaves_are_listed_from_the_archive(
    client: Api, customer: User, account: Json, at_call: Once, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In as many partitions as they were made in."""
    monkeypatch.setattr(domain, "PARTITION_LEAVES", 1)
    monkeypatch.setattr(domain, "LEAF_ENTRIES_MAX", 1)
    # By their hashes all accounts might be in one partition.
    monkeypatch.setattr(domain, "partition_of", lambda account_id, bits: min(bits, int(account_id == account["id"])))
    deposit(client, customer, account, "1.00").ok(201)
    at_call(LeafItem, "put", 3, die)
    with pytest.raises(Killed):
        seal()
    assert seal() == [2]
    [other] = [
        one for one in client.get("/v1/accounts", token=customer.token).ok()["data"] if one["id"] != account["id"]
    ]
    proofs = [
        proof(client, customer, account, 2),
        proof(client, customer, account, 3),
        proof(client, customer, other, 1),
    ]
    assert [one["partition"]["size"] for one in proofs] == [2, 2, 2]
    assert verdict().ok


def test_a_leaf_that_somebody_has_put_in_the_place_of_a_sealed_one_is_not_passed_over(
    account: Json, at_call: Once
) -> None:
    planted = LeafItem.last_of(account["id"])
    assert planted is not None

    def plant() -> None:
        [item] = walk_pages(LeafItem, LeafItem.partition(account["id"]))
        forged = LeafItem.from_raw_data(item[-1])
        forged.sk = f"{planted.to_seq + 1:012d}"
        forged.put()

    at_call(LeafItem, "put", 1, plant)
    with pytest.raises(Broken, match=f"audit of SEAL#{account['id']}"):
        seal()
