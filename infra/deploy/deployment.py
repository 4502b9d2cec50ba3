"""Deploys a packaged bank: its identity, its stack, and what a stack needs before anyone can sign in."""

from infra.console import files
from infra.deploy import change_set, current, identity, versions
from infra.deploy.bank_keys import ensure_keys, retire_secrets
from infra.deploy.bootstrap import bootstrap
from infra.deploy.first_admin import Admin
from infra.progress import say, step
from infra.settings import Settings
from infra.targets import Cloud

STAGED_NAMES = ("api", "authorize", "transfer-task")
"""The functions of `staged.STAGED`, which get a version with each deployment."""


def deploy(cloud: Cloud, settings: Settings) -> tuple[bool, Admin | None]:
    """Deploy the package of the settings.

    Return whether the stack was changed, and the first admin; None if another deployer has the password.
    Raises CommandError, also if another checkout's bank is at the target.
    """
    identity.claim(cloud, settings)
    current.begin(cloud, settings)
    # Before the functions that read them: a new version may look for keys elsewhere than the one before.
    ensure_keys(cloud, settings.stage)
    with step(f"Deploy stack {settings.stack_name} to {settings.target}"):
        is_changed = change_set.deploy(cloud, settings)
        if not is_changed:
            say("    unchanged")
        if cloud.endpoint_url is None:
            names = [f"{settings.stack_name}-{name}" for name in STAGED_NAMES]
            say(f"    {versions.prune(cloud.client('lambda'), names)} old versions deleted")
    with step("Console"):
        files.upload(cloud, settings)
    with step("Head office, first admin"):
        admin = bootstrap(cloud, settings)
        if admin is None:
            say("    there is an admin already; the password is on the machine that deployed the stage first")
    retire_secrets(cloud, settings.stage)
    current.complete(cloud, settings)
    identity.mark_whole(settings)
    return is_changed, admin
