"""Creates what a new stack needs before anyone can sign in: digests, a head office, the first admin, and rollups.

The bank's code runs in a process of its own, with the deployer's credentials, because it reads its settings from the
environment and keeps connections.
"""

import json
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from infra.deploy import current
from infra.deploy.base_url import bank_url, ensure_base_path
from infra.deploy.digest_setup import ensure_digests
from infra.deploy.first_admin import Admin, find_admin, forget, remember
from infra.deploy.first_requests import warm_up
from infra.deploy.mail_setup import ensure_sender
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

PASSWORD_BYTES = 18


def bootstrap(cloud: Cloud, settings: Settings) -> Admin | None:
    """Make whatever of this is absent; the admin, or None if somebody else made it and keeps its password."""
    ensure_base_path(cloud, settings)
    ensure_digests(cloud, settings)
    ensure_sender(cloud, settings)
    known = find_admin(settings)
    admin = known or Admin(settings.admin_email, secrets.token_urlsafe(PASSWORD_BYTES))
    remember(settings, admin)  # before it is in force, so that it cannot be lost
    if known is not None and current.has_first_items(cloud, settings):
        warm_up(cloud, settings)
    else:
        with ThreadPoolExecutor() as beside:
            making = beside.submit(_make_first_items, settings, admin, cloud.environment(settings.stage))
            warm_up(cloud, settings)
        making.result()
    if known is None and _is_refused(bank_url(cloud, settings), admin):
        forget(settings)
        return None
    return admin


def _make_first_items(settings: Settings, admin: Admin, environment: dict[str, str]) -> None:
    """Run infra/maintenance/bootstrap.py on this stage. Raises CommandError."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.maintenance.bootstrap"],
        cwd=settings.root,
        env=environment,
        input=json.dumps(asdict(admin)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CommandError("The bank's code failed on this stack.", done.stderr.strip()[-2000:])


def _is_refused(url: str, admin: Admin) -> bool:
    """Return whether the bank has an admin of this address with another password, who stays as is."""
    body = json.dumps(asdict(admin)).encode()
    request = urllib.request.Request(f"{url}/v1/auth/login", data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30):
            return False
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 401
    except OSError:  # not reachable yet, which proves nothing
        return False
