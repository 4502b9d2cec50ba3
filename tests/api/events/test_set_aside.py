"""Records of the stream that a consumer cannot handle: set aside, the rest goes on, and made up for when mended."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.errors import Contention
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.everything import set_aside
from chalicelib.services import progress
from chalicelib.services.audit import audit_consumer
from chalicelib.services.events import event_consumer
from chalicelib.services.events.redrive import Redriven, redrive
from chalicelib.services.operations.rebuild import rebuild
from chalicelib.services.reports import rollups
from chalicelib.services.risk import monitoring
from tests.api.helpers.accounts import deposit, opened, transfer
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.risk import alerts
from tests.api.helpers.stream import Stream, audited, record_of_change

Consume = Callable[[list[Json]], object]


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def account(client: Api, customer: User, stream: Stream) -> Json:
    return opened(client, customer, "500000.00")


def spoil(records: list[Json], transaction_id: str) -> None:
    """Take from the image of a posted transaction what every handler reads."""
    for record in records:
        image = record["dynamodb"].get("NewImage", {})
        if image.get("id") == {"S": transaction_id}:
            image["entries"] = {"S": '[{"account_id": 7}]'}


def kept(consumer: set_aside.Consumer) -> list[set_aside.SetAside]:
    return list(set_aside.all_of(consumer))


def summed(client: Api, user: User) -> int:
    """How many transactions the customer's report counts."""
    lines = client.get("/v1/reports/summary", token=user.token).ok()["totals"]
    return sum(line["count"] for line in lines)


def test_a_poison_record_stops_neither_the_others_nor_itself_for_good(
    client: Api, customer: User, other_customer: User, manager: User, account: Json, stream: Stream
) -> None:
    payee = opened(client, other_customer)
    stream.let_follow()
    before, alerted = summed(client, customer), len(alerts(client, manager))
    poison = transfer(client, customer, account, payee, "450000.00").ok(201)["id"]
    deposit(client, customer, account, "1.00").ok(201)
    records = stream.read()
    spoil(records, poison)
    for _ in range(2):  # delivered again, nothing is set aside twice
        event_consumer.consume(records)
    assert summed(client, customer) == before + 1
    assert len(alerts(client, manager)) == alerted
    [one] = kept("events")
    assert set_aside.item_key(one)[0].endswith(poison)
    assert one.reason.startswith("count: ")
    assert len(one.reason) <= set_aside.REASON_CHARACTERS_MAX
    assert "NewImage" not in one.record, "nothing that somebody wrote is copied"
    assert redrive(progress.ignore) == Redriven(handled=1)
    assert (kept("events"), summed(client, customer)) == ([], before + 2)
    assert [alert["transaction_id"] for alert in alerts(client, manager)][:1] == [poison]
    assert redrive(progress.ignore) == Redriven()


def test_a_payment_that_a_rebuilt_profile_has_seen_is_judged_all_the_same(
    client: Api, customer: User, other_customer: User, manager: User, account: Json, stream: Stream
) -> None:
    payee = opened(client, other_customer)
    stream.let_follow()
    poison = transfer(client, customer, account, payee, "450000.00").ok(201)["id"]
    records = stream.read()
    spoil(records, poison)
    event_consumer.consume(records)
    rebuild(progress.ignore, caught_up=True)
    assert [alert for alert in alerts(client, manager) if alert["transaction_id"] == poison] == []
    redrive(progress.ignore)
    assert [alert for alert in alerts(client, manager) if alert["transaction_id"] == poison]


def test_what_is_not_mended_stays_set_aside(
    client: Api, customer: User, account: Json, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such category")

    monkeypatch.setattr(monitoring, "watch", fail)
    stream.let_follow()
    waiting = len(kept("events"))
    done = redrive(progress.ignore)
    assert (done.handled, len(done.left)) == (0, waiting)
    assert waiting
    assert all("ValueError: no such category" in line for line in done.left)
    assert summed(client, customer) == 1, "the other handlers have had it"


def test_what_may_pass_is_not_set_aside(
    client: Api, customer: User, account: Json, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Contention("Too many.", retry_after_seconds=1)

    monkeypatch.setattr(rollups, "count", busy)
    with pytest.raises(Contention):
        stream.let_follow()
    assert kept("events") == []


def test_an_unreadable_record_stops_one_item_of_the_audit_and_no_other() -> None:
    poison, after = record_of_change(2), record_of_change(3)
    poison["dynamodb"]["NewImage"]["balance"] = {}
    other = record_of_change(1, pk="ACCOUNT#acc_2")
    audit_consumer.consume([record_of_change(1), poison, after, other])
    audit_consumer.consume([poison, after])
    assert [(item["pk"], item["version"]) for item in audited() if "version" in item] == [
        ("ACCOUNT#acc_1", 1), ("ACCOUNT#acc_2", 1)
    ]  # fmt: skip
    assert [one.reason.partition(":")[0] for one in kept("audit_trail")] == ["read", "write"]
    assert set_aside.content(kept("audit_trail")[1])["dynamodb"] == after["dynamodb"], "whole, for its chain needs it"
    done = redrive(progress.ignore)
    assert (done.handled, len(done.left)) == (0, 2)


def test_the_chain_is_made_up_for_in_its_order_when_the_consumer_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    put, broken = AuditRecord.put, {"ACCOUNT#000000000002"}

    def fail(record: AuditRecord) -> AuditRecord:
        if record.sk in broken:
            raise KeyError("a bug")
        return put(record)

    monkeypatch.setattr(AuditRecord, "put", fail)
    audit_consumer.consume([record_of_change(version) for version in range(1, 5)])
    audit_consumer.consume([record_of_change(5)])
    assert len(kept("audit_trail")) == 4
    broken.clear()
    assert redrive(progress.ignore) == Redriven(handled=4)
    records = audited()
    assert [item["version"] for item in records] == [1, 2, 3, 4, 5]
    assert [item["prev_hash"] for item in records[1:]] == [item["hash"] for item in records[:-1]]


def test_a_record_whose_chain_lacks_a_link_is_set_aside_when_it_is_old() -> None:
    young = record_of_change(2)
    young["dynamodb"]["ApproximateCreationDateTime"] = (clock.now() - timedelta(minutes=9)).timestamp()
    with pytest.raises(audit_consumer.CannotWrite):
        audit_consumer.consume([young])
    old = record_of_change(2)
    old["dynamodb"]["ApproximateCreationDateTime"] = (clock.now() - timedelta(minutes=11)).timestamp()
    audit_consumer.consume([old])
    [one] = kept("audit_trail")
    assert "absent" in one.reason
    assert items(type="account") == []
