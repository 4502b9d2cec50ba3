"""Sessions: started by a sign-in, carried on by refresh tokens, ended for good."""

import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib import aws, clock
from chalicelib.domain import ids
from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.errors import NotFound, Unauthorized
from chalicelib.domain.identity.session import ACCESS_TOKEN_LIFE, GRACE_USES_MAX
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.session import Session, running_page
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging
from chalicelib.observability import count, logger
from chalicelib.services.crypto import bank_keys
from chalicelib.services.identity import login_log, tokens
from chalicelib.services.identity.login_log import Origin, Owner
from chalicelib.services.identity.tokens import Principal

SECRET_BYTES = 32
ROTATIONS_AT_ONCE_MAX = 2 + GRACE_USES_MAX
"""Each lost round is another's exchange of the same token, so that the limit of repetitions is met before."""
PAGES_MAX = 100
PAGE = 99
"""Of the sessions to be ended at once: a transaction has at most a hundred actions."""
REFUSED = "The refresh token is not valid or not valid any more. Log in again."
_REFRESH_TOKEN = re.compile(r"(usr_[0-9A-Z]{26})\.(ses_[0-9A-Z]{26})\.([A-Za-z0-9_-]{43})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Tokens:
    """`device_token` is there after a log-in from a device that was not known."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_seconds: int = int(ACCESS_TOKEN_LIFE.total_seconds())
    device_token: str | None = field(default=None, repr=False)


def start(user: User, caller: Caller, now: datetime) -> tuple[Session, str]:
    """Return a session to be put, and its refresh token."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session = Session.new(
        user.id, ids.new_id("ses", now), digest(secret), now, email_verified=user.email_verified_at is not None
    )
    session.stamp(caller, now)
    return session, _refresh_token(session, secret)


def tokens_of(user: User, session: Session, refresh_token: str, now: datetime) -> Tokens:
    principal = Principal(user.id, session.id, user.role, user.customer_id, user.branch_id, user.linked_customer_id)
    return Tokens(tokens.issue(principal, now), refresh_token)


def refresh(caller: Caller, refresh_token: str, source_ip: str) -> Tokens:
    """Exchange a refresh token for new tokens.

    Each can be used once. If one is used again, two parties have it and nobody knows which one is the thief: the
    session ends. Only the token before the last one is exchanged again for a moment (`Session.may_repeat`): a client
    whose answer was lost repeats its request.
    """
    given = _REFRESH_TOKEN.fullmatch(refresh_token)
    if not given:
        raise Unauthorized(REFUSED)
    user_id, session_id, secret, mac = given.groups()
    if not hmac.compare_digest(mac, bank_keys.refresh_mac(f"{user_id}.{session_id}.{secret}")):
        raise Unauthorized(REFUSED)
    user, session = Session.with_user(user_id, session_id)
    now = clock.now()
    if user is None or user.status != "active":
        raise Unauthorized(REFUSED)
    acting, next_secret = Caller(user.id, user.role, caller.request_id), secrets.token_urlsafe(SECRET_BYTES)
    source_hmac = bank_keys.source_hmac(source_ip)
    for _ in range(ROTATIONS_AT_ONCE_MAX):
        if session is None or not session.is_running(now) or _is_left_over(user, session):
            raise Unauthorized(REFUSED)
        action = _rotation(user, session, digest(secret), digest(next_secret), source_hmac, acting, now)
        try:
            transact.commit([action], caller.request_id)
        except transact.Cancelled as cancelled:
            session = cancelled.reasons[0].found(Session)
        else:
            return tokens_of(user, session, _refresh_token(session, next_secret), now)
    raise transact.gave_up(ambiguous=False)


def own(caller: Caller, paging: Paging) -> Page[Session]:
    """List the caller's active sessions, newest first; a page may be short or empty while there are more."""
    return running_page(caller.user_id, clock.now(), paging)


def end(caller: Caller, session_id: str, origin: Origin) -> None:
    """End one session of the caller. One that has ended stays so, and is logged once. Raises NotFound."""
    session = Session.by_id(caller.user_id, session_id) if ids.is_id("ses", session_id) else None
    if session is None or session.has_expired(clock.now()):
        raise NotFound("There is no such session of yours.")
    _log_out(caller, session_id, origin)


def log_out(caller: Caller, origin: Origin, *, everywhere: bool) -> None:
    """End the session that the caller uses, or all that it has."""
    _log_out(caller, caller.session_id or "", origin)
    if everywhere:
        end_all(caller, caller.user_id, "logged out everywhere")


def end_all(caller: Caller, user_id: str, because: str, spared: str | None = None) -> None:
    """End every session of a user, but for one that may be spared."""
    now, cursor = clock.now(), None
    for _ in range(PAGES_MAX):
        page = running_page(user_id, now, Paging(PAGE, cursor))
        _end([session for session in page.items if session.id != spared], because, caller, now)
        cursor = page.next_cursor
        if cursor is None:
            return


@contextmanager
def ending(caller: Caller, user_id: str, because: str, spared: str | None = None) -> Iterator[None]:
    """End every session of a user, but for one that may be spared, around the commit that takes their reason away.

    Before it: were the request cut short in between, no session of a thief would live on. After it: one may have begun
    meanwhile.
    """
    end_all(caller, user_id, because, spared)
    yield
    with aws.unknown_outcome_on_error():
        end_all(caller, user_id, because, spared)


def _log_out(caller: Caller, session_id: str, origin: Origin) -> None:
    now = clock.now()
    session = Session(*Session.key(caller.user_id, session_id))
    entry = login_log.entry("logged_out", Owner.of(caller), origin, caller, now)
    with suppress(transact.Cancelled):
        transact.commit([session.end("logged out", caller, now), entry.put_if_absent()], caller.request_id)


def _end(sessions: list[Session], because: str, caller: Caller, now: datetime) -> None:
    """End all sessions at once, or one by one if another request has just ended some of them."""
    if not sessions:
        return
    try:
        transact.commit([session.end(because, caller, now) for session in sessions], caller.request_id)
    except transact.Cancelled:
        if len(sessions) > 1:
            for session in sessions:
                _end([session], because, caller, now)


def _rotation(
    user: User, session: Session, used_hash: str, next_hash: str, source_hmac: str, caller: Caller, now: datetime
) -> Action:
    """Return the exchange of a token. Raises Unauthorized, and ends the session, if the token is an old one."""
    if session.refresh_hash == used_hash:
        is_verified = user.email_verified_at is not None
        return session.rotate(next_hash, source_hmac, caller, now, email_verified=is_verified)
    if session.may_repeat(used_hash, source_hmac, now):
        count("Refreshes", outcome="repeated")
        return session.repeat(next_hash, caller, now)
    logger.warning("refresh token misused: session ended", session_id=session.id)
    count("Refreshes", outcome="misused")
    _end([session], "refresh token misused", caller, now)
    raise Unauthorized(REFUSED)


def _is_left_over(user: User, session: Session) -> bool:
    """Return whether the session is older than the user's first factor, and was not ended when that was enrolled."""
    return bool(user.factors) and session.factor_used_at is None


def _refresh_token(session: Session, secret: str) -> str:
    """Return a refresh token.

    Its MAC keeps someone who knows only a session's id from ending it with a forged token.
    """
    token = f"{session.user_id}.{session.id}.{secret}"
    return f"{token}.{bank_keys.refresh_mac(token)}"
