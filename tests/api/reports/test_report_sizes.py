"""Reports and statements of a whole bank: each says what is in it, and they agree with each other.

`make bench` asks the same of a bank of a hundred thousand transactions.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import boto3
import pytest

from chalicelib import clock
from chalicelib.domain.reports.rollup import Posted
from chalicelib.models.reports import export_bucket
from chalicelib.services.reports import report_exports, transaction_report
from sampledata import reported_bank
from sampledata.reported_bank import STAFF, Known, Made
from sampledata.sandbox import Sandbox
from tests.api.helpers import cloud
from tests.api.helpers.bank import STAGE
from tests.api.helpers.cloud import Saved
from tests.api.helpers.export_machine import new_bucket
from tests.api.reports import checks
from tests.api.reports.checks import Row, Wrong

TOWN = Sandbox(12, date(2025, 1, 23), date(2025, 2, 3))
_built: list[Any] = []


@pytest.fixture(autouse=True)
def known(bank: None, empty_tables: Saved) -> Iterator[Known]:
    """Nothing else is in the tables, and the year is over."""
    cloud.restore(_built[0] if _built else empty_tables)
    if not _built:
        found = reported_bank.built(TOWN)
        _built.extend((cloud.save(), found))
    clock.set_clock(lambda: reported_bank.NOW)
    yield _built[1]
    clock.set_clock(None)


def test_they_say_what_is_in_the_bank(known: Known) -> None:
    assert len(known.made) > 180
    assert known.alerts
    assert len(known.months) == 2
    assert {"interest_credit", "deposit", "withdrawal", "transfer"} == {one.posted.type for one in known.made}
    checks.require_all(known)


def test_files_have_the_rows_of_the_pages(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and as an export in parts of a page each."""
    rows = checks.require_pages(known)
    asked = transaction_report.ReportQuery(start_date="2025-01-01", end_date="2025-02-02")
    monkeypatch.setattr(report_exports, "SECONDS_AT_ONCE_MAX", 60)
    checks.require_file(rows, report_exports.at_once(STAFF, asked) or "")
    bucket = new_bucket()
    monkeypatch.setattr(export_bucket, "PART_BYTES_MIN", 20_000)
    export = report_exports.ask(STAFF, asked)
    assert report_exports.work(STAFF.user_id, export.id, lambda: True) == "done"
    done = report_exports.get(STAFF, export.id)
    assert (done.row_count, done.parts > 1) == (len(rows), True)
    text = bucket.Object(done.file_name).get()["Body"].read().decode()
    checks.require_file(rows, text)
    with pytest.raises(Wrong):
        checks.require_file(rows, text.replace("groceries", "Groceries", 1))


def _changed(table: str, key: dict[str, str], **fields: Any) -> None:
    stored = boto3.resource("dynamodb").Table(f"florin-{STAGE}-{table}")
    stored.put_item(Item=stored.get_item(Key=key)["Item"] | fields)


def _a_transaction_less(known: Known) -> None:
    name = f"TXN#{known.made[-1].posted.transaction_id}"
    boto3.resource("dynamodb").Table(f"florin-{STAGE}-bank").delete_item(Key={"pk": name, "sk": "TXN"})


def _a_label_moved(known: Known) -> None:
    account_id, transaction_id = next(iter(known.categories))
    _changed("bank", {"pk": f"ACCOUNT#{account_id}", "sk": f"LABEL#{transaction_id}"}, category="another")


def _a_sum_more(known: Known) -> None:
    _changed("reports", {"pk": "1#BANK", "sk": "2025-01-24#"}, **{"transfer.USD.count": 99})


def _a_branch_s_sum_more(known: Known) -> None:
    day = next(one.posted.day for one in known.made if one.posted.branch_id)
    _changed("reports", {"pk": f"1#BRANCH#{known.branch_id}", "sk": f"{day}#"}, **{"deposit.USD.amount": 1})


def _books_that_do_not_balance(known: Known) -> None:
    _changed("reports", {"pk": "1#BOOKS", "sk": "MONTH#2025-01#USD#customers"}, debit=1)


def _another_balance(known: Known) -> None:
    known.accounts[known.ordinary.id].balance += 1


def _a_movement_that_is_not_told(known: Known) -> None:
    """Before all others."""
    for account in (known.busiest, known.ordinary):
        legs = ((account.id, 1),)
        known.made.append(Made("2025-01-23T00:00:00.000000Z", replace(known.made[0].posted, legs=legs)))


def _an_alert_that_is_not_told(known: Known) -> None:
    known.alerts += 1


def _an_account_s_sum_more(known: Known) -> None:
    day = next(one.posted.day for one in known.made if known.ordinary.id in dict(one.posted.sides))
    _changed("reports", {"pk": f"1#ACCOUNT#{known.ordinary.id}", "sk": f"{day}#"}, **{"deposit.USD.in": 1})


Check = Callable[[Known], object]


def _summaries(known: Known) -> None:
    rows = [Row(one.posted, *_labelled(known, one.posted)) for one in known.made]
    checks.require_summaries(known, rows)


def _labelled(known: Known, posted: Posted) -> tuple[str, str]:
    """The side that pays is labelled, in this town."""
    side = min(posted.sides, key=lambda leg: leg[1])[0]
    return side, known.categories.get((side, posted.transaction_id), "")


def _statements(known: Known) -> None:
    checks.require_statements(known, known.busiest.id)


def _balances(known: Known) -> None:
    checks.require_balances(known, known.ordinary.id)


@pytest.mark.parametrize(
    ("spoil", "check", "said"),
    [
        (_a_transaction_less, checks.require_pages, "the bank's report"),
        (_a_label_moved, checks.require_pages, "its categories"),
        (_a_sum_more, _summaries, "the summary"),
        (_a_branch_s_sum_more, _summaries, "the summary brn_"),
        (_an_account_s_sum_more, checks.require_customer, "the summary cus_"),
        (_books_that_do_not_balance, checks.require_books, "the trial balance"),
        (_another_balance, checks.require_books, "the trial balance"),
        (_a_movement_that_is_not_told, _statements, "statements of"),
        (_a_movement_that_is_not_told, _balances, " at 2025"),
        (_an_alert_that_is_not_told, checks.require_alerts, "alerts"),
    ],
)
def test_what_is_wrong_is_told(spoil: Callable[[Known], None], check: Check, said: str, known: Known) -> None:
    known = deepcopy(known)
    check(known)
    spoil(known)
    with pytest.raises(Wrong, match=said):
        check(known)
