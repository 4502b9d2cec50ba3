"""Writes files whole or not at all: Ctrl-C at any moment leaves the earlier content."""

import os
import shutil
from pathlib import Path

OWNER_ONLY = 0o600


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = _beside(path)
    unfinished.touch(mode=OWNER_ONLY)
    unfinished.write_text(text)
    unfinished.rename(path)


def copy(source: Path, destination: Path) -> None:
    """Copy a file into a folder under its own name."""
    unfinished = _beside(destination / source.name)
    shutil.copy(source, unfinished)
    unfinished.rename(destination / source.name)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.new")
