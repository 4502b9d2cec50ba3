"""Risk profiles as items of the table `reports`: one per account, bounded, with its own version."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pynamodb.attributes import UnicodeAttribute

from chalicelib import clock
from chalicelib.domain.risk.profile import Profile
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import Wanted, batch_get_of
from chalicelib.models.item import Item, Key, RawItem

TABLE = "reports"


class RiskProfile(Item):
    class Meta:
        table_name = TABLE

    version = IntegerAttribute()
    profile = CompactJSONAttribute()
    updated_at = UnicodeAttribute()


@dataclass(frozen=True)
class StoredProfile:
    """A profile as it was read; version 0 where there is none yet."""

    account_id: str
    version: int
    folded: Profile


def read(account_ids: Iterable[str], *, consistent: bool) -> Mapping[str, StoredProfile]:
    """Read the profile of each account, in one call per hundred accounts."""
    names = list(dict.fromkeys(account_ids))
    return pick_from(batch_get_of([request_of(names, consistent=consistent)]), names)


def request_of(account_ids: Iterable[str], *, consistent: bool = False) -> Wanted:
    """Return the profiles of accounts as items to read with others."""
    return Wanted(TABLE, list(map(_key, dict.fromkeys(account_ids))), consistent)


def pick_from(tables: Mapping[str, list[RawItem]], account_ids: Iterable[str]) -> Mapping[str, StoredProfile]:
    """Return the profile of each account from what was read, by table."""
    found = {item.pk: item for item in map(RiskProfile.from_raw_data, tables[TABLE])}
    return {account_id: _standing(account_id, found.get(_key(account_id)[0])) for account_id in account_ids}


def update(stored: StoredProfile, change: Callable[[StoredProfile], Profile]) -> Profile:
    """Store what `change` makes of a profile as read, and return it. Raises Contention.

    Where another writer was faster, the profile is read and changed anew. A profile that stays the same is not written.
    """
    for _ in transact.attempts():
        changed = change(stored)
        if changed == stored.folded or store(stored, changed, timestamp(clock.now())):
            return changed
        stored = read([stored.account_id], consistent=True)[stored.account_id]
    raise transact.gave_up(ambiguous=False)


def store(stored: StoredProfile, folded: Profile, at: str) -> bool:
    """Put what a profile has become; False when somebody else has written it since it was read."""
    item = RiskProfile(*_key(stored.account_id), version=stored.version + 1, profile=folded.to_json(), updated_at=at)
    condition = RiskProfile.version == stored.version if stored.version else RiskProfile.pk.does_not_exist()
    return item.put_if(condition)


def _key(account_id: str) -> Key:
    return f"RISK#{account_id}", "PROFILE"


def _standing(account_id: str, item: RiskProfile | None) -> StoredProfile:
    if item is None:
        return StoredProfile(account_id, 0, Profile())
    return StoredProfile(account_id, item.version, Profile.from_json(item.profile))
