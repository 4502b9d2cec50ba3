"""Check histories that were kept: python -m tests.chaos build/chaos/clean-20261121.jsonl."""

import sys
from pathlib import Path

from tests.chaos.checker import check
from tests.chaos.history import History

wrong = 0
for name in sys.argv[1:]:
    history = History.read(Path(name))
    violations = check(history)
    wrong += len(violations)
    for violation in violations:
        print(violation)
    print(f"{name}: {len(history.operations())} operations, {len(violations)} violations")
sys.exit(wrong > 0)
