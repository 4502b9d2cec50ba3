"""The script for strangers, as a module and as the program that it is."""

import importlib.util
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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
    command = [sys.executable, str(SCRIPT), *_written(folder, proof, pem, *kept)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def reason(folder: Path, proof: object, pem: str, *kept: object) -> str | None:
    """The same within this process: why it is not proven, None when it is."""
    names = _written(folder, proof, pem, *kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(SCRIPT), *(str(folder / name) for name in names)])
        try:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        except SystemExit as ended:
            return str(ended).removeprefix("NOT PROVEN: ")
    return None


def _written(folder: Path, proof: object, pem: str, *kept: object) -> list[str]:
    """The arguments: everything as a file."""
    names = ["proof.json", "key.pem", *(f"kept-{number}.json" for number in range(len(kept)))]
    for name, content in zip(names, [proof, pem, *kept], strict=True):
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return names
