"""Verifications that take longer than a request: what is verified, how far each is, and its verdict.

They are numbered, and stand in one partition. A new one is put under the number after the latest, so of two requests
that open one at the same moment one is refused. Nothing removes them.
"""

import re
from datetime import datetime, timedelta
from typing import Any, Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import query_page

Status = Literal["running", "done", "failed"]
Stage = Literal["accounts", "days", "others"]
VERIFICATIONS = "VERIFICATIONS"
LOOKED_AT = 20
STALLED_AFTER = timedelta(minutes=30)
"""Progress is stored more often, unless the work has stopped: no invocation lasts half as long."""
_ID = re.compile(r"ver_([1-9][0-9]{0,11})", re.ASCII)


class Verification(BankItem, discriminator="verification"):
    """A verification of the bank, or of one account. Asked for by a user.

    `done` of the `of` parts of the `stage` are verified. `checked` has the counts so far. `checkpoint` names the file
    from which the next invocation continues. The verdict is `broken` and `late`, once the status is done.
    """

    number = IntegerAttribute()
    account_id = UnicodeAttribute(null=True)
    started_by = UnicodeAttribute()
    status = ChoiceAttribute[Status](default="running")
    stage = ChoiceAttribute[Stage](default="accounts")
    done = IntegerAttribute(default=0)
    of = IntegerAttribute(default=0)
    checked = CompactJSONAttribute()
    broken = CompactJSONAttribute(null=True)
    late = IntegerAttribute(default=0)
    checkpoint = UnicodeAttribute(null=True)

    @staticmethod
    def key(number: int) -> tuple[str, str]:
        return VERIFICATIONS, f"{number:012d}"

    @classmethod
    def by_id(cls, verification_id: str) -> "Verification | None":
        """Read a verification; None also for a malformed id."""
        found = _ID.fullmatch(verification_id)
        return cls.find(*cls.key(int(found[1]))) if found else None

    @classmethod
    def latest(cls) -> "Verification | None":
        page = query_page(cls, VERIFICATIONS, limit=1, consistent=True)
        return page.items[0] if page.items else None

    @classmethod
    def last_success(cls) -> datetime | None:
        """Return when the whole bank was last verified and nothing was broken, of the last LOOKED_AT verifications."""
        page = query_page(cls, VERIFICATIONS, limit=LOOKED_AT)
        ended = (
            moment(str(one.updated_at))
            for one in page.items
            if one.status == "done" and not one.broken and one.account_id is None
        )
        return max(ended, default=None)

    @classmethod
    def new(
        cls, number: int, account_id: str | None, checked: dict[str, int], caller: Caller, at: datetime
    ) -> "Verification":
        made = cls(*cls.key(number), number=number, account_id=account_id, started_by=caller.user_id, checked=checked)
        return made.stamp(caller, at)

    def advance(self, caller: Caller, at: datetime, **fields: Any) -> Action:
        """Return the action that sets fields, if it is still running and as it was read."""
        unchanged = (Verification.version == self.version) & (Verification.status == "running")
        return self.update_if(unchanged, self.setting(fields), caller, at)

    @property
    def id(self) -> str:
        return f"ver_{self.number}"

    @property
    def execution_name(self) -> str:
        """Return the name of its execution: of this item, also after another bank has used the number."""
        return f"{self.id}-{re.sub('[^0-9]', '', str(self.created_at))}"

    @property
    def execution_input(self) -> dict[str, str]:
        return {"verification_id": self.id}

    @property
    def file_name(self) -> str:
        return f"verifications/{self.id}"

    def is_stalled(self, now: datetime) -> bool:
        """Return whether it is running, and nothing was heard of it for so long that nobody works on it."""
        return self.status == "running" and now - moment(str(self.updated_at)) > STALLED_AFTER
