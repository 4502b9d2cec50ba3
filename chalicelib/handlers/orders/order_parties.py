"""Who pays and whom, in requests and responses of every order."""

from typing import Any

from pydantic import Field

from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.schemas import View
from chalicelib.handlers.payments.payee_schemas import DescribesPayee
from chalicelib.models.orders.order import Order
from chalicelib.services.customers.people import Revealed
from chalicelib.services.orders import payees
from chalicelib.services.orders.payees import OrderPayee, Verified


class OrderParties(View):
    """Who pays and whom: the first fields of every order."""

    id: str
    from_account_id: str
    to_account_id: str | None = Field(description="null if the payee is at another bank")
    beneficiary_id: str | None
    to_iban: str | None = Field(description="Of a payee at another bank, as the payer has written it")
    to_name: str | None
    remittance: str | None = Field(description="What the payee at another bank reads")
    verification: Result | None = Field(
        description="How well the name fitted the IBAN when the order was made; null if it was not verified"
    )

    @classmethod
    def fields_of(cls, shown: Revealed[Order]) -> dict[str, Any]:
        """Return these fields of an order."""
        order, texts = shown.item, shown.personal
        return {
            "id": order.id,
            "from_account_id": order.from_account_id,
            "to_account_id": order.to_account_id,
            "beneficiary_id": order.beneficiary_id,
            "to_iban": texts["to_iban"],
            "to_name": texts["to_name"],
            "remittance": texts["remittance"],
            "verification": order.verification,
        }


def payee_of(caller: Caller, body: DescribesPayee) -> OrderPayee:
    """Return the payee that a request names. Raises NotFound, ValidationFailed, PayeeMismatch."""
    verified = Verified(body.verification_id, body.accept_mismatch)
    return payees.find(caller, body.payee(), body.to_name, body.remittance, verified)
