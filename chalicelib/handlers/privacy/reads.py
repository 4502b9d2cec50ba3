"""Who read a customer's personal data."""

from pydantic import Field

from chalicelib.domain.permissions import Role
from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery, Timestamp, View
from chalicelib.models.customers.personal_read import CustomerRead
from chalicelib.models.paging import Paging
from chalicelib.services.privacy import reads


class ReadView(View):
    """A request that showed personal data of a customer to a member of staff or an auditor."""

    id: str = Field(examples=["rea_01KAK4XP4S7V0Y3B6E9H2K5N8R"])
    customer_id: str
    read_by: str = Field(description="The user who read")
    role: Role = Field(description="The reader's role at that moment")
    operation: str = Field(examples=["GET /v1/customers"])
    at: Timestamp
    request_id: str = Field(description="The same for all customers of one request, and in the audit")

    @classmethod
    def of(cls, read: CustomerRead) -> "ReadView":
        return cls.model_construct(**{name: getattr(read, name) for name in cls.model_fields})


@describe(
    "List who read a customer's data",
    query=PageQuery,
    answer=Listing[ReadView],
    problems=("conflict_of_interest", "not_found", "invalid_cursor"),
)
def list_reads(request: Request[None, PageQuery], customer_id: str) -> Listing[ReadView]:
    """Lists the requests that showed personal data of the customer to staff and auditors, newest first. A read is
    listed within seconds, and kept for three years. For auditors and admins.
    """
    page = reads.page(request.caller, customer_id, Paging(request.query.limit, request.query.cursor))
    return Listing[ReadView].page([ReadView.of(one) for one in page.items], page.next_cursor)
