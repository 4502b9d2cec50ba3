"""What the ledger has decided, for tests that expect it to post."""

from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger.posting import Posting


def posted(decision: Posting | Refusal) -> Posting:
    assert isinstance(decision, Posting), decision
    return decision
