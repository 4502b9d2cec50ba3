"""Webhook endpoints: made, changed and ended by customers for their own events, by managers for the bank's.

An endpoint of the bank sees what the whole bank does, so making or changing one is an action that may wait for a second
person (`webhook_endpoint`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib import aws, clock
from chalicelib.domain import ids
from chalicelib.domain.errors import Conflict
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.domain.webhooks.endpoint import (
    BANK,
    ENDPOINTS_MAX,
    Format,
    Scope,
    Signature,
)
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.models.webhooks import slots, update
from chalicelib.models.webhooks.endpoint import EndpointBook, WebhookEndpoint
from chalicelib.services import idempotency, step_up
from chalicelib.services.crypto import data_keys, personal_fields
from chalicelib.services.mail import order as mail
from chalicelib.services.webhooks import (
    endpoint_change,
    endpoint_lookup,
    second_person,
    secret_rotation,
    secrets,
    subscription,
)
from chalicelib.services.webhooks.endpoint_lookup import OpenedEndpoint

FULL = f"There are {ENDPOINTS_MAX} webhook endpoints already. Delete one first."


@dataclass(frozen=True)
class NewEndpoint:
    """`events` are patterns of types, such as `transaction.*`."""

    url: str = field(repr=False)
    events: list[str]
    description: str | None = None
    signature: Signature = "ed25519"
    format: Format = "standard"


@transact.until_committed
def create(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    new: NewEndpoint,
    scope: Scope | None = None,
    approved_id: str | None = None,
) -> tuple[OpenedEndpoint, bool]:
    """Make an endpoint, and return whether an earlier request under the same key had made it; then without its secret.

    `approved_id` is the id that an approval names.
    Raises ValidationFailed for the address or the patterns, Conflict where there are too many, MfaStepUpRequired.
    """
    owner = endpoint_lookup.owner_for(caller, scope)
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return endpoint_lookup.get(caller, earlier), True
    step_up.require(caller)
    subscription.check(new.url, new.events)
    at, endpoint_id = timestamp(clock.now()), approved_id or ids.new_id("whe", clock.now())
    approved = second_person.require(caller, owner, "create", (endpoint_id, None), asdict(new), idempotency_key)
    book = EndpointBook.of(owner)
    if len(book.endpoint_ids) >= ENDPOINTS_MAX:
        raise Conflict(FULL)
    update.note_endpoints()  # before the endpoint is there: no event after that may miss it
    protected = [data_keys.new(endpoint_id, caller, at)] if owner == BANK else []
    secret = secrets.new() if new.signature == "hmac" else None
    endpoint = _seal(caller, owner, endpoint_id, new, secret).stamp(caller, at)
    actions: list[Action | Extra] = [
        *approved,
        *endpoint_change.conditions(caller, owner),
        *protected,
        endpoint.put_if_absent(),
        book.keep([*book.endpoint_ids, endpoint_id], caller, at),
    ]
    made_id, replayed = idempotency.commit_once(caller, idempotency_key, endpoint_id, actions, at)
    if replayed:
        with aws.unknown_outcome_on_error():
            return endpoint_lookup.get(caller, made_id), True
    mail.tell("endpoint_added", caller.user_id, caller)
    return OpenedEndpoint(endpoint, new.url, new.description, None if caller.approval_id else secret), False


def edit(caller: Caller, endpoint_id: str, edits: Mapping[str, Any], matching: IfMatch) -> OpenedEndpoint:
    """Change address, patterns, description or format. Of another address a mail tells the caller and the person
    responsible.

    Raises ValidationFailed, NotFound, Conflict when `matching` (If-Match) is outdated, MfaStepUpRequired.
    """
    step_up.require(caller)
    told = set[str]()

    def decide(endpoint: WebhookEndpoint) -> dict[str, object]:
        before = personal_fields.decrypt(endpoint)["url"]
        url = str(edits.get("url") or before)
        told.update({caller.user_id, str(endpoint.responsible_id)} if url != before else ())
        if edits.keys() & {"url", "events"}:
            subscription.check(url, edits.get("events", endpoint.events))
        sealed = {name: edits[name] for name in ("url", "description") if name in edits}
        return {**edits, **personal_fields.encrypt(endpoint.whose, endpoint.own_key, sealed)}

    changed = endpoint_change.change(caller, endpoint_id, decide, matching, ("edit", dict(edits)))
    for user_id in sorted(told):
        mail.tell("endpoint_moved", user_id, caller)
    return changed


def enable(
    caller: Caller, endpoint_id: str, idempotency_key: IdempotencyKey | None, matching: IfMatch
) -> tuple[OpenedEndpoint, bool]:
    """Enable an endpoint again, and return whether an earlier request under the same key had done it.

    The caller is responsible for it from now on. Raises as `edit` does.
    """
    if idempotency.find_earlier(idempotency_key):
        found = endpoint_lookup.get(caller, endpoint_id)
        slots.forgive(endpoint_id)  # the earlier request may have ended before it
        return found, True
    step_up.require(caller)
    changes: dict[str, object] = {
        "status": "enabled",
        "disabled_reason": None,
        "disabled_at": None,
        "responsible_id": caller.user_id,
    }

    def decide(endpoint: WebhookEndpoint) -> dict[str, object]:
        is_done = endpoint.status == "enabled" and endpoint.responsible_id == caller.user_id
        return {} if is_done else changes

    changed = endpoint_change.change(caller, endpoint_id, decide, matching, ("enable", {}), idempotency_key)
    slots.forgive(endpoint_id)
    return changed, False


@transact.until_committed
def delete(caller: Caller, endpoint_id: str, matching: IfMatch) -> None:
    """Delete an endpoint: it gets nothing more, and its address and secrets are gone. Raises NotFound, Conflict."""
    endpoint = endpoint_lookup.find(caller, endpoint_id)
    matching.require(endpoint.version)
    book, at = EndpointBook.of(endpoint.owner), timestamp(clock.now())
    left = [one for one in book.endpoint_ids if one != endpoint_id]
    transact.commit([endpoint.delete_fields(caller, at), book.keep(left, caller, at)], caller.request_id)


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out what was approved: an endpoint is made, edited or enabled, or its secret may be rotated."""
    payload = dict(approval.payload)
    what = payload.pop("do")
    if what == "create":
        create(maker, None, NewEndpoint(**payload), approved_id=approval.resource_id)
    elif what == "edit":
        edit(maker, str(approval.resource_id), payload, ANY_VERSION)
    elif what == "rotate":
        secret_rotation.allow(maker, str(approval.resource_id))
    else:
        enable(maker, str(approval.resource_id), None, ANY_VERSION)


def _seal(caller: Caller, owner: str, endpoint_id: str, new: NewEndpoint, secret: str | None) -> WebhookEndpoint:
    """Return a new endpoint, its address, description and secret sealed."""
    subject_id = endpoint_lookup.subject_of(owner, endpoint_id)
    clear = {"url": new.url, "description": new.description, "secret": secret}
    fields = personal_fields.encrypt(subject_id, WebhookEndpoint.key(owner, endpoint_id), clear)
    return WebhookEndpoint.new(
        owner,
        endpoint_id,
        events=list(new.events),
        signature=new.signature,
        format=new.format,
        responsible_id=caller.user_id,
        handled_by=[caller.user_id],
        **(secret_rotation.rotation_of(caller) if secret and caller.approval_id else {}),
        **fields,
    )
