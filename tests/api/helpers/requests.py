"""Every route, and what a right request for it looks like: for tests that walk all of them."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.risk.thresholds import STANDARD
from chalicelib.handlers.http.operation import Operation, operations
from tests.api.helpers.bank import Json
from tests.api.helpers.orders import day

PASSWORD = "correct horse battery staple"
ADDRESS: Json = {"line1": "Main St 1", "line2": "2", "city": "York", "region": "N", "postal_code": "1", "country": "GB"}
PERSON: Json = {"email": "eve@example.com", "password": "long enough to do", "first_name": "Eve", "last_name": "Money"}
CASH: Json = {"account_id": "{account_id}", "amount": "1.00", "memo": "m", "category": "c", "tags": ["t"]}
BODIES: dict[str, Json] = {
    "identity.auth.register": {**PERSON, "address": ADDRESS, "phone": "+442071234567", "date_of_birth": "1990-01-01"},
    "identity.auth.log_in": {
        "email": "eve@example.com",
        "password": "long enough to do",
        "device_token": "x",
        "code": "492039",
    },
    "identity.auth.refresh": {"refresh_token": "x"},
    "identity.auth.log_out": {"everywhere": False},
    "identity.auth.change_password": {"current_password": "long enough to do", "new_password": "longer than before"},
    "identity.auth.request_password_reset": {"email": "eve@example.com"},
    "identity.auth.reset_password": {"token": "x", "new_password": "longer than before"},
    "identity.invitations.accept_invitation": {
        "token": "x",
        "date_of_birth": "1990-01-01",
        "password": "long enough to do",
    },
    "identity.auth.change_email": {"email": "eve@example.com", "current_password": "long enough to do"},
    "identity.auth.verify_email": {"code": "x"},
    "identity.users.unlock_user": {"reason": "r"},
    "identity.factors.prove_factor": {"challenge": "x", "code": "123456"},
    "identity.factors.step_up_session": {"code": "123456"},
    "identity.factors.enrol_factor": {"type": "totp", "name": "Phone", "current_password": "long enough to do"},
    "identity.factors.confirm_factor": {"code": "123456"},
    "identity.users.edit_profile": {"first_name": "Eve", "last_name": "M", "phone": "+442071234567"},
    "identity.users.create_user": {**PERSON, "role": "teller"},
    "identity.users.edit_user": {"role": "teller", "status": "active"},
    "customers.customers.create_customer": {
        "first_name": "Eve",
        "last_name": "M",
        "middle_name": "N",
        "email": "eve@example.com",
        "phone": "+442071234567",
        "date_of_birth": "1990-01-01",
        "national_id": "AB-1234",
        "address": ADDRESS,
    },
    "customers.customers.edit_customer": {"first_name": "Eve", "last_name": "M", "phone": "+442071234567"},
    "customers.customers.review_kyc": {"status": "verified", "reason": "r", "expires_on": "2099-01-01"},
    "customers.legal_holds.set_legal_hold": {"reason": "r"},
    "customers.customers.add_address": {**ADDRESS, "is_primary": True},
    "customers.customers.edit_address": {"city": "York", "is_primary": True},
    "accounts.accounts.open_account": {"type": "current", "currency": "USD", "nickname": "n", "pin": "8371"},
    "accounts.accounts.edit_account": {"nickname": "n"},
    "accounts.accounts.freeze_account": {"reason": "r"},
    "accounts.accounts.unfreeze_account": {"reason": "r"},
    "accounts.accounts.put_pin": {"pin": "8371"},
    "accounts.holders.put_holder": {"rights": "pay"},
    "branches.branches.create_branch": {
        "name": "n",
        "code": "N",
        "city": "York",
        "country": "GB",
        "opening_hours": {"monday": ["09:00-17:00"]},
        "initial_balance": "1.00",
        "currency": "USD",
    },
    "branches.branches.edit_branch": {"name": "n", "city": "York", "country": "GB", "opening_hours": {"friday": []}},
    "branches.branches.move_vault": {"to_branch_id": "{branch_id}", "amount": "1.00", "currency": "USD", "reason": "r"},
    "webhooks.endpoints.create_webhook_endpoint": {
        "url": "http://127.0.0.1:9/hook",
        "events": ["transaction.*"],
        "description": "d",
        "signature": "hmac",
        "format": "standard",
    },
    "webhooks.endpoints.edit_webhook_endpoint": {
        "url": "http://127.0.0.1:9/hook",
        "events": ["*"],
        "description": "d",
        "format": "cloudevents",
    },
    "webhooks.deliveries.replay_events": {"from": day(-1).isoformat(), "to": "2099-01-01", "only_failed": True},
    "support.tickets.raise_ticket": {"subject": "s", "message": "m", "account_id": "{account_id}"},
    "support.tickets.edit_ticket": {"status": "closed"},
    "support.tickets.write_message": {"message": "m"},
    "support.announcements.publish_announcement": {
        "title": "t",
        "message": "m",
        "published_until": "2099-01-01T00:00:00Z",
    },
    "support.announcements.edit_announcement": {"title": "t", "message": "m"},
    "orders.standing_orders.make_standing_order": {
        "from_account_id": "{account_id}",
        "to_account_id": "{other_account_id}",
        "amount": "1.00",
        "frequency": {"unit": "month", "every": 2, "day": "last"},
        # Not tomorrow: the tests may run on until then.
        "start": day(7).isoformat(),
        "count": 3,
        "business_days": "none",
        "memo": "m",
    },
    "orders.standing_orders.edit_standing_order": {"amount": "2.00", "memo": "n"},
    "orders.standing_orders.resume_standing_order": {"pin": "8371"},
    "orders.standing_orders.skip_standing_order": {},
    "orders.beneficiaries.add_beneficiary": {"name": "Ben Okafor", "account_number": "100000000009", "nickname": "Ben"},
    "clearing.recalls.recall_payment": {"reason": "DUPL"},
    "clearing.received_recalls.accept_recall": {"reason": "The payee agrees"},
    "clearing.received_recalls.refuse_recall": {"code": "CUST"},
    "clearing.payments.settle_payment": {"reason": "Read from the clearing's statement"},
    "clearing.payments.void_payment": {"reason": "Not in the clearing's statement"},
    "clearing.payments.forward_payment": {"account_id": "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"},
    "clearing.reconciliation.book_fee": {
        "date": "2026-11-01",
        "currency": "EUR",
        "entry": "entry 2026-11-01 FEE-1",
        "reason": "Fees of October",
    },
    "payments.file_uploads.offer_file_upload": {"bytes": 12_500_000, "sha256": "0" * 64},
    "payments.file_uploads.confirm_file_upload": {"sha256": "0" * 64, "pin": "8371"},
    "payments.payee_verifications.verify_payee": {"iban": "LV69FLRN0123456789005", "name": "Ben Okafor"},
    "orders.beneficiaries.edit_beneficiary": {"name": "Ben Okafor", "nickname": "Ben"},
    "payments.category_rules.add_rule": {"contains": "rent", "field": "memo", "category": "housing", "tags": ["t"]},
    "statements.runs.start_statement_run": {"period": "2026-10"},
    "interest.runs.start_run": {"period": "2026-10"},
    "interest.interest.put_rate": {"annual_rate": "0.0300", "effective_from": "2099-01-01"},
    "approvals.approvals.approve_request": {"note": "n"},
    "approvals.approvals.reject_request": {"reason": "r"},
    "approvals.policies.put_approval_policy": {
        "control": "require",
        "above": {"USD": "1.00"},
        "within_24h": True,
        "required": 2,
        "roles": ["manager", "admin"],
        "expires_hours": 24,
    },
    "approvals.authority.put_authority": {"ceilings": {"teller": {"deposit": {"USD": "1.00"}}}},
    "risk.risk.settle_alert": {"outcome": "dismissed", "note": "n"},
    "risk.risk.put_thresholds": STANDARD.to_json(),
    "payments.cash.deposit": CASH,
    "payments.cash.withdraw": CASH,
    "payments.transfers.transfer": {
        "from_account_id": "{account_id}",
        "to_account_id": "{other_account_id}",
        "amount": "1.00",
        "tags": ["t"],
    },
    "payments.batches.transfer_batch": {
        "from_account_id": "{account_id}",
        "transfers": [{"idempotency_key": "k", "to_account_id": "{other_account_id}", "amount": "1.00", "tags": ["t"]}],
        "atomic": False,
    },
    "payments.transactions.annotate_transaction": {"category": "c", "tags": ["t"], "memo": "m"},
    "payments.transactions.reverse_transaction": {"reason": "r", "allow_overdrawn": False},
    "payments.transactions.reject_transaction": {"reason": "r"},
}

QUERIES = {"verification.digests.prove_entry": "?seq=1", "orders.calendar_links.get_calendar": "?token=wrong"}
"""What a right query looks like, where one is required."""

ALL = operations()
WITH_BODY = [one for one in ALL if one.about.body]
WITH_ID = [one for one in ALL if "{" in one.route.path]
GUARDED = [one for one in ALL if one.route.permission]


def each(wanted: list[Operation]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("operation", wanted, ids=lambda one: f"{one.route.method} {one.route.path}")
