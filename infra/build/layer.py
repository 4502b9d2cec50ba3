"""The layer of the function that draws statements, so that no other function carries its packages.

Chalice makes the layer that all functions have; this one is installed beside it, with pip, for Lambda's platform.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from infra.build import archive
from infra.build.fingerprint import STATEMENT_REQUIREMENTS
from infra.errors import CommandError
from infra.settings import Settings

ARCHIVE = "statement-layer.zip"
PLATFORM = ("--platform", "manylinux2014_x86_64", "--implementation", "cp", "--only-binary", ":all:")


def write(settings: Settings) -> None:
    """Put the layer's zip into the package folder; made once for the same requirements and Python."""
    requirements = settings.root / STATEMENT_REQUIREMENTS
    made_of = hashlib.sha256(requirements.read_bytes() + str(sys.version_info[:2]).encode()).hexdigest()[:16]
    kept = settings.build_root / "layers" / f"statements-{made_of}.zip"
    if not kept.exists():
        folder = settings.build_dir / "statement-layer"
        shutil.rmtree(folder, ignore_errors=True)
        _install(requirements, folder / "python")
        kept.parent.mkdir(parents=True, exist_ok=True)
        archive.write(kept, folder, (path for path in folder.rglob("*") if path.is_file()))
    shutil.copy(kept, settings.package_dir / ARCHIVE)


def _install(requirements: Path, folder: Path) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--target", str(folder), "--python-version", version, *PLATFORM]
    command += ["--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandError("The layer of statements could not be built.", done.stderr.strip()[-3000:])
