"""Compiles what is packed: a function cannot keep what Python compiles, so it would compile its imports at each start.

Python takes bytecode of this kind as it is, without a look at the source. Nothing in a package changes afterwards.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from infra.build import archive
from infra.errors import CommandError

FUNCTION_FOLDER, LAYER_FOLDER = "/var/task", "/opt"
"""Where Lambda unpacks a function's zip and its layers: tracebacks name files there."""


def compile_zip(made: Path, folder: str) -> None:
    """Add the bytecode of the modules in a zip, which is unpacked into `folder` where it runs. Raises CommandError."""
    with tempfile.TemporaryDirectory(prefix="florin-bytecode-") as unpacked:
        with zipfile.ZipFile(made) as opened:
            opened.extractall(unpacked)
        compile_folder(Path(unpacked), folder)
        archive.add(made, Path(unpacked), Path(unpacked).rglob("__pycache__/*.pyc"))


def compile_layer(made: Path, kept_in: Path, content: str) -> None:
    """Do the same for a layer's zip; a layer with the same content is compiled once and kept."""
    kept = kept_in / f"compiled-{content}-{sys.implementation.cache_tag}.zip"
    if not kept.exists():
        unfinished = kept.with_suffix(f".{os.getpid()}")
        shutil.copy(made, unfinished)
        compile_zip(unfinished, LAYER_FOLDER)
        unfinished.rename(kept)
    shutil.copy(kept, made)


def compile_folder(folder: Path, runtime_folder: str) -> None:
    """Compile the modules below a folder, with the same bytes for the same sources.

    Packages may have files that are no modules of this Python. Whatever imports them finds out then.
    """
    command = [sys.executable, "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", runtime_folder, str(folder)]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    subprocess.run(command, env=environment, capture_output=True, check=False)
    if not any(folder.rglob("*.pyc")):
        raise CommandError(f"Nothing in {folder} could be compiled.")
