"""Items of every kind of the table `bank`, for whoever reads a partition whole.

A view loads what it needs, and PynamoDB refuses an item whose kind is not loaded: this loads them all.
"""

from chalicelib.models import uniqueness  # noqa: F401
from chalicelib.models.accounts import account, closed_account, joint_holder, pin  # noqa: F401
from chalicelib.models.branches import account_counts, branch  # noqa: F401
from chalicelib.models.customers import account_counts as customer_account_counts
from chalicelib.models.customers import customer, search_index  # noqa: F401
from chalicelib.models.identity import login, password_reset, session, user  # noqa: F401
from chalicelib.models.interest import rate, run  # noqa: F401
from chalicelib.models.item import BankItem
from chalicelib.models.ledger import hold, transaction  # noqa: F401
from chalicelib.models.payments import category_rules, label  # noqa: F401
from chalicelib.models.reports import report_export  # noqa: F401
from chalicelib.models.risk import alert, thresholds  # noqa: F401
from chalicelib.models.statements import run as statement_run  # noqa: F401
from chalicelib.models.support import announcement, ticket  # noqa: F401

AnyItem = BankItem
"""An item of whatever kind it is."""
