"""Schemas of requests and responses about the audit."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from chalicelib import clock
from chalicelib.domain import money
from chalicelib.domain.audit import visible_fields
from chalicelib.domain.permissions import Caller
from chalicelib.domain.verification.checks import Broken
from chalicelib.handlers.accounts.account_schemas import DateOrMoment
from chalicelib.handlers.accounts.holder_schemas import HolderView
from chalicelib.handlers.http.schemas import Hash, PageQuery, Query, Timestamp, View
from chalicelib.models.accounts.account import Account
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.identity.login import Outcome
from chalicelib.models.verification.verification import Stage, Status, Verification
from chalicelib.services.audit.audit_log import AccountChange, ActorRole
from chalicelib.services.identity.login_log_query import LoggedIn
from chalicelib.services.verification.verify import Verdict

AnyId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Fields = Annotated[dict[str, Any], Field(examples=[{"status": "active"}])]


class AuditQuery(PageQuery):
    entity: AnyId | None = Field(
        default=None,
        description="The id of an account, user, customer, transaction, branch, ticket, announcement, alert, approval,"
        " order, payment file or recall by another bank; `savings` or `current` for its rates of interest; a month such"
        " as `2026-10` for its run; `token-key` or `webhook-key` for replacements of the key of access tokens or of"
        " webhook messages; `metrics-token` for tokens of the role `metrics`; `approval-policies`, `authority`,"
        " `risk-thresholds`; `webhook-endpoints` for those of the bank",
    )
    actor: AnyId | None = Field(default=None, description="A user's id, or `system`, `anonymous`, `dynamodb`")
    from_: DateOrMoment | None = Field(default=None, alias="from")
    to: DateOrMoment | None = None


class LoginsQuery(PageQuery):
    user_id: AnyId | None = None
    from_: DateOrMoment | None = Field(default=None, alias="from", description="By default 30 days ago")
    to: DateOrMoment | None = None


class VerifyQuery(Query):
    account_id: AnyId | None = None


class AuditRecordView(View):
    """An audit record as stored, with amounts in minor units, so that you can compute its hash again.

    `hash` is the SHA-256 of the compact JSON array of prev_hash, pk, sk, version, event, actor, at, request_id, before,
    after, changed and image_digest, object keys sorted. Where `event_edition` is not null, event_count and
    event_edition follow in the array.
    """

    pk: str = Field(examples=["ACCOUNT#acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    sk: str = Field(examples=["ACCOUNT#000000000003"])
    version: int
    event: str = Field(examples=["account.frozen"])
    actor: str = Field(examples=["usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y"])
    at: Timestamp
    request_id: str
    before: Fields
    after: Fields = Field(examples=[{"status": "frozen"}])
    changed: list[str] = Field(
        description="Changed fields whose values the audit does not contain", examples=[["nickname"]]
    )
    image_digest: str | None = Field(
        description="The hash of the item's images, for a change that bypassed the bank's code", examples=[None]
    )
    prev_hash: Hash
    hash: Hash
    event_count: int | None = Field(description="How many events the item has made", examples=[2])
    event_edition: int | None = Field(
        description="The edition of the catalogue of events by which they are counted; null for items without events",
        examples=[1],
    )

    @classmethod
    def of(cls, item: AuditRecord) -> "AuditRecordView":
        return cls.model_construct(**vars(item.record()))


class LoginView(View):
    """A log-in attempt.

    `source_ip` and `user_agent` are personal data and are deleted after 90 days; the rest stays.
    """

    id: str = Field(examples=["log_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    user_id: str | None = Field(description="null if no user has this email address")
    outcome: Outcome
    at: Timestamp
    request_id: str
    source_ip: str | None = Field(examples=["203.0.113.7"])
    user_agent: str | None = Field(examples=["curl/8.5.0"])

    @classmethod
    def of(cls, attempt: LoggedIn) -> "LoginView":
        record = attempt.record
        return cls.model_construct(
            id=record.item_id,
            user_id=record.after.get("user_id"),
            outcome=record.after.get("outcome"),
            at=record.at,
            request_id=record.request_id,
            source_ip=attempt.origin.get("source_ip"),
            user_agent=attempt.origin.get("user_agent"),
        )


class AccountChangeView(View):
    """A change of an account. `changed` names the fields whose values are not shown: the nickname, the PIN."""

    event: str = Field(examples=["account.frozen"])
    actor: str = Field(description="The user who made the change", examples=["usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y"])
    actor_role: ActorRole = Field(description="Customers see `bank` for all staff", examples=["bank"])
    at: Timestamp
    request_id: str
    before: Fields
    after: Fields = Field(examples=[{"status": "frozen"}])
    changed: list[str] = Field(examples=[["nickname"]])

    @classmethod
    def of(cls, change: AccountChange, account: Account, caller: Caller) -> "AccountChangeView":
        item = change.record
        return cls.model_construct(
            event=item.event,
            actor=item.actor,
            actor_role=change.actor_role,
            at=item.at,
            request_id=item.request_id,
            before=_as_in_the_api(item.before, account, caller),
            after=_as_in_the_api(item.after, account, caller),
            changed=["pin" if name == "pin_hash" else name for name in item.changed],
        )


class CheckedView(View):
    accounts: int
    entries: int
    transactions: int
    audit_records: int
    digests: int
    rollups: int


class BrokenView(View):
    where: str = Field(examples=["acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z entry 2: amount"])
    expected: str = Field(description="Amounts in minor units", examples=["-2500"])
    found: str = Field(examples=["-2400"])

    @classmethod
    def of(cls, broken: Broken) -> "BrokenView":
        return cls.model_construct(where=broken.where, expected=str(broken.expected), found=str(broken.found))


class VerdictView(View):
    ok: bool
    checked: CheckedView = Field(description="What was verified, up to the first broken link")
    broken: BrokenView | None
    late: int = Field(description="Transactions and labels that reports do not count yet", examples=[0])

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictView":
        return cls.model_construct(
            ok=verdict.ok,
            checked=CheckedView.model_construct(**vars(verdict.checked)),
            broken=BrokenView.of(verdict.broken) if verdict.broken else None,
            late=verdict.late,
        )


class VerificationView(View):
    """A verification that takes longer than a request. `done` of the `of` parts of its `stage` are verified."""

    id: str = Field(examples=["ver_7"])
    status: Status = Field(
        description="`done`: see `report`. `failed`: it has stopped without a report", examples=["running"]
    )
    account_id: str | None = Field(description="null: the whole bank", examples=[None])
    started_by: str = Field(description="The user who requested it", examples=["usr_01KAK4WZ3P5Q7R9S1T3V5W7X9Y"])
    started_at: Timestamp
    updated_at: Timestamp
    stage: Stage = Field(description="Accounts, then transactions by UTC day, then all other items")
    done: int = Field(examples=[1250])
    of: int = Field(description="0 until the first progress is stored", examples=[3000])
    checked: CheckedView = Field(description="What was verified so far; it holds")
    report: VerdictView | None = Field(description="The same as from `GET /v1/audit/verify`, when it is done")

    @classmethod
    def of_item(cls, item: Verification) -> "VerificationView":
        checked = CheckedView.model_construct(**item.checked)
        broken = BrokenView.model_construct(**item.broken) if item.broken else None
        report = VerdictView.model_construct(ok=not broken, checked=checked, broken=broken, late=item.late)
        return cls.model_construct(
            id=item.id,
            status="failed" if item.is_stalled(clock.now()) else item.status,
            account_id=item.account_id,
            started_by=item.started_by,
            started_at=item.created_at,
            updated_at=item.updated_at,
            stage=item.stage,
            done=item.done,
            of=item.of,
            checked=checked,
            report=report if item.status == "done" else None,
        )


_NAMES = {"account_type": "type", "status_reason": "reason"}


def _as_in_the_api(fields: dict[str, Any], account: Account, caller: Caller) -> dict[str, Any]:
    """Return the fields as the account's own endpoint shows them. Customers do not see who of the bank, or why."""
    shown = visible_fields.edits_only(fields)
    shown.pop("account_id", None)
    if not caller.sees_everything:
        for name in ("status_reason", "frozen_by"):
            shown.pop(name, None)
    if "overdraft_limit" in shown:
        shown["overdraft_limit"] = money.text(shown["overdraft_limit"], account.currency)
    if "holders" in shown:
        # A schema that is built when it is first needed cannot be serialized where a field takes any value.
        shown["holders"] = [one.model_dump(mode="json") for one in HolderView.all_of(shown["holders"])]
    return {_NAMES.get(name, name): value for name, value in shown.items()}
