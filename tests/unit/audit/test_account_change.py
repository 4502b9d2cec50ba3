"""Changes of an account as its holders see them."""

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.audit.audit_schemas import AccountChangeView
from chalicelib.models.accounts.account import Account
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.services.audit.audit_log import AccountChange

OWNER = Caller("usr_1", "customer", "req_1", customer_id="cus_1")


def test_holders_are_plain_values_that_any_process_can_serialize() -> None:
    """A process that has shown no holders yet has not built their schema."""
    record = AuditRecord(
        event="account.updated",
        listed_actor="usr_1",
        at="2026-11-30T08:00:00.000000Z",
        request_id="req_1",
        before={"holders": {}},
        after={"holders": {"cus_2": "pay"}},
        changed=[],
    )
    view = AccountChangeView.of(AccountChange(record, "bank"), Account(currency="EUR"), OWNER)
    assert (view.before, view.after) == (
        {"holders": []},
        {"holders": [{"customer_id": "cus_2", "rights": "pay"}]},
    )
