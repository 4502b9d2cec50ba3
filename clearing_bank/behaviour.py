"""How the clearing treats a payment, by words in the creditor's name or the remittance text."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["accept", "reject", "silent", "late", "return", "duplicate-status", "refuse-recall", "silent-recall"]
LATE_SECONDS_MAX = 900
"""SQS delays messages no longer."""

_WORDS = re.compile(
    r"(?<![A-Za-z0-9-])(?:"
    r"(?P<reject>reject:(?P<reject_code>[A-Z0-9]{4}))"
    r"|(?P<late>late:(?P<seconds>[0-9]{1,3}))"
    r"|(?P<return>return:(?P<days>[0-9]{1,2}):(?P<return_code>[A-Z0-9]{4}))"
    r"|(?P<silent>silent(?::(?P<unanswered>[0-9]{1,2}))?)"
    r"|(?P<recall>recall:(?P<recalled>accept|silent|refuse(?::(?P<recall_code>[A-Z0-9]{4}))?))"
    r"|(?P<duplicate>duplicate-status)"
    r")(?![A-Za-z0-9:-])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Behaviour:
    """The treatment of a payment.

    `code` is the reason of a rejection, a return or a refused recall; `seconds` how late the status is; `days` how many
    business days later a return comes; `unanswered` how many messages about it get no answer, None for all.
    """

    kind: Kind = "accept"
    code: str = ""
    seconds: int = 0
    days: int = 0
    unanswered: int | None = 0

    def answers(self, asked: int) -> bool:
        """Return whether a message about the payment is answered; `asked` counts the earlier ones."""
        return self.unanswered is not None and asked >= self.unanswered


def behaviour_of(*texts: str | None) -> Behaviour:
    """Return the behaviour that the first text with such a word asks for; accept without any."""
    for text in texts:
        found = _WORDS.search(text or "")
        if found:
            return _of(found)
    return Behaviour()


def _of(found: re.Match[str]) -> Behaviour:
    code = (found["reject_code"] or found["return_code"] or found["recall_code"] or "").upper()
    if found["reject"]:
        return Behaviour("reject", code)
    if found["late"]:
        return Behaviour("late", seconds=min(int(found["seconds"]), LATE_SECONDS_MAX))
    if found["return"]:
        return Behaviour("return", code, days=int(found["days"]))
    if found["silent"]:
        return Behaviour("silent", unanswered=int(found["unanswered"]) if found["unanswered"] else None)
    if found["recall"]:
        return _of_recall(found["recalled"].lower(), code)
    return Behaviour("duplicate-status")


def _of_recall(word: str, code: str) -> Behaviour:
    """Return the treatment of a payment that is accepted, and may be recalled then."""
    if word == "silent":
        return Behaviour("silent-recall")
    return Behaviour("refuse-recall", code or "CUST") if word.startswith("refuse") else Behaviour()
