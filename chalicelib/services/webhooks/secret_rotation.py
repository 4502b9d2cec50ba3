"""Rotates the secrets of endpoints: at an endpoint of the bank, after a second person has let one person do so."""

from chalicelib import clock
from chalicelib.domain.errors import Conflict
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.domain.webhooks.endpoint import ROTATION_WITHIN, SECRET_OVERLAP
from chalicelib.models.webhooks.endpoint import WebhookEndpoint
from chalicelib.services import step_up
from chalicelib.services.crypto import personal_fields
from chalicelib.services.webhooks import endpoint_change, secrets
from chalicelib.services.webhooks.endpoint_lookup import OpenedEndpoint


def rotate_secret(caller: Caller, endpoint_id: str, matching: IfMatch) -> OpenedEndpoint:
    """Give an endpoint a new secret, which the response shows once; the old one signs as well for 24 hours more.

    Where this waits for a second person, the approval lets its maker send the request again, once. Raises Conflict for
    an endpoint that signs with the bank's key, which the bank itself rotates.
    """
    step_up.require(caller)
    secret = secrets.new()

    def decide(endpoint: WebhookEndpoint) -> dict[str, object]:
        _require_hmac(endpoint)
        fields = {"secret": secret, "previous_secret": personal_fields.decrypt(endpoint)["secret"]}
        until = timestamp(clock.now() + SECRET_OVERLAP)
        sealed = personal_fields.encrypt(endpoint.whose, endpoint.own_key, fields)
        return {**sealed, "previous_until": until, "rotation_for": None, "rotation_until": None}

    changed = endpoint_change.change(caller, endpoint_id, decide, matching, ("rotate", {}))
    return OpenedEndpoint(changed.endpoint, changed.url, changed.description, secret)


def allow(maker: Caller, endpoint_id: str) -> None:
    """Let the maker of an approval rotate the secret once: only the person who rotates it is shown a secret."""

    def decide(endpoint: WebhookEndpoint) -> dict[str, object]:
        _require_hmac(endpoint)
        return rotation_of(maker)

    endpoint_change.change(maker, endpoint_id, decide, ANY_VERSION, ("rotate", {}))


def rotation_of(maker: Caller) -> dict[str, object]:
    until = timestamp(clock.now() + ROTATION_WITHIN)
    return {"rotation_for": maker.user_id, "rotation_until": until}


def _require_hmac(endpoint: WebhookEndpoint) -> None:
    if endpoint.signature != "hmac":
        raise Conflict("This endpoint has no secret: its messages are signed with the bank's key.")
