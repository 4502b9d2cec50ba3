"""The console's JavaScript: types by TypeScript, lint by Biome. To run or deploy the console takes neither."""

import shutil
import subprocess
from pathlib import Path

import pytest

from infra.settings import ROOT

PINS = Path(__file__).parent / "source"
BUILD = ROOT / "build" / "console"
SECONDS_MAX = 170


@pytest.mark.npm
def test_types_and_lint_of_the_console_are_clean() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm was not found, so the console's JavaScript was not checked.")
    install(npm)
    shutil.rmtree(BUILD / "console", ignore_errors=True)
    shutil.copytree(ROOT / "console", BUILD / "console")
    for name in ("tsconfig.json", "biome.json"):
        shutil.copy(PINS / name, BUILD / "console")
    tools = BUILD / "node_modules" / ".bin"
    require_success(str(tools / "tsc"), "--project", ".")
    require_success(str(tools / "biome"), "lint", ".")


def install(npm: str) -> None:
    """Install the pinned packages, unless they are there already."""
    BUILD.mkdir(parents=True, exist_ok=True)
    lock, installed = PINS / "package-lock.json", BUILD / "installed"
    if installed.exists() and installed.read_text() == lock.read_text():
        return
    for pins in (lock, PINS / "package.json"):
        shutil.copy(pins, BUILD)
    run = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=BUILD, capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    shutil.copy(lock, installed)


def require_success(*command: str) -> None:
    run = subprocess.run(
        command, cwd=BUILD / "console", capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-6000:]
