"""The Chalice application: every route, and the functions behind no route."""

from chalice.app import Chalice, ConvertToMiddleware

from chalicelib import config_check
from chalicelib.handlers.functions import (
    audit_consumer,
    clearing,
    digest_sealer,
    event_consumer,
    gauges,
    hold_expiry,
    interest_task,
    mailer,
    payment_file_task,
    report_export_task,
    standing_order_task,
    statement_task,
    transfer_task,
    verification_task,
    webhooks,
)
from chalicelib.handlers.http import authorizer
from chalicelib.handlers.http.serve import serve_all
from chalicelib.observability import logger

config_check.check()
app = Chalice(app_name="florin")
app.register_middleware(ConvertToMiddleware(logger.inject_lambda_context(clear_state=True)))
for functions in (
    authorizer,
    transfer_task,
    interest_task,
    statement_task,
    standing_order_task,
    clearing,
    audit_consumer,
    event_consumer,
    report_export_task,
    payment_file_task,
    verification_task,
    digest_sealer,
    hold_expiry,
    mailer,
    webhooks,
    gauges,
):
    app.register_blueprint(functions.blueprint)
serve_all(app)
