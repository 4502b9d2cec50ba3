"""Verifications that take longer than a request: a job with progress, which may stop anywhere and be joined."""

from collections import Counter
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib import clock, workflows
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.four_eyes import FourEyes
from chalicelib.domain.verification.supervision import Supervision
from chalicelib.handlers.functions import long_job_task
from chalicelib.models import transact
from chalicelib.models.reports import export_bucket
from chalicelib.services.verification import verification_jobs, verify, verify_audit, verify_entries
from chalicelib.services.verification.verify_events import EventRules, EventTotals
from tests.api.helpers.accounts import deposit, opened, transfer
from tests.api.helpers.archive import Archive, seal
from tests.api.helpers.bank import STAGE, Api, Json, User, items
from tests.api.helpers.export_machine import BUCKET, new_bucket
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream
from tests.api.helpers.verification_machine import VerificationMachine, one_part

PATH, JOBS = "/v1/audit/verify", "/v1/audit/verifications"
NOTHING = {"accounts": 0, "entries": 0, "transactions": 0, "audit_records": 0, "digests": 0, "rollups": 0}
PARTS_MAX = 40


@pytest.fixture
def accounts(client: Api, customer: User) -> list[Json]:
    made = [opened(client, customer, f"{number}00.00") for number in range(1, 4)]
    transfer(client, customer, made[0], made[1], "25.00").ok(201)
    return made


