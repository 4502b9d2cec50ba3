"""Judges a history: is there a serial order of all that happened which explains every answer, and is it the ledger's?

The model is **strict serializability** (Herlihy and Wing, "Linearizability", TOPLAS 1990, for whole transactions; see
jepsen.io/consistency/models/strict-serializable): all movements and reads can be put in one order, in which each sees
exactly what came before it, and which keeps real time: what was answered before something else was asked comes first.

To find such an order is hard in general (Papadimitriou, "The serializability of concurrent database updates", 1979;
Knossos, github.com/jepsen-io/knossos, searches for it). Here it is easy, because the ledger numbers what it does: an
account's `seq` says in which order its transactions are, and a read tells the `seq` that it saw. All that remains is to
see that these orders and real time do not contradict each other, which is to find no cycle: Elle's insight
(arxiv.org/abs/2003.10554), with versions that need no inferring.

Pure: no clock, no network, no files. The parts, each in a module of its own:

- `chains`     every account's entries are an unbroken sequence, and every transaction has all of its entries
- `keys`       what clients were told of their requests is what the ledger says, once for each key
- `reads`      what clients read has stood there, and never went back
- `order`      one order explains all of it; refusals for want of funds were true at some moment
"""

from tests.chaos import chains, keys, order, reads
from tests.chaos.history import History
from tests.chaos.violation import Violation


def check(history: History) -> list[Violation]:
    """All that is wrong; nothing, if the history is one that a correct ledger can have."""
    operations, ledger = history.operations(), history.ledger
    asked, found = keys.gather(operations, ledger)
    found += chains.check(ledger)
    found += keys.check(asked, ledger)
    seen, misread = reads.check(operations, ledger)
    found += misread
    found += reads.check_clients(operations, seen)
    if not any(violation.kind == "chain" for violation in found):  # without an order of entries there is none to check
        found += order.check(asked, seen, ledger)
    return found
