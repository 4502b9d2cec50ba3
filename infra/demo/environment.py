"""Names the bank of a command to the process that seeds it or tells its story, by environment variables."""

from collections.abc import Mapping
from dataclasses import replace

from infra.settings import Settings

TARGET, ACCOUNT = "BANK_TARGET", "BANK_ACCOUNT"
PORT, PORT_IS_GIVEN = "BANK_PORT", "BANK_PORT_IS_GIVEN"
"""The port is always named: without PORT=… it is the one that the checkout remembers, which is not the default."""


def variables_of(settings: Settings) -> dict[str, str]:
    """Return the variables that name where the bank is."""
    port = {PORT: str(settings.port)} | ({PORT_IS_GIVEN: "yes"} if settings.is_port_given else {})
    account = {ACCOUNT: settings.account_id} if settings.account_id else {}
    return {TARGET: settings.target, **port, **account}


def home(environment: Mapping[str, str]) -> Settings:
    """Return where the bank is, as the calling command says."""
    settings = Settings(target=environment.get(TARGET, "embedded"), account_id=environment.get(ACCOUNT))
    port = environment.get(PORT)
    return replace(settings, port=int(port), is_port_given=PORT_IS_GIVEN in environment) if port else settings
