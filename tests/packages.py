"""Packages of the bank for test emulators: made once for all workers, and quick to start."""

import fcntl
import io
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from infra import files
from infra.build import package
from infra.settings import ROOT, Settings

PACKAGES = ROOT / "build" / "test"
LAYERS = ROOT / "build" / "layers"
"""Those that `make check-template` has made, named by what is in them."""
WHOLE_PACKAGE = "whole.zip"
CODE_SECONDS_MAX = 86_400
"""A folder of code that no run has made anew for so long is removed."""


def package_once(settings: Settings, copy_to: Path | None = None) -> None:
    """Package for all workers of all runs. The first does it, the others wait."""
    settings.build_root.mkdir(parents=True, exist_ok=True)
    with locked(settings.build_root / "lock"):
        _take_layers(settings.build_root / "layers")
        package.package(settings)
        if copy_to:
            shutil.copytree(settings.package_dir, copy_to)


def _take_layers(folder: Path) -> None:
    """Copy layers that were made for this checkout: one takes twenty seconds of the processor."""
    folder.mkdir(exist_ok=True)
    for made in LAYERS.glob("*.zip"):
        if not (folder / made.name).exists():
            files.copy(made, folder)


def package_quickly(settings: Settings) -> None:
    """Package for an emulator whose functions start quickly; see `hash_cheaply` and `import_from_one_folder`."""
    package_once(replace(settings, build_root=PACKAGES), copy_to=settings.package_dir)
    hash_cheaply(settings.package_dir)
    import_from_one_folder(settings.package_dir)


def hash_cheaply(package_dir: Path) -> None:
    """Hash passwords as cheaply as argon2 can. Tests sign in by the hundred."""
    _set_variables(package_dir, {"ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"})


def import_from_one_folder(package_dir: Path) -> None:
    """Let all functions import the package from one folder, and put an empty one in the place of WHOLE_PACKAGE.

    The emulator unpacks the package for each copy of a function, and Python then compiles it: half of a cold start.
    """
    archive = package_dir / "deployment.zip"
    code = PACKAGES / f"code-{package.content_hash(archive)}"
    with locked(PACKAGES / "lock"):
        if not code.exists():
            _remove_old_code()
            with TemporaryDirectory(dir=PACKAGES) as folder:
                shutil.unpack_archive(archive, Path(folder) / "code")
                (Path(folder) / "code").rename(code)
    archive.rename(package_dir / WHOLE_PACKAGE)
    with ZipFile(archive, "w") as emptied:
        emptied.writestr("README", f"The code is in {code}.")
    _set_variables(package_dir, {"PYTHONPATH": str(code)})


def append_to_module(package: bytes, module: str, code: str, also: Mapping[str, bytes] | None = None) -> bytes:
    """Return a zip with code at the end of a module, without the bytecode of it, and with other files besides."""
    made, stem = io.BytesIO(), PurePosixPath(module).stem
    bytecode = str(PurePosixPath(module).parent / "__pycache__" / f"{stem}.")
    with ZipFile(io.BytesIO(package)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for member in old.infolist():
            if not member.filename.startswith(bytecode):
                content = old.read(member)
                new.writestr(member, content + code.encode() if member.filename == module else content)
        for name, content in (also or {}).items():
            new.writestr(name, content)
    return made.getvalue()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one process at a time into the block."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_old_code() -> None:
    for old in PACKAGES.glob("code-*"):
        if time.time() - old.stat().st_mtime > CODE_SECONDS_MAX:
            shutil.rmtree(old)


def _set_variables(package_dir: Path, variables: Mapping[str, str]) -> None:
    """Set environment variables of every function."""
    template = package_dir / "sam.json"
    packaged = json.loads(template.read_text())
    for resource in packaged["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Environment"]["Variables"] |= variables
    template.write_text(json.dumps(packaged))
