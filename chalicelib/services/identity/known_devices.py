"""Known devices: a log-in gives a device a token, which exempts its next log-ins from the limits of others' failures.

The token is no credential: whoever has it still needs the password, and its failures count by themselves.
"""

import secrets
from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.identity import known_devices
from chalicelib.domain.identity.known_devices import Devices
from chalicelib.domain.permissions import Caller
from chalicelib.models.identity.known_devices import KnownDevices
from chalicelib.models.item import Action
from chalicelib.models.transact import Edit

SECRET_BYTES = 32


def recognise(devices: KnownDevices | None, device_token: str | None, now: datetime) -> str | None:
    """Return the hash of a token if it is a known device's, else None."""
    if devices is None or device_token is None:
        return None
    token_hash = digest(device_token)
    return token_hash if known_devices.is_known(devices.devices, token_hash, now) else None


def remember(
    devices: KnownDevices | None, device_hash: str | None, user_id: str, caller: Caller, now: datetime
) -> tuple[list[Edit[KnownDevices]], str | None]:
    """Return the edits for a log-in from a device, and the token of one that was not known.

    The use of a known device (`device_hash`) is recorded once a day. It may have given its place to others since the
    password was shown: then it is a new one.
    """
    if devices and device_hash and known_devices.is_known(devices.devices, device_hash, now):
        if known_devices.is_use_recorded(devices.devices, device_hash, now):
            return [], None
        known_hash: str = device_hash
        use = _edit(devices, user_id, lambda known: known_devices.with_use(known, known_hash, now), caller, now)
        return [use], None
    token = secrets.token_urlsafe(SECRET_BYTES)
    added = _edit(devices, user_id, lambda known: known_devices.with_new(known, digest(token), now), caller, now)
    return [added], token


def revoke_all(devices: KnownDevices | None, caller: Caller, now: datetime) -> list[Edit[KnownDevices]]:
    """Return the edit that makes every device unknown; none if there is none."""
    if devices is None or not devices.devices:
        return []
    return [_edit(devices, devices.user_id, lambda _: {}, caller, now)]


def _edit(
    devices: KnownDevices | None, user_id: str, change: Callable[[Devices], Devices], caller: Caller, now: datetime
) -> Edit[KnownDevices]:
    def write(found: KnownDevices | None) -> Action:
        return KnownDevices.write(found, user_id, change(found.devices if found else {}), caller, now)

    return Edit(KnownDevices, devices, write)
