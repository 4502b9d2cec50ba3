"""The console's words: each language has all of them, and each error of the API has some."""

import json
import re
from pathlib import Path

import pytest

from chalicelib.domain.approvals.action import ACTIONS
from chalicelib.domain.clearing import reasons, recall, trace
from chalicelib.handlers.http.problems import STATUS

CONSOLE = Path(__file__).parents[3] / "console"
CATALOGUES = {path.stem: json.loads(path.read_text()) for path in (CONSOLE / "strings").glob("*.json")}
SOURCES = {path: path.read_text() for path in CONSOLE.rglob("*.js") if "vendor" not in path.parts}
OWN_PROBLEMS = {"unreachable", "unreadable", "console_failed"}
LITERAL_KEY = re.compile(r"""\b(?:t|maybe)\(\s*"([^"]+)"|\b(?:title|menu): "([a-z_]+\.[^"]+)\"""")
HOLES = re.compile(r"\{(\w+)\}")


def test_english_and_german_are_there() -> None:
    assert set(CATALOGUES) == {"en", "de"}


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_each_language_has_the_same_keys(language: str) -> None:
    assert set(CATALOGUES[language]) == set(CATALOGUES["en"])


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_keys_are_in_alphabetical_order(language: str) -> None:
    assert list(CATALOGUES[language]) == sorted(CATALOGUES[language])


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_each_translation_fills_in_the_same_values(language: str) -> None:
    differing = [key for key, text in CATALOGUES[language].items() if _holes(text) != _holes(CATALOGUES["en"][key])]
    assert differing == []


@pytest.mark.parametrize("language", sorted(CATALOGUES))
@pytest.mark.parametrize("code", sorted({*STATUS, "internal", *OWN_PROBLEMS}))
def test_each_error_has_words_and_advice(code: str, language: str) -> None:
    assert CATALOGUES[language][f"problem.{code}.title"]
    assert CATALOGUES[language][f"problem.{code}.advice"]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_each_action_that_may_wait_has_words(action: str, language: str) -> None:
    assert CATALOGUES[language][f"approvals.action.{action}"]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
@pytest.mark.parametrize("step", [*trace.STEPS, *map(trace.contradiction, trace.CONTRADICTIONS)])
def test_each_step_of_a_payment_between_banks_has_words(step: str, language: str) -> None:
    assert CATALOGUES[language][f"payment.state.{step.replace(': ', '.')}"]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_each_reason_of_another_bank_has_words(language: str) -> None:
    keys = {f"payment.reason.{code}" for code in reasons.REASONS}
    keys |= {f"recall.reason.{code}" for code in recall.REASONS}
    keys |= {f"recall.refusal.{code}" for code in recall.REFUSALS}
    assert keys - set(CATALOGUES[language]) == set()


def test_each_key_that_a_page_names_is_in_the_catalogue() -> None:
    named = {one or other for text in SOURCES.values() for one, other in LITERAL_KEY.findall(text)}
    assert len(named) > 50
    assert named - set(CATALOGUES["en"]) == set()


def test_each_key_of_the_catalogue_is_named_by_a_page() -> None:
    text = "\n".join(SOURCES.values())
    made = set(re.findall(r"`([a-z_.]+\.)\$\{", text))
    unused = [
        key for key in CATALOGUES["en"] if f'"{key}"' not in text and not any(key.startswith(prefix) for prefix in made)
    ]
    assert unused == []


def _holes(text: str) -> set[str]:
    return set(HOLES.findall(text))
