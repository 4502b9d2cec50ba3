"""Tickets and announcements on the deployed bank, with IAM enforced: what people do, and who sees it when."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack, eventually
from tests.workflow.bank import Client, Json, Reply

CACHE_SECONDS = 2
ANNOUNCEMENTS = "/v1/announcements?limit=100"


@pytest.fixture
def brief_cache(stack: Stack) -> Iterator[None]:
    """What is read often is kept for two seconds, not for thirty."""
    with stack.configured("api", REFERENCE_CACHE_SECONDS=str(CACHE_SECONDS)):
        yield


def test_a_ticket_lives_its_life_and_the_audit_tells_it(customer: Client, teller: Client, auditor: Client) -> None:
    raised = customer.post("/v1/tickets", {"subject": "Card", "message": "It was refused twice."})
    assert raised.status == 201, raised
    ticket = f"/v1/tickets/{raised.body['id']}"

    def step(client: Client, etag: str | None = None, **edits: str) -> Json:
        reply = client.call("PATCH", ticket, edits, **({"If_Match": etag} if etag else {}))
        assert reply.status == 200, reply
        return dict(reply.body)

    assert step(teller, assigned_to=teller.user["user_id"], status="in_progress")["status"] == "in_progress"
    assert customer.post(f"{ticket}/messages", {"message": "Today again."}).status == 201
    stale = f'"{raised.body["version"]}"'
    assert teller.call("PATCH", ticket, {"status": "resolved", "resolution": "R"}, If_Match=stale).code == "conflict"
    step(teller, teller.get(ticket).headers["ETag"], status="resolved", resolution="It is unlocked.")
    assert step(customer, status="open")["resolution"] is None
    step(teller, status="resolved", resolution="There is a new card.")
    closed = step(customer, status="closed")
    assert (closed["status"], closed["resolution"]) == ("closed", "There is a new card.")
    assert customer.post(f"{ticket}/messages", {"message": "Thanks."}).code == "conflict"

    def audited() -> list[Json]:
        found = auditor.get(f"/v1/audit?entity={raised.body['id']}&limit=100").body["data"]
        return sorted((one for one in found if one["sk"].startswith("TICKET#")), key=lambda one: int(one["version"]))

    records = eventually(lambda: [one for one in [audited()] if len(one) == closed["version"]])[0]
    assert [record["version"] for record in records] == list(range(1, closed["version"] + 1))
    steps = [record["after"]["status"] for record in records if "status" in record["after"]]
    assert steps == ["open", "in_progress", "resolved", "open", "resolved", "closed"]
    assert {record["actor"] for record in records} == {customer.user["user_id"], teller.user["user_id"]}
    assert "refused" not in str(records)
    assert "unlocked" not in str(records)


@pytest.mark.usefixtures("brief_cache")
def test_an_announcement_is_read_without_a_token_and_gone_within_the_cache_time(
    stack: Stack, manager: Client, auditor: Client
) -> None:
    public = Client(stack.url)

    def listed() -> Reply:
        return public.get(ANNOUNCEMENTS)

    def is_seen() -> bool:
        return said.body["id"] in [one["id"] for one in listed().body["data"]]

    said = manager.post("/v1/announcements", {"title": "New hours", "message": "Open till six."})
    assert said.status == 201, said
    eventually(is_seen)
    found = listed()
    assert found.headers["Cache-Control"] in [f"public, max-age={left}" for left in range(CACHE_SECONDS + 1)]
    etag = found.headers["ETag"]
    known = public.get(ANNOUNCEMENTS, If_None_Match=etag)
    assert (known.status, known.body, known.headers["ETag"]) == (304, None, etag)
    assert manager.call("DELETE", f"/v1/announcements/{said.body['id']}").status == 200
    eventually(lambda: not is_seen())
    assert public.get(ANNOUNCEMENTS, If_None_Match=etag).status == 200
    assert auditor.get(f"/v1/announcements/{said.body['id']}").body["status"] == "withdrawn"
