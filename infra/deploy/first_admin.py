"""The first admin's password, where only the deployer can read it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from infra import files
from infra.settings import Settings


@dataclass(frozen=True)
class Admin:
    email: str
    password: str


def find_admin(settings: Settings) -> Admin | None:
    path = _file(settings)
    return Admin(**json.loads(path.read_text())) if path.exists() else None


def remember(settings: Settings, admin: Admin) -> None:
    files.write(_file(settings), json.dumps(asdict(admin)))


def forget(settings: Settings) -> None:
    _file(settings).unlink(missing_ok=True)


def _file(settings: Settings) -> Path:
    return settings.stage_dir / "admin.json"
