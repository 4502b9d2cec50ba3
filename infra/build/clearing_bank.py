"""The zip of the simulated clearing bank. It has no dependencies but those that Lambda has."""

from infra.build import archive
from infra.build.fingerprint import source_files
from infra.settings import Settings

ARCHIVE, PACKAGE = "clearing-bank.zip", "clearing_bank"
STAGES = ("local", "dev")


def is_part_of(settings: Settings) -> bool:
    """Return whether the stage has the simulated clearing bank."""
    return settings.stage in STAGES


def write(settings: Settings) -> None:
    """Put the zip into the package folder."""
    folder = settings.root / PACKAGE
    files = (path for path in source_files(settings.root) if path.is_relative_to(folder) and path.suffix == ".py")
    archive.write(settings.package_dir / ARCHIVE, settings.root, files)
