"""Packages the stack: copies the sources, merges the template, and lets Chalice write the rest.

The same sources give the same package, byte for byte where it counts, so an unchanged bank is not deployed again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from infra import files
from infra.build import api_definition, bytecode, clearing_bank, fingerprint, layer, manifest
from infra.build.function_settings import require_valid
from infra.build.template import merged_fragments
from infra.errors import CommandError
from infra.settings import Settings

LEFT_OUT = shutil.ignore_patterns(*fingerprint.NO_SOURCES, "*.pyc", "deployed")


def package(settings: Settings) -> bool:
    """Write `sam.json` and its zips to the package folder; False if nothing had changed."""
    fragments = merged_fragments(settings)
    require_valid(settings, fragments)
    made_of = fingerprint.of_sources(settings)
    if fingerprint.of_package(settings) == made_of:
        return False
    fingerprint.stamp_file(settings).unlink(missing_ok=True)  # until the package is whole
    source_dir = settings.build_dir / "src"
    _copy_sources(settings, source_dir)
    merge_file = settings.build_dir / "fragments.json"
    merge_file.write_text(json.dumps(fragments, indent=1))
    shutil.rmtree(settings.package_dir, ignore_errors=True)
    _reuse_layers(settings.build_root / "layers", source_dir / ".chalice" / "deployments")
    _run_chalice(settings, source_dir, merge_file)
    api_definition.shorten_file(settings.package_dir / "sam.json")
    _reuse_layers(source_dir / ".chalice" / "deployments", settings.build_root / "layers")
    _compile(settings)
    if clearing_bank.is_part_of(settings):
        clearing_bank.write(settings)
    manifest.write(settings)
    fingerprint.stamp_file(settings).write_text(made_of)
    return True


def _compile(settings: Settings) -> None:
    """Add bytecode to the zips of functions and layers, of which the one of statements is made here."""
    bytecode.compile_zip(settings.package_dir / "deployment.zip", bytecode.FUNCTION_FOLDER)
    if settings.has_layer:
        layer.write(settings)
        for made in (settings.package_dir / "layer-deployment.zip", settings.package_dir / layer.ARCHIVE):
            bytecode.compile_layer(made, settings.build_root / "layers", content_hash(made))


def content_hash(archive: Path) -> str:
    """Return the name of a zip by its content, independent of the order and dates of its members."""
    with zipfile.ZipFile(archive) as opened:
        members = sorted((member.filename, member.CRC, member.file_size) for member in opened.infolist())
    return hashlib.sha256(repr(members).encode()).hexdigest()[:32]


def _copy_sources(settings: Settings, source_dir: Path) -> None:
    """Lay out a Chalice project of what runs in the functions."""
    shutil.rmtree(source_dir, ignore_errors=True)
    source_dir.mkdir(parents=True)
    shutil.copy(settings.root / "app.py", source_dir)
    for folder in ("chalicelib", ".chalice"):
        shutil.copytree(settings.root / folder, source_dir / folder, ignore=LEFT_OUT)
    (source_dir / "requirements.txt").write_text(requirements_text(settings))
    copy_description(settings.root, source_dir)
    if settings.with_layer or settings.is_bundled:
        config_file = source_dir / ".chalice" / "config.json"
        config = json.loads(config_file.read_text())
        config["stages"][settings.stage]["automatic_layer"] = settings.has_layer
        config_file.write_text(json.dumps(config))


def copy_description(root: Path, source_dir: Path) -> None:
    """Write the API's description to where the API's function reads it, without its spaces."""
    described = json.loads((root / fingerprint.DESCRIPTION).read_text())
    place = source_dir / "chalicelib" / "handlers" / "http" / "description.json"
    place.write_text(json.dumps(described, separators=(",", ":"), ensure_ascii=False))


def requirements_text(settings: Settings) -> str:
    """Return what Chalice installs: in the layer, or where there is none, in the one zip of all functions."""
    if settings.is_bundled:
        return "\n".join(
            (settings.root / name).read_text() for name in ("requirements.txt", fingerprint.STATEMENT_REQUIREMENTS)
        )
    return (settings.root / "requirements.txt").read_text() if settings.has_layer else ""


def _reuse_layers(source: Path, destination: Path) -> None:
    """Copy an existing layer: Chalice names it by its requirements and reuses it, which saves pip's work."""
    destination.mkdir(parents=True, exist_ok=True)
    for made in source.glob("managed-layer-*.zip"):
        files.copy(made, destination)


def _run_chalice(settings: Settings, source_dir: Path, merge_file: Path) -> None:
    command = [sys.executable, "-c", "from chalice.cli import main; main()", "package", "--stage", settings.stage]
    command += ["--merge-template", str(merge_file.absolute()), str(settings.package_dir.absolute())]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=source_dir, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not (settings.package_dir / "sam.json").exists():
        raise CommandError("`chalice package` failed.", (done.stdout + done.stderr).strip()[-3000:])
    if "Could not install dependencies" in done.stdout:
        raise CommandError(
            "`chalice package` found no wheel for Lambda for at least one dependency.", done.stdout.strip()
        )
