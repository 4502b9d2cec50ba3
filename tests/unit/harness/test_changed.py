"""Which tests a change asks for."""

import pytest

from tests import changed


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("chalicelib/services/accounts/pins.py", ["tests/api/accounts", "tests/unit/accounts"]),
        ("chalicelib/models/ledger/commit.py", ["tests/property", "tests/unit/ledger", "tests/workflow/ledger"]),
        ("chalicelib/handlers/functions/sealer.py", ["tests/workflow"]),
        ("chalicelib/models/item.py", ["tests/api", "tests/unit"]),
        ("app.py", ["tests/api", "tests/unit"]),
        ("infra/deploy/change_set.py", ["tests/infra", "tests/unit/infra"]),
        ("statemachines/transfer.asl.json", ["tests/infra/test_template.py", "tests/workflow"]),
        ("docs/ledger.md", ["tests/unit/http", "tests/unit/test_docs.py"]),
        ("README.md", ["tests/unit/http", "tests/unit/test_docs.py"]),
        ("tests/unit/test_money.py", ["tests/unit/test_money.py"]),
        ("tests/workflow/payments/bank.py", ["tests/workflow/payments"]),
        ("tests/unit/test_that_was_deleted.py", []),
    ],
)
def test_a_changed_file_asks_for_the_tests_of_its_folder(path: str, tests: list[str]) -> None:
    assert changed.tests_of([path]) == tests


def test_what_stands_in_a_folder_that_is_run_is_not_named_again() -> None:
    assert changed.tests_of(["tests/unit/test_money.py", "chalicelib/models/item.py"]) == ["tests/api", "tests/unit"]
