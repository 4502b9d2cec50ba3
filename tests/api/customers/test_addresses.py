"""Addresses of a customer: exactly one is primary while there is any, whatever happens at once."""

import pytest

from chalicelib.domain.customers import address_book
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, User, items
from tests.api.helpers.customers import ADDRESS, Addresses, read
from tests.api.helpers.race import just_before

WRITING = "TransactWriteItems"


@pytest.fixture
def mine(client: Api, customer: User) -> Addresses:
    return Addresses(client, customer)


def test_addresses_are_added_read_and_listed(mine: Addresses) -> None:
    reply = mine.add(line2="Flat 2", region="Westminster")
    first = reply.ok(201)
    assert {name: first[name] for name in ADDRESS} == ADDRESS
    assert (first["line2"], first["region"], first["is_primary"]) == ("Flat 2", "Westminster", True)
    assert (first["customer_id"], first["version"], reply.headers["ETag"]) == (mine.customer_id, 1, '"1"')
    second = mine.add(city="York").ok(201)
    assert not second["is_primary"]
    assert mine.get(first["id"]).ok() == first
    assert mine.page() == {"data": [second, first], "has_more": False, "next_cursor": None}
    page = mine.page("limit=1")
    assert (page["data"], page["has_more"]) == ([second], True)
    assert mine.page(f"limit=1&cursor={page['next_cursor']}")["data"] == [first]


def test_an_address_needs_a_postal_code_where_its_country_does(mine: Addresses) -> None:
    """None exists in AE and HK; in IE many have none; in GB and IN each has one."""
    for country in ("AE", "HK", "IE"):
        assert mine.add(country=country, postal_code=None).ok(201)["postal_code"] is None
    for country in ("GB", "IN"):
        reply = mine.add(country=country, postal_code=None).refused(422, "validation_failed")
        assert reply.wrong_fields == ["postal_code"]
    one = mine.added()
    assert mine.edit(one, postal_code=None).refused(422, "validation_failed").wrong_fields == ["postal_code"]
    assert mine.edit(one, postal_code=None, country="AE").ok()["postal_code"] is None
    assert mine.edit(one, country="GB").refused(422, "validation_failed").wrong_fields == ["postal_code"]
    assert mine.edit(one, country="GB", postal_code="YO1").ok()["country"] == "GB"


def test_a_cursor_is_of_its_own_list(client: Api, mine: Addresses, other_customer: User) -> None:
    mine.added()
    mine.added()
    cursor = mine.page("limit=1")["next_cursor"]
    theirs = Addresses(client, other_customer)
    client.get(f"{theirs.path}?cursor={cursor}", token=other_customer.token).refused(400, "invalid_cursor")


def test_one_key_adds_one(mine: Addresses) -> None:
    key = new_key()
    first = mine.add(key).ok(201)
    with just_before(WRITING, lambda: mine.add("at once").ok(201)):
        reply = mine.add("at once")
    assert reply.headers["Idempotent-Replayed"] == "true"
    assert (mine.add(key).ok(201), len(mine.stored())) == (first, 2)
    mine.add(key, city="York").refused(409, "idempotency_key_reused")


def test_another_one_becomes_primary(mine: Addresses) -> None:
    first, second = mine.added(), mine.added()
    edited = mine.edit(second, is_primary=True).ok()
    assert (edited["is_primary"], edited["version"]) == (True, 1)
    assert mine.primaries() == [second]
    third = mine.added(is_primary=True)
    assert mine.primaries() == [third]
    edited = mine.edit(first, is_primary=True, city="York").ok()
    assert (edited["is_primary"], edited["city"], edited["version"]) == (True, "York", 2)
    reply = mine.edit(first, is_primary=False).refused(422, "validation_failed")
    assert reply.wrong_fields == ["is_primary"]
    assert mine.primaries() == [first]


