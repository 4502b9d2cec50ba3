"""The layer of the function that draws statements, so that no other function carries its packages.

Chalice makes the layer that all functions have; this one is installed beside it.
"""

import shutil

from infra.build import wheels
from infra.build.fingerprint import STATEMENT_REQUIREMENTS
from infra.settings import Settings

ARCHIVE = "statement-layer.zip"
PYTHON_FOLDER = "python"
"""Lambda looks for a layer's packages there."""


def write(settings: Settings) -> None:
    """Put the layer's zip into the package folder; made once for the same requirements and Python."""
    requirements = (settings.root / STATEMENT_REQUIREMENTS).read_text()
    layer = wheels.archive_of(settings, "statements", requirements, PYTHON_FOLDER)
    shutil.copy(layer, settings.package_dir / ARCHIVE)
