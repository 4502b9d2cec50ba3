"""Moves users to the keys by which today's rules find their addresses: `domain/email.py` may have changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib import clock
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.batch import get_all
from chalicelib.models.identity.user import User
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.crypto import bank_keys, personal_fields


@dataclass
class Moved:
    """How many users were moved, and the ids of those whose address another user has in another notation."""

    count: int = 0
    refused_ids: list[str] = field(default_factory=list)


def move_keys(user_ids: Iterable[str], caller: Caller, moved: Moved) -> None:
    """Move the users whose address has another key today. Others are only read, and erased ones left alone."""
    users = [user for user in get_all(User, map(User.key, user_ids)) if user.email_hmac]
    for user, known in zip(users, personal_fields.reveal(users), strict=True):
        value_hmac = bank_keys.email_hmac(known["email"]) if known["email"] else user.email_hmac
        if value_hmac != user.email_hmac:
            _move(user, str(value_hmac), caller, moved)


def _move(user: User, value_hmac: str, caller: Caller, moved: Moved) -> None:
    """Take the address under its new key, release it under the old one, and change the user, all or nothing."""
    old_hmac, at = str(user.email_hmac), timestamp(clock.now())
    actions = [
        UniqueKey.take_email(value_hmac, user.id, user.whose, caller, at),
        UniqueKey.release_email(old_hmac, user.id, caller, at),
        user.update_if(User.email_hmac == old_hmac, [User.email_hmac.set(value_hmac)], caller, at),
    ]
    try:
        transact.commit(actions, caller.request_id)
    except transact.Cancelled as cancelled:
        if cancelled.reasons[0].is_condition:
            moved.refused_ids.append(user.id)
    else:
        moved.count += 1
