"""Events as the consumer of the stream writes them: which, to whom, once, and all of them."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.domain.days import Days
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.events.catalogue import BY_NAME
from chalicelib.domain.interest.run_tally import Tally
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.permissions import system
from chalicelib.models import transact
from chalicelib.models.events import event_row
from chalicelib.models.everything import set_aside
from chalicelib.models.interest import credit
from chalicelib.models.interest.run import InterestRun
from chalicelib.models.ledger import ledger
from chalicelib.models.statements.run import MonthlyStatement
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.services import progress
from chalicelib.services.audit import audit_consumer
from chalicelib.services.audit.audit_consumer import CannotWrite
from chalicelib.services.clearing import inbox
from chalicelib.services.events.redrive import Redriven, redrive
from chalicelib.services.orders import shortfall
from tests.api.helpers.accounts import closed, frozen, new_key, opened, reverse, transfer
from tests.api.helpers.archive import seal
from tests.api.helpers.bank import Api, Json, User, counted_calls
from tests.api.helpers.clearing import (
    BANK,
    IBAN,
    answer,
    connect,
    pay,
    recall,
    recall_answer,
    send_return,
    submit_instant,
)
from tests.api.helpers.customers import edit, review
from tests.api.helpers.events import data_of, event_rows, event_table, listen, told
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.invitations import ADDRESS, accept, counter_customer, invite, withdraw
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.orders import PATH
from tests.api.helpers.payment_files import Group, Pay, made_of, write_file
from tests.api.helpers.persons import erase
from tests.api.helpers.planted_orders import make_attempt, planted
from tests.api.helpers.risk import held_by_hand
from tests.api.helpers.risk import raised as raise_alert
from tests.api.helpers.stream import Stream, audited, record_of_change
from tests.api.helpers.tampering import uncount_events
from tests.api.helpers.tickets import raised, resolve, write


@pytest.fixture(autouse=True)
def read_stream(stream: Stream) -> Stream:
    return stream


@pytest.fixture
def transferred(client: Api, customer: User, other_customer: User, stream: Stream) -> list[Json]:
    """The stream's records of a transfer; all that was before is told."""
    payer, payee = opened(client, customer, "100.00"), opened(client, other_customer)
    stream.deliver()
    transfer(client, customer, payer, payee, "25.00").ok(201)
    return stream.read()


def transaction_of(records: list[Json]) -> Json:
    [found] = [one for one in records if one["dynamodb"]["NewImage"]["type"] == {"S": "transaction"}]
    return found


def require_no_gaps(rows: list[Json]) -> None:
    numbers = defaultdict[str, list[int]](list)
    for row in rows:
        numbers[row["subject"]].append(int(row["sequence"]))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values()), numbers


def test_a_transfer_is_told_to_the_bank_and_to_both_customers(
    customer: User, other_customer: User, transferred: list[Json]
) -> None:
    audit_consumer.consume(transferred)
    rows = [row for row in event_rows(type="transaction.posted") if data_of(row)["transaction_type"] == "transfer"]
    assert {row["recipient"] for row in rows} == {"bank", customer.customer_id, other_customer.customer_id}
    entries = {row["recipient"]: [one["amount"] for one in data_of(row)["entries"]] for row in rows}
    assert sorted(entries["bank"]) == ["-25.00", "25.00"]
    assert (entries[str(customer.customer_id)], entries[str(other_customer.customer_id)]) == (["-25.00"], ["25.00"])
    assert "balance" not in str([row["data"] for row in rows])
    assert len({row["id"] for row in rows}) == 1
    require_no_gaps(event_rows(recipient="bank"))


def test_a_redelivered_batch_whole_or_in_part_makes_the_same_rows(transferred: list[Json]) -> None:
    audit_consumer.consume(transferred)
    rows, records = event_rows(), audited()
    for again in (transferred, transferred[1:], transferred[:2], transferred):
        audit_consumer.consume(again)
    assert (event_rows(), audited()) == (rows, records)


