"""The Chalice application: every door, and the functions behind no door."""

from chalice.app import Chalice, ConvertToMiddleware

from chalicelib.handlers import accounts, audit, audit_trail, auth, authorizer, meta, transactions, transfer_task, users
from chalicelib.handlers.door import refuse_other_methods
from chalicelib.observability import logger

app = Chalice(app_name="florin")
app.register_middleware(ConvertToMiddleware(logger.inject_lambda_context(clear_state=True)))
for functions in (authorizer, transfer_task, audit_trail):
    app.register_blueprint(functions.blueprint)
for resource in (auth, users, accounts, transactions, audit, meta):
    app.register_blueprint(resource.door.blueprint)
refuse_other_methods(app)
