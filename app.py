"""The Chalice application: every route, and the functions behind no route."""

from chalice.app import Chalice, ConvertToMiddleware

from chalicelib.handlers import (
    audit_trail,
    authorizer,
    events,
    expire_holds,
    export_task,
    interest_task,
    mailer,
    sealer,
    statement_task,
    transfer_task,
)
from chalicelib.handlers.serve import serve_all
from chalicelib.observability import logger

app = Chalice(app_name="florin")
app.register_middleware(ConvertToMiddleware(logger.inject_lambda_context(clear_state=True)))
for functions in (
    authorizer,
    transfer_task,
    interest_task,
    statement_task,
    audit_trail,
    events,
    export_task,
    sealer,
    expire_holds,
    mailer,
):
    app.register_blueprint(functions.blueprint)
serve_all(app)
