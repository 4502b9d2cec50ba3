"""What the bank does by itself, stopped and started: its schedules and the consumers of its stream."""

from typing import Any

from infra import catch_up
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

CATCH_UP_SECONDS_MAX = 120
ATTEMPTS_MAX = 5


def stop(cloud: Cloud, settings: Settings) -> None:
    """Stop schedules and consumers once the consumers have read the whole stream. Otherwise leave all of them on.

    Raises CommandError if the consumers do not catch up, or the bank is in use.
    """
    try:
        switch_schedules(cloud, settings, on=False)
        for _ in range(ATTEMPTS_MAX):
            switch_consumers(cloud, settings, on=True)  # an attempt that was killed may have left them off
            if not catch_up.is_caught_up(cloud, settings, CATCH_UP_SECONDS_MAX):
                raise CommandError("The stream consumers do not catch up.", "See their logs: make logs")
            switch_consumers(cloud, settings, on=False)
            if catch_up.is_caught_up(cloud, settings, 0):  # or somebody wrote in between
                return
        raise CommandError("The bank is in use.", "Stop using it, then run the same command again.")
    except BaseException:
        switch_consumers(cloud, settings, on=True)
        switch_schedules(cloud, settings, on=True)
        raise


def switch_consumers(cloud: Cloud, settings: Settings, *, on: bool) -> None:
    """Let Lambda read the stream of `bank`, or stop it from reading."""
    functions: Any = cloud.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if f"table/florin-{settings.stage}-bank/stream" in mapping["EventSourceArn"]:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)


def switch_schedules(cloud: Cloud, settings: Settings, *, on: bool) -> None:
    """Enable or disable the schedules of the stage."""
    rules: Any = cloud.client("events")
    for rule in rules.list_rules(NamePrefix=f"florin-{settings.stage}-")["Rules"]:
        (rules.enable_rule if on else rules.disable_rule)(Name=rule["Name"])
