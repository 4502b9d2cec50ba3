"""The fields whose values the audit may contain, in one table.

The audit is never erased, so it never contains what a person may have erased: names, addresses, phones, birthdays,
source addresses; secrets and their hashes; customers' own words (nicknames, memos, categories, tags). Of those it says
only that they changed. The reasons that staff give are kept, because they are what an audit asks about.

Allow a field when it is introduced. If it is allowed later, items have it that older records do not contain, and
verification fails.
"""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.domain.ledger.balance import Position

Image = Mapping[str, Any]
"""An item's attributes as plain values: text, int, bool, None, lists and dicts of them."""

FIELDS: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "account": "account_type currency status status_reason frozen_by frozen_at balance held overdraft_limit"
        " limit_changed_at ledger_version last_seq last_hash last_entry_at spent_on spent interest_paid_through"
        " interest_carried branch_id customer_id account_number statements holders counts_alone hot_until",
        "transaction": "transaction_type status amount currency from_account_id to_account_id from_customer_id"
        " to_customer_id entries holds failure reverses reversed_by reason initiated_by opens_account_id branch_id"
        " posted_at hold_until awaits approval_required interest holder_id joint_holders order_id occurrence uetr",
        "key": "resource_id interest",
        "hold": "account_id transaction_id amount counted_on status expires_at",
        "label": "account_id transaction_id labelled_at",
        "closure": "account_id",
        "holder": "account_id customer_id status owner_id",
        "pin": "account_id failures",
        "customer": "user_id status address_ids primary_address_id kyc_status kyc_reason kyc_reviewed_by"
        " kyc_reviewed_at kyc_expires_on legal_hold_reason legal_hold_set_by legal_hold_set_at contact_set_at"
        " contact_set_by invited_at invited_by",
        "personal_read": "role operation customer_ids expires_at",
        "retained_identity": "customer_id retained_until expires_at",
        "retained_opening": "customer_id opened_by reason",
        "customer_accounts": "customer_id open is_barred alone",
        "daily_spending": "customer_id user_id spent expires_at",
        "address": "customer_id withdrawn_at",
        "lookup": "customer_id",
        "category_rules": "",
        "beneficiary": "customer_id account_id status verification verified_at",
        "payee_verification": "user_id result status expires_at",
        "clearing_payment": "customer_id holder_ids account_id rail status uetr end_to_end_id amount currency"
        " verification has_accepted_mismatch reason_code submit_by settlement_date cycle message_id return_id trace"
        " recall_id recall_reason recall_refusal batch_id forwarded_to",
        "clearing_incoming": "customer_id account_id rail uetr end_to_end_id message_id from_bic settlement_date"
        " original_transaction_id",
        "clearing_message": "cycle name status transaction_ids open sent",
        "nostro_statement": "message_id currency day stated_at page is_last opening closing digest",
        "clearing_recall": "transaction_id customer_id account_id rail recall_id original_id original_transaction_id"
        " end_to_end_id uetr amount"
        " currency reason_code answer_by status return_id refusal_code",
        "payment_file": "customer_id made_by status account_ids payments accepted refused sums code due_at run booking",
        "payment_file_batch": "file_id customer_id number",
        "payment_file_refusal": "file_id number code",
        "clearing_cycle": "day cut_off status messages payments unanswered closed_at",
        "order": "kind status reason customer_id made_by from_account_id to_account_id beneficiary_id verification"
        " has_accepted_mismatch payee_named_at currency amount first_amount final_amount unit every day"
        " weekday start end times business_days next_date next_attempt_at failures approval_id holder_ids",
        "order_execution": "order_id customer_id holder_ids date execution_day status amount currency transaction_id"
        " attempts reason",
        "calendar_link": "account_id user_id customer_id status",
        "shortfall": "account_id date missing currency customer_ids user_id",
        "user": "role status customer_id linked_customer_id rights_changed_at branch_id email_verified_at factors",
        "session": "user_id status ended_because grace_uses email_verified factor_used_at expires_at",
        "factor": "user_id kind status failures last_step sign_count expires_at",
        "recovery_codes": "user_id failures",
        "mfa_challenge": "user_id purpose session_id status expires_at",
        "login": "outcome user_id subject_id reason expires_at",
        "key_rotation": "status new_kid old_kid signs_from rotated_by reason",
        "metrics_token": "number kid issued_by expires_at",
        "known_devices": "user_id",
        "sent_notice": "notice about expires_at",
        "password_reset": "user_id status valid_until",
        "email_verification": "user_id status valid_until",
        "invitation": "customer_id status invited_by invited_at valid_until contact_set_at guesses",
        "guard": "owner_id subject_id",
        "branch": "name code city country opening_hours",
        "ticket": "customer_id account_id raised_by status assigned_to resolved_at closed_at message_count",
        "ticket_message": "ticket_id customer_id number side kind",
        "announcement": "audience published_from published_until is_withdrawn",
        "branch_accounts": "day currency opened closed moved_in moved_out",
        "interest_rate": "account_type annual_rate_millionths effective_from",
        "interest_run": "period status attempt started_at started_by completed_at credited nothing closed failed"
        " frozen totals",
        "interest_partition": "period attempt number status cursor credited nothing closed failed frozen totals",
        "interest_failure": "account_id reason",
        "order_run": "period status attempt started_at started_by completed_at posted executed pending failed retried"
        " skipped errors totals",
        "order_run_partition": "period attempt number status cursor posted executed pending failed retried skipped"
        " errors totals",
        "order_run_failure": "order_id reason",
        "risk_alert": "transaction_id account_id customer_id severity score reasons is_declined is_held status"
        " settled_at settled_by",
        "risk_alert_listing": "severity",
        "risk_thresholds": "number thresholds",
        "approval": "action resource_id resource_version payload_sha256 amount currency parties requested_by reasons"
        " policy required roles decisions status decide_until failure",
        "approval_subject": "approval_id expires_at",
        "approval_policy": "action number policy",
        "authority": "number ceilings",
        "webhook_endpoint": "scope customer_id events signature format status disabled_reason disabled_at"
        " responsible_id handled_by previous_until rotation_for rotation_until",
        "webhook_endpoints": "owner endpoint_ids",
        "export": "user_id role customer_id status row_count parts is_written expires_at",
        "digest": "number sealed_from sealed_to leaves entries root digest_hash",
        "verification": "number account_id started_by status stage done of checked broken late checkpoint",
        "statement": "account_id period customer_ids",
        "statement_run": "period status attempt started_at started_by completed_at made not_wanted failed",
        "statement_partition": "period attempt number status cursor made not_wanted failed",
        "statement_failure": "account_id reason",
    }.items()
}

