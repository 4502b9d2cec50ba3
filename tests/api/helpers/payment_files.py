"""Files of payments as customers write them, handed in over HTTP, and worked on in this process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.services.clearing import file_payments
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.clearing import IBAN

XML = "application/xml"


@dataclass(frozen=True)
class Pay:
    """A payment of a file."""

    amount: str = "10.00"
    to_iban: str = IBAN
    to_name: str = "Ben Okafor"
    end_to_end_id: str = "E2E-1"
    currency: str = "EUR"

    @property
    def xml(self) -> str:
        return f"""<CdtTrfTxInf><PmtId><EndToEndId>{self.end_to_end_id}</EndToEndId></PmtId>
<Amt><InstdAmt Ccy="{self.currency}">{self.amount}</InstdAmt></Amt><Cdtr><Nm>{self.to_name}</Nm></Cdtr>
<CdtrAcct><Id><IBAN>{self.to_iban}</IBAN></Id></CdtrAcct><RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf></CdtTrfTxInf>"""


@dataclass(frozen=True)
class Group:
    """Payments of an account on a day."""

    iban: str
    payments: Sequence[Pay]
    day: date = date(2020, 1, 1)
    extra: str = ""
    id: str = "P-1"

    @property
    def xml(self) -> str:
        return f"""<PmtInf><PmtInfId>{self.id}</PmtInfId><PmtMtd>TRF</PmtMtd>{self.extra}
<ReqdExctnDt><Dt>{self.day}</Dt></ReqdExctnDt><Dbtr><Nm>Acme GmbH</Nm></Dbtr>
<DbtrAcct><Id><IBAN>{self.iban}</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>FLRNLV22</BICFI></FinInstnId></DbtrAgt>
{"".join(one.xml for one in self.payments)}</PmtInf>"""


def write_file(
    *groups: Group, name: str = "MSG-1", party: str = "Acme GmbH", total: str | None = None, count: int | None = None
) -> str:
    """Return a pain.001 whose sum and count are right, unless they are given."""
    every = [one for group in groups for one in group.payments]
    added = str(sum((Decimal(one.amount) for one in every), Decimal(0)))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>{name}</MsgId><CreDtTm>2026-11-30T09:30:00Z</CreDtTm>
<NbOfTxs>{len(every) if count is None else count}</NbOfTxs><CtrlSum>{total or added}</CtrlSum>
<InitgPty><Nm>{party}</Nm></InitgPty></GrpHdr>{"".join(one.xml for one in groups)}
</CstmrCdtTrfInitn></Document>"""


def hand_in(
    client: Api,
    user: User,
    document: str | bytes,
    *,
    key: str | None = None,
    pin: str | None = None,
    media_type: str = XML,
) -> Reply:
    raw = document.encode() if isinstance(document, str) else document
    headers = {"Content-Type": media_type} | ({"Account-Pin": pin} if pin else {})
    return client.post("/v1/payment-files", raw=raw, token=user.token, key=key, headers=headers)


def made_of(client: Api, user: User, document: str) -> Json:
    """Hand in a file, make its payments, and return it."""
    file = hand_in(client, user, document).ok(202)
    work(file)
    return read_file(client, user, file)


def work(file: Json) -> str:
    return file_payments.work(file["id"], lambda: True)


def read_file(client: Api, user: User, file: Json) -> Json:
    found: Json = client.get(f"/v1/payment-files/{file['id']}", token=user.token).ok()
    return found


def payments_of(client: Api, user: User, file: Json, query: str = "?limit=100") -> list[Json]:
    listed: list[Json] = client.get(f"/v1/payment-files/{file['id']}/payments{query}", token=user.token).ok()["data"]
    return listed


def report_of(client: Api, user: User, file: Json) -> str:
    found = client.get(f"/v1/payment-files/{file['id']}/status-report", token=user.token)
    assert (found.status, found.headers["Content-Type"]) == (200, XML), found
    return found.text
