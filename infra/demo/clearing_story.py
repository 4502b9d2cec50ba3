"""The story of payments to other banks that do not go smoothly: late, unanswered, sent back, asked back, and a file.

The simulated clearing bank does what the remittance text tells it (docs/clearing-bank.md). The customer is a new one at
each telling.
"""

import json
import re
import secrets
import time
from typing import Any

from infra.demo import people
from infra.demo.client import Admin, Client, Reply, Unexpected
from infra.demo.narrator import PATIENCE_SECONDS, POLL_SECONDS, Narrator
from infra.demo.people import ADA, MANAGER, PASSWORD
from infra.demo.salaries import FilePayment, write_file
from infra.progress import say
from infra.targets import Cloud

IBAN, OTHER_IBAN, MISTYPED_IBAN = "DE89370400440532013000", "FR1420041010050500013M02606", "DE88370400440532013000"
"""The first two are examples of the IBAN registry: banks that are not this one."""
VERIFICATIONS_MAX = 5
"""A function that has just been started may be too slow for a payer, who is told so after five seconds."""


def tell(bank: Client, admin: Admin, cloud: Cloud, stage: str) -> None:
    """Tell all of it. Raises Unexpected at the first answer that is not as it should be."""
    say("\nPayments to other banks, with a clearing bank that is told to fail")
    try:
        people.make_staff(bank, admin)
        manager = people.log_in(bank, MANAGER.email)
    except people.ChangedByHand as changed:
        raise Unexpected(f"{changed}. For a new bank, run make reset, then make up") from changed
    _Story(bank, manager, cloud, stage).tell()