def test_an_event_whose_row_was_lost_between_two_writes_is_written_with_the_next_delivery(
    transferred: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise Unavailable("busy", retry_after_seconds=1)

    before = event_rows()
    with monkeypatch.context() as patch:
        patch.setattr(event_row, "put_all", lost)
        with pytest.raises(Unavailable):
            audit_consumer.consume(transferred)
    assert event_rows() == before
    assert [one for one in audited() if one["event"] == "transaction.created"], "the record is written"
    audit_consumer.consume(transferred)
    assert len(event_rows()) == len(before) + 3
    require_no_gaps(event_rows(recipient="bank"))


def test_a_record_that_stops_the_batch_does_not_stop_the_events_before_it(transferred: list[Json]) -> None:
    before = len(event_rows())
    with pytest.raises(CannotWrite):
        audit_consumer.consume([*transferred, record_of_change(7)])
    assert len(event_rows()) == before + 3


def test_an_event_that_cannot_be_made_is_set_aside_the_audit_goes_on_and_its_number_is_kept(
    client: Api, customer: User, teller: User, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = opened(client, customer)
    stream.deliver()
    frozen(client, teller, account)
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "fine"}, token=teller.token).ok()
    records = stream.read()

    def broken(*_: object) -> str:
        raise ValueError("no such account")

    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.domain.events.catalogue.data_of", broken)
        for _ in range(2):
            audit_consumer.consume(records[:1])
    audit_consumer.consume(records)
    [one] = list(set_aside.all_of("event_rows"))
    assert one.reason.startswith("make: ValueError")
    assert list(set_aside.all_of("audit_trail")) == []
    done = redrive(progress.ignore)
    assert done == Redriven(handled=1)
    found = [one for one in told() if one[1] == f"accounts/{account['id']}"]
    assert [(name, number) for name, _, number in found] == [
        ("account.opened", 1), ("account.frozen", 2), ("account.unfrozen", 3)
    ]  # fmt: skip


def test_an_event_that_dynamodb_refuses_is_set_aside_alone(
    transferred: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all = event_row.put_all

    def refuse(rows: list[event_row.EventRow]) -> None:
        if any(row.type == "transaction.posted" for row in rows):
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "too large"}}, "BatchWriteItem")
        put_all(rows)

    with monkeypatch.context() as patch:
        patch.setattr(event_row, "put_all", refuse)
        audit_consumer.consume(transferred)
    [one] = list(set_aside.all_of("event_rows"))
    assert one.reason.startswith("write: ClientError")
    assert redrive(progress.ignore) == Redriven(handled=1)
    require_no_gaps(event_rows(recipient="bank"))
    before = event_rows()
    audit_consumer.consume(transferred)
    assert event_rows() == before, "written again it is the same"


def test_a_transfer_costs_one_call_more_than_its_audit(transferred: list[Json]) -> None:
    with counted_calls() as calls:
        audit_consumer.consume(transferred)
    assert calls == {"BatchGetItem": 1, "PutItem": len(transferred), "BatchWriteItem": 1}


def test_rows_are_wanted_from_when_somebody_listens(transferred: list[Json], stream: Stream) -> None:
    assert not [row for row in event_rows() if "wanted" in row]
    listen()
    audit_consumer.consume(transferred)
    wanted = [row for row in event_rows() if row.get("wanted")]
    assert {row["type"] for row in wanted} == {"transaction.posted"}
    assert len(wanted) == 3


def test_a_chain_that_was_not_counted_before_is_counted_from_the_next_record_on(
    client: Api, customer: User, teller: User, stream: Stream
) -> None:
    """As in a bank that was audited before there were events."""
    account = opened(client, customer)
    stream.deliver()
    uncount_events()
    for row in event_rows():
        event_table().delete_item(Key={"pk": row["pk"], "sk": row["sk"]})
    frozen(client, teller, account)
    stream.deliver()
    assert [one for one in told() if one[0] == "account.frozen"] == [
        ("account.frozen", f"accounts/{account['id']}", 1)
    ]  # fmt: skip


def test_the_count_goes_on_through_a_record_without_a_type() -> None:
    nameless = record_of_change(2)
    del nameless["dynamodb"]["NewImage"]["type"]
    after = record_of_change(3)
    after["dynamodb"]["NewImage"]["status"] = {"S": "frozen"}
    audit_consumer.consume([record_of_change(1), nameless, after])
    assert [item.get("counted") for item in audited()] == ["[1,1]", "[1,1]", "[2,1]"]


def test_fields_that_somebody_wrote_around_the_bank_stop_no_chain() -> None:
    strange = record_of_change(2, holders="7")
    strange["dynamodb"]["OldImage"]["holders"] = {"L": []}
    audit_consumer.consume([record_of_change(1), strange, record_of_change(3)])
    assert [item["version"] for item in audited() if "version" in item] == [1, 2, 3]
    assert list(set_aside.all_of("audit_trail")) == []


