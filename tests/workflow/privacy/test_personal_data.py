"""A person in a running bank: nowhere in clear while there, and nothing but numbers when erased."""

import uuid

import pytest

from chalicelib.domain.permissions import system
from chalicelib.models.everything import partitions as everything_partitions
from chalicelib.services.privacy import retention
from chalicelib.services.verification import verify
from infra.build.functions import short_names
from infra.settings import ROOT
from tests.api.helpers.persons import ADDRESS, PERSON
from tests.stack import Stack, eventually
from tests.workflow.bank import PASSWORD, Client, Json, log_in
from tests.workflow.trail import chains, is_complete, whole

RARE = [text for name, text in {**PERSON, **ADDRESS}.items() if name != "country"]


def registered(stack: Stack) -> tuple[Client, list[str]]:
    """Somebody who has signed in and written, and the words of it."""
    email, subject, message = (f"{word}-{uuid.uuid4().hex}" for word in ("quill", "quibble", "plea"))
    person: Json = {"email": f"{email}@rare.example", "password": PASSWORD, "address": ADDRESS, **PERSON}
    made = Client(stack.url).call("POST", "/v1/auth/register", person)
    assert made.status == 201, made
    client = log_in(stack.url, person["email"], PASSWORD)
    client.user = made.body
    account = client.open_account(nickname="Yonderpot")
    assert client.post("/v1/tickets", {"subject": subject, "message": message}).status == 201
    assert client.call("DELETE", f"/v1/accounts/{account['id']}").status == 200
    return client, [email, subject, message, *RARE]


def everything_kept(stack: Stack) -> str:
    tables = [whole(stack, table) for table in ("bank", "ledger", "audit", "keys", "reports", "events")]
    return (str(tables) + "".join(logged(stack, function) for function in short_names(ROOT))).lower()


def logged(stack: Stack, function: str) -> str:
    client, group = stack.client("logs"), f"/aws/lambda/florin-{stack.stage}-{function}"
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
    return "".join(event["message"] for page in pages for event in page["events"])


@pytest.mark.usefixtures("at_the_tables")
def test_a_person_comes_and_goes_and_the_bank_knows_nobody(stack: Stack, manager: Client, auditor: Client) -> None:
    client, words = registered(stack)
    eventually(lambda: is_complete(stack))
    kept = everything_kept(stack)
    assert "request answered" in kept
    assert [word for word in words if word.lower() in kept] == []

    customer_id = client.user["customer_id"]
    exported = manager.get(f"/v1/customers/{customer_id}/export?limit=100").body["data"]
    assert [word for word in words if word not in str(exported)] == []
    erased: Json = manager.call("DELETE", f"/v1/customers/{customer_id}").body
    assert erased == {"customer_id": customer_id, "status": "erased"}
    assert f"KEY#{customer_id}" not in str(whole(stack, "keys"))
    retained = retention.open_identity(system("opening"), customer_id, "an operator", "a legal purpose")
    assert retained["last_name"] == PERSON["last_name"]
    path = f"/v1/customers/{customer_id}/reads"
    eventually(lambda: manager.user["user_id"] in {one["read_by"] for one in auditor.get(path).body["data"]})
    assert "yonderpot" not in str(whole(stack, "bank")).lower()
    eventually(lambda: is_complete(stack))
    partitions = (f"CUSTOMER#{customer_id}", f"USER#{client.user['user_id']}")
    assert all(any(key[0] == partition for key in chains(stack)) for partition in partitions)
    assert set(partitions) <= set(everything_partitions.partitions_of_others())
    assert verify.verify_bank(lambda _: None).broken is None
