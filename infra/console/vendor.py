"""Vendors the console's libraries: `python -m infra.console.vendor` checks them, `… fetch` takes them from npm again.

`console/vendor/manifest.json` names package, version, licence and SHA-256 of each file. The five packages that every
page needs are joined into one file, so that a browser asks once for them. Joining only turns the imports and exports of
each module into constants; the code between them stays as npm delivers it.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "console" / "vendor"
JOINED = "preact.js"
EXPORTED = {
    "preact": ("h", "render", "Fragment", "Component"),
    "preact/hooks": (
        "useCallback",
        "useEffect",
        "useErrorBoundary",
        "useId",
        "useLayoutEffect",
        "useMemo",
        "useRef",
        "useState",
    ),
    "@preact/signals-core": ("batch", "effect"),
    "@preact/signals": ("computed", "signal", "useComputed", "useSignal", "useSignalEffect"),
}
"""What pages import from the joined file; `html` is made of `htm` and `h`."""

_IMPORT = re.compile(r'import\s*\{([^}]*)\}\s*from\s*"([^"]+)";?')
_EXPORT = re.compile(r"export\s*\{([^}]*)\}\s*(?:from\s*\"([^\"]+)\")?;?")


def manifest() -> dict[str, Any]:
    """Return the manifest."""
    found: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())
    return found


def sha256(data: bytes) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def join(sources: dict[str, str]) -> str:
    """Return one module of the modules, by name, each of which imports only those before it."""
    parts = [f"const {_constant(name)} = (() => {{{_as_function(text)}}})();" for name, text in sources.items()]
    parts += [f"export const {{{', '.join(names)}}} = {_constant(module)};" for module, names in EXPORTED.items()]
    parts.append(f"export const html = {_constant('htm')}.default.bind({_constant('preact')}.h);")
    return (
        "// Made by infra/console/vendor.py from console/vendor/packages; see manifest.json.\n"
        + "\n".join(parts)
        + "\n"
    )


def _as_function(text: str) -> str:
    """Return a module as the body of a function that returns its exports."""
    text = re.sub(r"//# sourceMappingURL=\S+\s*", "", text)
    text = re.sub(r"export\s+default\s*", "const exported_default=", text)
    imports = _IMPORT.findall(text)
    text = _IMPORT.sub("", text)
    given = "".join(f"const {{{_rename(names)}}}={_constant(module)};" for names, module in imports)
    returned = ["default:exported_default"] if "exported_default" in text else []
    for names, module in _EXPORT.findall(text):
        for name in filter(None, names.split(",")):
            inner, _, outer = name.strip().partition(" as ")
            returned.append(f"{outer or inner}:{_constant(module) + '.' if module else ''}{inner}")
    return f"{given}{_EXPORT.sub('', text)};return {{{','.join(returned)}}};"


def _rename(names: str) -> str:
    return re.sub(r"\s+as\s+", ":", names)


def _constant(module: str) -> str:
    return "_" + re.sub(r"\W+", "_", module).strip("_")


def read_sources() -> dict[str, str]:
    """Return the text of each package that is joined, by the name that others import it by."""
    kept = {name: one["module"] for name, one in manifest()["files"].items() if "module" in one}
    return {module: (FOLDER / name).read_text() for name, module in kept.items()}


def problems() -> list[str]:
    """Return what differs from the manifest; nothing if all files are as npm delivered them."""
    found, listed = [], manifest()
    for name, one in listed["files"].items():
        if sha256((FOLDER / name).read_bytes()) != one["sha256"]:
            found.append(f"{name} is not the file of {one['package']} {one['version']}")
        if not (FOLDER / one["licence_file"]).exists():
            found.append(f"{name} has no licence")
    if (FOLDER / JOINED).read_text() != join(read_sources()):
        found.append(f"{JOINED} is not made of the packages")
    known = {*listed["files"], JOINED, "manifest.json", *(one["licence_file"] for one in listed["files"].values())}
    present = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".ts"}
    return found + [f"{name} is not in the manifest" for name in sorted(present - known)]


def fetch() -> None:
    """Take each file from its npm package again, and write the joined file and the hashes. Needs npm."""
    listed = manifest()
    for name, one in listed["files"].items():
        data = _from_npm(f"{one['package']}@{one['version']}", one["path"])
        (FOLDER / name).write_bytes(data)
        one["sha256"] = sha256(data)
    (FOLDER / "manifest.json").write_text(json.dumps(listed, indent=2) + "\n")
    (FOLDER / JOINED).write_text(join(read_sources()))


def _from_npm(package: str, path: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(Path(folder, packed.stdout.strip().splitlines()[-1])) as archive:
            member = archive.extractfile(f"package/{path}")
            if member is None:
                raise FileNotFoundError(path)
            return member.read()


def main(arguments: list[str]) -> int:
    """Check the vendored files, or fetch them. Return 0 if they are as the manifest says."""
    if arguments == ["fetch"]:
        fetch()
    found = problems()
    for line in found or ["All vendored files are as the manifest says."]:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
