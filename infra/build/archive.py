"""Writes zips with the same bytes for the same files."""

import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

NO_DATE = (1980, 1, 1, 0, 0, 0)


def write(archive: Path, root: Path, files: Iterable[Path]) -> None:
    """Write files below a root into a zip, completely or not at all."""
    unfinished = archive.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as opened:
        _put(opened, root, files)
    unfinished.rename(archive)


def add(archive: Path, root: Path, files: Iterable[Path]) -> None:
    """Add files below a root to a zip that no other process reads yet."""
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
        _put(opened, root, files)


def _put(opened: zipfile.ZipFile, root: Path, files: Iterable[Path]) -> None:
    for path in sorted(files):
        member = zipfile.ZipInfo(str(path.relative_to(root)), NO_DATE)
        member.external_attr = 0o644 << 16
        opened.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED)
