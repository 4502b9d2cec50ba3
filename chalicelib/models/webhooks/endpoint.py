"""Webhook endpoints, and the book of those that an owner has: items of `bank`, audited as any other."""

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.domain.webhooks.endpoint import BANK, DisabledReason, Format, Scope, Signature, Status
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, PersonalAttribute, SecretAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.personal import PersonalItem


def partition_of(owner: str) -> str:
    """Return the partition of the endpoints of an owner: "bank", or a customer's id.

    A customer's are not in the customer's own partition, so that the function that disables them can write no other
    item of the customer.
    """
    return f"WEBHOOKS#{owner}"


class WebhookEndpoint(PersonalItem, discriminator="webhook_endpoint"):
    """`subject_id` is under whose data key the endpoint's fields are sealed: the customer's, or, of an endpoint of the
    bank, its own.

    `responsible_id` is the user who made or last enabled it: without that user's right it gets nothing more.
    `handled_by` are all users who have made, changed or enabled it, or given it another secret.
    `previous_secret` signs as well until `previous_until` (a timestamp). `rotation_for` is the user who may rotate the
    secret once, until `rotation_until` (a timestamp), since a second person has approved it: a secret is shown to the
    person who rotates it, so it is not made by an approval. Once deleted, nothing sealed is left.
    """

    id = UnicodeAttribute()
    scope = ChoiceAttribute[Scope]()
    customer_id = UnicodeAttribute(null=True)
    subject_id = UnicodeAttribute()
    url = PersonalAttribute(null=True)
    description = PersonalAttribute(null=True)
    secret = SecretAttribute(null=True)
    previous_secret = SecretAttribute(null=True)
    previous_until = UnicodeAttribute(null=True)
    events = CompactJSONAttribute()
    signature = ChoiceAttribute[Signature]()
    format = ChoiceAttribute[Format]()
    status = ChoiceAttribute[Status](default="enabled")
    disabled_reason = ChoiceAttribute[DisabledReason](null=True)
    disabled_at = UnicodeAttribute(null=True)
    responsible_id = UnicodeAttribute()
    handled_by = CompactJSONAttribute(null=True)
    rotation_for = UnicodeAttribute(null=True)
    rotation_until = UnicodeAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.subject_id)

    @property
    def owner(self) -> str:
        """Return "bank", or the id of the customer whose endpoint it is."""
        return str(self.customer_id or BANK)

    @property
    def people(self) -> list[str]:
        """Return the users who have had a hand in the endpoint."""
        return self.handled_by or [str(self.responsible_id)]

    def with_hand_of(self, user_id: str) -> list[str]:
        """Return the same, with one more."""
        return list(dict.fromkeys([*self.people, user_id]))

    def may_rotate(self, user_id: str, at: str) -> bool:
        """Return whether a second person has approved that this user rotates the secret."""
        return self.rotation_for == user_id and at < str(self.rotation_until)

    @staticmethod
    def key(owner: str, endpoint_id: str) -> Key:
        return partition_of(owner), f"ENDPOINT#{endpoint_id}"

    @classmethod
    def by_id(cls, owner: str, endpoint_id: str) -> "WebhookEndpoint | None":
        return cls.find(*cls.key(owner, endpoint_id))

    @classmethod
    def new(cls, owner: str, endpoint_id: str, **fields: Any) -> "WebhookEndpoint":
        """Return an enabled endpoint that is not stored yet."""
        scope: Scope = "bank" if owner == BANK else "customer"
        customer_id, subject_id = (None, endpoint_id) if owner == BANK else (owner, owner)
        return cls(
            *cls.key(owner, endpoint_id),
            id=endpoint_id,
            scope=scope,
            customer_id=customer_id,
            subject_id=subject_id,
            **fields,
        )

    def disable(self, reason: DisabledReason, caller: Caller, at: str) -> Action:
        """Disable the endpoint, if nobody has changed it since it was read."""
        values = {"status": "disabled", "disabled_reason": reason, "disabled_at": at}
        return self.set_as_read(values, caller, at)

    def delete_fields(self, caller: Caller, at: str) -> Action:
        """Take everything sealed away, and end the endpoint for good. No function may delete an item."""
        emptied = dict.fromkeys((*self.personal_fields(), "previous_until", "rotation_for", "rotation_until"))
        return self.set_as_read({**emptied, "status": "deleted"}, caller, at)


class EndpointBook(BankItem, discriminator="webhook_endpoints"):
    """The ids of an owner's endpoints that are not deleted, oldest first. It bounds them and lists them in one read."""

    owner = UnicodeAttribute()
    endpoint_ids = CompactJSONAttribute(default=list)

    @staticmethod
    def key(owner: str) -> Key:
        return partition_of(owner), "BOOK"

    @classmethod
    def of(cls, owner: str) -> "EndpointBook":
        """Read the book of an owner, or return an empty one, which has version 0."""
        return cls.find(*cls.key(owner)) or cls(*cls.key(owner), owner=owner, version=0, endpoint_ids=[])

    def endpoints(self) -> list[WebhookEndpoint]:
        """Read the endpoints in the book, in one call."""
        return get_all(WebhookEndpoint, [WebhookEndpoint.key(self.owner, one) for one in self.endpoint_ids])

    def keep(self, endpoint_ids: list[str], caller: Caller, at: str) -> Action:
        """Return the action that stores the ids, if the book is still as it was read."""
        if self.version:
            return self.set_as_read({"endpoint_ids": endpoint_ids}, caller, at)
        made = EndpointBook(*self.key(self.owner), owner=self.owner, endpoint_ids=endpoint_ids)
        return made.stamp(caller, at).put_if_absent()


def partitions_of(owners: Iterable[str]) -> list[str]:
    """Return the partitions of those of the owners who have had an endpoint."""
    return [partition_of(book.owner) for book in get_all(EndpointBook, map(EndpointBook.key, owners))]


def endpoints_of(owners: Iterable[str]) -> dict[str, list[WebhookEndpoint]]:
    """Return the endpoints of several owners, in two calls; owners without any are left out."""
    books = get_all(EndpointBook, map(EndpointBook.key, owners))
    wanted = [WebhookEndpoint.key(book.owner, one) for book in books for one in book.endpoint_ids]
    found: dict[str, list[WebhookEndpoint]] = {}
    for endpoint in get_all(WebhookEndpoint, wanted):
        found.setdefault(endpoint.owner, []).append(endpoint)
    return found
