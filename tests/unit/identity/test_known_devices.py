"""Which devices are known, and which go when there are too many."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.identity.known_devices import (
    DEVICES_MAX,
    LIFE,
    USE_RECORDED_AFTER,
    is_known,
    is_use_recorded,
    with_new,
    with_use,
)

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def added(count: int, devices: dict[str, list[int]] | None = None) -> dict[str, list[int]]:
    """Return devices that were added a second apart, the last one now."""
    for number in range(count):
        devices = with_new(devices or {}, f"script-{number}", NOW - (count - 1 - number) * SECOND)
    return devices or {}


def test_an_added_device_is_known_until_its_life_has_passed_without_a_use() -> None:
    devices = with_new({}, "phone", NOW)
    assert is_known(devices, "phone", NOW)
    assert not is_known(devices, "tablet", NOW)
    assert is_known(devices, "phone", NOW + LIFE - SECOND)
    assert not is_known(devices, "phone", NOW + LIFE)
    used = with_use(devices, "phone", NOW + LIFE - SECOND)
    assert is_known(used, "phone", NOW + LIFE)


def test_there_are_never_more_than_ten() -> None:
    devices = added(DEVICES_MAX + 3)
    assert list(devices) == [f"script-{number}" for number in (11, 10, 9, 8, 7, 6, 5, 4, 3, 12)]


def test_one_that_sent_its_token_outlasts_those_that_never_did() -> None:
    phone = with_use(with_new({}, "phone", NOW - 30 * SECOND), "phone", NOW - 29 * SECOND)
    assert is_known(added(3 * DEVICES_MAX, phone), "phone", NOW)


def test_a_use_in_the_second_of_the_addition_counts_as_one() -> None:
    phone = with_use(with_new({}, "phone", NOW), "phone", NOW)
    assert is_known(added(3 * DEVICES_MAX, phone), "phone", NOW)


def test_a_device_that_was_revoked_meanwhile_does_not_come_back_with_its_use() -> None:
    assert with_use({}, "phone", NOW) == {}


def test_a_use_is_recorded_once_a_day() -> None:
    devices = with_new({}, "phone", NOW)
    assert not is_use_recorded(devices, "phone", NOW)
    used = with_use(devices, "phone", NOW)
    assert is_use_recorded(used, "phone", NOW + USE_RECORDED_AFTER)
    assert not is_use_recorded(used, "phone", NOW + USE_RECORDED_AFTER + SECOND)
