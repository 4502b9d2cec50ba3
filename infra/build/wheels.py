"""Installs packages with pip for Lambda's platform, for what Chalice does not pack."""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from infra.build import archive
from infra.errors import CommandError
from infra.settings import Settings

PLATFORM = ("--platform", "manylinux2014_x86_64", "--implementation", "cp", "--only-binary", ":all:")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REQUIREMENT = re.compile(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", re.MULTILINE | re.DOTALL)
"""A package of a file of requirements, with the hashes and comments below it."""


def archive_of(settings: Settings, name: str, requirements: str, folder: str = "") -> Path:
    """Return a zip with packages in a folder; made once for the same requirements and Python. Raises CommandError."""
    made_of = hashlib.sha256(f"{requirements}{sys.version_info[:2]}".encode()).hexdigest()[:16]
    kept = settings.build_root / "layers" / f"{name}-{made_of}.zip"
    if not kept.exists():
        unpacked = settings.build_dir / f"{name}-packages"
        shutil.rmtree(unpacked, ignore_errors=True)
        _install(requirements, unpacked / folder)
        kept.parent.mkdir(parents=True, exist_ok=True)
        archive.write(kept, unpacked, (path for path in unpacked.rglob("*") if path.is_file()))
    return kept


def requirements_of(packages: Iterable[str], pinned: str) -> str:
    """Return the part of a file of pinned requirements that packages and their own dependencies need."""
    names = _with_dependencies(packages)
    return "".join(text for text in _REQUIREMENT.findall(pinned) if _normal(text) in names)


def _with_dependencies(packages: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = {_normal(package) for package in packages}
    while waiting:
        package = waiting.pop()
        found.add(package)
        needed = (line for line in metadata.requires(package) or () if "extra ==" not in line)
        waiting |= {_normal(line) for line in needed} - found
    return found


def _normal(requirement: str) -> str:
    """Return the name of a package in a requirement, as package indexes compare it."""
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def _install(requirements: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    listed = folder.parent / f"{folder.name}.txt"
    listed.write_text(requirements)
    version = ".".join(map(str, sys.version_info[:2]))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--target", str(folder), "--python-version", version, *PLATFORM]
    command += ["--requirement", str(listed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    listed.unlink()
    if done.returncode != 0:
        raise CommandError(f"The packages of {folder.name} could not be installed.", done.stderr.strip()[-3000:])
