"""Check histories that were kept: python -m tests.chaos build/chaos/clean-20261121.jsonl."""

import sys
from pathlib import Path

from tests.chaos.checker import check
from tests.chaos.history import History


def main(names: list[str]) -> int:
    """Print the violations of each history. Return 1 if there are any."""
    wrong = 0
    for name in names:
        history = History.read(Path(name))
        violations = check(history)
        wrong += len(violations)
        for violation in violations:
            print(violation)
        print(f"{name}: {len(history.operations())} operations, {len(violations)} violations")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
