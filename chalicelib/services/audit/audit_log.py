"""Queries of the audit: changes of an entity, actions of an actor, edits of an account."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from chalicelib.domain import errors, ids
from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.errors import NotFound, ValidationFailed
from chalicelib.domain.permissions import Caller, Role
from chalicelib.models.accounts.account import Account
from chalicelib.models.audit import audit_pages
from chalicelib.models.audit.audit_partitions import partition_of
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.batch import batch_get, get_all
from chalicelib.models.clearing.received_recall import ReceivedRecall
from chalicelib.models.identity.user import User
from chalicelib.models.paging import Page, Paging
from chalicelib.models.risk.alert import RiskAlert
from chalicelib.services import conflicts, date_ranges
from chalicelib.services.accounts import accounts

ACTORS = frozenset({"system", "anonymous", audit_record.DYNAMODB, audit_record.UNKNOWN})
"""Who acts without being a user."""

ActorRole = Literal[Role, "owner", "holder", "bank"]


@dataclass(frozen=True)
class AuditQuery:
    """`from_` and `to` are dates of the bank or timestamps, both inclusive."""

    entity: str | None = None
    actor: str | None = None
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class AccountChange:
    """A record of an account, and the role, as it is now, of whoever made the change."""

    record: AuditRecord
    actor_role: ActorRole


def page(caller: Caller, asked: AuditQuery, paging: Paging) -> Page[AuditRecord]:
    """List the records of an entity, an actor, or both, newest first; with both, a page may be short.

    Records that could tell the caller of a suspicion about itself are left out, and others fill their places.
    """
    return conflicts.fill_page(paging, partial(_page, asked), partial(_without_own, caller))


def _without_own(caller: Caller, records: list[AuditRecord]) -> list[AuditRecord]:
    """Leave out alerts and recalls about the caller, and what happened to the customer that it is: reads, legal
    holds."""
    if caller.own_customer_id is None:
        return records
    records = [record for record in records if caller.own_customer_id not in record.customer_ids]
    alerts = get_all(RiskAlert, {RiskAlert.key(record.alert_id) for record in records if record.alert_id})
    recalls = get_all(ReceivedRecall, {ReceivedRecall.key(one.recall_id) for one in records if one.recall_id})
    suspicions: list[RiskAlert | ReceivedRecall] = [*alerts, *recalls]
    shown = {None, *(one.id for one in conflicts.without_own(caller, suspicions))}
    return [one for one in records if one.alert_id in shown and one.recall_id in shown]


def _page(asked: AuditQuery, paging: Paging) -> Page[AuditRecord]:
    since, until = date_ranges.parse(asked.from_, asked.to)
    if asked.actor is not None and asked.actor not in ACTORS and not ids.is_id("usr", asked.actor):
        raise errors.unknown("actor", asked.actor)
    if asked.entity is not None:
        partition = partition_of(asked.entity)
        if partition is None:
            raise NotFound(
                f"No records stand under {errors.shorten(asked.entity)}."
                " What belongs to a customer, a user or an account, such as a payee or a session, is among its records."
            )
        return audit_pages.page_of_entity(partition, since, until, asked.actor, paging)
    if asked.actor is None:
        raise ValidationFailed.of("entity", "give entity, actor or both")
    return audit_pages.page_of_actor(asked.actor, since, until, paging)


def account_changes(caller: Caller, account_id: str, paging: Paging) -> tuple[Account, Page[AccountChange]]:
    """List who opened, edited, froze or closed an account, or changed its holders or PIN.

    Movements of money are in the history. The actors other than the caller are read in one call, for their roles.
    """
    account = accounts.get(caller, account_id)
    found = audit_pages.page_of_edits(account.id, paging)
    roles = _roles(caller, account, {record.actor for record in found.items})
    return account, Page([AccountChange(one, roles[one.actor]) for one in found.items], found.next_cursor)


def _roles(caller: Caller, account: Account, actors: set[str]) -> dict[str, ActorRole]:
    others = [User.key(actor) for actor in actors if actor != caller.user_id and ids.is_id("usr", actor)]
    roles: dict[str, ActorRole] = dict.fromkeys(actors, "bank")
    roles |= {user.id: _role(caller, account, user) for user in batch_get(others) if isinstance(user, User)}
    return roles | {caller.user_id: _role(caller, account, caller)}


def _role(caller: Caller, account: Account, actor: User | Caller) -> ActorRole:
    """Return the role of an actor. Customers see `bank` for all staff."""
    if actor.role == "customer":
        return "owner" if actor.customer_id == account.customer_id else "holder"
    role = actor.user_role if isinstance(actor, Caller) else actor.role
    return role if caller.sees_everything else "bank"