def test_joint_holders_are_told_of_what_happens_while_they_hold_the_account(
    client: Api, customer: User, other_customer: User, new_customer: Callable[[], User], teller: User, stream: Stream
) -> None:
    holder, account = new_customer(), opened(client, customer, "100.00")
    payee = opened(client, other_customer)
    transfer(client, customer, account, payee, "1.00").ok(201)
    put_holder(client, teller, account, holder, "view").ok()
    during = transfer(client, customer, account, payee, "2.00").ok(201)
    end_holder(client, teller, account, holder).ok(204)
    transfer(client, customer, account, payee, "3.00").ok(201)
    frozen(client, teller, account)
    stream.deliver()
    holding = f"accounts/{account['id']}/holders/{holder.customer_id}"
    seen = [one for one in told(holder.customer_id) if one[0] != "customer.created"]
    assert seen == [
        ("holder.added", holding, 1),
        ("transaction.posted", f"transactions/{during['id']}", 1),
        ("holder.removed", holding, 2),
    ]
    assert [one[0] for one in told(customer.customer_id) if one[1] == holding] == ["holder.added", "holder.removed"]
    [row] = event_rows(recipient=holder.customer_id, type="transaction.posted")
    assert [one["account_id"] for one in data_of(row)["entries"]] == [account["id"]]
    assert not [one for one in told() if one[0] == "account.updated"], "the holder's own events tell it"


def test_a_holder_whose_right_ended_while_a_payment_waited_is_not_told_how_it_ended(
    client: Api, customer: User, other_customer: User, new_customer: Callable[[], User], manager: User, stream: Stream
) -> None:
    holder, account, payee = new_customer(), opened(client, customer, "100.00"), opened(client, other_customer)
    put_holder(client, manager, account, holder, "view").ok()
    put_holder(client, manager, payee, holder, "view").ok()
    posted, voided = held_by_hand(customer, account, payee), held_by_hand(customer, account, payee)
    end_holder(client, manager, account, holder).ok(204)
    end_holder(client, manager, payee, holder).ok(204)
    client.post(f"/v1/transactions/{posted}/approve", token=manager.token, key=new_key()).ok()
    ledger.void(voided, system("r"), "given up")
    stream.deliver()
    about = [one[0] for one in told(holder.customer_id) if one[1].startswith("transactions/")]
    assert about == ["transaction.pending", "transaction.pending"]
    assert [one[0] for one in told(other_customer.customer_id) if one[1].startswith("transactions/")] == [
        "transaction.posted"
    ], "the payee learns only of what was posted"


def let_in(client: Api, teller: User, mailbox: Mailbox) -> None:
    """Invite a customer, withdraw the code, and send another one, which is accepted."""
    grace = counter_customer(client, teller)
    invite(client, teller, grace).ok(201)
    withdraw(client, teller, grace).ok()
    invite(client, teller, grace).ok(201)
    accept(client, mailbox.code_for(ADDRESS)).ok(201)


