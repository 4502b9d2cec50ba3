"""Webhook endpoints: where the bank sends events."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.handlers.webhooks.endpoint_schemas import (
    CreateWebhookEndpoint,
    EditWebhookEndpoint,
    WebhookEndpointView,
    WebhookTestView,
)
from chalicelib.services.webhooks import endpoint_lookup, endpoints, secret_rotation, try_out
from chalicelib.services.webhooks.endpoint_lookup import OpenedEndpoint


def answer(opened: OpenedEndpoint, *, replayed: bool = False) -> Answer:
    """Respond with an endpoint and its version as ETag."""
    return Answer(WebhookEndpointView.of(opened), version=opened.endpoint.version, replayed=replayed)


@describe(
    "Create a webhook endpoint",
    status=201,
    body=CreateWebhookEndpoint,
    answer=WebhookEndpointView,
    problems=("conflict", "mfa_step_up_required", "contention"),
    action="webhook_endpoint",
)
def create_webhook_endpoint(request: Request[CreateWebhookEndpoint, None]) -> Answer:
    """Customers get their own events, managers and admins those of the bank. A customer or the bank has at most 20. The
    secret of `hmac` is shown in this response only; if the endpoint waited for approval, rotate the secret to get one.
    """
    body = request.body
    opened, replayed = endpoints.create(request.caller, request.idempotency_key, body.new(), body.scope)
    return answer(opened, replayed=replayed)


@describe("List your webhook endpoints", answer=Listing[WebhookEndpointView])
def list_webhook_endpoints(request: Request[None, None]) -> Listing[WebhookEndpointView]:
    """Lists your endpoints, or those of the bank for its managers and admins, all on one page."""
    found = endpoint_lookup.list_all(request.caller)
    return Listing[WebhookEndpointView].page([WebhookEndpointView.of(one) for one in found], None)


@describe(
    "Get a webhook endpoint", answer=WebhookEndpointView, problems=("not_found",), versioned="the webhook endpoint"
)
def get_webhook_endpoint(request: Request[None, None], endpoint_id: str) -> Answer:
    """Returns the endpoint. If the bank has disabled it, `banner` says why and what to do."""
    return answer(endpoint_lookup.get(request.caller, endpoint_id))


@describe(
    "Edit a webhook endpoint",
    body=EditWebhookEndpoint,
    answer=WebhookEndpointView,
    problems=("not_found", "conflict", "mfa_step_up_required", "contention"),
    action="webhook_endpoint",
    versioned="the webhook endpoint",
)
def edit_webhook_endpoint(request: Request[EditWebhookEndpoint, None], endpoint_id: str) -> Answer:
    """Changes the address, the events, the description or the format. Messages on their way use the new address."""
    edits = request.body.model_dump(exclude_unset=True)
    return answer(endpoints.edit(request.caller, endpoint_id, edits, request.if_match))


@describe(
    "Delete a webhook endpoint",
    status=204,
    problems=("not_found", "conflict", "contention"),
    versioned="the webhook endpoint",
)
def delete_webhook_endpoint(request: Request[None, None], endpoint_id: str) -> None:
    """Deletes the endpoint for good. What it has not got yet is cancelled."""
    endpoints.delete(request.caller, endpoint_id, request.if_match)


@describe(
    "Enable a webhook endpoint",
    answer=WebhookEndpointView,
    problems=("not_found", "conflict", "mfa_step_up_required", "contention"),
    action="webhook_endpoint",
    versioned="the webhook endpoint",
)
def enable_webhook_endpoint(request: Request[None, None], endpoint_id: str) -> Answer:
    """Enables a disabled endpoint, and makes you responsible for it. Replay what it missed while it was disabled."""
    opened, replayed = endpoints.enable(request.caller, endpoint_id, request.idempotency_key, request.if_match)
    return answer(opened, replayed=replayed)


@describe(
    "Rotate the secret of a webhook endpoint",
    answer=WebhookEndpointView,
    problems=("not_found", "conflict", "mfa_step_up_required", "contention"),
    key="ignored",
    action="webhook_endpoint",
    versioned="the webhook endpoint",
)
def rotate_webhook_secret(request: Request[None, None], endpoint_id: str) -> Answer:
    """Makes a new secret and shows it once. For 24 hours messages are signed with the old secret as well. At an
    endpoint of the bank this can wait for an approval; once it is given, send the request again within 24 hours.
    """
    return answer(secret_rotation.rotate_secret(request.caller, endpoint_id, request.if_match))


@describe(
    "Test a webhook endpoint",
    answer=WebhookTestView,
    problems=("not_found", "too_many_attempts", "contention"),
    key="ignored",
)
def test_webhook_endpoint(request: Request[None, None], endpoint_id: str) -> WebhookTestView:
    """Sends an `endpoint.test` event now, waits up to 15 seconds, and returns what the receiver answered. You can
    send 20 test events an hour, to all your endpoints together.
    """
    return WebhookTestView.of(try_out.send_test(request.caller, endpoint_id))
