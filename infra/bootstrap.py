"""What a fresh stack needs before anyone can sign in: keys, a head office and the first admin.

The bank's code runs in a process of its own, with the deployer's credentials, because it reads its settings from the
environment and keeps connections.
"""

import json
import secrets
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.keys import ensure_keys
from infra.settings import Settings
from infra.targets import Cloud
from infra.trouble import Trouble

PASSWORD_BYTES = 18
ENSURE_ADMIN = """
import json, sys
from chalicelib.services.bootstrap import ensure_head_office_and_admin
admin = json.load(sys.stdin)
ensure_head_office_and_admin(admin["email"], admin["password"])
"""


@dataclass(frozen=True)
class Admin:
    email: str
    password: str


def bootstrap(cloud: Cloud, settings: Settings) -> Admin:
    """Make whatever of this is absent; the admin as the deployer's folder knows it."""
    ensure_keys(cloud, settings.stage)
    admin = known_admin(settings) or Admin(settings.admin_email, secrets.token_urlsafe(PASSWORD_BYTES))
    _remember(settings, admin)
    inside(cloud, settings, ENSURE_ADMIN, json.dumps(asdict(admin)))
    return admin


def known_admin(settings: Settings) -> Admin | None:
    path = _admin_file(settings)
    return Admin(**json.loads(path.read_text())) if path.exists() else None


def inside(cloud: Cloud, settings: Settings, code: str, standard_input: str = "") -> str:
    """Run a few lines of the bank's own code against this stage; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.root,
        env=cloud.environment(settings.stage),
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Trouble("The bank's own code failed on this stack.", done.stderr.strip()[-2000:])
    return done.stdout


def _remember(settings: Settings, admin: Admin) -> None:
    """Keep the password where only the deployer can read it, before it is in force, so that it cannot be lost."""
    path = _admin_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(admin)))


def _admin_file(settings: Settings) -> Path:
    return settings.stage_dir / "admin.json"
