"""All settings, and whether what a deployment has set is right.

app.py checks them when a function starts, and `infra` before it deploys.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib import config, resources
from chalicelib.domain import money
from chalicelib.domain.payments.iban import BankIdentifier
from chalicelib.environment import Setting, SettingError


def _settings() -> Iterator[Setting[Any]]:
    for module in (config, resources):
        yield from (one for one in vars(module).values() if isinstance(one, Setting))
    yield from config.day_counts.values()


SETTINGS: dict[str, Setting[Any]] = {one.name: one for one in _settings()}
"""Every setting by the name of its variable."""


def check(variables: Mapping[str, str] = os.environ) -> None:
    """Raise SettingError unless every setting that is set is right; it names all that are wrong, one on a line."""
    problems = [problem for one in SETTINGS.values() if one.name in variables for problem in _problems(one, variables)]
    problems = problems or list(_contradictions(variables))
    if problems:
        raise SettingError("\n".join(problems))


def _problems(setting: Setting[Any], variables: Mapping[str, str]) -> list[str]:
    try:
        setting.read(variables)
    except SettingError as error:
        return [str(error)]
    return []


def _contradictions(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with settings beside each other, though each is right by itself."""
    currencies, default = config.currencies.read(variables), config.default_currency.read(variables)
    if default not in currencies:
        yield f"{config.default_currency.name} must be one of {config.currencies.name}, not {default!r}"
    yield from _wrong_bank_code(variables)
    yield from _foreign_passkey_origins(variables)
    yield from _unfit_limits(variables, currencies)


def _wrong_bank_code(variables: Mapping[str, str]) -> Iterator[str]:
    country, code = config.bank_country.read(variables), config.bank_code.read(variables)
    try:
        BankIdentifier(country, code)
    except ValueError as error:
        yield f"{config.bank_code.name} {error}, not {code!r}"


def _foreign_passkey_origins(variables: Mapping[str, str]) -> Iterator[str]:
    domain, origins = config.passkey_domain, config.passkey_origins
    own = domain.read(variables)
    for origin in sorted(origins.read(variables)) if own else []:
        host = origin.partition("://")[2].partition(":")[0]
        if not f".{host}".endswith(f".{own}"):
            yield f"{origins.name} must be of {domain.name} or below it: {origin} is not"


def _unfit_limits(variables: Mapping[str, str], currencies: frozenset[str]) -> Iterator[str]:
    for limit in (config.transaction_limit, config.daily_limit):
        for currency in sorted(currencies):
            try:
                money.parse(limit.read(variables), currency)
            except ValueError as error:
                yield f"{limit.name} must be an amount in each of {config.currencies.name}: for {currency} it {error}"
