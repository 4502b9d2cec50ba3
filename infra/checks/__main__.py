"""Checks the templates of all stages and the workflows of CI; does nothing while they are what was checked last."""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

from infra.build import package
from infra.build.template import merged_fragments
from infra.checks import accepted, linters
from infra.deploy import staged
from infra.errors import CommandError
from infra.progress import complain, say, step
from infra.settings import STAGES, Settings

MADE_OF = (
    accepted.FILE,
    "infra/checks/requirements.txt",
    linters.WORKFLOWS,
    "infra/build",
    "infra/deploy/staged.py",
    "infra/deploy/hooks.py",
    ".chalice",
)
"""Beside the fragments, what decides on findings. Which routes there are decides on none."""


def main(settings: Settings) -> int:
    """Return 0 if every finding is explained, and every explanation has a finding."""
    stamp, key = settings.build_root / "checks" / "passed", key_of(settings)
    if stamp.exists() and stamp.read_text() == key:
        return 0
    with step(
        "Templates and workflows, with cfn-lint, checkov and zizmor (a minute or two; not while they stay the same)"
    ):
        findings = find_in_all(settings)
    reasons = accepted.read(settings.root)
    without_reason = accepted.find_unexplained(findings, reasons)
    wrong = [f"{one.stage}: {one.rule} {one.resource}: {one.words}" for one in without_reason]
    wrong += [f"not found any more: {one}" for one in accepted.find_unneeded(findings, reasons)]
    if wrong:
        advice = f"Mend them, or explain them in {accepted.FILE}."
        complain("\n  ".join(["Templates or workflows have findings:", *wrong]), advice)
        return 1
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)
    say(f"    {len(findings)} findings, each explained by one of {len(reasons)} reasons in {accepted.FILE}")
    return 0


def key_of(settings: Settings) -> str:
    """Return a hash of what decides on the findings."""
    digest = hashlib.sha256()
    for stage in STAGES:
        digest.update(json.dumps(merged_fragments(replace(settings, stage=stage)), sort_keys=True).encode())
    for name in MADE_OF:
        root = settings.root / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.suffix in (".py", ".toml", ".txt", ".json", ".yml") and "deployments" not in path.parts:
                digest.update(f"{path.relative_to(settings.root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def find_in_all(settings: Settings) -> list[linters.Finding]:
    """Package all stages, and return what the linters find in their templates, and in the workflows."""
    files = {}
    for stage in STAGES:
        of_stage = replace(settings, stage=stage)
        package.package(of_stage)
        files[stage] = write_without_paths(of_stage, settings.build_root / "checks")
    environment = linters.install(settings.root, settings.build_root)
    return [
        *linters.find_with_cfn_lint(files),
        *linters.find_with_checkov(files, environment),
        *linters.find_with_zizmor(settings.root, environment),
    ]


def write_without_paths(settings: Settings, folder: Path) -> Path:
    """Write a stage's template without the API's paths: Chalice's, in three quarters of the file, and slow to check."""
    template = staged.stage(json.loads((settings.package_dir / "sam.json").read_text()))
    template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"] = {}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{settings.stage}.json"
    file.write_text(json.dumps(template, indent=1))
    return file


if __name__ == "__main__":
    try:
        sys.exit(main(Settings(root=Path.cwd(), build_root=Path.cwd() / "build")))
    except CommandError as error:
        complain(error.problem, error.advice)
        sys.exit(1)
