"""The record of what a bank was made from, so that nothing is made again which is there unchanged.

It is at the target, like the bank: an emulator that was killed goes back to an earlier bank, and to its record. It
names the stack, so a stack that was deleted and made anew has none.
"""

import json
from dataclasses import asdict, dataclass, field, fields, replace

from infra.build import fingerprint
from infra.deploy import change_set
from infra.deploy.bank_keys import read_parameter
from infra.deploy.first_admin import find_admin
from infra.settings import Settings
from infra.targets import Cloud


@dataclass(frozen=True)
class Record:
    """Hashes of the code that has made the parts of a bank.

    `sources` is empty while a deployment runs, and after one that has not ended. `demo_facts` is what the demo bank's
    invitation needs to know of it.
    """

    stack_id: str
    sources: str = ""
    first_items: str = ""
    demo: str = ""
    demo_facts: dict[str, str] = field(default_factory=dict)


def is_current(cloud: Cloud, settings: Settings) -> bool:
    """Return whether the last deployment was made from today's sources and did all its steps."""
    return find_admin(settings) is not None and _read(cloud, settings).sources == fingerprint.of_sources(settings)


def has_first_items(cloud: Cloud, settings: Settings) -> bool:
    """Return whether today's code has made the first items, all of which stay for as long as the bank does."""
    return _read(cloud, settings).first_items == fingerprint.of_first_items(settings.root)


def demo_facts(cloud: Cloud, settings: Settings) -> dict[str, str] | None:
    """Return the facts of the demo bank, or None unless today's code has made it."""
    record = _read(cloud, settings)
    return record.demo_facts if record.demo == fingerprint.of_demo(settings.root) else None


def begin(cloud: Cloud, settings: Settings) -> None:
    """Note that the stack is about to change: if the deployment does not end, the next one may not be skipped."""
    record = _read(cloud, settings)
    if record.sources:
        _write(cloud, settings, replace(record, sources=""))


def complete(cloud: Cloud, settings: Settings) -> None:
    """Note that the package was deployed, and that the bank has its first items."""
    made = fingerprint.of_package(settings) or "", fingerprint.of_first_items(settings.root)
    _write(cloud, settings, replace(_read(cloud, settings), sources=made[0], first_items=made[1]))


def remember_demo(cloud: Cloud, settings: Settings, facts: dict[str, str]) -> None:
    """Note that the demo bank was made."""
    made = fingerprint.of_demo(settings.root)
    _write(cloud, settings, replace(_read(cloud, settings), demo=made, demo_facts=facts))


def parameter_name(stage: str) -> str:
    return f"/florin/{stage}/deployed"


def _read(cloud: Cloud, settings: Settings) -> Record:
    """Return the record of the stack that is there now, which is empty if that stack has none."""
    stored = json.loads(read_parameter(cloud.client("ssm"), parameter_name(settings.stage)) or "{}")
    stack_id = change_set.stack_id(cloud, settings.stack_name)
    if stack_id is None or stored.get("stack_id") != stack_id:
        return Record(stack_id or "")
    known = {one.name for one in fields(Record)}  # another version may have written more
    return Record(**{name: value for name, value in stored.items() if name in known})


def _write(cloud: Cloud, settings: Settings, record: Record) -> None:
    name, value = parameter_name(settings.stage), json.dumps(asdict(record))
    cloud.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
