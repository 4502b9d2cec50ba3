"""The core: code in which a wrong change costs money, or opens the bank; and the tests that should notice it."""

from typing import NamedTuple


class Package(NamedTuple):
    """Modules, by patterns below `chalicelib`, and the tests that should notice; the nearest unit tests if it has none.

    A service without unit tests of its own is tried on API tests. These are slow: take a sample of it.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...] = ()

    @property
    def is_slow(self) -> bool:
        """Return whether a mutant takes API tests, so that the package is tried by its name only."""
        return any(test.startswith("tests/api") for test in self.tests)


PACKAGES = {
    "domain/ledger": Package(("domain/ledger/*.py",)),
    "domain/interest": Package(("domain/interest/*.py",)),
    "domain/accounts": Package(("domain/accounts/*.py",), ("tests/unit/accounts", "tests/unit/test_identifiers.py")),
    "domain/approvals": Package(("domain/approvals/*.py",), ("tests/unit/approvals",)),
    "domain/money": Package(("domain/money.py",), ("tests/unit/test_money.py",)),
    "domain/orders": Package(("domain/orders/*.py",), ("tests/unit/orders",)),
    "domain/payments": Package(("domain/payments/*.py",), ("tests/unit/payments",)),
    "domain/permissions": Package(
        ("domain/permissions.py", "domain/conflict_of_interest.py", "domain/if_match.py"),
        ("tests/unit/test_caller.py", "tests/unit/test_if_match.py", "tests/unit/test_permissions.py"),
    ),
    "domain/verification": Package(("domain/verification/*.py",), ("tests/unit/verification",)),
    "models/ledger": Package(("models/ledger/*.py", "models/transact.py", "models/batch.py")),
    "services/approvals": Package(("services/approvals/*.py",), ("tests/unit/approvals",)),
    "services/payments": Package(("services/payments/*.py",)),
    "services/clearing": Package(("services/clearing/*.py",), ("tests/unit/clearing", "tests/api/clearing")),
    "services/orders": Package(
        ("services/orders/*.py",),
        (
            "tests/unit/orders",
            "tests/api/orders",
            "tests/api/clearing/test_orders.py",
            "tests/api/clearing/test_order_approvals.py",
            "tests/api/clearing/test_saved_payees.py",
        ),
    ),
}
