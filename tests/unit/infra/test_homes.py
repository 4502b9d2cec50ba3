"""What `make prove-localstack` concludes, and the table that it writes."""

from pathlib import Path

import pytest

from infra.localstack import homes, prove
from infra.settings import ROOT

FILES = ["tests/workflow/a/test_a.py", "tests/workflow/b/test_b.py", "tests/workflow/c/test_c.py"]
STEPS = {"up", "again", "demo", "status", "seal", "verify", "logs", "stop"}
REPORT = """<testsuites><testsuite>
<testcase classname="tests.workflow.a.test_a" name="test_1"><properties/></testcase>
<testcase classname="tests.workflow.a.test_a" name="test_2"/>
<testcase classname="tests.workflow.b.test_b" name="test_1"/>
<testcase classname="tests.workflow.b.test_b" name="test_2"><{flaw} message="no"/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize("flaw", ["failure", "error", "skipped"])
def test_a_file_has_passed_when_a_test_ran_and_none_failed_or_was_skipped(tmp_path: Path, flaw: str) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(flaw=flaw))
    assert prove.results(report, FILES) == dict(zip(FILES, (True, False, False), strict=True))


def test_without_a_report_nothing_has_passed(tmp_path: Path) -> None:
    assert prove.results(tmp_path / "none.xml", FILES) == dict.fromkeys(FILES, False)


def everything() -> dict[str, bool]:
    return dict.fromkeys(STEPS | set(homes.tests(is_core=True)), True)


def test_every_proof_of_a_capability_must_have_passed() -> None:
    assert homes.failures(everything()) == []
    without_demo = {name: passed for name, passed in everything().items() if name != "demo"}
    assert "Interest by hand, once" in homes.failures(without_demo)
    ledger = next(name for name in everything() if name.endswith("test_ledger.py"))
    assert "Ledger on DynamoDB: postings, holds, keys, lost answers" in homes.failures(everything() | {ledger: False})


def test_a_difference_that_is_gone_fails_the_proof() -> None:
    assert homes.failures(everything() | {homes.DIFFERENCES: False}) == [homes.DIFFERENCES]


def test_the_differences_are_those_of_the_open_core_alone() -> None:
    assert homes.DIFFERENCES in homes.tests(is_core=True)
    assert homes.DIFFERENCES not in homes.tests(is_core=False)


def test_every_proof_exists() -> None:
    for one in homes.CAPABILITIES:
        assert bool(one.proofs) != bool(one.absent), one.name
        for proof in one.proofs:
            assert proof in STEPS or (ROOT / proof).exists(), proof


def test_the_table_replaces_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "homes.md"
    page.write_text(f"before\n{homes.BEGIN}\nold\n{homes.END}\nafter\n")
    table = homes.table("2026-11-29", "MiniStack 1", "LocalStack core 2, host mode")
    homes.write(page, table)
    assert page.read_text() == f"before\n{homes.BEGIN}\n{table}\n{homes.END}\nafter\n"


def test_the_page_has_a_row_for_each_capability() -> None:
    """A capability is added with its proof, so by running the command."""
    page = (ROOT / "docs" / "homes.md").read_text()
    written = page[page.index(homes.BEGIN) : page.index(homes.END)]
    assert [line.split(" | ")[0].removeprefix("| ") for line in written.splitlines()[3:]] == [
        one.name for one in homes.CAPABILITIES
    ]
