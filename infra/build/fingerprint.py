"""A hash of everything that a package is made of."""

import hashlib
import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from infra.settings import Settings

STATEMENT_REQUIREMENTS = "requirements-statements.txt"
DESCRIPTION = "docs/openapi.json"
SOURCES = (
    "app.py",
    "chalicelib",
    ".chalice",
    "clearing_bank",
    "infra",
    "statemachines",
    "console",
    "requirements.txt",
    STATEMENT_REQUIREMENTS,
    DESCRIPTION,
)
NO_SOURCES = ("__pycache__", "deployments", ".*", "*~")
"""What Python, Chalice, editors and systems for versions leave in folders of sources."""


def of_sources(settings: Settings) -> str:
    """Return a hash of the sources of a stage's package, and of the Python that makes it."""
    made_for = f"{sys.version_info[:2]} {settings.stage} {settings.has_layer} {settings.is_bundled}"
    digest = hashlib.sha256(made_for.encode())
    for path in source_files(settings.root):
        digest.update(f"{path.relative_to(settings.root)}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def of_package(settings: Settings) -> str | None:
    """Return the fingerprint of the package that was made last, or None if it was not completed."""
    stamp = stamp_file(settings)
    return stamp.read_text() if stamp.exists() else None


def of_demo(root: Path) -> str:
    """Return a hash of the code that makes the demo bank."""
    return _of_files(sorted((root / "infra" / "demo").glob("*.py")))


def of_first_items(root: Path) -> str:
    """Return a hash of the code that makes a new bank's first items."""
    operations = sorted((root / "chalicelib" / "services" / "operations").glob("*.py"))
    return _of_files([root / "infra" / "maintenance" / "bootstrap.py", *operations])


def _of_files(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def stamp_file(settings: Settings) -> Path:
    return settings.package_dir / "fingerprint"


def source_files(root: Path) -> Iterator[Path]:
    """Yield the files that a package is made of."""
    for source in SOURCES:
        path = root / source
        if path.is_file():
            yield path
        yield from sorted(_files_below(path))


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield the sources in a folder and those below it. A folder that is removed meanwhile has none."""
    for parent, folders, names in os.walk(folder):
        folders[:] = filter(_is_source, folders)
        yield from (Path(parent, name) for name in filter(_is_source, names))


def _is_source(name: str) -> bool:
    return not any(fnmatch(name, pattern) for pattern in NO_SOURCES)
