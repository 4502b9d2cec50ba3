"""Schemas of accounts that many want at once."""

from pydantic import Field

from chalicelib.handlers.http.schemas import Id, Timestamp, View
from chalicelib.models.ledger.hot_account import HotAccount


class HotAccountView(View):
    account_id: Id
    since: Timestamp = Field(description="When it became busy; a minute without a group ends that")
    last_at: Timestamp = Field(description="When groups were last committed")
    posted: int = Field(description="Transfers that groups have committed since then")
    last_size: int = Field(description="How many transfers the last group had")

    @classmethod
    def of(cls, hot: HotAccount) -> "HotAccountView":
        return cls(
            account_id=hot.account_id,
            since=hot.since,
            last_at=hot.updated_at,
            posted=hot.posted,
            last_size=hot.last_size,
        )
