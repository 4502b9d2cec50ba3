"""Audit and events tell of each digest, once, and nobody can take that away or invent one."""

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.verification.digest import DigestItem
from chalicelib.models.verification.sealed_digest import SealedDigest
from chalicelib.services import progress
from chalicelib.services.verification import verify_parts
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import opened
from tests.api.helpers.archive import seal
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.events import data_of, event_rows, told
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change, table

pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture
def sealed(stream: Stream, client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> DigestItem:
    """The first digest of a bank, audited."""
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())
    opened(client, customer, "1.00")
    assert seal() == [1]
    stream.deliver()
    assert broken() is None
    return DigestItem.get(*DigestItem.key(1))


def broken() -> str | None:
    found = verify_bank(progress.ignore, timestamp(clock.now())).broken
    return str(found) if found else None


def test_a_digest_makes_an_event_with_its_figures_and_hash(sealed: DigestItem) -> None:
    digest = sealed.signed().digest
    [row] = event_rows(type="digest.sealed")
    assert (row["subject"], row["recipient"], row["sequence"]) == ("audit/digests/1", "bank", 1)
    assert data_of(row) == {
        "number": 1, "sealed_from": digest.sealed_from, "sealed_to": digest.sealed_to, "leaves": digest.leaves,
        "entries": digest.entries, "root": digest.root, "hash": digest.hash,
    }  # fmt: skip


def test_staff_read_the_events_of_a_digest_by_its_subject_and_customers_do_not(
    sealed: DigestItem, client: Api, auditor: User, customer: User
) -> None:
    path = "/v1/events?subject=audit/digests/1"
    assert [one["type"] for one in client.get(path, token=auditor.token).ok()["data"]] == ["digest.sealed"]
    assert client.get(path, token=customer.token).ok()["data"] == []


def test_a_sealer_that_ends_before_the_digest_is_listed_tells_once(
    stream: Stream, client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(client, customer, "1.00")

    def end(_: DigestItem) -> DigestItem:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken_sealer:
        broken_sealer.setattr(DigestItem, "put", end)
        with pytest.raises(KeyboardInterrupt):
            seal()
    assert [item["number"] for item in items(type="digest")] == [1]
    stream.deliver()
    assert broken() is None, "a digest that is about to be listed is no fault"
    assert seal() == [1]
    stream.deliver()
    assert [one for one in told() if one[0] == "digest.sealed"] == [("digest.sealed", "audit/digests/1", 1)]
    assert broken() is None


@pytest.mark.parametrize("act", ["take away", "alter", "invent"])
def test_what_tells_of_a_digest_is_what_the_digests_are(sealed: DigestItem, act: str) -> None:
    pk, sk = SealedDigest.key(1)
    if act == "take away":
        table("bank").delete_item(Key={"pk": pk, "sk": sk})
    elif act == "alter":
        change("bank", pk, sk, root="a" * 64)
    else:
        found = table("bank").get_item(Key={"pk": pk, "sk": sk})["Item"]
        table("bank").put_item(Item=found | {"sk": SealedDigest.key(7)[1], "number": 7})
    number = 7 if act == "invent" else 1
    assert str(broken()).startswith(f"SEALED DIGEST#{number}: what tells of digest {number}: expected ")


def test_a_false_item_in_the_place_of_the_next_stops_the_sealer(
    sealed: DigestItem, client: Api, customer: User
) -> None:
    pk, sk = SealedDigest.key(1)
    found: Json = table("bank").get_item(Key={"pk": pk, "sk": sk})["Item"]
    table("bank").put_item(Item=found | {"sk": SealedDigest.key(2)[1], "number": 2})
    opened(client, customer, "1.00")
    with pytest.raises(Broken, match="SEALED, DIGEST#2"):
        seal()
    assert DigestItem.find(*DigestItem.key(2)) is None
