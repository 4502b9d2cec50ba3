"""Operations of the API that no page of the console calls, each with the reason why people need none for it."""

from tests.unit.console.test_api_paths import PATHS, calls

METHODS = ("get", "post", "put", "patch", "delete")
PROGRAMS = "only programs read it"
LISTED = "a list or another operation has the same on a page"
DECIDED = "the inbox of approvals decides about it"
WITHOUT_PAGE = {
    "GET /v1/.well-known/jwks.json": PROGRAMS,
    "GET /v1/.well-known/webhook-keys.json": PROGRAMS,
    "GET /v1/health": PROGRAMS,
    "GET /v1/health/ready": PROGRAMS,
    "GET /v1/metrics": PROGRAMS,
    "GET /v1/openapi.json": PROGRAMS,
    "GET /v1/docs": "a page of its own",
    "GET /v1/accounts/{account_id}/calendar.ics": "for calendar programs",
    "GET /v1/events/{event_id}": "people see the thing that an event is about",
    "GET /v1/event-types": "the form of an endpoint takes patterns, docs/events.md lists the types",
    "POST /v1/transactions/batch": "for programs; a file of payments has a page",
    "POST /v1/payment-files/uploads": "for programs; the bucket takes nothing from a browser, and 5 MB have a page",
    "POST /v1/payment-files/uploads/{upload_id}/confirm": "for programs",
    "GET /v1/accounts/{account_id}/balance": LISTED,
    "GET /v1/accounts/{account_id}/statements": LISTED,
    "GET /v1/approvals/{approval_id}": LISTED,
    "GET /v1/reports/risk/{alert_id}": LISTED,
    "POST /v1/transactions/{transaction_id}/approve": DECIDED,
    "POST /v1/transactions/{transaction_id}/reject": DECIDED,
    "GET /v1/announcements": LISTED,
    "GET /v1/announcements/{announcement_id}": LISTED,
    "GET /v1/approval-policies/{action}": LISTED,
    "GET /v1/beneficiaries/{beneficiary_id}": LISTED,
    "GET /v1/customers/{customer_id}/addresses/{address_id}": LISTED,
    "GET /v1/interest-rates/{account_type}": LISTED,
    "GET /v1/scheduled-payments/{payment_id}": LISTED,
}
WITHOUT_PAGE_MAX = 26
"""May only fall."""


def test_each_other_operation_is_called_by_a_page() -> None:
    called = {f"{'GET' if method == 'download' else method.upper()} " + path.strip('"') for _, method, path in calls()}
    of_the_api = {f"{method.upper()} {path}" for path, found in PATHS.items() for method in found if method in METHODS}
    assert sorted(of_the_api - called) == sorted(WITHOUT_PAGE)


def test_operations_without_a_page_become_fewer() -> None:
    assert len(WITHOUT_PAGE) <= WITHOUT_PAGE_MAX
