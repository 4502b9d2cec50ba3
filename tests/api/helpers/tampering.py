"""What somebody can do who has the keys to every table, and patience."""

from dataclasses import replace
from typing import Any

import boto3

from chalicelib.domain.audit.record import record_hash
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS, compact, entry_hash
from chalicelib.domain.verification.digest import Digest, Forest, Leaf, SignedDigest, leaves_of
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.item import Item, Key, key_of
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import walk_pages
from chalicelib.models.verification.digest import DIGESTS, DigestItem, LeafItem
from tests.api.helpers.archive import Archive
from tests.api.helpers.bank import STAGE, Json


def table(name: str) -> Any:
    return boto3.resource("dynamodb").Table(f"florin-{STAGE}-{name}")


def change(name: str, pk: str, sk: str, **values: object) -> None:
    found = table(name).get_item(Key={"pk": pk, "sk": sk})["Item"]
    table(name).put_item(Item={**found, **values})


def remove(model: type[Item], partition: str, sk: str = "") -> int:
    """Remove of a partition what begins so; how many items."""
    found = [item for page in walk_pages(model, partition) for item in page if item["sk"]["S"].startswith(sk)]
    for item in found:
        table(model.Meta.table_name).delete_item(Key={name: item[name]["S"] for name in ("pk", "sk")})
    return len(found)


def last_entry(account: Json) -> Json:
    by: Any = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": f"ACCOUNT#{account['id']}"}}
    entry: Json = table("ledger").query(**by)["Items"][-1]
    return entry


def lose_last_entry(account: Json) -> None:
    entry = last_entry(account)
    table("ledger").delete_item(Key={"pk": entry["pk"], "sk": entry["sk"]})


def entries_of(account: Json) -> list[Entry]:
    return [item.entry() for item in LedgerEntry.query(f"ACCOUNT#{account['id']}")]


def write(entry: Entry) -> None:
    """Write an entry in place of the one that stands there, if one does; what that shows of its transaction stays."""
    pk, sk = LedgerEntry.key(entry.account_id, entry.created_at, entry.seq)
    before = table("ledger").get_item(Key={"pk": pk, "sk": sk}).get("Item", {})
    table("ledger").put_item(Item={**before, "pk": pk, "sk": sk, **vars(entry)})


def rewrite(payer: Json, payee: Json, amount: int, instead: int) -> None:
    """A payment was another one: in both chains to their ends, in both accounts, and in the transactions."""
    for account in (payer, payee):
        balance, previous = 0, GENESIS
        for entry in entries_of(account):
            moved = entry.amount // amount * instead if abs(entry.amount) == amount else entry.amount
            balance += moved
            altered = replace(entry, amount=moved, balance_after=balance, prev_hash=previous)
            previous = entry_hash(altered)
            write(replace(altered, hash=previous))
            _restate(altered)
        change("bank", f"ACCOUNT#{account['id']}", "ACCOUNT", balance=balance, last_hash=previous)


def _restate(entry: Entry) -> None:
    """Let an entry's transaction say of it what it says of itself."""
    found = Transaction.by_id(entry.transaction_id)
    assert found
    told = [
        {**one, "amount": entry.amount, "balance_after": entry.balance_after}
        if one["account_id"] == entry.account_id
        else one
        for one in found.entries
    ]
    change("bank", found.pk, found.sk, entries=compact(told), amount=max(one["amount"] for one in told))


def reseal(archive: Archive) -> None:
    """Make every leaf and every digest anew over what stands in the ledger now, with the old signatures."""
    previous_hash = GENESIS
    before: dict[str, Leaf] = {}
    for item in [DigestItem.from_raw_data(one) for page in walk_pages(DigestItem, DIGESTS) for one in page]:
        digest = item.signed().digest
        old = [leaf for leaf in _leaves() if leaf.number == digest.number]
        forest = Forest([_again(leaf.leaf, before) for leaf in old])
        made = replace(digest, root=forest.root, previous_hash=previous_hash)
        replace_digest(SignedDigest(made.text, item.signature, item.key_id), archive)
        for number, text in forest.partition_texts.items():
            for leaf, place in forest.places(number):
                LeafItem.of(leaf, digest.number, text, place, forest.place(number)).save()
        previous_hash = made.hash


def replace_digest(signed: SignedDigest, archive: Archive | None = None) -> None:
    """In the table, and on top of the one that the archive has."""
    DigestItem.of(signed).save()
    if archive:
        archive.put_over(f"digests/{Digest.parse(signed.text).number:012d}.json", compact(vars(signed)))


def uncount_events(pk: str = "", since_version: int = 1) -> None:
    """Rewrite the audit of a partition, or of all, as if events were not counted, each chain with new hashes."""
    client: Any = boto3.client("dynamodb")
    name, heads = f"florin-{STAGE}-audit", dict[Key, str]()
    for item in sorted(client.scan(TableName=name)["Items"], key=key_of):
        if "prev_hash" in item and item["pk"]["S"].startswith(pk):
            record = AuditRecord.record_in(item)
            record = replace(record, prev_hash=heads.get(record.item_key, GENESIS))
            if record.version >= since_version:
                record = replace(record, event_count=None, event_edition=None)
            heads[record.item_key] = record_hash(record)
            client.put_item(TableName=name, Item=AuditRecord.item_of(replace(record, hash=heads[record.item_key])))


def _leaves() -> list[LeafItem]:
    found = [item for item in table("audit").scan()["Items"] if item["pk"].startswith("SEAL#")]
    return [LeafItem.get(*key) for key in sorted((item["pk"], item["sk"]) for item in found)]


def _again(leaf: Leaf, before: dict[str, Leaf]) -> Leaf:
    entries = entries_of({"id": leaf.account_id})[leaf.from_seq - 1 : leaf.to_seq]
    [made] = leaves_of(entries, before.get(leaf.account_id))
    before[leaf.account_id] = made
    return made
