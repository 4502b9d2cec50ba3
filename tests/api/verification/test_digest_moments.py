"""Nothing is left out: what was pending, what was late, what is too much for one digest, and a bank that is silent."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count, starmap

import pytest

from chalicelib.domain import ids
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.verification.digest import DigestItem, LeafItem
from chalicelib.services.verification import unsealed_entries, verify_parts
from tests.api.helpers.accounts import opened
from tests.api.helpers.archive import broken, seal, verdict
from tests.api.helpers.bank import Api, AtTime, Json, User
from tests.api.helpers.race import just_before

numbers = count()
LATER = "2099-01-01T00:00:00.000000Z"
pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


@pytest.fixture
def other(client: Api, customer: User) -> Json:
    return opened(client, customer)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())


@pytest.fixture
def minutes(at_time: AtTime) -> Iterator[Callable[[float], None]]:
    """Set the clock so many minutes from now, with a delay of one minute as in the real bank."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DIGEST_DELAY_SECONDS", "60")
        yield lambda minutes: at_time(timedelta(minutes=minutes))


def caller() -> Caller:
    return Caller("usr_test", "teller", f"request-{next(numbers)}", None)


def pending(payer: Json, payee: Json, amount: int = 100) -> str:
    """A transaction that holds what it will move."""
    idempotency_key = IdempotencyKey(ids.transaction_id("usr_test", f"held-{next(numbers)}"), "f")
    legs = (payer["id"], -amount), (payee["id"], amount)
    movement = Movement(idempotency_key.transaction_id, "transfer", "USD", tuple(starmap(Leg, legs)))
    ledger.hold(PostingRequest(idempotency_key, caller(), (payer["id"], payee["id"]), lambda _: movement), LATER)
    return idempotency_key.transaction_id


def post(account: Json, payer_id: str = "gl.cash.brn_test.USD") -> Transaction:
    """A payment, without a token, for those do not outlive the days that pass here."""
    idempotency_key = IdempotencyKey(ids.transaction_id("usr_test", f"posted-{next(numbers)}"), "f")
    legs = Leg(account["id"], 100), Leg(payer_id, -100)
    movement = Movement(idempotency_key.transaction_id, "transfer", "USD", legs)
    return ledger.post(PostingRequest(idempotency_key, caller(), (account["id"],), lambda _: movement)).transaction


def sealed_in(account: Json, seq: int) -> int | None:
    """The number of the digest that seals an entry."""
    leaf = LeafItem.that_holds(account["id"], seq)
    return leaf.number if leaf else None


def test_a_pending_transaction_is_sealed_when_it_has_been_posted(
    account: Json, other: Json, minutes: Callable[[float], None]
) -> None:
    """However long it takes, and through digests of its own account in between."""
    transaction_id = pending(account, other)
    minutes(30)
    assert seal() == [1]
    post(account)
    minutes(90)
    assert seal() == [2]
    minutes(120)
    ledger.settle(transaction_id, caller())
    minutes(150)
    assert seal() == [3]
    assert sealed_in(other, 1) == 3
    assert sealed_in(account, 3) == 3
    assert verdict().ok


def test_a_pending_transaction_that_never_posts_is_forgotten(
    account: Json, other: Json, minutes: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction_id, asked = pending(account, other), []
    find = unsealed_entries.find

    def observed(sealed_to: str, until: str, remembered: tuple[str, ...]) -> unsealed_entries.Unsealed:
        asked.append(remembered)
        return find(sealed_to, until, remembered)

    monkeypatch.setattr(unsealed_entries, "find", observed)
    minutes(30)
    seal()
    ledger.void(transaction_id, caller())
    for days in (2, 4):
        minutes(days * 24 * 60)
        seal()
    assert asked[-1] == ()
    assert any(asked)


@pytest.mark.parametrize("planned_minutes_before", [0.5, 40])
def test_what_is_posted_within_the_last_minute_is_not_forgotten(
    account: Json, other: Json, minutes: Callable[[float], None], planned_minutes_before: float
) -> None:
    """Its transaction looks posted already, and its entries are too young to be sealed: they come with the next."""
    minutes(60 - planned_minutes_before - 1.5)
    transaction_id = pending(account, other)
    minutes(59.5)
    ledger.settle(transaction_id, caller())
    minutes(60)
    assert seal() == [1]
    assert sealed_in(other, 1) is None
    minutes(120)
    assert seal() == [2]
    assert sealed_in(other, 1) == 2
    assert verdict().ok


def test_a_write_that_lands_after_the_digest_of_its_time_is_in_the_next(account: Json) -> None:
    with just_before("TransactWriteItems", lambda: made.append(seal())):
        made: list[list[int]] = []
        late = post(account)
    assert made == [[1]]
    assert seal() == [2]
    leaf = LeafItem.that_holds(account["id"], 2)
    digest = DigestItem.latest()
    assert leaf
    assert digest
    assert leaf.number == 2
    assert str(late.posted_at) <= digest.digest.sealed_from
    assert verdict().ok


def test_what_was_left_out_is_named_and_sealed_as_soon_as_its_account_moves(
    client: Api, customer: User, account: Json, other: Json, minutes: Callable[[float], None]
) -> None:
    """It landed half an hour after it had been planned, which AWS would have refused to let it do."""
    third = opened(client, customer)
    minutes(30)
    post(third)
    minutes(31)
    assert seal() == [1]
    minutes(5)
    post(other, account["id"])
    minutes(62)
    post(third)
    minutes(63)
    assert seal() == [2]
    assert broken() in {f"{account['id']} entry 2: its seal", f"{other['id']} entry 1: its seal"}
    post(other, account["id"])
    minutes(65)
    assert seal() == [3]
    assert (sealed_in(account, 2), sealed_in(account, 3), sealed_in(other, 1)) == (3, 3, 3)
    assert verdict().ok
