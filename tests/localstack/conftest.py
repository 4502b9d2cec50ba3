"""The people of tests/workflow, on LocalStack."""

from tests.workflow.conftest import admin, customer

__all__ = ["admin", "customer"]
