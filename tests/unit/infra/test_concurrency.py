"""An account that may run too few functions at once is named before anything is changed."""

from types import SimpleNamespace
from typing import Any

import pytest

from infra.deploy import concurrency
from infra.errors import CommandError
from infra.settings import Settings
from tests.unit.infra.aws_template import packaged

PROD = Settings(stage="prod", target="aws")


def account(quota: int) -> Any:
    functions = SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": quota}})
    return SimpleNamespace(client=lambda _: functions)


def test_account_with_a_thousand_copies_takes_prod() -> None:
    assert concurrency.sum_reservations(packaged("prod")) == 600
    concurrency.require(account(1000), PROD, packaged("prod"))
    concurrency.require(account(700), PROD, packaged("prod"))


@pytest.mark.parametrize("quota", [10, 699])
def test_account_with_too_few_copies_is_refused_with_the_number_to_ask_for(quota: int) -> None:
    with pytest.raises(CommandError, match=f"reserves 600 .* may run {quota} at once") as refused:
        concurrency.require(account(quota), PROD, packaged("prod"))
    assert "Ask AWS for 700 or more" in refused.value.advice


def test_stage_that_reserves_nothing_asks_the_account_nothing() -> None:
    asked_nothing: Any = SimpleNamespace()
    concurrency.require(asked_nothing, Settings(stage="dev", target="aws"), packaged("dev"))
