"""S3 and SQS fail, at each call of a request: nothing is taken or sent twice, and nothing is left in plaintext."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest

from chalicelib import aws
from chalicelib.services.clearing import adapter
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import Clearing, pay, submit_instant
from tests.api.helpers.failing_services import Fault
from tests.api.helpers.file_uploads import keys_of, put, sha256_of
from tests.api.helpers.payment_files import Group, Pay, write_file
from tests.api.helpers.repeated_request import RepeatedRequest, give_up_soon

PATH = "/v1/payment-files/uploads"
send = adapter.send


@pytest.fixture
def document(payer: Json, clearing: Clearing) -> bytes:
    return write_file(Group(payer["iban"], [Pay()])).encode()


@pytest.fixture
def upload(client: Api, customer: User, document: bytes) -> Json:
    body = {"bytes": len(document), "sha256": sha256_of(document)}
    made: Json = client.post(PATH, body, token=customer.token).ok(201)
    put(made, document)
    return made


@pytest.fixture
def outbox(clearing: Clearing, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The queue to the clearing, which takes everything."""
    monkeypatch.setattr(adapter, "send", send)
    monkeypatch.setenv("CLEARING_OUTBOX_URL", "http://sqs.test/outbox")
    events = aws.client("sqs").meta.events

    def take(**_: object) -> object:
        return SimpleNamespace(status_code=200), {"MessageId": "1"}

    events.register("before-call.sqs.SendMessage", take)
    yield
    events.unregister("before-call.sqs.SendMessage", take)


def test_upload_is_taken_once_whatever_fails(
    client: Api, customer: User, upload: Json, document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up_soon(monkeypatch)
    path, body = f"{PATH}/{upload['id']}/confirm", {"sha256": sha256_of(document)}
    confirm = partial(client.post, path, body, token=customer.token, key="confirm")
    one = RepeatedRequest(confirm, has_key=True, prepare=partial(put, upload, document))
    assert one.status == 202
    assert {"GetObject", "PutObject", "DeleteObjects"} <= {call.operation for call in one.calls}
    assert [*one.wrongs()] == []


def test_upload_that_could_not_be_destroyed_is_when_its_confirmation_is_repeated(
    client: Api, customer: User, upload: Json, document: bytes
) -> None:
    path, body = f"{PATH}/{upload['id']}/confirm", {"sha256": sha256_of(document)}
    confirm = partial(client.post, path, body, token=customer.token, key="confirm")
    one = RepeatedRequest(confirm, has_key=True, prepare=partial(put, upload, document))
    place = next(place for place, call in enumerate(one.calls) if call.operation == "DeleteObjects")
    one.reset()
    one.ask(Fault(place, "failed", lasts=True))[0].refused(503, "outcome_unknown")
    assert keys_of(upload)
    confirm().ok(202)
    assert keys_of(upload) == []


def test_inquiry_is_noted_once_whatever_fails(
    client: Api,
    customer: User,
    manager: User,
    payer: Json,
    clearing: Clearing,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give_up_soon(monkeypatch)
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    request.getfixturevalue("outbox")
    path = f"/v1/clearing/payments/{payment['id']}/inquire"
    one = RepeatedRequest(partial(client.post, path, token=manager.token, key="inquire"), has_key=True)
    assert one.status == 200
    assert "SendMessage" in {call.operation for call in one.calls}
    assert [*one.wrongs()] == []
