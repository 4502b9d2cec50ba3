"""What an account will look like."""

from chalicelib.handlers.http.operation import describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.orders.forecast_schemas import ForecastQuery, ForecastView
from chalicelib.services.orders import forecasts


@describe("Forecast an account", query=ForecastQuery, answer=ForecastView, problems=("not_found",))
def get_forecast(request: Request[None, ForecastQuery], account_id: str) -> ForecastView:
    """Projects the balance day by day, today included, from what is known to come: standing orders and scheduled
    payments out of the account, held amounts, and interest. The owner also sees orders into it from the owner's other
    accounts. Orders that are suspended are left out.
    """
    return ForecastView.of(forecasts.read(request.caller, account_id, request.query.days))
