"""The zip of the simulated clearing bank.

Lambda's Python has the one package that it imports. A home whose functions see their own zip alone gets it in the zip.
"""

import shutil

from infra.build import archive, wheels
from infra.build.fingerprint import source_files
from infra.settings import Settings

ARCHIVE, PACKAGE = "clearing-bank.zip", "clearing_bank"
STAGES = ("local", "dev")
DEPENDENCIES = ("boto3",)
"""What it imports besides the standard library; all of it is part of Lambda's Python."""


def is_part_of(settings: Settings) -> bool:
    """Return whether the stage has the simulated clearing bank."""
    return settings.stage in STAGES


def write(settings: Settings) -> None:
    """Put the zip into the package folder."""
    folder = settings.root / PACKAGE
    files = [path for path in source_files(settings.root) if path.is_relative_to(folder) and path.suffix == ".py"]
    made = settings.package_dir / ARCHIVE
    if settings.is_bundled:
        shutil.copy(wheels.archive_of(settings, "clearing-bank", requirements_text(settings)), made)
        archive.add(made, settings.root, files)
    else:
        archive.write(made, settings.root, files)


def requirements_text(settings: Settings) -> str:
    """Return what is installed into the zip: nothing where Lambda, or the emulator's own Python, has it."""
    if not settings.is_bundled:
        return ""
    return wheels.requirements_of(DEPENDENCIES, (settings.root / "requirements.txt").read_text())
