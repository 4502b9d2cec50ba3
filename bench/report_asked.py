"""The reports and statements that are measured, asked for as clients ask and as the bank's other functions are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.functions import Answer, Functions, Principal
from bench.report_cost import Made, Report
from bench.stub import Stub
from chalicelib import resources
from chalicelib.domain.month import Month
from chalicelib.models.reports.report_export import Export
from chalicelib.services.reports import report_exports, transaction_report
from sampledata.reported_bank import STAFF, Known

MONTH = Month(2025, 11)
MOMENT = "2025-07-01T00:00:00Z"
RARELY_MINOR = "20000.00"
"""What no salary is, and few takings are."""
MANAGER = Principal(STAFF.user_id, "manager")
SEE_OTHER = 303
FORMATS = ("json", "csv", "camt053", "pdf")
SUMMARIES = "summary of a year"
BOOKS = "trial balance"


@dataclass
class Reports:
    """Statements are of November, everything else of the year. Those of large accounts, and PDFs, are made by
    `statement_task`; what is said there of calls and time is that function's."""

    known: Known
    functions: Functions
    stub: Stub

    def __post_init__(self) -> None:
        ordinary = self.known.ordinary
        self._storage = self.stub.cloud.client("s3")
        self._customer = Principal(STAFF.user_id, "customer", str(ordinary.customer_id))
        self._days = {"start_date": self.known.first.isoformat(), "end_date": self.known.last.isoformat()}

    def all(self) -> Iterator[Report]:
        """In the order of the table; the last one, which is long, is the export."""
        yield from self._statements()
        yield from self._pages()
        yield from self._sums()
        yield self._read("risk alerts, a page", "/v1/reports/risk", MANAGER, "data", {"status": "open"})
        for whose, account_id in (("", self.known.ordinary.id), (", busiest account", self.known.busiest.id)):
            resource = "/v1/accounts/{account_id}/balance"
            yield self._read(
                f"balance at a moment{whose}", resource, MANAGER, "", {"at": MOMENT}, account_id=account_id
            )
        csv = self._days | {"format": "csv"}
        yield self._read("CSV at once: a customer's year", "/v1/reports/transactions", self._customer, "", csv)
        yield Report("CSV to S3: the bank's year", self._export, self._exported, is_long=True, function="export_task")

    def _statements(self) -> Iterator[Report]:
        resource, of_month = "/v1/accounts/{account_id}/statements/{month}", {"month": str(MONTH)}
        for form in FORMATS[:-1]:
            asked, path = {"format": form}, {"account_id": self.known.ordinary.id, **of_month}
            yield self._read(f"statement, {form}", resource, self._customer, "entries", asked, **path)
        yield self._document("statement, pdf", self.known.ordinary.id, "pdf")
        for form in FORMATS:
            yield self._document(f"busiest account's, {form}", self.known.busiest.id, form)
        path = {"account_id": self.known.busiest.id, **of_month}
        link = self._read("… the link to it, once made", resource, MANAGER, "entries", {"format": "json"}, **path)
        yield replace(link, prepare=self._document("", self.known.busiest.id, "json").run)

    def _pages(self) -> Iterator[Report]:
        labelled = {"account_id": self.known.ordinary.id, "category": "groceries"}
        pages: dict[str, tuple[Principal, dict[str, str]]] = {
            "transactions, a page: a customer's": (self._customer, {}),
            "… a category of an account": (self._customer, labelled),
            "… the bank's": (MANAGER, {}),
            "… the bank's, a category": (MANAGER, {"category": "groceries"}),
            "… the bank's, a branch": (MANAGER, {"branch_id": self.known.branch_id}),
            "… the bank's, what hardly ever is": (MANAGER, {"min_amount": RARELY_MINOR}),
        }
        for name, (whose, query) in pages.items():
            yield self._read(name, "/v1/reports/transactions", whose, "data", self._days | query)

    def _sums(self) -> Iterator[Report]:
        whole = {"from": self.known.first.isoformat(), "to": self.known.last.isoformat(), "by": "month"}
        wanted: dict[str, tuple[Principal, dict[str, str]]] = {
            f"{SUMMARIES}: a customer": (self._customer, {}),
            "… a branch": (MANAGER, {"branch_id": self.known.branch_id}),
            "… a category": (MANAGER, {"category": "groceries"}),
            "… the bank": (MANAGER, {}),
        }
        for name, (whose, query) in wanted.items():
            summed = self._read(name, "/v1/reports/summary", whose, "periods", whole | query)
            yield replace(summed, is_sum=True)
        as_of = {"as_of": self.known.last.isoformat()}
        books = self._read(BOOKS, "/v1/reports/trial-balance", MANAGER, "accounts", as_of)
        yield replace(books, is_sum=True)

    def _read(
        self, name: str, resource: str, whose: Principal, listed: str, query: Mapping[str, str], **path: str
    ) -> Report:
        """A request. Its rows are those of the list that `listed` names, where the answer is JSON."""

        def run() -> Answer:
            return self.functions.http("GET", resource, principal=whose, query=query, **path)

        def told(answer: Answer) -> Made:
            if answer.status == SEE_OTHER:
                return Made(0, 0)
            answer.ok()
            return Made(_rows(answer, listed), len(answer.text.encode()))

        return Report(name, run, told)

    def _document(self, name: str, account_id: str, form: str) -> Report:
        """It is forgotten before each time, or else it would not be made again."""
        asked = {"account_id": account_id, "month": str(MONTH), "format": form}
        entries = sum(at.startswith(str(MONTH)) for at, _ in self.known.moved(account_id))

        def run() -> Any:
            return self.functions.invoke("statement_task", {"step": "render", "input": asked})["name"]

        def told(document: str) -> Made:
            return Made(entries, self._size(resources.statement_bucket_name(), document))

        return Report(name, run, told, self._forget_documents, function="statement_task")

    def _forget_documents(self) -> None:
        bucket = resources.statement_bucket_name()
        for one in self._storage.list_objects_v2(Bucket=bucket).get("Contents", []):
            self._storage.delete_object(Bucket=bucket, Key=one["Key"])

    def _asked(self) -> Export:
        days = transaction_report.ReportQuery(start_date=self._days["start_date"], end_date=self._days["end_date"])
        return report_exports.ask(STAFF, days)

    def _export(self) -> Export:
        asked = self._asked()
        event = {"step": "work", "input": {"user_id": asked.user_id, "export_id": asked.id}}
        if self.functions.invoke("export_task", event)["status"] != "done":
            raise AssertionError("an export of a bench ends within one invocation")
        return report_exports.get(STAFF, asked.id)

    def _exported(self, export: Export) -> Made:
        return Made(export.row_count, self._size(resources.export_bucket_name(), export.file_name))

    def _size(self, bucket: str, name: str) -> int:
        return int(self._storage.head_object(Bucket=bucket, Key=name)["ContentLength"])

    def exported(self) -> str:
        """The file of the export that was made: whoever asks for the same is told of it."""
        export = self._asked()
        found = self._storage.get_object(Bucket=resources.export_bucket_name(), Key=export.file_name)
        return str(found["Body"].read().decode())


def _rows(answer: Answer, listed: str) -> int:
    if isinstance(answer.body, dict):
        return len(answer.body[listed]) if listed else 1
    return answer.text.count("<Ntry>") or len(answer.text.splitlines()) - 1
