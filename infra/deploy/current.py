"""What a bank was deployed from, so that nothing is made again which is there unchanged.

The bank itself keeps the answer: an emulator that was killed goes back to an earlier one, with everything else.
"""

from infra.build import fingerprint
from infra.deploy.bank_keys import read_parameter
from infra.deploy.first_admin import known_admin
from infra.settings import Settings
from infra.targets import Cloud


def is_current(cloud: Cloud, settings: Settings) -> bool:
    """Return whether the last deployment was made from today's sources and did all its steps."""
    sources, _ = _read_record(cloud, settings)
    return sources == fingerprint.of_sources(settings) and known_admin(settings) is not None


def has_first_items(cloud: Cloud, settings: Settings) -> bool:
    """Return whether today's code has made the first items, all of which stay for as long as the bank does."""
    _, first_items = _read_record(cloud, settings)
    return first_items == fingerprint.of_first_items(settings.root)


def remember(cloud: Cloud, settings: Settings) -> None:
    """Note that the package was deployed, and that the bank has all it needs."""
    value = f"{fingerprint.of_package(settings)} {fingerprint.of_first_items(settings.root)}"
    name = parameter_name(settings.stage)
    cloud.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def parameter_name(stage: str) -> str:
    return f"/florin/{stage}/deployed"


def _read_record(cloud: Cloud, settings: Settings) -> tuple[str, str]:
    stored = read_parameter(cloud.client("ssm"), parameter_name(settings.stage)) or ""
    sources, _, first_items = stored.partition(" ")
    return sources, first_items
