"""Sealed fields: to whom they are bound, which calls they take, and how long their keys are at hand."""

import secrets
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag

from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import system
from chalicelib.models import transact
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.user import User
from chalicelib.services.crypto import data_keys, personal_fields
from chalicelib.services.crypto.data_keys import Cache
from tests.api.helpers.bank import Api, counted_calls
from tests.api.helpers.bank import User as SignedIn

AT = "2026-11-21T08:30:00.123456Z"


def known(*names: str) -> list[Customer]:
    """Customers of whom a first name is known, and their keys."""
    found = []
    for name in names:
        customer_id = f"cus_{name}"
        transact.commit([data_keys.new(customer_id, system("r"), AT)], "r")
        sealed = personal_fields.encrypt(customer_id, Customer.key(customer_id), {"first_name": name, "phone": None})
        found.append(Customer.new(customer_id, AT, **sealed))
    return found


def test_what_is_sealed_comes_back_and_never_looks_the_same() -> None:
    [ada] = known("Ada")
    known_of_ada = personal_fields.decrypt(ada)
    assert (known_of_ada["first_name"], known_of_ada["phone"]) == ("Ada", None)
    again = personal_fields.encrypt(ada.id, Customer.key(ada.id), {"first_name": "Ada"})
    assert again["first_name"] != ada.first_name


@pytest.mark.parametrize("moved", ["person", "item", "field", "text"])
def test_a_ciphertext_belongs_to_its_person_item_and_field(moved: str) -> None:
    ada, ben = known("Ada", "Ben")
    damaged = f"{ada.first_name[:-4]}{'A' if ada.first_name[-4] != 'A' else 'B'}{ada.first_name[-3:]}"
    put = {
        "person": Customer.new(ben.id, AT, first_name=ada.first_name),
        "item": User.new("usr_1", "", "", "customer", customer_id=ada.id, first_name=ada.first_name),
        "field": Customer.new(ada.id, AT, last_name=ada.first_name),
        "text": Customer.new(ada.id, AT, first_name=damaged),
    }
    with pytest.raises(InvalidTag):
        personal_fields.decrypt(put[moved])


def test_many_are_revealed_in_one_read_and_a_call_of_kms_for_each() -> None:
    people = known("Ada", "Ben", "Cleo")
    data_keys.cache.clear()
    with counted_calls() as cold:
        names = [fields["first_name"] for fields in personal_fields.reveal([*people, people[0]])]
    with counted_calls() as warm:
        personal_fields.reveal(people)
    assert names == ["Ada", "Ben", "Cleo", "Ada"]
    assert (cold, warm) == ({"BatchGetItem": 1, "Decrypt": 3}, {})


def test_without_the_key_nothing_is_known_and_nothing_is_written() -> None:
    ada, ben = known("Ada", "Ben")
    data_keys.destroy(ada.id)
    assert [fields["first_name"] for fields in personal_fields.reveal([ada, ben])] == [None, "Ben"]
    with pytest.raises(Conflict):
        personal_fields.encrypt(ada.id, Customer.key(ada.id), {"first_name": "Ada"})


def test_clear_text_is_not_written(client: Api) -> None:
    with pytest.raises(ValueError, match="must be sealed"):
        Customer.new("cus_1", AT, first_name="Ada").put_if_absent()


def test_keys_are_at_hand_for_a_while(at_time: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache()
    at_time(timedelta())
    cache.put("cus_1", b"key")
    at_time(timedelta(seconds=299))
    assert cache.get("cus_1") == b"key"
    at_time(timedelta(seconds=300))
    assert (cache.get("cus_1"), len(cache)) == (None, 0)
    cache.put("cus_1", b"key")
    at_time(timedelta(seconds=299))
    assert cache.get("cus_1") is None, "the clock went back"
    monkeypatch.setenv("DATA_KEY_CACHE_SECONDS", "10")
    cache.put("cus_1", b"key")
    at_time(timedelta(seconds=309))
    assert cache.get("cus_1") is None


@pytest.mark.parametrize("call", [lambda cache: cache.get("cus_2"), lambda cache: cache.drop("cus_2"), len])
def test_any_call_removes_expired_keys_from_memory(
    call: Callable[[Cache], object], at_time: Callable[[timedelta], None]
) -> None:
    cache, key = Cache(), secrets.token_bytes(32)
    references = sys.getrefcount(key)
    at_time(timedelta())
    cache.put("cus_1", key)
    assert sys.getrefcount(key) == references + 1
    at_time(timedelta(seconds=300))
    call(cache)
    assert sys.getrefcount(key) == references


def test_dropped_key_is_not_returned() -> None:
    cache = Cache()
    cache.put("cus_1", b"1")
    cache.put("cus_2", b"2")
    cache.drop("cus_1")
    assert cache.plaintexts() == {"cus_2": b"2"}
    cache.clear()
    assert (cache.get("cus_1"), cache.get("cus_2")) == (None, None)


def test_only_so_many_keys_are_at_hand_those_asked_for_last() -> None:
    cache = Cache(max_keys=2)
    cache.put("cus_1", b"1")
    cache.put("cus_2", b"2")
    assert cache.get("cus_1") == b"1"
    cache.put("cus_3", b"3")
    assert (cache.get("cus_1"), cache.get("cus_2"), cache.get("cus_3"), len(cache)) == (b"1", None, b"3", 2)


def test_what_stays_the_same_is_not_sealed_again(client: Api, customer: SignedIn) -> None:
    before = Customer.by_id(str(customer.customer_id))
    edits = {"first_name": "Ada", "phone": "+442071234567"}
    client.patch("/v1/user/profile", edits, token=customer.token).ok()
    after = Customer.by_id(str(customer.customer_id))
    assert before
    assert after
    assert (after.first_name, after.last_name) == (before.first_name, before.last_name)
    assert after.phone
