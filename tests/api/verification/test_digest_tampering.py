"""History rewritten by somebody who may write every table: digests, and what people have kept of them, tell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from chalicelib.domain.verification.digest import SignedDigest
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.verification.digest import DIGESTS, DigestItem, LeafItem
from chalicelib.models.verification.sealed_digest import SEALED_DIGESTS, SealedDigest
from chalicelib.services.crypto import digest_signing
from chalicelib.services.verification import verify_parts
from tests.api.helpers.accounts import opened, transfer
from tests.api.helpers.archive import Archive, broken, pem, proof, seal, verdict
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.tampering import change, entries_of, remove, replace_digest, reseal, rewrite, table
from tests.verifier import reason

FIRST, SECOND = "000000000001", "000000000002"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


@pytest.fixture
def other(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


@pytest.fixture(autouse=True)
def two_digests(client: Api, customer: User, account: Json, other: Json, archive: Archive) -> None:
    """The first over both openings and a payment, the second over one more payment."""
    transfer(client, customer, account, other, "30.00").ok(201)
    assert seal() == [1]
    transfer(client, customer, other, account, "5.00").ok(201)
    assert seal() == [2]


def signed(number: int) -> SignedDigest:
    found = DigestItem.find(*DigestItem.key(number))
    assert found
    return found.signed()


def leaf(account: Json, number: int) -> LeafItem:
    found = LeafItem.that_holds(account["id"], number + 1)
    assert found
    return found


def test_an_entry_whose_whole_chain_was_computed_again_is_named_and_kept_proofs_contradict_it(
    client: Api, customer: User, account: Json, other: Json, tmp_path: Path
) -> None:
    kept = proof(client, customer, account, 2)
    rewrite(account, other, 3000, 300)
    assert broken(with_archive=False) in {f"{one['id']} entry 2: hash, as sealed" for one in (account, other)}
    altered = proof(client, customer, account, 2)
    assert '-300,"USD"' in altered["entry"]["text"]
    assert reason(tmp_path, altered, pem()) == "the entry is not in the leaf"
    assert reason(tmp_path, kept, pem()) is None


def test_nor_does_it_help_to_make_all_digests_again_without_the_key(
    client: Api, customer: User, account: Json, other: Json, archive: Archive, tmp_path: Path
) -> None:
    kept = proof(client, customer, account, 2)
    rewrite(account, other, 3000, 300)
    reseal(archive)
    assert (broken(), broken(with_archive=False)) == ("digest 1", "digest 1")
    altered = proof(client, customer, account, 2)
    assert reason(tmp_path, altered, pem(), kept) == "a digest is not signed with this key"


def test_with_the_key_the_archive_tells_and_so_does_what_was_kept(
    client: Api, customer: User, account: Json, other: Json, archive: Archive, tmp_path: Path
) -> None:
    """All digests are hidden, all tables written anew, and the sealer itself is made to sign that."""
    kept = proof(client, customer, account, 2)
    rewrite(account, other, 3000, 300)
    for name in archive.names("digests/"):
        archive.hide(name)
    for partition in {item["pk"] for item in table("audit").scan()["Items"]}:
        assert remove(LeafItem, partition)
    assert remove(SealedDigest, SEALED_DIGESTS)
    assert seal() == [1]
    assert verdict(with_archive=False).ok
    assert broken() == "digest 1: versions in the archive"
    altered = proof(client, customer, account, 2)
    assert reason(tmp_path, altered, pem()) is None
    assert reason(tmp_path, altered, pem(), kept) == "it was another entry once"
    assert reason(tmp_path, altered, pem(), kept["digest"]) == "there are two digests 1"


def test_a_digest_that_is_gone_is_named(account: Json, at_time: Callable[[timedelta], None]) -> None:
    """The last one by the archive; without that, when nobody can still be listing it. Sealing brings it back."""
    assert remove(DigestItem, DIGESTS, SECOND) == 1
    assert broken() == "digest 2"
    at_time(timedelta(hours=3))
    assert broken(with_archive=False) == "digest 2"
    for one in (f"SEAL#{account['id']}", DIGESTS):
        remove(LeafItem, one, SECOND)
    assert seal() == [2]
    remove(DigestItem, DIGESTS, FIRST)
    assert (broken(), broken(with_archive=False)) == ("digest 1: number", "digest 1: number")


def test_a_digest_that_nobody_or_another_key_has_signed_is_named(archive: Archive) -> None:
    good = signed(2)
    other_key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DIGEST_KEY_ID", other_key)
        stranger = digest_signing.sign(good.text)
    altered = replace(good.digest, entries=9).text
    for bad in (
        stranger,
        replace(stranger, key_id=good.key_id),
        replace(good, signature=""),
        replace(good, signature="x"),
        replace(good, signature=signed(1).signature),
        replace(good, text=altered),
        replace(good, text=good.text + " "),
    ):
        replace_digest(bad)
        assert broken(with_archive=False) == "digest 2"
    replace_digest(good)
    assert verdict().ok


def test_an_archive_that_says_something_else_is_named(archive: Archive) -> None:
    name = f"digests/{SECOND}.json"
    text = archive.text(name)
    archive.put_over(name, text.replace("digest", "Digest"))
    assert broken() == "digest 2: as the archive keeps it"
    assert verdict(with_archive=False).ok
    archive.put_over(name, text)
    assert broken() == "digest 2: versions in the archive"
    archive.hide(name)
    assert broken() == "digest 2: as the archive keeps it"


@pytest.mark.parametrize("number", [1, 2])
def test_a_leaf_that_is_gone_is_named(account: Json, number: int) -> None:
    """By the entries that are not sealed, where a later leaf is; by the digest's count, where none is."""
    item = leaf(account, number)
    assert remove(LeafItem, item.pk, item.sk) == 1
    where = f"{account['id']} entry 1: its leaf begins" if number == 1 else "digest 2: leaves found in the bank"
    assert broken(with_archive=False) == where


