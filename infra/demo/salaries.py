"""A file of payments (pain.001) as the program of a company writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

AMOUNT = 10
"""Of each payment, in whole euros."""


@dataclass(frozen=True)
class FilePayment:
    """An instant payment of a file."""

    end_to_end_id: str
    iban: str
    name: str

    @property
    def xml(self) -> str:
        return (
            f"<CdtTrfTxInf><PmtId><EndToEndId>{self.end_to_end_id}</EndToEndId></PmtId>"
            f'<Amt><InstdAmt Ccy="EUR">{AMOUNT}.00</InstdAmt></Amt><Cdtr><Nm>{escape(self.name)}</Nm></Cdtr>'
            f"<CdtrAcct><Id><IBAN>{self.iban}</IBAN></Id></CdtrAcct></CdtTrfTxInf>"
        )


def write_file(message_id: str, payer_iban: str, payments: Sequence[FilePayment]) -> str:
    """Return the file: payments at once, out of one account."""
    now = datetime.now(UTC)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{now:%Y-%m-%dT%H:%M:%SZ}</CreDtTm>"
        f"<NbOfTxs>{len(payments)}</NbOfTxs><CtrlSum>{AMOUNT * len(payments)}.00</CtrlSum>"
        "<InitgPty><Nm>Ada Bianchi</Nm></InitgPty></GrpHdr>"
        "<PmtInf><PmtInfId>SALARIES</PmtInfId><PmtMtd>TRF</PmtMtd>"
        "<PmtTpInf><LclInstrm><Cd>INST</Cd></LclInstrm></PmtTpInf>"
        f"<ReqdExctnDt><Dt>{now:%Y-%m-%d}</Dt></ReqdExctnDt><Dbtr><Nm>Ada Bianchi</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{payer_iban}</IBAN></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>"
        f"{''.join(one.xml for one in payments)}</PmtInf></CstmrCdtTrfInitn></Document>"
    )
