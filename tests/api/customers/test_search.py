"""Customers are found by what they are known by, exactly, without a scan, and by nothing that they were known by."""

from urllib.parse import quote

import pytest

from chalicelib.domain.customers import search_key
from chalicelib.domain.customers.search_key import FIELDS
from chalicelib.domain.permissions import system
from chalicelib.domain.text import fold_case
from chalicelib.models import paging, transact
from chalicelib.models.batch import batch_get
from chalicelib.models.customers.search_index import Lookup
from chalicelib.models.item import BankItem
from chalicelib.models.paging import query_page
from chalicelib.services.operations import rebuild_keys
from chalicelib.services.operations.rebuild_keys import MovedKeys
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, User, counted_calls, items
from tests.api.helpers.customers import edit, found, listed_under, taken_in
from tests.api.helpers.persons import erase
from tests.api.helpers.race import just_before

PHONE = "+442071234567"


def test_by_each_of_them(client: Api, teller: User, auditor: User, customer: User) -> None:
    one = taken_in(client, teller, last_name="O'Neill", phone=PHONE, email="Grace@Example.com")["id"]
    taken_in(client, teller, last_name="O'Neal", phone="+442071234568", email="grace@example.org")
    account = opened(client, customer)
    for query in (
        *("last_name=o%E2%80%99NEILL", "last_name=%20O'neill", "email=GRACE@example.com"),
        *("phone=%2B442071234567", "phone=+44 20 7123-4567", "phone=442071234567"),
    ):
        assert found(client, auditor, query.replace(" ", "%20")) == [one], query
    assert found(client, teller, f"account_number={account['account_number']}") == [customer.customer_id]
    assert found(client, teller, f"email={customer.email}") == [customer.customer_id]
    for query in ("last_name=ONeill", "last_name=O", "phone=12", "phone=x", "email=x", "account_number=1"):
        assert found(client, teller, query) == [], query


def test_one_thing_at_a_time(client: Api, teller: User) -> None:
    reply = client.get("/v1/customers?email=a@b.de&phone=12", token=teller.token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["email", "phone"]
    for empty in ("email=", "last_name=", "phone=%00"):
        reply = client.get(f"/v1/customers?{empty}", token=teller.token)
        assert reply.refused(422, "validation_failed").wrong_fields == [empty.partition("=")[0]]


def test_customers_search_nobody(client: Api, customer: User) -> None:
    client.get(f"/v1/customers?email={customer.email}", token=customer.token).refused(403, "forbidden")


def test_an_edit_moves_what_one_is_found_by(client: Api, teller: User) -> None:
    one = taken_in(client, teller, last_name="Byron", phone=PHONE)["id"]
    edit(client, teller, one, last_name="King", phone=None, email="ada@example.com").ok()
    assert found(client, teller, "last_name=Byron") == []
    assert found(client, teller, "phone=442071234567") == []
    assert found(client, teller, "last_name=King") == found(client, teller, "email=ada@example.com") == [one]
    assert listed_under(one)["phone"] is None
    edit(client, teller, one, phone=PHONE).ok()
    assert found(client, teller, "phone=442071234567") == [one]
    versions = {item["sk"]: item["version"] for item in items(type="lookup", customer_id=one)}
    assert versions == {"LOOKUP#last_name": 2, "LOOKUP#phone": 3, "LOOKUP#email": 1}


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Yılmaz", "YILMAZ"), ("İbrahimoğlu", "İBRAHİMOĞLU"), ("Kealiʻi", "Keali'i"), ("צ׳רני", "צ'רני")],
)
def test_by_a_name_as_others_type_it(client: Api, teller: User, name: str, typed: str) -> None:
    one = taken_in(client, teller, last_name=name)["id"]
    assert found(client, teller, f"last_name={quote(typed)}") == [one]


