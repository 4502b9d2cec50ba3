"""What money-laundering law makes the bank keep of erased customers: sealed, opened by operators only, for a time."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.domain.errors import NotFound
from chalicelib.domain.permissions import system
from chalicelib.models import transact
from chalicelib.services.crypto import data_keys, retention_key
from chalicelib.services.privacy import retention
from infra.maintenance import open_retained
from tests.api.conftest import PASSWORD
from tests.api.helpers import persons
from tests.api.helpers.accounts import closed, opened
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.customers import review
from tests.api.helpers.holders import put_holder
from tests.api.helpers.persons import ADDRESS, EMAIL, PERSON, erase, registered
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream

REASON = "Order of the financial intelligence unit 4 O 112/26"
OPERATOR = "arn:aws:iam::000000000000:user/operator"


def opened_by_operator(customer_id: str | None) -> Json:
    return retention.open_identity(system("opening"), str(customer_id), OPERATOR, REASON)


def retained() -> list[Json]:
    return items(type="retained_identity")


@pytest.fixture
def person(client: Api, empty_bank: None, log_in: Callable[[str], User]) -> User:
    """A customer with rare words in every field, who has had an account."""
    registered(client, PASSWORD)
    user = log_in(EMAIL)
    closed(client, user, opened(client, user))
    return user


def test_the_identity_of_who_had_an_account_is_kept_and_an_operator_reads_it(
    client: Api, person: User, manager: User
) -> None:
    review(client, manager, person.customer_id, "verified", expires_on="2099-01-01").ok()
    erase(client, person, person.customer_id)
    kept = persons.raw().lower()
    assert [text for text in (*PERSON.values(), *ADDRESS.values()) if len(text) > 2 and text.lower() in kept] == []
    found = opened_by_operator(person.customer_id)
    assert {name: found[name] for name in PERSON if name != "phone"} == {
        name: text for name, text in PERSON.items() if name != "phone"
    }
    assert (found["customer_id"], found["kyc_status"], found["kyc_reviewed_by"]) == (
        person.customer_id, "verified", manager.user_id
    )  # fmt: skip
    assert found["addresses"] == [ADDRESS | {"is_primary": True}]
    assert not {"phone", "email"} & found.keys()


def test_it_is_kept_for_as_many_years_as_the_setting_says_and_not_longer(
    client: Api, customer: User, at_time: Callable[[timedelta], None]
) -> None:
    closed(client, customer, opened(client, customer))
    erase(client, customer, customer.customer_id)
    [kept] = retained()
    today = clock.now().date()
    last_day = date.fromisoformat(kept["retained_until"])
    assert (last_day - today).days in (1826, 1827), "five years, of which one or two have a 29 February"
    at_time(timedelta(days=(last_day - today).days))
    assert opened_by_operator(customer.customer_id)["customer_id"] == customer.customer_id
    at_time(timedelta(days=(last_day - today).days + 1))
    assert int(kept["expires_at"]) <= clock.now().timestamp()
    with pytest.raises(NotFound):
        opened_by_operator(customer.customer_id)


def test_nothing_is_kept_where_the_setting_is_zero(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETENTION_YEARS", "0")
    closed(client, customer, opened(client, customer))
    erase(client, customer, customer.customer_id)
    assert retained() == []
    with pytest.raises(NotFound):
        opened_by_operator(customer.customer_id)


def test_nothing_is_kept_of_who_never_had_an_account(client: Api, customer: User) -> None:
    erase(client, customer, customer.customer_id)
    assert retained() == []


def test_the_identity_of_a_former_joint_holder_is_kept(
    client: Api, customer: User, other_customer: User, manager: User
) -> None:
    put_holder(client, manager, opened(client, customer), other_customer, "view").ok()
    erase(client, other_customer, other_customer.customer_id)
    [kept] = retained()
    assert kept["customer_id"] == other_customer.customer_id


def test_no_erasure_begins_when_the_identity_cannot_be_sealed(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed(client, customer, opened(client, customer))
    with monkeypatch.context() as patch:
        patch.setattr(retention_key, "seal", lambda *_: (_ for _ in ()).throw(transact.gave_up(ambiguous=False)))
        client.delete(f"/v1/customers/{customer.customer_id}", token=customer.token).refused(503, "contention")
    [item] = items(type="customer", id=customer.customer_id)
    assert item["status"] == "active"
    assert erase(client, customer, customer.customer_id)["status"] == "erased"


def test_a_sealed_identity_opens_for_its_customer_and_last_day_only(client: Api, customer: User) -> None:
    envelope = retention_key.seal("cus_1", "2031-11-29", "text")
    assert retention_key.unseal("cus_1", "2031-11-29", envelope) == "text"
    for moved in (("cus_2", "2031-11-29"), ("cus_1", "2099-11-29")):
        with pytest.raises(ClientError, match="InvalidCiphertext"):
            retention_key.unseal(*moved, envelope)


def test_the_export_of_an_erased_customer_does_not_open_it(client: Api, person: User, manager: User) -> None:
    erase(client, person, person.customer_id)
    data_keys.cache.clear()
    told = dict(persons.exported(client, manager, person.customer_id))
    assert told["retained_identity"].keys() == {
        "customer_id", "retained_until", "expires_at", "created_at", "updated_at"
    }  # fmt: skip


def test_no_export_tells_that_an_identity_was_opened(client: Api, person: User, manager: User) -> None:
    """A manager who hands it out would tell of an investigation."""
    erase(client, person, person.customer_id)
    opened_by_operator(person.customer_id)
    assert REASON not in str(list(persons.exported(client, manager, person.customer_id)))


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


def test_who_opened_it_whose_it_was_and_why_is_in_the_audit_before_it_is_opened(
    client: Api, stream: Stream, person: User, auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(client, person, person.customer_id)

    def refuse(*_: object) -> str:
        raise PermissionError("kms:Decrypt")

    monkeypatch.setattr(retention_key, "unseal", refuse)
    with pytest.raises(PermissionError):
        opened_by_operator(person.customer_id)
    stream.deliver()
    page = client.get(f"/v1/audit?entity={person.customer_id}", token=auditor.token).ok()
    [record] = [one for one in page["data"] if one["event"] == "retained_opening.created"]
    assert record["after"] == {"customer_id": person.customer_id, "opened_by": OPERATOR, "reason": REASON}


def test_what_cannot_be_recorded_is_not_opened(client: Api, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    erase(client, person, person.customer_id)
    asked: list[object] = []
    monkeypatch.setattr(retention_key, "unseal", lambda *given: asked.append(given))
    monkeypatch.setattr(transact, "commit", lambda *_: (_ for _ in ()).throw(transact.gave_up(ambiguous=True)))
    with pytest.raises(Exception, match="No answer"):
        opened_by_operator(person.customer_id)
    assert asked == []


def test_the_command_prints_the_identity_or_says_that_nothing_is_kept(
    client: Api, person: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(client, person, person.customer_id)
    capsys.readouterr()
    assert open_retained.main([str(person.customer_id), REASON]) == 0
    assert json.loads(capsys.readouterr().out)["last_name"] == PERSON["last_name"]
    [opening] = items(type="retained_opening")
    assert opening["opened_by"].startswith("arn:aws:")
    for unknown in ("cus_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"):
        assert open_retained.main([unknown, REASON]) == 1
        assert "Nothing is retained" in capsys.readouterr().err
    assert len(items(type="retained_opening")) == 1


def test_a_second_erasure_keeps_what_the_first_has_sealed(client: Api, person: User, manager: User) -> None:
    erase(client, person, person.customer_id)
    before = retained()
    erase(client, manager, person.customer_id)
    assert retained() == before


def test_the_last_day_of_a_leap_year_is_followed_by_the_first_of_march() -> None:
    assert retention.years_later(date(2028, 2, 29), 5) == date(2033, 3, 1)
    assert retention.years_later(date(2028, 2, 29), 4) == date(2032, 2, 29)
