"""The log of log-ins and log-outs: its entries, and what users may read of their own."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.permissions import Caller
from chalicelib.models.identity.login import Login, Outcome, page_of_user
from chalicelib.models.paging import Page, Paging
from chalicelib.services.crypto import data_keys, personal_fields

USER_AGENT_CHARACTERS_MAX = 200


@dataclass(frozen=True)
class Origin:
    """Where a request came from, as far as it tells."""

    source_ip: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)

    def fields(self) -> personal_fields.Fields:
        visible = "".join(character for character in self.user_agent if character.isprintable())
        return {"source_ip": self.source_ip or None, "user_agent": visible[:USER_AGENT_CHARACTERS_MAX] or None}


@dataclass(frozen=True)
class Owner:
    """In whose log an entry is: a user's, or that of an address which nobody has. `subject_id` says whose data key
    seals it."""

    user_id: str | None = None
    subject_id: str | None = None
    email_hmac: str = ""

    @classmethod
    def of(cls, caller: Caller) -> "Owner":
        return cls(caller.user_id, caller.customer_id or caller.user_id)


@dataclass(frozen=True)
class Entry:
    """An entry with where it came from, in clear."""

    login: Login
    origin: personal_fields.Fields


def entry(outcome: Outcome, owner: Owner, origin: Origin, caller: Caller, now: datetime) -> Login:
    """Return a new entry, to be put with its cause.

    Its origin is encrypted. It is left out for a user who is erased, and while KMS does not respond: this must not keep
    anyone from signing in or out.
    """
    login = Login.of(ids.new_id("log", now), outcome, owner.email_hmac, owner.user_id, now)
    login.subject_id = owner.subject_id or data_keys.UNKNOWN_EMAILS
    with suppress(Conflict, Unavailable):
        key_name = owner.subject_id or data_keys.stranger(owner.email_hmac)
        sealed = personal_fields.encrypt(key_name, login.own_key, origin.fields())
        login.source_ip, login.user_agent = sealed["source_ip"], sealed["user_agent"]
    return login.stamp(caller, now)


def own(caller: Caller, paging: Paging) -> Page[Entry]:
    """List the caller's entries of the last 90 days, newest first, in one query."""
    page = page_of_user(caller.user_id, clock.now(), paging)
    origins = personal_fields.reveal(page.items)
    entries = [Entry(login, origin) for login, origin in zip(page.items, origins, strict=True)]
    return Page(entries, page.next_cursor)
