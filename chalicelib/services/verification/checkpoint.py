"""How far a verification of the bank is, as JSON from which another invocation continues.

It grows with the bank: by some 60 bytes for each account, 45 for each customer and user, and the totals of each day.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from chalicelib.domain.reports.rollup import BookItem, DayItem, RollupItem, Subject, Totals
from chalicelib.domain.verification.effects import Effect
from chalicelib.domain.verification.four_eyes import FourEyes
from chalicelib.domain.verification.order_payments import OrderPayment
from chalicelib.domain.verification.staff_sums import StaffSums
from chalicelib.domain.verification.supervision import Supervision
from chalicelib.services.verification.verify_events import EventTotals
from chalicelib.services.verification.verify_parts import Checked, Part, Shared
from chalicelib.services.verification.verify_rollups import Basis, Rollups

Json = Any


@dataclass
class Checkpoint:
    """The state of a verification: the facts that all parts share, the sum of the parts, and the names by kind."""

    shared: Shared
    whole: Part
    names: dict[str, set[str]] = field(default_factory=dict)

    def has(self, kind: str, name: str) -> bool:
        """Return whether something is verified. The accounts are those in `whole`."""
        return name in (self.whole.since if kind == "accounts" else self.names.get(kind, ()))

    def add(self, kind: str, names: list[str]) -> None:
        if kind != "accounts":
            self.names.setdefault(kind, set()).update(names)

    def to_json(self) -> bytes:
        whole, rollups = self.whole, self.whole.rollups
        stored = {
            "cut": self.shared.cut,
            "basis": asdict(self.shared.basis),
            "supervision": self.shared.supervision.to_json(),
            "needed": [[*effect, where] for effect, where in whole.eyes.needed.items()],
            "executed": sorted(whole.eyes.executed),
            "paid": [[effect, *paid] for effect, paid in whole.eyes.paid.items()],
            "terms": [[payment, since] for payment, since in whole.eyes.terms.items()],
            "checked": vars(whole.checked),
            "digests": whole.digests,
            "events": vars(whole.events),
            "staff": whole.staff.to_json(),
            "totals": whole.totals,
            "sealed": list(whole.sealed.items()),
            "since": whole.since,
            "rollups": rollups.also_checked,
            "late": sorted(rollups.late),
            "sums": [[*key, figures] for key, figures in rollups.sums.items()],
            "names": {kind: sorted(names) for kind, names in self.names.items()},
        }
        return json.dumps(stored, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        stored = json.loads(content)
        supervision = Supervision.from_json(stored["supervision"])
        shared = Shared(stored["cut"], Basis(**stored["basis"]), supervision=supervision)
        needed = {Effect(*effect): where for *effect, where in stored["needed"]}
        executed = {Effect(*effect) for effect in stored["executed"]}
        paid = {Effect(*effect): (OrderPayment(*payment), at) for effect, payment, at in stored.get("paid", [])}
        terms = {OrderPayment(*payment): [(by, at) for by, at in since] for payment, since in stored.get("terms", [])}
        rollups = Rollups(shared.basis)
        rollups.also_checked, rollups.late = stored["rollups"], set(stored["late"])
        rollups.sums = _sums(stored["sums"])
        whole = Part(
            rollups,
            FourEyes(supervision, needed, executed, paid, terms),
            checked=Checked(**stored["checked"]),
            totals=Counter(stored["totals"]),
            sealed=Counter(dict(stored["sealed"])),
            since=stored["since"],
            digests=stored["digests"],
            events=EventTotals(**stored.get("events", {})),
            staff=StaffSums.from_json(stored.get("staff", {"due": [], "found": []})),
        )
        return cls(shared, whole, {kind: set(names) for kind, names in stored["names"].items()})


def _sums(stored: list[Json]) -> Totals:
    return {(Subject(*subject), _item(item)): Counter(figures) for subject, item, figures in stored}


def _item(fields: list[str]) -> RollupItem:
    return DayItem(*fields) if len(fields) == len(DayItem._fields) else BookItem(*fields)