def test_customers_listed_under_keys_of_earlier_rules_are_found_after_a_rebuild(
    client: Api, teller: User, manager: User
) -> None:
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(search_key, "fold_for_search", fold_case)
        one = taken_in(client, teller, last_name="Yılmaz", phone=PHONE)["id"]
        edited = taken_in(client, teller, last_name="Kealiʻi")["id"]
        gone = taken_in(client, teller, last_name="Yılmaz")["id"]
    same = taken_in(client, teller, last_name="Kim")["id"]
    erase(client, manager, gone)
    assert found(client, teller, "last_name=YILMAZ") == []
    versions = {item["customer_id"]: item["version"] for item in items(type="lookup", sk="LOOKUP#last_name")}
    lines = list[str]()
    with just_before("TransactWriteItems", lambda: edit(client, teller, edited, last_name="King").ok()):
        assert rebuild_keys.rebuild(lines.append, system("rebuild-1")) == MovedKeys(1)
    assert lines == ["4 customers: 1 search keys and 0 addresses of users moved"]
    assert found(client, teller, "last_name=YILMAZ") == found(client, teller, f"phone={PHONE[1:]}") == [one]
    assert found(client, teller, "last_name=king") == [edited]
    assert found(client, teller, f"last_name={quote('Kealiʻi')}") == []
    moved = {item["customer_id"]: item["version"] for item in items(type="lookup", sk="LOOKUP#last_name")}
    assert moved == versions | {one: 2, edited: 2}
    assert rebuild_keys.rebuild(lines.append, system("rebuild-2")) == MovedKeys()
    assert moved[same] == 1


def test_an_index_that_is_behind_finds_nobody(client: Api, teller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    one = taken_in(client, teller, last_name="Byron")["id"]
    page = query_page(BankItem, str(listed_under(one)["last_name"]), index="gsi1", limit=20)
    monkeypatch.setattr(paging, "query_page", lambda *_, **__: page)
    assert found(client, teller, "last_name=Byron") == [one]
    edit(client, teller, one, last_name="King").ok()
    assert found(client, teller, "last_name=Byron") == []


def test_namesakes_are_newest_first_a_page_at_a_time(client: Api, teller: User) -> None:
    made = [taken_in(client, teller, last_name="Kim")["id"] for _ in range(5)]
    taken_in(client, teller, last_name="Lee")
    edit(client, teller, made[0], phone=PHONE).ok()
    seen: list[str] = []
    cursor = ""
    for size in (2, 2, 1):
        with counted_calls() as calls:
            page = client.get(f"/v1/customers?last_name=kim&limit=2{cursor}", token=teller.token).ok()
        assert calls == {"GetItem": 1, "Query": 1, "BatchGetItem": 1, "PutItem": 1}  # the record of the read
        assert len(page["data"]) == size
        seen += [one["id"] for one in page["data"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert (seen, page["has_more"]) == (made[::-1], False)


def test_a_cursor_is_of_its_own_search(client: Api, teller: User) -> None:
    for _ in range(2):
        taken_in(client, teller, last_name="Kim", phone=PHONE)
    cursor = client.get("/v1/customers?last_name=kim&limit=1", token=teller.token).ok()["next_cursor"]
    for query in ("", "last_name=lee&", f"phone={PHONE[1:]}&", "account_number=1&"):
        client.get(f"/v1/customers?{query}cursor={cursor}", token=teller.token).refused(400, "invalid_cursor")


def test_whoever_is_erased_is_found_by_nothing(client: Api, teller: User) -> None:
    one = taken_in(client, teller, last_name="Kim", phone=PHONE)["id"]
    lookups = [item for item in batch_get(_keys(one)) if isinstance(item, Lookup)]
    erased = [item.erase(system("test"), "2026-11-21T08:30:00.000000Z") for item in lookups]
    transact.commit([action for action in erased if action], "test")
    assert found(client, teller, "last_name=kim") == found(client, teller, f"phone={PHONE[1:]}") == []
    again = [item for item in batch_get(_keys(one)) if isinstance(item, Lookup)]
    assert [item.erase(system("test"), "later") for item in again] == [None, None]


def _keys(customer_id: str) -> list[tuple[str, str]]:
    return [(f"CUSTOMER#{customer_id}", f"LOOKUP#{field}") for field in FIELDS]


def test_what_one_is_found_by_says_nothing(client: Api, teller: User) -> None:
    """Of another field the same text is another hash, and none is the text."""
    one = taken_in(client, teller, last_name="Kimball", phone=PHONE, email="kimball@example.com")["id"]
    listed = listed_under(one)
    assert len(set(listed.values())) == 3
    for item in items(type="lookup", customer_id=one):
        for text in ("kimball", PHONE[1:]):
            assert text not in str(item).lower()
