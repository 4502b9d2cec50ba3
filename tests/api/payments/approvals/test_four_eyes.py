"""Verification proves that payments which had to wait were decided by other people."""

from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.services.progress import ignore
from chalicelib.services.verification import supervision, verify_parts
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import deposit, transfer
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.held_money import approval_item, decide_approval, set_ceilings, set_policy
from tests.api.helpers.reviews import decide
from tests.api.helpers.stream import Stream
from tests.api.helpers.tampering import change


@pytest.fixture
def supervised(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Stream:
    """Policies are known as soon as they are set."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    monkeypatch.setattr(supervision, "CLOCKS_DIFFER_MAX", timedelta(0))
    monkeypatch.setattr(verify_parts, "PAUSES_SECONDS", (0.0,))
    return stream


def broken(stream: Stream) -> str | None:
    """Where verification finds the first link that does not hold, when the audit is written."""
    stream.deliver()
    found = verify_bank(ignore).broken
    return found.where if found else None


def test_payments_that_other_people_approved_hold(
    client: Api, supervised: Stream, customer: User, manager: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer", required=2)
    held, unwanted = (transfer(client, customer, account, payee, "5.00").ok(202) for _ in range(2))
    decide(client, manager, held, "approve").ok(202)
    decide_approval(client, admin, held, "approve").ok()
    decide_approval(client, manager, unwanted, "reject").ok()
    assert broken(supervised) is None


def test_payment_above_a_ceiling_needs_its_decision(
    client: Api, supervised: Stream, teller: User, manager: User, admin: User, account: Json
) -> None:
    set_ceilings(client, admin, teller="10.00")
    held = deposit(client, teller, account, "1000.00").ok(202)
    decide_approval(client, manager, held, "approve").ok()
    assert broken(supervised) is None
    item = approval_item(held)
    signed = {"version": int(item["version"]) + 1, "updated_by": teller.user_id, "updated_at": timestamp(clock.now())}
    change("bank", item["pk"], item["sk"], decisions="[]", request_id="forged", **signed)
    assert "decisions" in str(broken(supervised))
