"""A notification and a statement of the clearing, as texts of XML."""

from chalicelib.domain.clearing import camt053, camt054

UETRS = ("eb6305c9-1f7f-49de-aed0-16487c27b42d", "eb6305c9-1f7f-49de-aed0-16487c27b42e")
_ACCOUNT = """<Acct><Id><Othr><Id>NOSTRO-EUR</Id></Othr></Id><Ccy>EUR</Ccy>
<Svcr><FinInstnId><BICFI>CLRGXXFFXXX</BICFI></FinInstnId></Svcr></Acct>"""


def entry(amount: str = "30.00", side: str = "DBIT", details: str = "", status: str = "BOOK", before: str = "") -> str:
    return f"""<Ntry><NtryRef>E-1</NtryRef><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{before}
<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>2026-11-30</Dt></BookgDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>
<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>{details}</Ntry>"""


def details(*amounts: str) -> str:
    payments = "".join(
        f"""<TxDtls><Refs><MsgId>MSG-1</MsgId><EndToEndId>E2E</EndToEndId><UETR>{uetr}</UETR><TxId>T-{amount}</TxId></Refs>
<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>"""
        for amount, uetr in zip(amounts, UETRS, strict=False)
    )
    return f"<NtryDtls><Btch><MsgId>MSG-1</MsgId><NbOfTxs>{len(amounts)}</NbOfTxs></Btch>{payments}</NtryDtls>"


def notification(*entries: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{camt054.NAMESPACE}"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>NTF-1</MsgId><CreDtTm>2026-11-30T16:00:00Z</CreDtTm></GrpHdr>
<Ntfctn><Id>N-1</Id>{_ACCOUNT}{"".join(entries)}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


def _balance(code: str, amount: str, side: str) -> str:
    return f"""<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>
<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-11-30</Dt></Dt></Bal>"""


def statement(*entries: str, opening: str = "100.00", closing: str = "70.00", closing_side: str = "CRDT") -> str:
    balances = _balance("OPBD", opening, "CRDT") + _balance("CLBD", closing, closing_side)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{camt053.NAMESPACE}"><BkToCstmrStmt>
<GrpHdr><MsgId>STM-1</MsgId><CreDtTm>2026-11-30T18:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>S-1</Id>{_ACCOUNT}{balances}{"".join(entries)}</Stmt></BkToCstmrStmt></Document>"""