SKIPPED = frozenset(
    {"clearing_received", "login_attempts", "source_attempts", "payee_verification_count", "request_count"}
)
"""Counters that come and go; what they counted is audited as log-ins and verifications. And that a message of the
clearing was handled, on which nothing rests: whatever it books is booked once by itself, and has records of its own."""

_SAID_BY_THE_RECORD = frozenset("type version created_at updated_at updated_by request_id id trace_mark".split())
_JSON = frozenset(
    "entries holds failure interest totals opening_hours holders joint_holders customer_ids address_ids factors reasons"
    " thresholds checked broken parties policy roles decisions alone ceilings events handled_by"
    " endpoint_ids holder_ids attempts trace transaction_ids".split()
)
_WRITTEN_BY_POSTING = frozenset(Position("", "").posting_fields())
_NO_EDITS = _WRITTEN_BY_POSTING | {"counts_alone", "frozen_at", "hot_until", "limit_changed_at"}


def visible(kind: str, image: Image) -> dict[str, Any]:
    """Return the fields of an item whose values the audit may contain."""
    allowed = FIELDS.get(kind, frozenset())
    return {name: _plain(name, value) for name, value in image.items() if name in allowed}


def find_differences(before: Image, after: Image) -> set[str]:
    """Return the names of the fields in which two images of an item differ, without those that every record has."""
    names = (before.keys() | after.keys()) - _SAID_BY_THE_RECORD
    return {name for name in names if before.get(name) != after.get(name)}


def is_edit(kind: str, fields: set[str]) -> bool:
    """Return whether an account or its PIN was edited, rather than its money moved."""
    if kind == "pin":
        return "pin_hash" in fields
    return kind == "account" and not fields <= _NO_EDITS


def edits_only(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without those that posting changes."""
    return {name: value for name, value in fields.items() if name not in _NO_EDITS}


def _plain(name: str, value: Any) -> Any:
    if name not in _JSON or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
