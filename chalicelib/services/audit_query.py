"""Asking the audit: what happened to an entity, what an actor did, how an account was edited."""

from dataclasses import dataclass

from chalicelib.domain import audit, ids
from chalicelib.domain.errors import NotFound, ValidationFailed
from chalicelib.domain.permissions import Caller
from chalicelib.models.account import Account
from chalicelib.models.audit import BY_ACTOR, BY_LIST, BY_TIME, AuditRecord, edits_key
from chalicelib.models.paging import Page, Paging, query_page
from chalicelib.services import accounts, ranges

ACTORS = frozenset({"system", "anonymous", audit.DYNAMODB, audit.UNKNOWN})
"""Who acts without being a user."""


@dataclass(frozen=True)
class Asked:
    """`from_` and `to` are dates of the bank or timestamps, both inclusive."""

    entity: str | None = None
    actor: str | None = None
    from_: str | None = None
    to: str | None = None


def page(asked: Asked, paging: Paging) -> Page[AuditRecord]:
    """Records of an entity, of an actor, or of both, newest first; with both, a page may be short."""
    since, until = ranges.parse(asked.from_, asked.to)
    if asked.actor is not None and asked.actor not in ACTORS and not ids.is_id("usr", asked.actor):
        raise NotFound(f"There is no actor {asked.actor}.")
    if asked.entity is not None:
        partition = audit.partition_of(asked.entity)
        if partition is None:
            raise NotFound(f"There is nothing with the id {asked.entity}.")
        return query_page(
            AuditRecord,
            partition,
            limit=paging.limit,
            cursor=paging.cursor,
            index=BY_TIME,
            between=AuditRecord.at.between(since, until),
            matching=AuditRecord.actor == asked.actor if asked.actor is not None else None,
        )
    if asked.actor is None:
        raise ValidationFailed.of("entity", "give entity, actor or both")
    return query_page(
        AuditRecord,
        asked.actor,
        limit=paging.limit,
        cursor=paging.cursor,
        index=BY_ACTOR,
        between=AuditRecord.at.between(since, until),
    )


def account_changes(caller: Caller, account_id: str, paging: Paging) -> tuple[Account, Page[AuditRecord]]:
    """Who opened, edited, froze or closed an account, or changed its PIN. Movements of money are its history."""
    account = accounts.get(caller, account_id)
    found = query_page(AuditRecord, edits_key(account.id), limit=paging.limit, cursor=paging.cursor, index=BY_LIST)
    return account, found
