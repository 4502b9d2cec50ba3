"""The deployed bank of this checkout, which most commands work on."""

from infra.deploy import identity
from infra.emulator import checkout
from infra.settings import Settings
from infra.targets import Cloud, connect


def find(settings: Settings, *, is_whole: bool = True) -> Cloud:
    """Return the cloud with this checkout's bank, which must be whole unless told otherwise. Raises CommandError."""
    if settings.target == "embedded":
        checkout.require_running(settings)
    cloud = connect(settings)
    identity.require_ours(cloud, settings)
    if is_whole:
        identity.require_whole(settings)
    return cloud
