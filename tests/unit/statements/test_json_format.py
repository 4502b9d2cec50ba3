"""The JSON of statements is what the API's schema says, field by field and in its order."""

from dataclasses import replace

import pytest

from chalicelib.domain.statements import json_format
from chalicelib.domain.statements.statement import Statement
from chalicelib.handlers.statements.statement_schemas import StatementView
from tests.unit.statements.builders import october, statement_of

SPECIAL = 'tab\t "quoted" \\ / \x07\x1f\x7f\u2028 Наличные \U0001f600 <b>'


@pytest.mark.parametrize(
    "statement",
    [october(), statement_of([], "2026-10"), statement_of([], "2026-10", currency="JPY")],
    ids=["of every kind", "empty", "without decimals"],
)
def test_json_of_a_statement_matches_the_schema_to_the_byte(statement: Statement) -> None:
    text = json_format.text(statement)
    assert StatementView.model_validate_json(text, strict=True).model_dump_json(by_alias=True) == text


def test_json_of_a_memo_is_escaped_as_the_schema_escapes_it() -> None:
    first, *others = october().lines
    statement = replace(october(), lines=[replace(first, memo=SPECIAL), *others])
    view = StatementView.model_validate_json(json_format.text(statement))
    assert view.entries[0].memo == SPECIAL
    assert view.model_dump_json(by_alias=True) == json_format.text(statement)


def test_json_states_amounts_without_a_sign_beside_their_direction() -> None:
    entries = StatementView.model_validate_json(json_format.text(october())).entries
    assert [(one.direction, one.amount) for one in entries[:3]] == [("in", "1.23"), ("out", "30.00"), ("in", "5.00")]
