"""The demo tells its story to the bank that the command means, in another process."""

import pytest

from infra.demo.environment import home, variables_of
from infra.settings import Settings


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(port=4570),
        Settings(port=4570, is_port_given=True),
        Settings(target="localstack", port=4571, is_port_given=True, account_id="123456789012"),
    ],
)
def test_demo_finds_the_bank_of_the_command(settings: Settings) -> None:
    assert home(variables_of(settings)) == settings
