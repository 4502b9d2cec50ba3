"""Second factors of users: authenticator apps (TOTP) and passkeys, one item each."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.identity import second_factor
from chalicelib.domain.identity.second_factor import FAILURES_MAX, Kind
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute, PersonalAttribute, SecretAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, Key
from chalicelib.models.personal import PersonalItem

Status = Literal["pending", "active", "withdrawn"]


class Factor(PersonalItem, discriminator="factor"):
    """A factor is `pending` until its user has used it once, in the session that asked for it.

    TOTP: `secret`, and `last_step`, the time step of the last code that was taken. Passkey: `credential_id` and
    `public_key` (COSE), both in base64url, and `sign_count`. `failures` counts wrong codes since the last right one.
    `challenge` is what a pending passkey has to sign.
    """

    also_erased: ClassVar[tuple[str, ...]] = ("credential_id", "public_key")

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    subject_id = UnicodeAttribute()
    session_id = UnicodeAttribute()
    kind = ChoiceAttribute[Kind]()
    status = ChoiceAttribute[Status](default="pending")
    name = PersonalAttribute(null=True)
    secret = SecretAttribute(null=True)
    last_step = IntegerAttribute(null=True)
    failures = IntegerAttribute(default=0)
    credential_id = UnicodeAttribute(null=True)
    public_key = UnicodeAttribute(null=True)
    sign_count = IntegerAttribute(null=True)
    challenge = UnicodeAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.subject_id)

    @property
    def is_locked(self) -> bool:
        return bool(self.failures >= FAILURES_MAX)

    @staticmethod
    def key(user_id: str, factor_id: str) -> Key:
        return keys.user(user_id), f"FACTOR#{factor_id}"

    @classmethod
    def by_id(cls, user_id: str, factor_id: str) -> "Factor | None":
        return cls.find(*cls.key(user_id, factor_id))

    @classmethod
    def all_of(cls, user_id: str, factor_ids: Iterable[str]) -> list["Factor"]:
        """Return the factors with these ids, in one call."""
        return get_all(cls, [cls.key(user_id, factor_id) for factor_id in factor_ids])

    def expire(self, now: datetime) -> None:
        """Let a new pending factor be cleared unless it is confirmed in time."""
        self.expires_at = int((now + second_factor.ENROLMENT_LIFE).timestamp())

    def confirm(self, values: dict[str, object], caller: Caller, now: datetime) -> Action:
        """Make a pending factor active, with what its first use has shown."""
        changes = self.setting({**values, "status": "active", "failures": 0, "challenge": None, "expires_at": None})
        return self.update_if((Factor.version == self.version) & (Factor.status == "pending"), changes, caller, now)

    def take_code(self, step: int, caller: Caller, now: datetime) -> Action:
        """Store the step of a right code, if no code of it or of a later one was taken and the factor is not locked."""
        unused = Factor.last_step < step
        usable = unused & (Factor.failures < FAILURES_MAX) & (Factor.status == "active")
        return self.update_if(usable, [Factor.last_step.set(step), Factor.failures.set(0)], caller, now)

    def take_signature(self, sign_count: int, caller: Caller, now: datetime) -> Action:
        """Store the count of a right signature, if it is the first one since the factor was read."""
        as_read = (Factor.sign_count == self.sign_count) & (Factor.status == "active")
        return self.update_if(as_read, [Factor.sign_count.set(sign_count)], caller, now)

    def count_failure(self, caller: Caller, now: datetime) -> Action:
        """Count a wrong code, unless the factor is locked: so guesses made all at once gain nothing."""
        return self.update_if(Factor.failures < FAILURES_MAX, [Factor.failures.add(1)], caller, now)

    def remove(self, caller: Caller, now: datetime) -> Action:
        """End a factor for good. Its item stays, without what could be used."""
        emptied = dict.fromkeys(("secret", "credential_id", "public_key", "name"))
        changes = self.setting({**emptied, "status": "withdrawn"})
        return self.update_if(Factor.status == "active", changes, caller, now)
