"""Generations of rollups: which is read, and which is being made.

A generation is all rollups made at once: another one is built beside the one that is read, and then takes its place.
The number of a generation begins every partition of it.
"""

from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Item

FIRST = 1
"""The generation that is counted into where none was ever built from the ledger."""


class ReportItem(Item):
    class Meta:
        table_name = "reports"


class Generations(ReportItem):
    """`current` is the generation that is read; `building` another one that is being made, and counted into as well.
    `oldest` is the first of which there may be anything left; `last` the last that was begun. From `numbered` on
    transactions are marked by the numbers of their entries; before, by items alone."""

    current = IntegerAttribute()
    building = IntegerAttribute(null=True)
    oldest = IntegerAttribute()
    last = IntegerAttribute()
    numbered = IntegerAttribute(null=True)

    KEY = ("GENERATIONS", "GENERATIONS")

    @classmethod
    def stored(cls) -> "Generations | None":
        return cls.find(*cls.KEY)

    @classmethod
    def first(cls) -> "Generations":
        """Return the item as it is before any generation was built."""
        return cls(*cls.KEY, current=FIRST, oldest=FIRST, last=FIRST)

    @property
    def all(self) -> tuple[int, ...]:
        return (self.current, self.building) if self.building else (self.current,)

    def is_numbered(self, generation: int) -> bool:
        """Return whether a generation marks transactions by the numbers of their entries."""
        return bool(self.numbered) and generation >= int(self.numbered)

    @property
    def left_over(self) -> list[int]:
        """Return the generations that are neither read nor counted into any more."""
        return [one for one in range(self.oldest, self.last + 1) if one not in self.all]

    def begin(self) -> int:
        """Begin another generation; whoever was building one has lost. Its number."""
        before = self.last
        self.building = self.last = before + 1
        self.numbered = self.numbered or self.last
        self.save(Generations.last.does_not_exist() | (Generations.last == before))
        return int(self.building)

    def switch(self, *, oldest: int) -> None:
        """Read the one that was built. Raises PutError when another was begun meanwhile."""
        built = self.building
        self.current, self.oldest, self.building = built, oldest, None
        self.save(Generations.building == built)
