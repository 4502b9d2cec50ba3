"""The digests of a package, and what it is made of: an SBOM in CycloneDX 1.6 beside it. CI signs both by digest."""

import hashlib
import json
import re
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

from infra.build.fingerprint import STATEMENT_REQUIREMENTS
from infra.errors import CommandError
from infra.settings import Settings

MANIFEST, SBOM = "manifest.json", "sbom.cdx.json"
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)


def write(settings: Settings) -> None:
    """Write the SBOM, then the manifest with the digests of all files of the package."""
    folder = settings.package_dir
    (folder / SBOM).write_text(json.dumps(sbom(settings), indent=1) + "\n")
    (folder / MANIFEST).write_text(json.dumps(digests(folder), indent=1) + "\n")


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the template, the zips and the SBOM."""
    files = sorted([folder / "sam.json", folder / SBOM, *folder.glob("*.zip")])
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def require_unchanged(folder: Path) -> None:
    """Raise CommandError unless the package is what its manifest says."""
    if json.loads((folder / MANIFEST).read_text()) != digests(folder):
        advice = "Delete build/, and package again."
        raise CommandError(f"The package in {folder} is not what its manifest says.", advice)


def sbom(settings: Settings) -> dict[str, Any]:
    """Return the packages that run in the functions, in CycloneDX 1.6. The same requirements give the same SBOM."""
    pinned = {name.lower(): version for name, version in _find_pinned(settings.root)}
    pinned["chalice"] = metadata.version("chalice")  # Chalice packs its own runtime
    components = [_component(name, version) for name, version in sorted(pinned.items())]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components))}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "florin", "name": "florin"}},
        "components": components,
        "dependencies": [{"ref": "florin", "dependsOn": [one["bom-ref"] for one in components]}],
    }


def _find_pinned(root: Path) -> list[tuple[str, str]]:
    text = "\n".join((root / name).read_text() for name in ("requirements.txt", STATEMENT_REQUIREMENTS))
    return _PINNED.findall(text)


def _component(name: str, version: str) -> dict[str, str]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
