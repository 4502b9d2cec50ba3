"""Prints the address and state of the bank, in lines that a shell can read: eval "$(make --silent status)"."""

import shlex
import urllib.error
import urllib.request

from infra.console.files import console_url
from infra.deploy.base_url import bank_url
from infra.deploy.first_admin import find_admin
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud


def bank_variables(cloud: Cloud, settings: Settings) -> dict[str, str]:
    """Return the environment variables with which a program can talk to the bank as its first admin."""
    variables = {
        "BANK_STAGE": settings.stage,
        "BANK_URL": bank_url(cloud, settings),
        "BANK_CONSOLE_URL": console_url(cloud, settings),
    }
    admin = find_admin(settings)
    if admin:
        variables |= {"BANK_ADMIN_EMAIL": admin.email, "BANK_ADMIN_PASSWORD": admin.password}
    return variables


def print_status(cloud: Cloud, settings: Settings) -> None:
    """Print comments for people and assignments for shells."""
    from infra.approval_policies import free_actions  # loads PynamoDB, which no other command of the shell needs

    stack = cloud.client("cloudformation").describe_stacks(StackName=settings.stack_name)["Stacks"][0]
    changed_at = stack.get("LastUpdatedTime", stack["CreationTime"])
    variables = bank_variables(cloud, settings)
    home = cloud.endpoint_url or "AWS"
    say(f"# stack {settings.stack_name} at {home}: {stack['StackStatus']}, {changed_at:%F %T} UTC")
    say(f"# health: {_health(variables['BANK_URL'])}")
    say(f"# one person alone may do: {', '.join(free_actions(cloud, settings)) or 'nothing that a policy names'}")
    for name, value in variables.items():
        say(f"{name}={shlex.quote(value)}")


def _health(url: str) -> str:
    try:
        with urllib.request.urlopen(f"{url}/v1/health", timeout=10) as response:
            return str(response.read(500).decode(errors="replace"))
    except (OSError, urllib.error.URLError) as error:
        return f"no response ({error})"
