"""Records that an operator replaces a key of the bank, before it is replaced.

The record also keeps two operators from replacing it at once: the second one would publish a key that never signs.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from chalicelib import clock
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.identity.key_rotation import KeyName, KeyRotation

LEASE = timedelta(minutes=1)
"""How long a rotation that was begun may take to store its key. A later one takes its place."""
AT_ONCE = "Another operator replaces the key at this moment. Run the command again in a minute."

Reason = Literal["planned", "leaked"]


def record_beginning(
    caller: Caller, name: KeyName, kids: list[str], new: tuple[str, int], rotated_by: str, reason: Reason = "planned"
) -> None:
    """Record that a key (its id, and from when it signs) replaces the newest of the stored ones.

    A leaked key ends in the same moment. Raises Conflict while another operator replaces it.
    """
    latest = KeyRotation.latest(name)
    is_stored = latest is None or latest.new_kid in kids
    if not is_stored and latest and moment(str(latest.updated_at)) > clock.now() - LEASE:
        raise Conflict(AT_ONCE)
    kid, signs_from = new
    values = {
        "status": "begun" if reason == "planned" else "ended",
        "new_kid": kid,
        "old_kid": kids[0],
        "signs_from": signs_from,
        "rotated_by": rotated_by,
        "reason": reason,
    }
    _commit(name, latest, values, caller)


def record_end(caller: Caller, name: KeyName, kids: list[str], signs_from: int, rotated_by: str) -> None:
    """Record that the second of two stored keys is withdrawn. Raises Conflict if another operator was faster.

    The beginning may have no record: earlier versions did not record it for the key of webhooks.
    """
    values = {
        "status": "ended",
        "new_kid": kids[0],
        "old_kid": kids[1],
        "signs_from": signs_from,
        "rotated_by": rotated_by,
        "reason": "planned",
    }
    _commit(name, KeyRotation.latest(name), values, caller)


def _commit(name: KeyName, latest: KeyRotation | None, values: Mapping[str, Any], caller: Caller) -> None:
    action = KeyRotation.record(name, latest, values, caller, timestamp(clock.now()))
    try:
        transact.commit([action], caller.request_id)
    except transact.Cancelled:
        raise Conflict(AT_ONCE) from None