def test_a_leaf_that_is_not_what_was_sealed_is_named(account: Json, other: Json) -> None:
    item = leaf(account, 1)
    where = f"{account['id']} entries 1 to 2: their seal"
    changes: list[Json] = [
        {"partition_text": leaf(account, 2).partition_text},
        {"places": "[1,4,0,1]"},
        {"path_in_partition": b""},
        {"leaf_text": leaf(account, 1).leaf_text.replace("acc_", "acc-")},
        {"number": 2},
    ]
    good = table("audit").get_item(Key={"pk": item.pk, "sk": item.sk})["Item"]
    for one in changes:
        change("audit", item.pk, item.sk, **one)
        assert broken(with_archive=False).startswith((where, where.replace("acc_", "acc-")))
        table("audit").put_item(Item=good)
    table("audit").put_item(Item={**good, "sk": FIRST})
    table("audit").delete_item(Key={"pk": item.pk, "sk": item.sk})
    assert broken(with_archive=False) == f"{where}: key"
    table("audit").put_item(Item={**good, "pk": f"SEAL#{other['id']}", "sk": "0"})
    assert not verdict(with_archive=False).ok


def test_an_account_that_was_removed_with_all_its_items_is_missed(account: Json, other: Json) -> None:
    """The other side of each of its payments as well, so that no transaction names it."""
    for one in (account, other):
        transactions = {entry.transaction_id for entry in entries_of(one)}
        for partition in (f"ACCOUNT#{one['id']}", *(f"TXN#{name}" for name in transactions)):
            remove(BankItem, partition)
        remove(LedgerEntry, f"ACCOUNT#{one['id']}")
        remove(LeafItem, f"SEAL#{one['id']}")
    for partition in {item["pk"] for item in table("bank").scan()["Items"] if item["pk"].startswith("ACCOUNT#gl.")}:
        remove(BankItem, partition)
        remove(LedgerEntry, partition)
        remove(LeafItem, partition.replace("ACCOUNT", "SEAL"))
    assert broken(with_archive=False) == "digest 1: leaves found in the bank"


@pytest.mark.parametrize(
    "values",
    [
        {"leaf_text": "x"},
        {"leaf_text": '["x"]'},
        {"leaf_text": 1},
        {"partition_text": "x"},
        {"places": "[1]"},
        {"number": "x"},
    ],
)
def test_what_is_no_leaf_is_named(account: Json, values: Json) -> None:
    partition = LeafItem.partition(account["id"])
    change("audit", partition, leaf(account, 1).sk, **values)
    assert broken().startswith(partition)


def test_what_is_no_digest_is_named() -> None:
    change("audit", *DigestItem.key(1), text=None, signature=None)
    assert broken() == "digest 1"
