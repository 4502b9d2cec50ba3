"""Accounts that many want at once."""

from chalicelib.handlers.accounts.hot_account_schemas import HotAccountView
from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.models.paging import Paging
from chalicelib.services.accounts import hot_accounts


@describe("List hot accounts", query=PageQuery, answer=Listing[HotAccountView], problems=("invalid_cursor",))
def list_hot_accounts(request: Request[None, PageQuery]) -> Listing[HotAccountView]:
    """Lists accounts that many want at once: their transfers were committed in groups within the last hour."""
    page = hot_accounts.list_hot(Paging(request.query.limit, request.query.cursor))
    return Listing[HotAccountView].page([HotAccountView.of(one) for one in page.items], page.next_cursor)
