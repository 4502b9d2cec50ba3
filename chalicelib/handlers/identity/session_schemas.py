"""Schemas of log-ins and sessions, for the users themselves."""

from datetime import UTC, datetime

from pydantic import Field

from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.handlers.http.schemas import Timestamp, View
from chalicelib.models.identity.login import Outcome
from chalicelib.models.identity.session import Session
from chalicelib.services.identity.login_log import Entry


class OwnLoginView(View):
    """A log-in attempt, a log-out, a password set with a code from an email, or an unlocking by staff."""

    id: str = Field(examples=["log_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    outcome: Outcome
    at: Timestamp
    source_ip: str | None = Field(examples=["203.0.113.7"])
    user_agent: str | None = Field(examples=["curl/8.5.0"])

    @classmethod
    def of(cls, entry: Entry) -> "OwnLoginView":
        login, origin = entry.login, entry.origin
        return cls.model_construct(
            id=login.id,
            outcome=login.outcome,
            at=login.created_at,
            source_ip=origin["source_ip"],
            user_agent=origin["user_agent"],
        )


class SessionView(View):
    """An active session. `refreshed_at` is its last refresh, or its start; it ends at `expires_at`."""

    session_id: str
    is_current: bool = Field(description="Whether this request uses it")
    created_at: Timestamp
    refreshed_at: Timestamp
    expires_at: Timestamp

    @classmethod
    def of(cls, session: Session, caller: Caller) -> "SessionView":
        return cls.model_construct(
            session_id=session.id,
            is_current=session.id == caller.session_id,
            created_at=session.created_at,
            refreshed_at=session.updated_at,
            expires_at=timestamp(datetime.fromtimestamp(session.expires_at or 0, UTC)),
        )
