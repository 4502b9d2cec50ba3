"""The devices from which a user has logged in, one item per user."""

from datetime import datetime

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.domain.identity.known_devices import Devices
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import CompactJSONAttribute
from chalicelib.models.item import Action, BankItem


class KnownDevices(BankItem, discriminator="known_devices"):
    """`devices` has the SHA-256 of each device's token (`domain/identity/known_devices.py`).

    The devices expire, their item does not: a new one at its key would begin a second chain in the audit.
    """

    user_id = UnicodeAttribute()
    devices: JSONAttribute = CompactJSONAttribute()

    @staticmethod
    def key(user_id: str) -> tuple[str, str]:
        return keys.user(user_id), "DEVICES"

    @classmethod
    def write(
        cls, before: "KnownDevices | None", user_id: str, devices: Devices, caller: Caller, now: datetime
    ) -> Action:
        """Write the devices, if nobody else has since `before` was read."""
        if before is None:
            return cls(*cls.key(user_id), user_id=user_id, devices=dict(devices)).stamp(caller, now).put_if_absent()
        return before.set_as_read({"devices": dict(devices)}, caller, now)
