"""Uploads of files of payments: a link for one content, confirmed once, by its customer, within a day."""

from datetime import timedelta

import pytest

from chalicelib.domain.clearing import pain001
from chalicelib.models.clearing import upload_bucket
from chalicelib.services.clearing import file_payments
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.clearing import IBAN, Clearing
from tests.api.helpers.file_uploads import keys_of, put, sha256_of
from tests.api.helpers.payment_files import Group, Pay, write_file

PATH = "/v1/payment-files/uploads"


def offer(client: Api, user: User, content: bytes) -> Json:
    body = {"bytes": len(content), "sha256": sha256_of(content)}
    made: Json = client.post(PATH, body, token=user.token).ok(201)
    return made


def confirm(client: Api, user: User, upload: Json, content: bytes, **also: object) -> Reply:
    body = {"sha256": sha256_of(content), **also}
    return client.post(f"{PATH}/{upload['id']}/confirm", body, token=user.token)


@pytest.fixture
def document(payer: Json, clearing: Clearing) -> bytes:
    """Return a file of more than 5 MB."""
    padding = f"<!-- {'x' * (6 * 1024 * 1024)} -->".replace("x" * 100, "x" * 99 + "\n")
    text = write_file(Group(payer["iban"], [Pay(), Pay("2.50", end_to_end_id="E2E-2")]))
    return text.replace("<CstmrCdtTrfInitn>", f"{padding}<CstmrCdtTrfInitn>").encode()


@pytest.fixture
def upload(client: Api, customer: User, document: bytes) -> Json:
    made = offer(client, customer, document)
    put(made, document)
    return made


def test_a_file_of_more_than_five_megabytes_is_uploaded_confirmed_and_paid(
    client: Api, customer: User, upload: Json, document: bytes
) -> None:
    assert upload["method"] == "PUT"
    assert upload["headers"]["Content-Length"] == str(len(document))
    reply = confirm(client, customer, upload, document)
    made = reply.ok(202)
    assert reply.headers["Location"] == f"/v1/payment-files/{made['id']}"
    assert (made["status"], made["payments"], made["sums"]) == (
        "received",
        2,
        [{"currency": "EUR", "amount": "12.50"}],
    )
    assert keys_of(upload) == [], "nothing is left in plaintext"
    file_payments.work(made["id"], lambda: True)
    done = client.get(f"/v1/payment-files/{made['id']}", token=customer.token).ok()
    assert (done["status"], done["accepted"]) == ("completed", 2)


def test_link_is_signed_for_one_content_at_one_place(upload: Json, customer: User, document: bytes) -> None:
    address, _, query = upload["url"].partition("?")
    assert address.endswith(f"/uploads/{customer.customer_id}/{upload['id']}/{sha256_of(document)}")
    assert "X-Amz-Expires=900" in query
    signed = query.partition("X-Amz-SignedHeaders=")[2].partition("&")[0]
    assert {"content-length", "x-amz-checksum-sha256", "host"} <= set(signed.split("%3B"))


def test_upload_is_confirmed_once_and_what_is_put_later_changes_nothing(
    client: Api, customer: User, payer: Json, upload: Json, document: bytes
) -> None:
    first = confirm(client, customer, upload, document).ok(202)
    other = write_file(Group(payer["iban"], [Pay("900.00")]), name="MSG-2").encode()
    put(upload, other)
    again = confirm(client, customer, upload, document)
    assert (again.ok(202)["id"], again.headers["Idempotent-Replayed"]) == (first["id"], "true")
    assert confirm(client, customer, upload, other).ok(202)["id"] == first["id"]
    assert len(items(type="payment_file")) == 1
    listed = client.get(f"/v1/payment-files/{first['id']}/payments", token=customer.token).ok()["data"]
    assert [one["amount"] for one in listed] == ["10.00", "2.50"]


def test_upload_of_another_customer_is_not_there(
    client: Api, customer: User, other_customer: User, upload: Json, document: bytes
) -> None:
    confirm(client, other_customer, upload, document).refused(404, "not_found")
    assert items(type="payment_file") == []
    confirm(client, customer, upload, document).ok(202)


