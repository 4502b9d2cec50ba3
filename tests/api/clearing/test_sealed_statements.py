"""The clearing's statements under signed digests, and the alarm for a day that differs."""

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.clearing.reconciliation import due_day
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.clearing.nostro_statement import StatementPage, partition_of
from chalicelib.services.clearing import reconciliation_watch
from chalicelib.services.verification import sealed_statements, verify_parts
from chalicelib.services.verification.verify_digests import Seals
from tests.api.helpers.archive import Archive, broken, seal, verdict
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import BANK, Clearing, pay, pay_instantly, submit_instant
from tests.api.helpers.nostro import state
from tests.api.helpers.tampering import change, remove

STRANGE = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"


@pytest.fixture
def paid(client: Api, customer: User, payer: Json, clearing: Clearing) -> list[Json]:
    return pay_instantly(client, customer, payer, clearing, 2)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return what the alarm's metric counts from now on."""
    counted = list[int]()

    def count(name: str, value: int = 1, **_: Any) -> None:
        assert name == "ClearingDifferences"
        counted.append(value)

    monkeypatch.setattr(reconciliation_watch, "count", count)
    return counted


@pytest.fixture
def page(clearing: Clearing, paid: list[Json], today: date, archive: Archive) -> StatementPage:
    """Return the only page of a statement, sealed by a digest."""
    state(today, clearing.now(), *lines_of(paid))
    with clearing.later(hours=1):
        assert seal() == [1]
    [found] = StatementPage.of_day("EUR", today)
    return found


def lines_of(payments: list[Json], amount: str = "-10.00") -> list[tuple[str, str]]:
    return [(one["payment"]["uetr"], amount) for one in payments]


def prove(*, with_archive: bool = True) -> None:
    seals = Seals()
    seals.prove_chain(lambda _: None, with_archive=with_archive)
    sealed_statements.prove(seals.all_digests(), with_archive=with_archive)


def test_sealed_page_is_proven(page: StatementPage) -> None:
    prove()
    prove(with_archive=False)


def test_page_that_came_after_the_digest_is_no_break(page: StatementPage, clearing: Clearing, today: date) -> None:
    with clearing.later(hours=2):
        state(today + timedelta(days=1), clearing.now(), opening="-20.00", name="LATER")
    prove()


@pytest.mark.parametrize(
    ("field", "value"), [("digest", "0" * 64), ("closing", -2001), ("message_id", "OTHER"), ("is_last", False)]
)
def test_page_that_was_edited_after_it_was_sealed_is_named(page: StatementPage, field: str, value: object) -> None:
    change("bank", page.pk, page.sk, **{field: value})
    with pytest.raises(Broken, match=f"{page.sk}: page of the clearing's statement, as digest 1 sealed it"):
        prove()
    with pytest.raises(Broken, match="digest 1: the clearing's statements of"):
        prove(with_archive=False)


def test_page_that_was_deleted_after_it_was_sealed_is_named(page: StatementPage, today: date) -> None:
    assert remove(StatementPage, partition_of("EUR", today.isoformat())) == 1
    with pytest.raises(Broken, match=f"{page.sk}: page of the clearing's statement") as found:
        prove()
    assert found.value.found == "nothing"
    with pytest.raises(Broken, match="digest 1"):
        prove(with_archive=False)


def test_page_that_is_slipped_into_a_sealed_period_is_named(page: StatementPage, clearing: Clearing) -> None:
    forged = StatementPage.new(
        "EUR", "2026-01-05", "2026-01-05T00:00:00.000000Z", [], id="F", message_id="F", page=1, is_last=True,
        opening=0, closing=0,
    )  # fmt: skip
    forged.receive(BANK, clearing.now())
    change("bank", forged.pk, forged.sk, created_at=page.created_at, gsi2sk=page.created_at)
    with pytest.raises(Broken, match="2026-01-05") as found:
        prove()
    assert found.value.expected == "nothing"


def test_verification_proves_sealed_pages(page: StatementPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", ())
    assert verdict().broken is None
    remove(StatementPage, page.pk)
    assert "page of the clearing's statement" in broken()


def test_payment_that_may_still_be_stated_does_not_ring(
    clearing: Clearing, paid: list[Json], today: date, rung: list[int]
) -> None:
    state(today, clearing.now(), *lines_of(paid[:1]))
    assert rung == []


def test_payment_that_the_ledger_does_not_have_rings(
    clearing: Clearing, paid: list[Json], today: date, rung: list[int]
) -> None:
    state(today, clearing.now(), *lines_of(paid), (STRANGE, "5.00"))
    assert rung == [1]


def test_payment_that_is_not_stated_in_time_rings(
    clearing: Clearing, paid: list[Json], today: date, rung: list[int]
) -> None:
    closing = state(today, clearing.now(), *lines_of(paid[:1]))
    due = due_day(today)
    with clearing.later(days=(due - today).days):
        state(due, clearing.now(), opening=closing, name="DUE")
    assert rung == [1]


def test_statement_in_pages_is_compared_once_it_is_whole(
    clearing: Clearing, paid: list[Json], today: date, rung: list[int]
) -> None:
    at = clearing.now()
    state(today, at, *lines_of(paid[1:]), (STRANGE, "5.00"), opening="-10.00", name="STM", page=2)
    assert rung == []
    state(today, at, *lines_of(paid[:1]), name="STM", page=1, is_last=False)
    assert rung == [1]


def test_payment_without_an_answer_does_not_ring(
    client: Api, customer: User, payer: Json, clearing: Clearing, today: date, rung: list[int]
) -> None:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    state(today, clearing.now(), *lines_of([payment]))
    assert rung == []
