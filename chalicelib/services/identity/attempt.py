"""A log-in under way, and what it leaves in the log."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.known_devices import KnownDevices
from chalicelib.models.identity.login import Login, Outcome
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.observability import count
from chalicelib.services.identity import login_log
from chalicelib.services.identity.login_attempts import Guess
from chalicelib.services.identity.login_log import Origin, Owner
from chalicelib.services.identity.proofs import Proof

NOBODY = "usr_00000000000000000000000000"
"""Whom to read where an address is unknown, so that its refusal takes as many calls as any other."""


@dataclass(frozen=True)
class Credentials:
    """The credentials of a log-in, and where they came from. `device_token` is from an earlier log-in, if any.

    `proof` is a code that is sent with the password, for an address that is locked.
    """

    email: str = field(repr=False)
    password: str = field(repr=False)
    device_token: str | None = field(default=None, repr=False)
    source_ip: str = field(default="", repr=False)
    user_agent: str = ""
    proof: Proof | None = field(default=None, repr=False)

    @property
    def origin(self) -> Origin:
        return Origin(self.source_ip, self.user_agent)


@dataclass(frozen=True)
class Attempt:
    """A log-in under way."""

    caller: Caller
    given: Credentials
    guard: UniqueKey | None
    devices: KnownDevices | None
    guess: Guess
    now: datetime

    def log(self, outcome: Outcome) -> Login:
        """Return the log entry of the attempt. An unknown address takes the same number of calls."""
        found = self.guard
        owner = Owner(found.owner_id, found.subject_id) if found else Owner(email_hmac=self.guess.email_hmac)
        return login_log.entry(outcome, owner, self.given.origin, self.caller, self.now)

    def record(self, outcome: Outcome) -> None:
        """Write the log entry of an attempt that has led to nothing."""
        count("LogIns", outcome=outcome)
        transact.commit([self.log(outcome).put_if_absent()], self.caller.request_id)
