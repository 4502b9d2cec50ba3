"""Settings that cannot be."""

import pytest

from chalicelib import config


@pytest.mark.parametrize("workers", ["0", "-1"])
def test_no_run_works_without_a_limit(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Step Functions takes a limit of 0 for none at all."""
    monkeypatch.setenv("INTEREST_WORKERS", workers)
    with pytest.raises(ValueError, match=f"INTEREST_WORKERS must be 1 or more, not {workers}"):
        config.interest_workers()
    monkeypatch.setenv("INTEREST_WORKERS", "1")
    assert config.interest_workers() == 1


def test_a_new_data_key_is_at_hand_until_it_was_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_KEY_CACHE_SECONDS", "0")
    with pytest.raises(ValueError, match="DATA_KEY_CACHE_SECONDS must be 10 or more, not 0"):
        config.data_key_cache_seconds()
