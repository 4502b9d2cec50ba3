"""A small bank in which unfreezing an account takes two people."""

import pytest

from tests.small_bank import A, SmallBank
from tests.unit.approvals.held_requests import DECIDER, FROZEN_AT, MAKER, OTHER, control, employ


@pytest.fixture
def watched(bank: SmallBank) -> SmallBank:
    """Return a bank with a frozen account of customer 1, which customer 3 may view, a teller and two managers."""
    bank.open(A, 50, status="frozen", frozen_at=FROZEN_AT, frozen_by="usr_other", holders={"cus_3": "view"})
    employ(bank, MAKER, DECIDER, OTHER)
    control("unfreeze")
    return bank
