"""Exports: reports that are being written to a file, and how far they are."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller, Role
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import Action
from chalicelib.models.personal import ErasableItem
from chalicelib.models.reports import export_bucket

Status = Literal["pending", "done", "failed"]
KEPT = timedelta(days=7)
"""The bucket keeps files as long."""


class Export(ErasableItem, discriminator="export"):
    """Asked for by a user, with its role and customer at that time. Erasure removes what was `asked`.

    `cursor` is where the report goes on after so many `parts` of the file and `row_count` rows, the last of which are
    in the file `set_aside`, where there is one; `is_written`: after the last part.
    """

    also_erased: ClassVar[tuple[str, ...]] = ("asked", "cursor")
    """A cursor names the category that was asked for."""

    id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    role = ChoiceAttribute[Role]()
    customer_id = UnicodeAttribute(null=True)
    asked = CompactJSONAttribute(null=True)
    status = ChoiceAttribute[Status](default="pending")
    row_count = IntegerAttribute(default=0)
    parts = IntegerAttribute(default=0)
    is_written = IntegerAttribute(default=0)
    cursor = UnicodeAttribute(null=True)
    set_aside = UnicodeAttribute(null=True)
    upload_id = UnicodeAttribute(null=True)

    @staticmethod
    def key(user_id: str, export_id: str) -> tuple[str, str]:
        return keys.user(user_id), f"EXPORT#{export_id}"

    @classmethod
    def by_id(cls, user_id: str, export_id: str) -> "Export | None":
        return cls.find(*cls.key(user_id, export_id))

    @classmethod
    def new(cls, export_id: str, asked: dict[str, Any], caller: Caller, at: datetime) -> "Export":
        made = cls(*cls.key(caller.user_id, export_id), id=export_id, user_id=caller.user_id, asked=asked)
        made.role, made.customer_id = caller.user_role, caller.customer_id
        made.expires_at = int((at + KEPT).timestamp())
        return made.stamp(caller, at)

    @property
    def is_erased(self) -> bool:
        return self.asked is None

    def advance(self, caller: Caller, at: datetime, **fields: Any) -> Action:
        """Set fields, if it is still pending and as it was read."""
        unchanged = (Export.version == self.version) & (Export.status == "pending")
        return self.update_if(unchanged, self.setting(fields), caller, at)

    @property
    def execution_name(self) -> str:
        return str(self.id)

    @property
    def execution_input(self) -> dict[str, str]:
        return {"user_id": self.user_id, "export_id": self.id}

    @property
    def file_name(self) -> str:
        return f"{export_bucket.folder_of(self.user_id)}/{self.id}.csv"
