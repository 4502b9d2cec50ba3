"""Users: people who can sign in."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.permissions import PERMISSIONS, ROLES, Permission, Role
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, PersonalAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys
from chalicelib.models.personal import PersonalItem

Status = Literal["active", "disabled"]
ALL_STAFF = "USERS"
"""The index partition in which staff and auditors are listed; customers are listed as customers."""


class User(PersonalItem, discriminator="user"):
    """A customer's names are its customer's; `first_name` and `last_name` are those of staff.

    `email_hmac` is what the address is found by, for those who need not know the address. `email_verified_at` is when
    the user has shown that it reads the mailbox. Without `password_hash` no password is right: the user sets one with a
    code by mail. `rights_changed_at` (UTC) is when role, status or link were changed last; a user whose rights an
    earlier release changed, or nobody, has none. `factors` are the ids of the active second factors, each with its
    kind: whoever reads the user knows them without another read. `customer_id` is whom a customer's user acts as,
    `linked_customer_id` the customer that a member of staff is in private.
    """

    also_erased: ClassVar[tuple[str, ...]] = ("email_hmac", "password_hash")

    id = UnicodeAttribute()
    email = PersonalAttribute(null=True)
    email_hmac = UnicodeAttribute(null=True)
    email_verified_at = UnicodeAttribute(null=True)
    password_hash = UnicodeAttribute(null=True)
    role = ChoiceAttribute[Role]()
    status = ChoiceAttribute[Status](default="active")
    customer_id = UnicodeAttribute(null=True)
    linked_customer_id = UnicodeAttribute(null=True)
    rights_changed_at = UnicodeAttribute(null=True)
    branch_id = UnicodeAttribute(null=True)
    first_name = PersonalAttribute(null=True)
    last_name = PersonalAttribute(null=True)
    factors: CompactJSONAttribute = CompactJSONAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.customer_id or self.id)

    @staticmethod
    def partition(user_id: str) -> str:
        """Return the partition of a user and of what belongs to it: sessions, log-ins, exports."""
        return keys.user(user_id)

    @staticmethod
    def key(user_id: str) -> tuple[str, str]:
        return keys.user(user_id), "USER"

    @classmethod
    def by_id(cls, user_id: str) -> "User | None":
        return cls.find(*cls.key(user_id))

    @classmethod
    def new(cls, user_id: str, email_hmac: str, password_hash: str | None, role: Role, **fields: Any) -> "User":
        pk, sk = cls.key(user_id)
        return cls(pk, sk, id=user_id, email_hmac=email_hmac, password_hash=password_hash, role=role, **fields)

    def listed(self) -> "User":
        """Put a signed new user on the list of staff."""
        self.gsi1pk, self.gsi1sk = ALL_STAFF, self.created_at
        return self

    def may(self, permission: Permission) -> bool:
        """Return whether the user is active and its role has a permission."""
        return self.status == "active" and self.role in PERMISSIONS[permission]

    def may_decide(self, roles: Sequence[Role]) -> bool:
        """Return whether the user is active, in one of the roles that decide about a request."""
        return self.status == "active" and self.role in roles

    def has_password_as_read(self) -> Condition:
        """Return the condition that the password is the one that was read, or that there is none as then."""
        stored = User.password_hash
        return stored == self.password_hash if self.password_hash else stored.does_not_exist()

    def still_may_sign_in(self) -> Action:
        """Make a transaction depend on password, role, status, factors and link being as they were read."""
        factors, linked = User.factors, User.linked_customer_id
        as_read = self.has_password_as_read() & (User.role == self.role) & (User.status == self.status)
        as_read &= factors == self.factors if self.factors else factors.does_not_exist()
        as_read &= linked == self.linked_customer_id if self.linked_customer_id else linked.does_not_exist()
        return {"ConditionCheck": self.get_operation_kwargs_from_class(self.pk, self.sk, condition=as_read)}

    @classmethod
    def still_may(cls, user_id: str, permission: Permission) -> Action:
        """Make a transaction depend on a user being active, in a role that has a permission."""
        pk, sk = cls.key(user_id)
        roles = (role for role in ROLES if role in PERMISSIONS[permission])
        condition = cls.role.is_in(*roles) & (cls.status == "active")
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(pk, sk, condition=condition)}

    @classmethod
    def still_in_role(cls, user_id: str, role: Role) -> Action:
        """Make a transaction depend on a user being active, in a role."""
        condition = (cls.role == role) & (cls.status == "active")
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(*cls.key(user_id), condition=condition)}

    @classmethod
    def still_may_decide(cls, user_id: str, roles: Sequence[Role], parties: Sequence[str]) -> Action:
        """Make a transaction depend on a user being active, in one of these roles, and none of these customers."""
        condition = cls.role.is_in(*roles) & (cls.status == "active")
        if parties:
            condition &= ~cls.linked_customer_id.is_in(*parties)
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(*cls.key(user_id), condition=condition)}


def staff_page(paging: Paging) -> Page[User]:
    """List staff and auditors, newest first, in two calls."""
    return query_listed(User, ALL_STAFF, paging)


def walk_staff() -> Iterator[User]:
    """Yield every staff user and auditor, the longest known first, by an index that may be a moment behind."""
    for page in walk_keys(ALL_STAFF, "gsi1"):
        yield from get_all(User, page)