class _Story:
    """Ada pays people at other banks, 10.00 euros each, out of 200.00."""

    def __init__(self, bank: Client, manager: Client, cloud: Cloud, stage: str) -> None:
        self._story, self._manager = Narrator(), manager
        self._functions, self._clearing_bank = cloud.client("lambda"), f"florin-{stage}-clearing-bank"
        self._suffix = secrets.token_hex(4)
        email = ADA.email.replace("@", f".{self._suffix}@")
        bank.post("/v1/auth/register", {"email": email, "password": PASSWORD, **ADA.names}).expect(201)
        self._ada = people.log_in(bank, email)
        euros = {"type": "current", "currency": "EUR", "initial_deposit": "200.00"}
        self._account = self._ada.post("/v1/accounts", euros, key="open").expect(201)

    def tell(self) -> None:
        self._a_name_is_almost_right()
        self._answers_are_late_or_missing()
        self._money_comes_back()
        self._a_file_of_payments()
        left = self._ada.get(f"/v1/accounts/{self._account['id']}").expect(200)
        self._story.check("What is left", (left["balance"], left["held"]), ("150.00", "0.00"))
        self._story.end()

    def _a_name_is_almost_right(self) -> None:
        story = self._story
        story.chapter("A name that is almost right")
        asked = {"iban": IBAN, "name": "Clara closematch Weiss"}
        for _ in range(VERIFICATIONS_MAX):
            reply = self._ada.post("/v1/payee-verifications", asked)
            if reply.body.get("result") != "not_possible":
                break
        found = story.step(
            "Ada is not sure how her payee is called. Her bank asks the other one.",
            reply,
            201,
            tells=lambda body: f"{body['result']}: {body['matched_name']}",
        )
        story.check("The answer", (found["result"], found["matched_name"]), ("close_match", "Clara Weiss"))

    def _answers_are_late_or_missing(self) -> None:
        story = self._story
        story.chapter("An answer that is late, and one that is missing")
        late = self._pay("She pays an invoice. The clearing will answer three seconds late.", "late:3")
        silent = self._pay("She pays another one, of which the clearing says nothing.", "silent:1")
        self._wait("The late answer comes: the money has arrived.", late, "settled")
        self._wait("No answer is not a no: the money of the other one stays held.", silent, "submitted")
        self._wait_for_clearing(silent)
        self._ask_about(silent)
        self._wait("Now it answers: this money has arrived, too.", silent, "settled")

    def _ask_about(self, payment: Any) -> None:
        """Ask the clearing, or show that the bank has: it asks within a minute, which a slow machine may need."""
        path = f"/v1/clearing/payments/{payment['id']}/inquire"
        asked = self._manager.post(path, {}, key=f"inquire-{self._suffix}")
        if asked.status in (409, 429):
            sentence = "A manager would ask the clearing about it, but the bank has just asked by itself."
            self._story.step(sentence, asked, asked.status, asked.body["code"])
            return
        inquired = self._story.step(
            "A manager asks the clearing about it.",
            asked,
            tells=lambda body: ", ".join(one["what"] for one in body["trace"]),
        )
        self._story.check("The last step", inquired["trace"][-1]["what"], "inquired")

    def _money_comes_back(self) -> None:
        story = self._story
        story.chapter("Money that comes back, and money that does not")
        sent = self._pay("Ada pays somebody who has died.", "Flowers")
        twice = self._pay("She pays an invoice twice.", "Invoice 7")
        kept = self._pay("And one that she should not have paid.", "recall:refuse:LEGL")
        for payment in (sent, twice, kept):
            self._wait(None, payment, "settled")
        say("     All three arrive.")
        self._command("return", uetr=sent["payment"]["uetr"], code="MD07")
        self._wait("The other bank sends the first one back.", sent, "returned")
        self._recall("She asks for the second one back.", twice, "DUPL")
        self._wait("The other bank gives it back.", twice, "returned")
        self._recall("She asks for the third one back.", kept, "AM09")
        refused = story.step_when(
            "The other bank keeps it, and says why.",
            lambda: self._read(kept),
            ready=lambda body: body["payment"]["recall"]["state"] == "refused",
            tells=lambda body: "{code}: {detail}".format(**body["payment"]["recall"]["refusal"]),
        )
        story.check("The reason", refused["payment"]["recall"]["refusal"]["code"], "LEGL")

    def _a_file_of_payments(self) -> None:
        story = self._story
        story.chapter("A file of payments")
        payments = (
            FilePayment("SALARY-1", IBAN, "Clara Weiss"),
            FilePayment("SALARY-2", OTHER_IBAN, "Noé Petit"),
            FilePayment("SALARY-3", MISTYPED_IBAN, "Tim Roth"),
        )
        document = write_file(f"SALARIES-{self._suffix}", self._account["iban"], payments)
        made = story.step(
            "Ada hands in a pain.001 of three payments. One IBAN is mistyped.",
            self._ada.post("/v1/payment-files", document, key="file"),
            202,
            tells=lambda body: f"{body['status']}, {body['id']}",
        )
        path = f"/v1/payment-files/{made['id']}"
        story.step(
            "The same file again is refused.",
            self._ada.post("/v1/payment-files", document, key="again"),
            409,
            "duplicate_file",
        )
        wanted = {"SALARY-1": "ACSC", "SALARY-2": "ACSC", "SALARY-3": "RJCT"}
        report = story.step_when(
            "The status report (pain.002) tells what became of each.",
            lambda: self._ada.get(f"{path}/status-report"),
            ready=lambda body: _statuses(body) == wanted,
            tells=lambda body: ", ".join(f"{name} {status}" for name, status in sorted(_statuses(body).items())),
        )
        story.check("The file's status", "<GrpSts>PART</GrpSts>" in report, wanted=True)

    def _pay(self, sentence: str, remittance: str) -> Any:
        payment = {
            "from_account_id": self._account["id"],
            "to_iban": IBAN,
            "to_name": "Clara Weiss",
            "amount": "10.00",
            "remittance": remittance,
            "rail": "instant",
        }
        made = self._ada.post("/v1/transactions/transfer", payment, key=f"pay-{remittance}")
        return self._story.step(f"{sentence} ({remittance})", made, 202, tells=_state)

    def _wait(self, sentence: str | None, payment: Any, state: str) -> None:
        """Wait until a payment is in a state, and its transaction too; tell it if there is a sentence for it."""
        status = "pending" if state == "submitted" else "posted"
        self._story.step_when(
            sentence,
            lambda: self._read(payment),
            ready=lambda body: (body["status"], body["payment"]["state"]) == (status, state),
            tells=_state,
        )

    def _recall(self, sentence: str, payment: Any, reason: str) -> None:
        path = f"/v1/transactions/{payment['id']}/recall"
        recalled = self._ada.post(path, {"reason": reason}, key=f"recall-{payment['id']}")
        self._story.step(sentence, recalled, tells=_state)

    def _read(self, payment: Any) -> Reply:
        return self._ada.get(f"/v1/transactions/{payment['id']}")

    def _wait_for_clearing(self, payment: Any) -> None:
        """Wait until the clearing has a payment: it rejects one of which an inquiry comes first."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._command("payment", uetr=payment["payment"]["uetr"])
            except Unexpected:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)

    def _command(self, command: str, **values: str) -> None:
        """Have the simulated clearing bank do something by itself. Raises Unexpected if it refuses."""
        answer = self._functions.invoke(
            FunctionName=self._clearing_bank, Payload=json.dumps({"command": command, **values})
        )
        if "FunctionError" in answer:
            raise Unexpected(f"The simulated clearing bank refuses: {answer['Payload'].read()}")


def _state(body: Any) -> str:
    payment = body["payment"]
    reason = payment["reason"]
    return f"{body['status']}, {payment['state']}" + (f": {reason['code']}, {reason['detail']}" if reason else "")


def _statuses(report: Any) -> dict[str, str]:
    """Return the status of each payment in a pain.002, by its end-to-end id."""
    found = re.findall(r"<OrgnlEndToEndId>([^<]+)</OrgnlEndToEndId>.*?<TxSts>([A-Z]{4})</TxSts>", str(report))
    return dict(found)