@pytest.mark.usefixtures("archive")
def test_every_type_of_the_catalogue_is_told_of_by_something_that_happens(
    client: Api,
    customer: User,
    other_customer: User,
    new_customer: Callable[[], User],
    teller: User,
    manager: User,
    stream: Stream,
    mailbox: Mailbox,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or it is a promise that nobody keeps; and nothing is told that the catalogue does not have."""
    account, payee, gone = opened(client, customer, "100.00"), opened(client, other_customer), new_customer()
    foresee_shortfall(customer, opened(client, customer), payee)
    move(client, customer, manager, account, payee)
    pay_orders(client, customer, account, payee)
    pay_another_bank(client, customer, monkeypatch)
    keep(client, customer, teller, account, other_customer)
    edit(client, customer, customer.customer_id, phone="+442071234567").ok()
    review(client, teller, customer.customer_id, "verified").ok()
    erase(client, gone, gone.customer_id)
    let_in(client, teller, mailbox)
    support(client, customer, manager)
    alert = raise_alert(customer, account, "high")
    settled = {"outcome": "dismissed", "note": "A gift."}
    client.post(f"/v1/reports/risk/{alert}/settle", settled, token=manager.token).ok()
    lock(client, other_customer)
    monthly(account)
    disable_endpoint()
    assert seal() == [1]
    stream.deliver()
    rows = event_rows(recipient="bank")
    assert {row["type"] for row in rows} == set(BY_NAME)
    assert list(set_aside.all_of("event_rows")) == []
    require_no_gaps(rows)
    words = ("Rainy", "+4420", "Monday", "Anybody", "A gift", "Müller", IBAN[:8], "Okafor", "Acme", "Invoice")
    assert not [word for word in words if word in str(event_rows())]


def foresee_shortfall(customer: User, account: Json, payee: Json) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    assert shortfall.warn(planted(customer, account, payee["id"], 100, tomorrow), system("r"))


def pay_orders(client: Api, customer: User, account: Json, payee: Json) -> None:
    """Pay an order, refuse one, and change the one that was paid."""
    today = clock.now().date().isoformat()
    order, refused = (planted(customer, account, payee["id"], amount, today) for amount in (100, 900_000))
    for one in (order, refused):
        make_attempt(one)
    path = f"{PATH}/{order.id}"
    client.patch(path, {"amount": "2.00", "memo": "Rainy rent"}, token=customer.token).ok()
    for how in ("skip", "suspend"):
        client.post(f"{path}/{how}", {} if how == "skip" else None, token=customer.token).ok()
    client.delete(path, token=customer.token).ok()


def pay_another_bank(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Return one payment, reject another, refuse the recall of a third, and complete a file."""
    account = opened(client, customer, "100.00", currency="EUR")
    with monkeypatch.context() as connected:
        clearing = connect(connected)
        returned, rejected, recalled = (pay(client, customer, account, rail="instant") for _ in range(3))
        for one in (returned, rejected, recalled):
            submit_instant(one)
        answer(clearing, "ACSC", returned, recalled)
        send_return(clearing, returned)
        answer(clearing, "RJCT", rejected, code="AC04")
        recall(client, customer, recalled).ok()
        inbox.receive(BANK, recall_answer(clearing, recalled))
        file = made_of(client, customer, write_file(Group(account["iban"], (Pay(),))))
        assert file["status"] == "completed"


def move(client: Api, customer: User, manager: User, account: Json, payee: Json) -> None:
    posted = transfer(client, customer, account, payee, "1.00").ok(201)
    reverse(client, manager, posted).ok(201)
    transfer(client, customer, account, payee, "999.00").refused(422, "insufficient_funds")
    ledger.void(held_by_hand(customer, account, payee), system("r"), "given up")
    ledger.expire(held_by_hand(customer, account, payee), system("r"))


def keep(client: Api, customer: User, teller: User, account: Json, holder: User) -> None:
    frozen(client, teller, account)
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "fine"}, token=teller.token).ok()
    client.patch(f"/v1/accounts/{account['id']}", {"nickname": "Rainy days"}, token=customer.token).ok()
    put_holder(client, teller, account, holder, "view").ok()
    end_holder(client, teller, account, holder).ok(204)
    closed(client, customer, opened(client, customer))


def support(client: Api, customer: User, manager: User) -> None:
    ticket = raised(client, customer)
    write(client, customer, ticket, "Anybody there?").ok(201)
    resolve(client, manager, ticket).ok()
    client.post("/v1/announcements", {"title": "Closed", "message": "On Monday."}, token=manager.token).ok(201)


def lock(client: Api, user: User) -> None:
    for _ in range(7):
        client.post("/v1/auth/login", {"email": user.email, "password": "no such password"})


def disable_endpoint() -> None:
    fields = {"events": ["*"], "signature": "ed25519", "format": "standard", "responsible_id": "usr_1"}
    caller, at = system("r"), "2026-11-01T02:00:00.000000Z"
    endpoint = WebhookEndpoint.new("bank", "whe_01KAK5B7T7D3N8P1X6Q4R9S5VB", **fields).stamp(caller, at)
    transact.write([endpoint.put_if_absent()])
    transact.write([endpoint.disable("gone", caller, at)])


def monthly(account: Json) -> None:
    """Credit interest, complete a run of it, and make a statement, as the monthly runs do."""
    caller, at = system("r"), "2026-11-01T02:00:00.000000Z"
    due = credit.InterestDue(Days(date(2026, 10, 1), date(2026, 11, 1)), 12, "0")
    credit.credit(account["id"], derive_key("system", "october", "interest", {}), caller, lambda _: due)
    transact.write([InterestRun.begin("2026-10", caller, at)])
    run = InterestRun.by_period("2026-10")
    assert run
    transact.write([run.end(Tally(credited=1), caller, at)])
    MonthlyStatement.of(account["id"], "2026-10", [account["customer_id"]]).stamp(caller, at).put()