def test_content_that_was_not_declared_is_refused_and_destroyed(
    client: Api, customer: User, payer: Json, upload: Json, document: bytes
) -> None:
    put(upload, document + b" ")
    refused = confirm(client, customer, upload, document).refused(422, "validation_failed")
    assert refused.wrong_fields == ["sha256"]
    assert (keys_of(upload), items(type="payment_file")) == ([], [])
    confirm(client, customer, upload, document).refused(404, "not_found")


def test_more_than_is_read_is_refused_without_reading_it(
    client: Api, customer: User, upload: Json, document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pain001, "BYTES_MAX", len(document) - 1)
    confirm(client, customer, upload, document).refused(422, "validation_failed")
    assert keys_of(upload) == []
    too_much = {"bytes": 20 * 1024 * 1024 + 1, "sha256": "0" * 64}
    client.post(PATH, too_much, token=customer.token).refused(422, "validation_failed")


def test_upload_that_is_older_than_a_day_is_not_there(
    client: Api, customer: User, upload: Json, document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_bucket, "KEPT", timedelta(seconds=-1))
    confirm(client, customer, upload, document).refused(404, "not_found")


def test_key_of_an_upload_and_of_its_confirmation_serves_one_request(
    client: Api, customer: User, document: bytes
) -> None:
    body = {"bytes": len(document), "sha256": sha256_of(document)}
    first = client.post(PATH, body, token=customer.token, key="offered").ok(201)
    again = client.post(PATH, body, token=customer.token, key="offered")
    assert (again.ok(201)["id"], again.headers["Idempotent-Replayed"]) == (first["id"], "true")
    client.post(PATH, {**body, "bytes": 1}, token=customer.token, key="offered").refused(409, "idempotency_key_reused")
    put(first, document)
    path, taken = f"{PATH}/{first['id']}/confirm", {"sha256": sha256_of(document)}
    client.post(path, taken, token=customer.token, key="offered").refused(409, "idempotency_key_reused")
    made = client.post(path, taken, token=customer.token, key="confirmed").ok(202)
    assert client.post(path, taken, token=customer.token, key="confirmed").ok(202)["id"] == made["id"]
    client.post(PATH, body, token=customer.token, key="confirmed").refused(409, "idempotency_key_reused")
    other = client.post(PATH, body, token=customer.token).ok(201)
    put(other, document)
    path = f"{PATH}/{other['id']}/confirm"
    client.post(path, taken, token=customer.token, key="confirmed").refused(409, "idempotency_key_reused")


def test_nothing_that_was_never_uploaded_is_confirmed(client: Api, customer: User, document: bytes) -> None:
    expected = offer(client, customer, document)
    for upload_id in (expected["id"], "upl_1", "..", "upl_01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        path = f"{PATH}/{upload_id}/confirm"
        body = {"sha256": sha256_of(document)}
        client.post(path, body, token=customer.token).refused(404, "not_found")


def test_pin_is_asked_and_a_wrong_one_leaves_the_upload(
    client: Api, customer: User, payer: Json, upload: Json, document: bytes
) -> None:
    client.put(f"/v1/accounts/{payer['id']}/pin", {"pin": "8371"}, token=customer.token).ok(204)
    confirm(client, customer, upload, document).refused(422, "pin_required")
    made = confirm(client, customer, upload, document, pin="8371").ok(202)
    assert made["status"] == "received"


def test_same_message_id_again_is_a_duplicate_however_it_comes(
    client: Api, customer: User, upload: Json, document: bytes
) -> None:
    confirm(client, customer, upload, document).ok(202)
    again = offer(client, customer, document)
    put(again, document)
    confirm(client, customer, again, document).refused(409, "duplicate_file")
    assert keys_of(again) == []


def test_file_from_the_account_of_another_customer_is_refused_whole(
    client: Api, customer: User, other_customer: User, clearing: Clearing
) -> None:
    theirs = opened(client, other_customer, currency="EUR")
    content = write_file(Group(theirs["iban"], [Pay(to_iban=IBAN)])).encode()
    made = offer(client, customer, content)
    put(made, content)
    found = confirm(client, customer, made, content).ok(202)
    assert (found["status"], found["error"]["code"]) == ("rejected", "AC01")
