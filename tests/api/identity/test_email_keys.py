"""Users who signed up under earlier rules of addresses: they sign in, and are moved to the keys of today's rules."""

from collections.abc import Callable

import pytest

from chalicelib.domain import email
from chalicelib.domain.permissions import system
from chalicelib.domain.text import fold_case
from chalicelib.services.identity.email_keys import Moved
from chalicelib.services.operations import rebuild_keys
from chalicelib.services.operations.rebuild_keys import MovedKeys
from tests.api.helpers.bank import Api, LogIn, User, items
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.persons import erase

PASSWORD = "correct horse battery staple"


@pytest.fixture
def earlier(client: Api) -> Callable[[str], str]:
    """Register under the rules of before: any domain, and addresses compared by their folded text."""

    def register(address: str) -> str:
        person = {"email": address, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(email, "normalise", fold_case)
            patch.setattr(email, "is_address", lambda _: True)
            return str(client.post("/v1/auth/register", person).ok(201)["user_id"])

    return register


def rebuilt() -> MovedKeys:
    return rebuild_keys.rebuild(lambda _: None, system("rebuild"))


def test_an_address_in_ascii_needs_no_move(earlier: Callable[[str], str], log_in: LogIn) -> None:
    """Also one that nobody could register today."""
    for address in ("Ada@Example.com", "a..b@docomo.example", "ada@xn--bcher-kva.example"):
        user_id = earlier(address)
        assert log_in(address).user_id == user_id
    assert log_in("ada@bücher.example").user_id == user_id
    assert rebuilt() == MovedKeys()


def test_an_address_with_other_letters_is_moved(
    client: Api, manager: User, earlier: Callable[[str], str], log_in: LogIn
) -> None:
    idn, eszett, gone = earlier("ada@bücher.example"), earlier("straße@example.de"), earlier("weg@bücher.example")
    [customer] = [item["customer_id"] for item in items(type="user", id=gone)]
    erase(client, manager, customer)
    refused = client.post("/v1/auth/login", {"email": "ada@bücher.example", "password": PASSWORD})
    refused.refused(401, "unauthorized")
    assert rebuilt() == MovedKeys(search_keys=2, users=Moved(2))
    assert log_in("ada@xn--bcher-kva.example").user_id == log_in("ada@bücher.example").user_id == idn
    assert log_in("straße@example.de").user_id == eszett
    person = {"email": "strasse@example.de", "password": PASSWORD, "last_name": "Other"}
    client.post("/v1/auth/register", person).ok(201)
    client.post("/v1/auth/register", person | {"email": "ada@bücher.example"}).refused(409, "conflict")
    assert rebuilt() == MovedKeys()


def test_of_two_users_with_one_address_the_other_is_named(earlier: Callable[[str], str], log_in: LogIn) -> None:
    ascii_form, unicode_form = earlier("ada@xn--bcher-kva.example"), earlier("ada@bücher.example")
    assert rebuilt().users == Moved(0, [unicode_form])
    assert log_in("ada@bücher.example").user_id == ascii_form


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("Ada@bücher.example", "Ada@xn--bcher-kva.example"),
        ("ada@example.com", "ada@example.com"),
        ("用户@例え.jp", None),
    ],
)
def test_a_code_is_sent_to_the_ascii_form_of_the_domain(
    client: Api, mailbox: Mailbox, address: str, to: str | None
) -> None:
    """SES takes nothing else; where no such form exists, it is not asked, and the order does not fail."""
    person = {"email": address, "password": PASSWORD, "last_name": "Lovelace"}
    client.post("/v1/auth/register", person).ok(201)
    client.post("/v1/auth/password/reset-requests", {"email": address}).ok(202)
    assert len(mailbox.orders) == 1
    assert [mail["Destination.ToAddresses.member.1"] for mail in mailbox.mails] == ([to] if to else [])
