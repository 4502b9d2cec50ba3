"""Which operations honour If-Match, and which have nothing to compare it with."""

from chalicelib.handlers.http.operation import operations

WITHOUT_VERSION = {
    "identity.auth": "sessions and passwords: tokens and the current password are their condition",
    "identity.factors": "factors and challenges have no version: a code or a password is their condition",
    "identity.users.create_user": "creates",
    "identity.invitations": "creates; an edit of what an invitation rests on voids it, and it is withdrawn once",
    "identity.users.end_own_session": "a session has no version; it ends once",
    "identity.users.unlock_user": "counts of failures have no version; clearing them twice is clearing them once",
    "customers.customers.create_customer": "creates",
    "accounts.accounts.open_account": "creates",
    "payments.cash": "the ledger decides on the accounts as they are",
    "payments.transfers.transfer": "the ledger decides on the accounts as they are",
    "payments.transactions": "the ledger decides on the accounts as they are, and a payment takes each step once",
    "approvals.approvals": "what is approved never changes, and it takes each step once",
    "branches.branches.create_branch": "creates",
    "orders.beneficiaries.add_beneficiary": "creates",
    "orders.calendar_links": "a link has no version: a new one replaces it, and it is revoked once",
    "payments.payee_verifications.verify_payee": "creates",
    "clearing.received_recalls": "a recall is decided once",
    "clearing.reconciliation.book_fee": "an entry of the statement is booked once",
    "clearing.recalls.recall_payment": "a payment is recalled once",
    "payments.batches.transfer_batch": "the ledger decides on the accounts as they are",
    "clearing.payments": "a payment takes each step once, and what is sent about it changes nothing that was read",
    "payments.payment_files.hand_in_payment_file": "creates, once for each message id",
    "payments.file_uploads": "an upload is confirmed once",
    "orders.standing_orders.make_standing_order": "creates",
    "branches.branches.move_vault": "the ledger decides",
    "interest.interest.apply_interest": "the ledger decides; each day is paid once",
    "interest.runs.start_run": "starts a month's run, once",
    "statements.runs.start_statement_run": "starts a month's run, once",
    "support.tickets.raise_ticket": "creates",
    "support.announcements.publish_announcement": "creates",
    "webhooks.endpoints.create_webhook_endpoint": "creates",
    "webhooks.endpoints.test_webhook_endpoint": "sends a message, and changes nothing",
    "webhooks.deliveries": "a replay sends the same again, and a delivery has no version",
}
"""Views, or whole modules of them, that change nothing of which a client has read a version, and why."""

CHANGES = [one for one in operations() if one.route.method != "GET"]


def reason(view: str) -> str | None:
    return WITHOUT_VERSION.get(view) or WITHOUT_VERSION.get(view.rpartition(".")[0])


def test_every_change_honours_if_match_or_says_why_it_cannot() -> None:
    silent = [one.route.view for one in CHANGES if not one.is_conditional and reason(one.route.view) is None]
    assert not silent, "declare `versioned`, pass request.if_match on, and make the version the condition of the write"
    twice = [one.route.view for one in CHANGES if one.is_conditional and one.route.view in WITHOUT_VERSION]
    assert not twice
    views = {name for one in operations() for name in (one.route.view, one.route.view.rpartition(".")[0])}
    assert set(WITHOUT_VERSION) <= views


def test_edits_and_deletions_are_always_conditional() -> None:
    """Only a POST may create or start something; a PUT, PATCH or DELETE changes what a client has read."""
    unconditional = {one.route.view for one in CHANGES if not one.is_conditional and one.route.method != "POST"}
    factors = {"identity.factors.remove_own_factor", "identity.factors.remove_factors"}
    codes = {"orders.calendar_links.revoke_calendar_link", "identity.invitations.withdraw_invitation"}
    assert unconditional == {"identity.users.end_own_session", *factors, *codes}


def test_whatever_is_changed_on_condition_is_read_with_its_tag() -> None:
    read = {one.about.versioned for one in operations() if one.route.method == "GET"}
    assert {one.about.versioned for one in operations() if one.is_conditional} == read - {None}


def test_no_response_has_two_kinds_of_tag() -> None:
    assert not [one.route.view for one in operations() if one.about.versioned and one.about.cache_scope]
