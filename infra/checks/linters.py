"""Runs cfn-lint and checkov on templates, zizmor on workflows. All return findings: a rule, and what it is about."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from infra.errors import CommandError

CFN_LINT_FOUND = (0, 2, 4, 6, 8, 10, 12, 14)
"""Its exit codes are sums of what it has found; others are failures of its own."""
ZIZMOR_FOUND = (0, 10, 11, 12, 13, 14)
"""Its exit codes by the most severe finding; others are failures of its own."""
WORKFLOWS = ".github/workflows"
ENVIRONMENT = "checkov"
CHECKOV = "import sys; from checkov.main import Checkov; sys.exit(Checkov().run())"


class Finding(NamedTuple):
    """A finding of a linter, about a resource of a stage's template, or a file of the workflows."""

    stage: str
    rule: str
    resource: str
    words: str


def find_with_cfn_lint(files: dict[str, Path]) -> list[Finding]:
    """Return what cfn-lint finds in the template of each stage. Raises CommandError."""
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", *map(str, files.values())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in CFN_LINT_FOUND:
        raise CommandError("cfn-lint failed.", (done.stdout + done.stderr)[-2000:])
    stages = {str(file): stage for stage, file in files.items()}
    return [
        Finding(stages[one["Filename"]], one["Rule"]["Id"], _resource_at(one["Location"]["Path"]), one["Message"])
        for one in json.loads(done.stdout or "[]")
    ]


def _resource_at(path: list[Any] | None) -> str:
    """Return the name of the resource, output or condition at a path of the template."""
    return str(path[1]) if path and len(path) > 1 else ""


def find_with_checkov(files: dict[str, Path], environment: Path) -> list[Finding]:
    """Return what checkov finds in the template of each stage. Raises CommandError."""
    stages = {file.name: stage for stage, file in files.items()}
    command = [str(environment / "bin" / "python"), "-c", CHECKOV, "--framework", "cloudformation", "--output", "json"]
    command += ["--skip-download", "--quiet", "--compact", "--soft-fail"]
    for file in files.values():
        command += ["--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
        if report["summary"]["parsing_errors"]:
            raise ValueError("it cannot parse a template")
        failed = report["results"]["failed_checks"]
    except (LookupError, TypeError, ValueError) as error:
        raise CommandError("checkov failed.", f"{error}\n{(done.stdout + done.stderr)[-2000:]}") from error
    return [
        Finding(stages[Path(one["file_path"]).name], one["check_id"], one["resource"].split(".")[-1], one["check_name"])
        for one in failed
    ]


def find_with_zizmor(root: Path, environment: Path) -> list[Finding]:
    """Return what zizmor finds in the workflows of CI, without asking GitHub. Raises CommandError."""
    command = [str(environment / "bin" / "zizmor"), "--offline", "--format", "json", WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode not in ZIZMOR_FOUND:
        raise CommandError("zizmor failed.", (done.stdout + done.stderr)[-2000:])
    return [
        Finding("workflows", one["ident"], _file_of(one["locations"][0]), one["desc"])
        for one in json.loads(done.stdout)
    ]


def _file_of(location: dict[str, Any]) -> str:
    """Return the name of the file of a finding of zizmor."""
    return Path(location["symbolic"]["key"]["Local"]["verbatim_path"]).name


def install(root: Path, build_root: Path) -> Path:
    """Return the environment that has checkov and zizmor, made once for the same requirements. Raises CommandError."""
    requirements, environment = root / "infra" / "checks" / "requirements.txt", build_root / ENVIRONMENT
    stamp = environment / "requirements.txt"
    if stamp.exists() and stamp.read_bytes() == requirements.read_bytes():
        return environment
    uv = str(Path(sys.executable).with_name("uv"))
    python = str(environment / "bin" / "python")
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)],
        [uv, "pip", "install", "--quiet", "--python", python, "--requirement", str(requirements)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CommandError("The linters cannot be installed.", done.stderr[-2000:])
    stamp.write_bytes(requirements.read_bytes())
    return environment