def test_an_address_is_corrected(mine: Addresses) -> None:
    one = mine.added(line2="Flat 2")
    edited = mine.edit(one, '"1"', line1="2 St James's Square", line2=None)
    assert (edited.ok()["line1"], edited.ok()["line2"], edited.headers["ETag"]) == ("2 St James's Square", None, '"2"')
    mine.edit(one, '"1"', city="York").refused(409, "conflict")
    with just_before(WRITING, lambda: mine.edit(one, city="York").ok()):
        mine.edit(one, postal_code="YO1").ok()
    corrected = mine.edit(one, city="York", postal_code="YO1").ok()
    assert (corrected["city"], corrected["postal_code"], corrected["version"]) == ("York", "YO1", 4)
    for field, value in {"country": "UK", "city": None, "line1": "", "zip": "1"}.items():
        assert mine.edit(one, **{field: value}).refused(422, "validation_failed").wrong_fields == [field]


def test_of_a_deleted_address_nothing_is_left(mine: Addresses) -> None:
    one = mine.added(line2="Flat 2", region="Westminster")
    mine.delete(one, '"2"').refused(409, "conflict")
    assert mine.delete(one, '"1"').ok(204) is None
    [item] = items(type="address", id=one)
    assert not {"line1", "line2", "city", "region", "postal_code", "country"} & item.keys()
    assert (item["version"], item["withdrawn_at"]) == (2, item["updated_at"])
    for reply in (mine.get(one), mine.edit(one, city="York"), mine.delete(one)):
        reply.refused(404, "not_found")
    assert (mine.stored(), mine.primaries()) == ([], [])
    assert mine.add().ok(201)["is_primary"]


def test_the_oldest_other_follows_a_primary_that_goes(client: Api, customer: User, mine: Addresses) -> None:
    first, second, third = mine.added(), mine.added(), mine.added(is_primary=True)
    mine.delete(third).ok(204)
    assert mine.primaries() == [first]
    assert read(client, customer, customer.customer_id)["primary_address_id"] == first
    mine.delete(second).ok(204)
    assert mine.primaries() == [first]


def test_there_is_an_end_to_them(mine: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_book, "ADDRESSES_MAX", 2)
    first, _ = mine.added(), mine.added()
    mine.add().refused(409, "conflict")
    mine.delete(first).ok(204)
    mine.add().ok(201)


def test_two_become_primary_at_once(mine: Addresses) -> None:
    first, second, third = mine.added(), mine.added(), mine.added()
    with just_before(WRITING, lambda: mine.edit(second, is_primary=True).ok()):
        mine.edit(third, is_primary=True).ok()
    assert mine.primaries() == [third]
    with just_before(WRITING, lambda: mine.delete(third).ok(204)):
        added = mine.added(is_primary=True)
    assert mine.primaries() == [added]
    with just_before(WRITING, lambda: mine.delete(first).ok(204)):
        mine.edit(first, is_primary=True).refused(404, "not_found")
    assert (mine.primaries(), mine.stored()) == ([added], [added, second])


def test_the_only_one_goes_while_another_comes(mine: Addresses) -> None:
    only = mine.added()
    with just_before(WRITING, lambda: mine.add().ok(201)):
        mine.delete(only).ok(204)
    assert mine.primaries() == mine.stored()
    [only] = mine.stored()
    with just_before(WRITING, lambda: mine.delete(only).ok(204)):
        mine.add().ok(201)
    assert (len(mine.stored()), mine.primaries()) == (1, mine.stored())


def test_staff_handle_anyones(client: Api, customer: User, teller: User, auditor: User, other_customer: User) -> None:
    theirs = Addresses(client, teller, customer.customer_id)
    one = theirs.added()
    assert Addresses(client, customer).stored() == [one]
    seen = Addresses(client, auditor, customer.customer_id)
    assert seen.get(one).ok()["is_primary"]
    seen.edit(one, city="York").refused(403, "forbidden")
    for reply in (
        Addresses(client, other_customer, customer.customer_id).get(one),
        Addresses(client, other_customer).get(one),
    ):
        reply.refused(404, "not_found")
