"""Digests as they are made, listed and proven: every entry of every account has a proof that a stranger can check."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from chalice.test import Client as ChaliceClient

from app import app
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.verification import digest as domain
from chalicelib.models.ledger.entry import LedgerEntry
from infra.settings import ROOT
from tests.api.helpers.accounts import deposit, opened, transfer, withdraw
from tests.api.helpers.archive import Archive, pem, proof, seal, verdict
from tests.api.helpers.bank import STAGE, Api, Json, User
from tests.verifier import reason, run
from tests.words import words_of

PATH = "/v1/audit/digests"
pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


def listed(client: Api, user: User, query: str = "") -> list[Json]:
    found: list[Json] = client.get(f"{PATH}?{query}", token=user.token).ok()["data"]
    return found


def test_a_bank_in_which_nothing_has_moved_has_nothing_to_seal(client: Api, auditor: User, archive: Archive) -> None:
    assert seal() == []
    assert listed(client, auditor) == []
    assert archive.names() == []


def test_a_digest_is_signed_kept_and_listed(client: Api, auditor: User, account: Json, archive: Archive) -> None:
    assert seal() == [1]
    [digest] = listed(client, auditor)
    assert (digest["number"], digest["leaves"], digest["entries"]) == (1, 2, 2)
    assert digest["previous_hash"] == GENESIS
    assert archive.names("digests/") == ["digests/000000000001.json"]
    assert len(archive.names("nodes/")) == 2
    assert seal() == []


def test_the_schedule_starts_it(account: Json, at_time: Callable[[timedelta], None]) -> None:
    at_time(timedelta(seconds=61))
    functions = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT))
    event = functions.events.generate_cw_event("aws.events", "Scheduled Event", {}, [])
    assert functions.lambda_.invoke("sealer", event).payload == {"digests": [1]}


def test_digests_are_listed_newest_first_in_pages(client: Api, customer: User, auditor: User, account: Json) -> None:
    for number in (1, 2, 3):
        deposit(client, customer, account, "1.00").ok(201)
        assert seal() == [number]
    first = client.get(f"{PATH}?limit=2", token=auditor.token).ok()
    assert ([one["number"] for one in first["data"]], first["has_more"]) == ([3, 2], True)
    second = client.get(f"{PATH}?limit=2&cursor={first['next_cursor']}", token=auditor.token).ok()
    assert ([one["number"] for one in second["data"]], second["has_more"]) == ([1], False)
    chained = [*second["data"][::-1], *first["data"][::-1]]
    assert [one["previous_hash"] for one in chained] == [GENESIS, *(one["hash"] for one in chained[:-1])]
    assert [one["sealed_from"] for one in chained[1:]] == [one["sealed_to"] for one in chained[:-1]]
    for wrong in ("limit=0", "limit=101", "limit=x", "from=2026"):
        client.get(f"{PATH}?{wrong}", token=auditor.token).refused(422, "validation_failed")
    client.get(f"{PATH}?cursor=nonsense", token=auditor.token).refused(400, "invalid_cursor")


def test_every_entry_has_a_proof_that_a_stranger_accepts(
    client: Api, customer: User, other_customer: User, auditor: User, account: Json, tmp_path: Path
) -> None:
    other = opened(client, other_customer, "5.00")
    transfer(client, customer, account, other, "7.00").ok(201)
    seal()
    withdraw(client, other_customer, other, "1.00").ok(201)
    transfer(client, other_customer, other, account, "2.00").ok(201)
    seal()
    kept = client.get(PATH, token=auditor.token).ok()
    earlier = proof(client, customer, account, 1)
    for owner, one, entries in ((customer, account, 3), (other_customer, other, 4)):
        for seq in range(1, entries + 1):
            assert reason(tmp_path, proof(client, owner, one, seq), pem(), kept, earlier) is None
    ran = run(tmp_path, proof(client, customer, account, 2), pem(), kept, earlier)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"PROVEN: entry 2 of {account['id']}: transfer txn_" in ran.stdout
    assert "-700 and then 9300 (minor units, USD)" in ran.stdout
    assert verdict().ok


def test_what_is_not_sealed_has_no_proof_yet(client: Api, customer: User, account: Json) -> None:
    path = f"/v1/accounts/{account['id']}/proof"
    reply = client.get(f"{path}?seq=1", token=customer.token).refused(404, "not_found")
    assert "not in a digest yet" in reply.json["detail"]
    seal()
    deposit(client, customer, account, "1.00").ok(201)
    proof(client, customer, account, 1)
    client.get(f"{path}?seq=2", token=customer.token).refused(404, "not_found")
    for seq in (3, 10**12 - 1):
        reply = client.get(f"{path}?seq={seq}", token=customer.token).refused(404, "not_found")
        assert f"no entry {seq}" in reply.json["detail"]


def test_what_is_no_number_of_an_entry(client: Api, customer: User, account: Json) -> None:
    no_numbers = ["", "0", "-1", "x", "1.0", "1e3", "%2B1", "%D9%A1", "+1", "1_0", "true", "1" + "0" * 12, "9" * 5000]
    for query in ["", *(f"?seq={one}" for one in no_numbers), "?seq=1&at=now"]:
        reply = client.get(f"/v1/accounts/{account['id']}/proof{query}", token=customer.token)
        reply.refused(422, "validation_failed")


def test_who_may_see_digests_and_proofs(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, account: Json
) -> None:
    seal()
    path = f"/v1/accounts/{account['id']}/proof?seq=1"
    client.get(path).refused(401, "unauthorized")
    client.get(path, token=other_customer.token).refused(404, "not_found")
    for user in (customer, teller, auditor):
        client.get(path, token=user.token).ok()
    client.get(PATH).refused(401, "unauthorized")
    for user in (customer, teller):
        client.get(PATH, token=user.token).refused(403, "forbidden")
    for unknown in ("acc_01ARZ3NDEKTSV4RRFFQ69G5FAV", "acc_x", "gl.cash.brn_head_office.USD.00"):
        client.get(f"/v1/accounts/{unknown}/proof?seq=1", token=auditor.token).refused(404, "not_found")


def test_a_proof_tells_nothing_of_others(client: Api, customer: User, other_customer: User, account: Json) -> None:
    """But hashes, which nobody can guess the text of: each has a random id and a hash in it."""
    other = opened(client, other_customer, "54321.09", nickname="holidays")
    transfer(client, customer, account, other, "7.00").ok(201)
    seal()
    told = client.get(f"/v1/accounts/{account['id']}/proof?seq=2", token=customer.token).text
    for secret in (other["id"], other["account_number"], other["customer_id"], "holidays", "gl.cash"):
        assert secret not in told
    assert not {"5432109", "5432809", "54321.09", "54328.09"} & words_of(told)


def test_the_next_digest_holds_what_is_new_and_names_the_one_before(
    client: Api, customer: User, auditor: User, account: Json
) -> None:
    idle = opened(client, customer, "5.00")
    seal()
    deposit(client, customer, account, "1.00").ok(201)
    assert seal() == [2]
    second, first = listed(client, auditor)
    assert (second["leaves"], second["entries"], second["previous_hash"]) == (2, 2, first["hash"])
    numbers = [proof(client, customer, *one)["digest"]["number"] for one in ((account, 1), (account, 2), (idle, 1))]
    assert numbers == [1, 2, 1]


def test_a_busy_account_and_many_partitions(
    client: Api, customer: User, auditor: User, account: Json, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(domain, "LEAF_ENTRIES_MAX", 3)
    monkeypatch.setattr(domain, "PARTITION_LEAVES", 2)
    # By the hashes of random ids all accounts may share one partition.
    monkeypatch.setattr(domain, "partition_of", lambda account_id, _: int(account_id == account["id"]))
    others = [opened(client, customer, "1.00") for _ in range(3)]
    for _ in range(4):
        deposit(client, customer, account, "1.00").ok(201)
    seal()
    [digest] = listed(client, auditor)
    assert digest["entries"] == 2 * (1 + 4 + 3)
    for one, seq in [*((account, seq) for seq in range(1, 6)), *((other, 1) for other in others)]:
        found = proof(client, customer, one, seq)
        assert found["entry"]["size"] <= 3
        assert reason(tmp_path, found, pem()) is None
        assert found["partition"]["size"] == 2
    assert verdict().ok


def test_entries_are_sealed_when_they_have_settled(
    client: Api, customer: User, account: Json, at_time: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_DELAY_SECONDS", "60")
    at_time(timedelta(seconds=58))
    assert seal() == []
    at_time(timedelta(seconds=61))
    assert seal() == [1]


def test_public_keys_are_for_everybody(client: Api, auditor: User, account: Json) -> None:
    seal()
    reply = client.get("/v1/.well-known/digest-keys.json")
    [key] = reply.ok()["keys"]
    assert (key["algorithm"], key["public_key"]) == ("ECDSA_SHA_256", pem())
    assert key["key_id"] == listed(client, auditor)[0]["key_id"]
    assert "max-age" in reply.headers["Cache-Control"]


def test_an_entry_that_was_sealed_and_is_gone(
    client: Api, customer: User, account: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal()
    monkeypatch.setattr(LedgerEntry, "pages_between", lambda *_: iter([[]]))
    path = f"/v1/accounts/{account['id']}/proof?seq=1"
    assert "missing" in client.get(path, token=customer.token).refused(404, "not_found").json["detail"]