@pytest.fixture
def no_time(bank: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request may verify anything: every bank is long."""
    monkeypatch.setenv("VERIFY_REQUEST_SECONDS", "0")
    monkeypatch.setenv("EXPORT_BUCKET_NAME", BUCKET)
    new_bucket()


def short(client: Api, user: User, monkeypatch: pytest.MonkeyPatch, query: str = "") -> Json:
    """What a request answers that has the time."""
    with monkeypatch.context() as patch:
        patch.setenv("VERIFY_REQUEST_SECONDS", "20")
        report: Json = client.get(PATH + query, token=user.token).ok()
    return report


def asked(client: Api, user: User, query: str = "") -> Json:
    reply = client.get(PATH + query, token=user.token)
    job: Json = reply.ok(202)
    assert reply.headers["Location"] == f"verifications/{job['id']}"
    return job


def told(client: Api, user: User, job: Json) -> Json:
    found: Json = client.get(f"{JOBS}/{job['id']}", token=user.token).ok()
    return found


def finished(client: Api, user: User, job: Json) -> Json:
    """Its report, when as many invocations as it takes have each done one part."""
    for _ in range(PARTS_MAX):
        if one_part(job["id"]) == "done":
            break
    found = told(client, user, job)
    assert found["status"] == "done", found
    return dict(found["report"])


def change(account: Json, **values: Any) -> None:
    names = {f"#{name}": name for name in values}
    boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank").update_item(
        Key={"pk": f"ACCOUNT#{account['id']}", "sk": "ACCOUNT"},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )


def silent_for(ago: timedelta) -> None:
    """Let the progress of the first verification be as old as that."""
    boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank").update_item(
        Key={"pk": "VERIFICATIONS", "sk": "000000000001"},
        UpdateExpression="SET updated_at = :at",
        ExpressionAttributeValues={":at": timestamp(clock.now() - ago)},
    )


@pytest.mark.usefixtures("no_time")
def test_verification_beyond_a_request_is_a_job_with_the_same_report(
    client: Api, auditor: User, accounts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = asked(client, auditor)
    assert (job["id"], job["status"], job["report"], job["checked"]) == ("ver_1", "running", None, NOTHING)
    assert (job["account_id"], job["started_by"], job["done"], job["of"]) == (None, auditor.user_id, 0, 0)
    assert told(client, auditor, job) == job
    assert one_part(job["id"]) == "more"
    part = told(client, auditor, job)
    assert (part["status"], part["stage"], part["done"], part["of"]) == ("running", "accounts", 1, 4)
    assert (part["checked"]["accounts"], part["report"]) == (1, None)
    machine = VerificationMachine()
    machine.run(job["id"])
    assert machine.states[-1] == "Done"
    done = told(client, auditor, job)
    assert (done["status"], done["started_at"]) == ("done", job["started_at"])
    assert done["updated_at"] > part["updated_at"]
    assert done["report"] == short(client, auditor, monkeypatch)
    assert done["report"]["checked"]["accounts"] == 4


@pytest.mark.usefixtures("accounts", "no_time")
def test_whoever_asks_again_joins_what_is_running_at_no_cost(
    client: Api, auditor: User, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = asked(client, auditor)
    monkeypatch.setattr(verify, "verify_bank", lambda *_: pytest.fail("verified again"))
    assert asked(client, admin) == asked(client, auditor) == job
    assert len(items(type="verification")) == 1
    assert told(client, admin, job) == job


@pytest.mark.usefixtures("no_time")
def test_two_who_ask_at_the_same_moment_get_one_verification(
    client: Api, auditor: User, admin: User, accounts: list[Json]
) -> None:
    others = list[Json]()
    with just_before("TransactWriteItems", lambda: others.append(asked(client, admin))):
        job = asked(client, auditor)
    assert others == [job]
    assert len(items(type="verification")) == 1


@pytest.mark.usefixtures("no_time")
def test_at_most_one_verification_is_running(client: Api, auditor: User, accounts: list[Json]) -> None:
    job = asked(client, auditor)
    for account in accounts:
        reply = client.get(f"{PATH}?account_id={account['id']}", token=auditor.token).refused(503, "unavailable")
        assert f"{JOBS}/{job['id']}" in reply.json["detail"]
        assert int(reply.headers["Retry-After"]) > 0
    assert len(items(type="verification")) == 1
    finished(client, auditor, job)
    other = asked(client, auditor, f"?account_id={accounts[0]['id']}")
    assert (other["id"], other["account_id"]) == ("ver_2", accounts[0]["id"])
    client.get(PATH, token=auditor.token).refused(503, "unavailable")


def test_a_short_verification_is_answered_while_another_is_running(
    client: Api, auditor: User, accounts: list[Json], no_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(client, auditor)
    assert short(client, auditor, monkeypatch, f"?account_id={accounts[0]['id']}")["ok"]
    monkeypatch.setenv("VERIFY_REQUEST_SECONDS", "20")
    assert client.get(PATH, token=auditor.token).ok(202)["id"] == "ver_1"


@pytest.mark.usefixtures("accounts", "no_time")
def test_whom_it_does_not_answer(client: Api, customer: User, teller: User, manager: User, auditor: User) -> None:
    path = f"{JOBS}/{asked(client, auditor)['id']}"
    client.get(path).refused(401, "unauthorized")
    for user in (customer, teller, manager):
        client.get(PATH, token=user.token).refused(403, "forbidden")
        client.get(path, token=user.token).refused(403, "forbidden")
        client.get(f"{JOBS}/ver_2", token=user.token).refused(403, "forbidden")
    for unknown in ("ver_2", "ver_0", "ver_01", "ver_-1", "ver_", "VER_1", "1", "ver_1000000000000", "ver_1%0A"):
        client.get(f"{JOBS}/{unknown}", token=auditor.token).refused(404, "not_found")
    assert len(items(type="verification")) == 1


@pytest.mark.usefixtures("no_time")
def test_unknown_account_has_no_job(client: Api, auditor: User) -> None:
    for unknown in ("acc_01ARZ3NDEKTSV4RRFFQ69G5FAV", "acc_x", "gl.cash.nowhere"):
        client.get(f"{PATH}?account_id={unknown}", token=auditor.token).refused(404, "not_found")
    assert items(type="verification") == []


@pytest.mark.usefixtures("no_time")
def test_verification_continues_wherever_it_was_stopped(
    client: Api, auditor: User, accounts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies once before and once after each checkpoint; no account that a checkpoint has is read again."""
    wanted = short(client, auditor, monkeypatch)
    job, stored, read = asked(client, auditor), list[str](), list[str]()
    aside, prove = export_bucket.set_aside, verify_entries.prove

    def proved(name: str, *rest: Any) -> Any:
        read.append(name)
        return prove(name, *rest)

    monkeypatch.setattr(verify_entries, "prove", proved)

    def dying(name: str, content: bytes) -> str:
        stored.append(name)
        if len(stored) % 3 == 1:
            raise RuntimeError("before")
        place = aside(name, content)
        if len(stored) % 3 == 2:
            raise RuntimeError("after")
        return place

    monkeypatch.setattr(export_bucket, "set_aside", dying)
    statuses = list[str]()
    while "done" not in statuses and len(statuses) < PARTS_MAX:
        try:
            statuses.append(one_part(job["id"]))
        except RuntimeError as error:
            statuses.append(str(error))
    assert statuses.count("before") == statuses.count("after") == statuses.count("more") > 4
    assert told(client, auditor, job)["report"] == wanted
    assert set(Counter(read).values()) == {3}


@pytest.mark.usefixtures("no_time")
def test_two_invocations_at_once_count_nothing_twice(
    client: Api, auditor: User, accounts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = short(client, auditor, monkeypatch)
    job, aside = asked(client, auditor), export_bucket.set_aside

    def slow(name: str, content: bytes) -> str:
        monkeypatch.setattr(export_bucket, "set_aside", aside)
        assert one_part(job["id"]) == "more"
        return aside(name, content)

    monkeypatch.setattr(export_bucket, "set_aside", slow)
    with pytest.raises(transact.Cancelled):
        one_part(job["id"])
    assert finished(client, auditor, job) == wanted


@pytest.mark.usefixtures("no_time")
def test_broken_link_is_found_after_a_checkpoint(
    client: Api, auditor: User, accounts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = asked(client, auditor)
    change(accounts[2], balance=1)
    report, wanted = finished(client, auditor, job), short(client, auditor, monkeypatch)
    assert wanted["broken"]["where"] == f"{accounts[2]['id']}: balance"
    assert (report["ok"], report["broken"]) == (False, wanted["broken"])


@pytest.mark.usefixtures("no_time")
def test_sum_of_balances_is_that_of_all_invocations(
    client: Api, auditor: User, accounts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each account holds by itself here: the sum of all is what says that one of them has too much."""
    prove = verify_entries.prove

    def richer(name: str, *rest: Any) -> Any:
        proof = prove(name, *rest)
        return proof if name != accounts[0]["id"] else type(proof)(**vars(proof) | {"balance": proof.balance + 1})

    monkeypatch.setattr(verify_entries, "prove", richer)
    broken = finished(client, auditor, asked(client, auditor))["broken"]
    assert broken["where"].startswith("sum of all balances in USD")
    assert (broken["expected"], broken["found"]) == ("0", "1")


@pytest.mark.usefixtures("no_time")
def test_broken_link_of_any_length_is_reported(client: Api, auditor: User, accounts: list[Json]) -> None:
    """Otherwise a thief would write so much that no item could say it, and every verification would fail."""
    job = asked(client, auditor)
    change(accounts[0], last_hash="x" * 300_000)
    report = finished(client, auditor, job)
    assert report["broken"]["where"].startswith(accounts[0]["id"])
    assert len(report["broken"]["found"]) == verification_jobs.BROKEN_LENGTH_MAX


@pytest.mark.usefixtures("no_time")
def test_what_happens_between_two_invocations_is_no_false_alarm(
    client: Api, customer: User, auditor: User, accounts: list[Json], archive: Archive
) -> None:
    """Entries, an account, and a digest that seals both, of accounts that were verified before."""
    assert seal() == [1]
    job = asked(client, auditor)
    for _ in range(3):
        assert one_part(job["id"]) == "more"
    new = opened(client, customer, "9.00")
    for account in (*accounts, new):
        deposit(client, customer, account, "1.00").ok(201)
    assert seal() == [2]
    report = finished(client, auditor, job)
    assert report["broken"] is None
    assert (report["checked"]["digests"], report["checked"]["accounts"]) == (1, 5)


@pytest.mark.usefixtures("no_time")
def test_leaves_of_a_digest_are_counted_over_all_invocations(
    client: Api, auditor: User, accounts: list[Json], archive: Archive
) -> None:
    assert seal() == [1]
    job = asked(client, auditor)
    leaves = boto3.resource("dynamodb").Table(f"florin-{STAGE}-audit")
    for leaf in leaves.scan()["Items"]:
        if str(leaf["pk"]).startswith("SEAL#gl."):
            leaves.delete_item(Key={"pk": leaf["pk"], "sk": leaf["sk"]})
    broken = finished(client, auditor, job)["broken"]
    assert broken["where"] == "digest 1: leaves found in the bank"


@pytest.mark.usefixtures("accounts", "no_time")
def test_verification_that_cannot_be_made_says_so_and_is_begun_anew(
    client: Api, auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, machine = asked(client, auditor), VerificationMachine()
    with monkeypatch.context() as patch:
        patch.setattr(verify_entries, "prove", lambda *_: (_ for _ in ()).throw(RuntimeError("a bug")))
        machine.run(job["id"])
    assert machine.states[-2:] == ["GiveUp", "Failed"]
    failed = told(client, auditor, job)
    assert (failed["status"], failed["report"]) == ("failed", None)
    again = asked(client, auditor)
    assert again["id"] == "ver_2"
    assert finished(client, auditor, again)["ok"]
    assert told(client, auditor, job)["status"] == "failed"


@pytest.mark.usefixtures("accounts", "no_time")
def test_verification_that_has_stalled_blocks_nobody(client: Api, auditor: User) -> None:
    job = asked(client, auditor)
    assert one_part(job["id"]) == "more"
    silent_for(timedelta(minutes=29))
    assert asked(client, auditor)["id"] == "ver_1"
    silent_for(timedelta(minutes=31))
    assert told(client, auditor, job)["status"] == "failed"
    again = asked(client, auditor)
    assert again["id"] == "ver_2"
    assert one_part(job["id"]) == "done"
    assert (told(client, auditor, job)["status"], told(client, auditor, again)["status"]) == ("failed", "running")


@pytest.mark.usefixtures("no_time")
def test_long_account_is_verified_by_a_job(
    client: Api, auditor: User, accounts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"?account_id={accounts[0]['id']}"
    job = asked(client, auditor, query)
    assert asked(client, auditor, query) == job
    monkeypatch.setattr(long_job_task, "RESERVE_MILLISECONDS", 0)
    VerificationMachine().run(job["id"])
    assert told(client, auditor, job)["report"] == short(client, auditor, monkeypatch, query)


@pytest.mark.usefixtures("no_time")
def test_account_that_takes_longer_than_an_invocation_fails_at_once(
    client: Api, auditor: User, accounts: list[Json]
) -> None:
    job = asked(client, auditor, f"?account_id={accounts[0]['id']}")
    assert one_part(job["id"]) == "done"
    assert told(client, auditor, job)["status"] == "failed"


@pytest.mark.usefixtures("accounts", "no_time")
def test_the_stream_starts_a_verification_once(client: Api, auditor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, started = Stream(), list[Any]()
    monkeypatch.setenv("VERIFICATION_STATE_MACHINE_ARN", "arn:verification")
    monkeypatch.setattr(workflows, "start", lambda *given: started.append(given))
    job = asked(client, auditor)
    stream.let_follow()
    one_part(job["id"])
    stream.let_follow()
    [(machine, name, given)] = started
    assert (machine, given) == ("arn:verification", {"verification_id": job["id"]})
    assert name.startswith(f"{job['id']}-20")


def test_verification_is_verified_itself(
    client: Api, auditor: User, accounts: list[Json], no_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever edits a report is found by the audit of it."""
    stream = Stream()
    finished(client, auditor, asked(client, auditor))
    stream.deliver()
    table = boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank")
    [item] = items(type="verification")
    table.put_item(Item=item | {"late": 7})
    with pytest.raises(Broken, match="VERIFICATIONS 000000000001: late"):
        verify_audit.prove_partition(
            "VERIFICATIONS", EventRules("9999-12-31T00:00:00.000000Z"), FourEyes(Supervision()), EventTotals()
        )


@pytest.mark.usefixtures("no_time")
def test_digest_that_is_removed_between_two_invocations_is_missed(
    client: Api, auditor: User, accounts: list[Json], archive: Archive
) -> None:
    assert seal() == [1]
    job = asked(client, auditor)
    assert one_part(job["id"]) == "more"
    audit = boto3.resource("dynamodb").Table(f"florin-{STAGE}-audit")
    for item in audit.scan()["Items"]:
        if str(item["pk"]).startswith(("SEAL#", "DIGESTS")):
            audit.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    broken = finished(client, auditor, job)["broken"]
    assert (broken["where"], broken["found"]) == ("digest 1", "nothing")
