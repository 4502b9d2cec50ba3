"""Makes slipcover quicker in the workers of pytest-xdist: `-p tests.quick_coverage`.

On Python 3.11 a probe counts how often its line runs, and at the fiftieth time slipcover looks for it in all modules,
to take it out. Here each probe turns itself off at the first time, as with slipcover's option `--immediate`, of which
slipcover does not tell the workers. Later Pythons have no probes.
"""

from functools import partial

import slipcover  # type: ignore[import-untyped]

slipcover.Slipcover = partial(slipcover.Slipcover, immediate=True)
