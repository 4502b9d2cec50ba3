"""The log of log-ins and log-outs: what is written of each, and what a user may read of its own."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain import ids
from chalicelib.domain.permissions import Caller
from chalicelib.models.login import Login, Outcome, page_of_user
from chalicelib.models.paging import Page, Paging


@dataclass(frozen=True)
class Origin:
    """Where a request came from, as far as it tells."""

    source_ip: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)


def entry(outcome: Outcome, user_id: str, origin: Origin, caller: Caller, now: datetime) -> Login:
    """A new entry of a known user, to be put with what it tells of."""
    login = Login.of(ids.new_id("log", now), outcome, "", user_id, now)
    return login.came_from(origin.source_ip, origin.user_agent).written(caller, now)


def own(caller: Caller, paging: Paging) -> Page[Login]:
    """The caller's entries of the last 90 days, newest first, in one query."""
    return page_of_user(caller.user_id, paging)
