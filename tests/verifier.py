"""The script for strangers, as a module and as the program that it is."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.settings import ROOT

SCRIPT = ROOT / "docs/verify_proof.py"


def _loaded() -> Any:
    found = importlib.util.spec_from_file_location("verify_proof", SCRIPT)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


verify_proof = _loaded()
"""`docs/verify_proof.py`, imported."""


def run(folder: Path, proof: object, pem: str, *kept: object) -> subprocess.CompletedProcess[str]:
    """Call the script as a stranger does: on files, in a process of its own."""
    names = [f"{number}.json" for number in range(1 + len(kept))]
    for name, content in zip(names, [proof, *kept], strict=True):
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    (folder / "key.pem").write_text(pem)
    command = [sys.executable, str(SCRIPT), names[0], "key.pem", *names[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def reason(folder: Path, proof: object, pem: str, *kept: object) -> str | None:
    """The same within this process: why it is not proven, None when it is."""
    names = [folder / f"{number}.json" for number in range(1 + len(kept))]
    for name, content in zip(names, [proof, *kept], strict=True):
        name.write_text(content if isinstance(content, str) else json.dumps(content))
    (folder / "key.pem").write_text(pem)
    try:
        verify_proof.main(str(names[0]), str(folder / "key.pem"), *map(str, names[1:]))
    except SystemExit as ended:
        return str(ended).removeprefix("NOT PROVEN: ")
    return None
