"""The table of routes: path, view, and the permission that it needs (None: anyone).

A view is loaded with the first request for it, so that no function pays at its start for doors that nobody opens.
"""

from typing import NamedTuple

from chalicelib.domain.permissions import Permission


class Route(NamedTuple):
    """`view` is `module.function` in this folder."""

    method: str
    path: str
    view: str
    permission: Permission | None


# A table is read in columns.
# fmt: off
# ruff: noqa: E501
ROUTES = (
    Route("POST",   "/v1/auth/register",                         "identity.auth.register",                        None),
    Route("POST",   "/v1/auth/login",                            "identity.auth.log_in",                          None),
    Route("POST",   "/v1/auth/mfa",                              "identity.factors.prove_factor",                 None),
    Route("POST",   "/v1/auth/mfa/step-up",                      "identity.factors.step_up_session",              "factors.own"),
    Route("POST",   "/v1/auth/mfa/step-up/challenges",           "identity.factors.request_step_up",              "factors.own"),
    Route("GET",    "/v1/auth/factors",                          "identity.factors.list_own_factors",             "factors.own"),
    Route("POST",   "/v1/auth/factors",                          "identity.factors.enrol_factor",                 "factors.own"),
    Route("POST",   "/v1/auth/factors/{factor_id}/confirm",      "identity.factors.confirm_factor",               "factors.own"),
    Route("DELETE", "/v1/auth/factors/{factor_id}",              "identity.factors.remove_own_factor",            "factors.own"),
    Route("POST",   "/v1/auth/recovery-codes",                   "identity.factors.renew_recovery_codes",         "factors.own"),
    Route("POST",   "/v1/auth/refresh",                          "identity.auth.refresh",                         None),
    Route("POST",   "/v1/auth/logout",                           "identity.auth.log_out",                         "session.own"),
    Route("POST",   "/v1/auth/password",                         "identity.auth.change_password",                 "session.own"),
    Route("POST",   "/v1/auth/password/reset-requests",          "identity.auth.request_password_reset",          None),
    Route("POST",   "/v1/auth/password/reset",                   "identity.auth.reset_password",                  None),
    Route("POST",   "/v1/auth/email",                            "identity.auth.change_email",                    "session.own"),
    Route("POST",   "/v1/auth/email/verification-requests",      "identity.auth.request_email_verification",      "session.own"),
    Route("POST",   "/v1/auth/email/verify",                     "identity.auth.verify_email",                    "session.own"),
    Route("GET",    "/v1/.well-known/jwks.json",                 "identity.auth.jwks",                            None),

    Route("GET",    "/v1/user/profile",                          "identity.users.read_profile",                   "profile.read"),
    Route("PATCH",  "/v1/user/profile",                          "identity.users.edit_profile",                   "profile.edit"),
    Route("GET",    "/v1/user/logins",                           "identity.users.list_own_logins",                "logins.own"),
    Route("GET",    "/v1/user/sessions",                         "identity.users.list_own_sessions",              "session.own"),
    Route("DELETE", "/v1/user/sessions/{session_id}",            "identity.users.end_own_session",                "session.own"),
    Route("POST",   "/v1/users",                                 "identity.users.create_user",                    "users.manage"),
    Route("GET",    "/v1/users",                                 "identity.users.list_users",                     "users.read"),
    Route("GET",    "/v1/users/{user_id}",                       "identity.users.get_user",                       "users.read"),
    Route("DELETE", "/v1/users/{user_id}/factors",               "identity.factors.remove_factors",               "users.manage"),
    Route("PATCH",  "/v1/users/{user_id}",                       "identity.users.edit_user",                      "users.manage"),
    Route("POST",   "/v1/users/{user_id}/unlock",                "identity.users.unlock_user",                    "users.unlock"),

    Route("POST",   "/v1/customers",                             "customers.customers.create_customer",            "customers.create"),
    Route("GET",    "/v1/customers",                             "customers.customers.list_customers",             "customers.list"),
    Route("GET",    "/v1/customers/{customer_id}",               "customers.customers.get_customer",               "customers.read"),
    Route("PATCH",  "/v1/customers/{customer_id}",               "customers.customers.edit_customer",              "customers.edit"),
    Route("DELETE", "/v1/customers/{customer_id}",               "privacy.privacy.erase_customer",               "customers.erase"),
    Route("GET",    "/v1/customers/{customer_id}/export",        "privacy.privacy.export_customer",              "customers.export"),
    Route("GET",    "/v1/customers/{customer_id}/reads",         "privacy.reads.list_reads",                       "customers.reads"),
    Route("POST",   "/v1/customers/{customer_id}/kyc",           "customers.customers.review_kyc",                 "customers.review"),
    Route("POST",   "/v1/customers/{customer_id}/legal-hold",    "customers.legal_holds.set_legal_hold",           "customers.hold"),
    Route("DELETE", "/v1/customers/{customer_id}/legal-hold",    "customers.legal_holds.end_legal_hold",           "customers.hold"),
    Route("POST",   "/v1/customers/{customer_id}/addresses",     "customers.customers.add_address",                "customers.edit"),
    Route("GET",    "/v1/customers/{customer_id}/addresses",     "customers.customers.list_addresses",             "customers.read"),
    Route("GET",    "/v1/customers/{customer_id}/addresses/{address_id}", "customers.customers.get_address",       "customers.read"),
    Route("PATCH",  "/v1/customers/{customer_id}/addresses/{address_id}", "customers.customers.edit_address",      "customers.edit"),
    Route("DELETE", "/v1/customers/{customer_id}/addresses/{address_id}", "customers.customers.delete_address",    "customers.edit"),

    Route("POST",   "/v1/accounts",                              "accounts.accounts.open_account",                "accounts.open"),
    Route("GET",    "/v1/accounts",                              "accounts.accounts.list_accounts",               "accounts.read"),
    Route("GET",    "/v1/accounts/closed",                       "accounts.accounts.list_closed_accounts",        "accounts.list_closed"),
    Route("GET",    "/v1/accounts/{account_id}",                 "accounts.accounts.get_account",                 "accounts.read"),
    Route("PATCH",  "/v1/accounts/{account_id}",                 "accounts.accounts.edit_account",                "accounts.edit"),
    Route("DELETE", "/v1/accounts/{account_id}",                 "accounts.accounts.close_account",               "accounts.close"),
    Route("POST",   "/v1/accounts/{account_id}/freeze",          "accounts.accounts.freeze_account",              "accounts.freeze"),
    Route("POST",   "/v1/accounts/{account_id}/unfreeze",        "accounts.accounts.unfreeze_account",            "accounts.freeze"),
    Route("PUT",    "/v1/accounts/{account_id}/pin",             "accounts.accounts.put_pin",                     "pins.set"),
    Route("POST",   "/v1/accounts/{account_id}/pin/reset",       "accounts.accounts.reset_pin",                   "pins.reset"),
    Route("GET",    "/v1/accounts/{account_id}/holders",         "accounts.holders.list_holders",                 "accounts.read"),
    Route("PUT",    "/v1/accounts/{account_id}/holders/{customer_id}", "accounts.holders.put_holder",             "holders.set"),
    Route("DELETE", "/v1/accounts/{account_id}/holders/{customer_id}", "accounts.holders.end_holder",             "holders.end"),
    Route("GET",    "/v1/accounts/{account_id}/balance",         "accounts.accounts.get_balance",                 "accounts.read"),
    Route("GET",    "/v1/accounts/{account_id}/forecast",        "orders.forecasts.get_forecast",                 "accounts.read"),
    Route("GET",    "/v1/accounts/{account_id}/calendar.ics",    "orders.calendar_links.get_calendar",            None),
    Route("POST",   "/v1/accounts/{account_id}/calendar-link",   "orders.calendar_links.make_calendar_link",      "calendar_links.own"),
    Route("DELETE", "/v1/accounts/{account_id}/calendar-link",   "orders.calendar_links.revoke_calendar_link",    "calendar_links.own"),
    Route("GET",    "/v1/accounts/{account_id}/history",         "accounts.accounts.get_history",                 "accounts.read"),

    Route("GET",    "/v1/accounts/{account_id}/statements",      "statements.statements.list_statements",           "accounts.read"),
    Route("GET",    "/v1/accounts/{account_id}/statements/{month}", "statements.statements.get_statement",          "accounts.read"),
    Route("POST",   "/v1/statement-runs",                        "statements.runs.start_statement_run",   "statements.run"),
    Route("GET",    "/v1/statement-runs",                        "statements.runs.list_statement_runs",   "statements.read_runs"),
    Route("GET",    "/v1/statement-runs/{period}",               "statements.runs.get_statement_run",     "statements.read_runs"),
    Route("GET",    "/v1/statement-runs/{period}/failures",      "statements.runs.list_statement_failures", "statements.read_runs"),

    Route("POST",   "/v1/transactions/deposit",                  "payments.transactions.deposit",                 "money.move"),
    Route("POST",   "/v1/transactions/withdraw",                 "payments.transactions.withdraw",                "money.move"),
    Route("POST",   "/v1/transactions/transfer",                 "payments.transactions.transfer",                "money.move"),
    Route("GET",    "/v1/transactions",                          "payments.transactions.list_transactions",       "transactions.read"),
    Route("GET",    "/v1/transactions/{transaction_id}",         "payments.transactions.get_transaction",         "transactions.read"),
    Route("PATCH",  "/v1/transactions/{transaction_id}",         "payments.transactions.annotate_transaction",    "transactions.annotate"),
    Route("POST",   "/v1/transactions/{transaction_id}/reverse", "payments.transactions.reverse_transaction",     "transactions.reverse"),
    Route("POST",   "/v1/transactions/{transaction_id}/approve", "payments.transactions.approve_transaction",     "transactions.decide"),
    Route("POST",   "/v1/transactions/{transaction_id}/reject",  "payments.transactions.reject_transaction",      "transactions.decide"),
    Route("POST",   "/v1/transactions/{transaction_id}/cancel",  "payments.transactions.cancel_transaction",      "money.move"),

    Route("POST",   "/v1/branches",                              "branches.branches.create_branch",               "branches.manage"),
    Route("GET",    "/v1/branches",                              "branches.branches.list_branches",               "branches.read"),
    Route("GET",    "/v1/branches/{branch_id}",                  "branches.branches.get_branch",                  "branches.read"),
    Route("PATCH",  "/v1/branches/{branch_id}",                  "branches.branches.edit_branch",                 "branches.manage"),
    Route("POST",   "/v1/branches/{branch_id}/vault-movements",  "branches.branches.move_vault",                  "branches.move_cash"),
    Route("GET",    "/v1/branches/{branch_id}/report",           "branches.branches.get_branch_report",           "branches.report"),

    Route("GET",    "/v1/interest-rates",                        "interest.interest.list_rates",                  "interest_rates.read"),
    Route("GET",    "/v1/interest-rates/{account_type}",         "interest.interest.get_rate",                    "interest_rates.read"),
    Route("PUT",    "/v1/interest-rates/{account_type}",         "interest.interest.put_rate",                    "interest_rates.set"),
    Route("GET",    "/v1/interest-rates/{account_type}/history", "interest.interest.list_rate_history",           "interest_rates.read"),
    Route("GET",    "/v1/accounts/{account_id}/interest",        "interest.interest.get_interest",                "accounts.read"),
    Route("POST",   "/v1/accounts/{account_id}/apply_interest",  "interest.interest.apply_interest",              "interest.apply"),
    Route("POST",   "/v1/interest-runs",                         "interest.runs.start_run",              "interest.run"),
    Route("GET",    "/v1/interest-runs",                         "interest.runs.list_runs",              "interest.read"),
    Route("GET",    "/v1/interest-runs/{period}",                "interest.runs.get_run",                "interest.read"),
    Route("GET",    "/v1/interest-runs/{period}/failures",       "interest.runs.list_failures",          "interest.read"),

    Route("POST",   "/v1/tickets",                               "support.tickets.raise_ticket",                 "tickets.raise"),
    Route("GET",    "/v1/tickets",                               "support.tickets.list_tickets",                 "tickets.read"),
    Route("GET",    "/v1/tickets/{ticket_id}",                   "support.tickets.get_ticket",                   "tickets.read"),
    Route("PATCH",  "/v1/tickets/{ticket_id}",                   "support.tickets.edit_ticket",                  "tickets.edit"),
    Route("POST",   "/v1/tickets/{ticket_id}/messages",          "support.tickets.write_message",                "tickets.edit"),
    Route("GET",    "/v1/tickets/{ticket_id}/messages",          "support.tickets.list_messages",                "tickets.read"),

    Route("GET",    "/v1/announcements",                         "support.announcements.list_announcements",     None),
    Route("GET",    "/v1/user/announcements",                    "support.announcements.list_own_announcements", "announcements.read"),
    Route("GET",    "/v1/announcements/all",                     "support.announcements.list_all_announcements", "announcements.read_all"),
    Route("POST",   "/v1/announcements",                         "support.announcements.publish_announcement",   "announcements.publish"),
    Route("GET",    "/v1/announcements/{announcement_id}",       "support.announcements.get_announcement",       "announcements.read_all"),
    Route("PATCH",  "/v1/announcements/{announcement_id}",       "support.announcements.edit_announcement",      "announcements.publish"),
    Route("DELETE", "/v1/announcements/{announcement_id}",       "support.announcements.withdraw_announcement",  "announcements.publish"),

    Route("GET",    "/v1/approvals",                             "approvals.approvals.list_approvals",            "approvals.read"),
    Route("GET",    "/v1/approvals/{approval_id}",               "approvals.approvals.get_approval",              "approvals.read"),
    Route("POST",   "/v1/approvals/{approval_id}/approve",       "approvals.approvals.approve_request",           "approvals.decide"),
    Route("POST",   "/v1/approvals/{approval_id}/reject",        "approvals.approvals.reject_request",            "approvals.decide"),
    Route("POST",   "/v1/approvals/{approval_id}/cancel",        "approvals.approvals.cancel_request",            "approvals.cancel"),
    Route("GET",    "/v1/approval-policies",                     "approvals.policies.list_approval_policies",     "approval_policies.read"),
    Route("GET",    "/v1/approval-policies/{action}",            "approvals.policies.get_approval_policy",        "approval_policies.read"),
    Route("PUT",    "/v1/approval-policies/{action}",            "approvals.policies.put_approval_policy",        "approval_policies.set"),
    Route("GET",    "/v1/approval-policies/{action}/history",    "approvals.policies.list_approval_policy_history", "approval_policies.read"),
    Route("GET",    "/v1/authority",                             "approvals.authority.get_authority",             "authority.read"),
    Route("PUT",    "/v1/authority",                             "approvals.authority.put_authority",             "authority.set"),
    Route("GET",    "/v1/authority/history",                     "approvals.authority.list_authority_history",    "authority.read"),

    Route("GET",    "/v1/reports/risk",                          "risk.risk.list_alerts",                     "risk.read"),
    Route("GET",    "/v1/reports/risk/{alert_id}",               "risk.risk.get_alert",                       "risk.read"),
    Route("POST",   "/v1/reports/risk/{alert_id}/settle",        "risk.risk.settle_alert",                    "risk.settle"),
    Route("GET",    "/v1/risk-thresholds",                       "risk.risk.get_thresholds",                  "risk_thresholds.read"),
    Route("PUT",    "/v1/risk-thresholds",                       "risk.risk.put_thresholds",                  "risk_thresholds.set"),
    Route("GET",    "/v1/risk-thresholds/history",               "risk.risk.list_threshold_history",          "risk_thresholds.read"),
    Route("POST",   "/v1/beneficiaries",                         "orders.beneficiaries.add_beneficiary",          "beneficiaries.own"),
    Route("GET",    "/v1/beneficiaries",                         "orders.beneficiaries.list_beneficiaries",       "beneficiaries.own"),
    Route("GET",    "/v1/beneficiaries/{beneficiary_id}",        "orders.beneficiaries.get_beneficiary",          "beneficiaries.own"),
    Route("PATCH",  "/v1/beneficiaries/{beneficiary_id}",        "orders.beneficiaries.edit_beneficiary",         "beneficiaries.own"),
    Route("DELETE", "/v1/beneficiaries/{beneficiary_id}",        "orders.beneficiaries.remove_beneficiary",       "beneficiaries.own"),

    Route("POST",   "/v1/payee-verifications",                   "payments.payee_verifications.verify_payee",     "payee_verifications.own"),
    Route("POST",   "/v1/category-rules",                        "payments.category_rules.add_rule",              "category_rules.own"),
    Route("GET",    "/v1/category-rules",                        "payments.category_rules.list_rules",            "category_rules.own"),
    Route("DELETE", "/v1/category-rules/{rule_id}",              "payments.category_rules.delete_rule",           "category_rules.own"),

    Route("GET",    "/v1/reports/transactions",                  "reports.reports.get_transactions",             "reports.read"),
    Route("GET",    "/v1/reports/exports/{export_id}",           "reports.reports.get_export",                   "reports.read"),
    Route("GET",    "/v1/reports/summary",                       "reports.reports.get_summary",                  "reports.read"),
    Route("GET",    "/v1/reports/trial-balance",                 "reports.reports.get_trial_balance",            "reports.books"),

    Route("POST",   "/v1/webhook-endpoints",                     "webhooks.endpoints.create_webhook_endpoint",    "webhooks.manage"),
    Route("GET",    "/v1/webhook-endpoints",                     "webhooks.endpoints.list_webhook_endpoints",     "webhooks.manage"),
    Route("GET",    "/v1/webhook-endpoints/{endpoint_id}",       "webhooks.endpoints.get_webhook_endpoint",       "webhooks.manage"),
    Route("PATCH",  "/v1/webhook-endpoints/{endpoint_id}",       "webhooks.endpoints.edit_webhook_endpoint",      "webhooks.manage"),
    Route("DELETE", "/v1/webhook-endpoints/{endpoint_id}",       "webhooks.endpoints.delete_webhook_endpoint",    "webhooks.manage"),
    Route("POST",   "/v1/webhook-endpoints/{endpoint_id}/enable", "webhooks.endpoints.enable_webhook_endpoint",   "webhooks.manage"),
    Route("POST",   "/v1/webhook-endpoints/{endpoint_id}/rotate-secret", "webhooks.endpoints.rotate_webhook_secret", "webhooks.manage"),
    Route("POST",   "/v1/webhook-endpoints/{endpoint_id}/test",  "webhooks.endpoints.test_webhook_endpoint",      "webhooks.manage"),
    Route("POST",   "/v1/webhook-endpoints/{endpoint_id}/replay", "webhooks.deliveries.replay_events",            "webhooks.manage"),
    Route("GET",    "/v1/webhook-endpoints/{endpoint_id}/deliveries", "webhooks.deliveries.list_deliveries",      "webhooks.manage"),
    Route("GET",    "/v1/deliveries/{delivery_id}",              "webhooks.deliveries.get_delivery",              "webhooks.manage"),
    Route("POST",   "/v1/deliveries/{delivery_id}/replay",       "webhooks.deliveries.replay_delivery",           "webhooks.manage"),
    Route("GET",    "/v1/.well-known/webhook-keys.json",         "webhooks.keys.list_webhook_keys",               None),
    Route("GET",    "/v1/events",                                "events.events.list_events",                  "events.read"),
    Route("GET",    "/v1/events/{event_id}",                     "events.events.get_event",                    "events.read"),
    Route("GET",    "/v1/event-types",                           "events.events.list_event_types",             "events.read"),

    Route("GET",    "/v1/audit",                                 "audit.audit.list_audit_records",             "audit.read"),
    Route("GET",    "/v1/audit/logins",                          "audit.audit.list_logins",                    "audit.read"),
    Route("GET",    "/v1/audit/digests",                         "verification.digests.list_digests",                 "audit.read"),
    Route("GET",    "/v1/audit/verify",                          "audit.audit.verify_bank",                    "audit.read"),
    Route("GET",    "/v1/audit/verifications/{verification_id}", "audit.audit.get_verification",               "audit.read"),
    Route("GET",    "/v1/accounts/{account_id}/proof",           "verification.digests.prove_entry",                  "accounts.read"),
    Route("GET",    "/v1/.well-known/digest-keys.json",          "verification.digests.list_digest_keys",             None),
    Route("GET",    "/v1/accounts/{account_id}/changes",         "audit.audit.list_account_changes",           "accounts.read"),

    Route("GET",    "/v1/health",                                "operations.health.health",                          None),
    Route("GET",    "/v1/openapi.json",                          "operations.health.openapi",                         None),
    Route("GET",    "/v1/docs",                                  "operations.health.docs",                            None),
)
# fmt: on
