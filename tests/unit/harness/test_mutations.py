"""The mutation tester itself: which small wrong changes it makes, and that it judges them rightly."""

import ast
import gc
import textwrap
from pathlib import Path

import pytest

from chalicelib.domain.interest import due
from tests.mutants import trial
from tests.mutants.baseline import SECONDS_MAX, Baseline, near_tests
from tests.mutants.mutations import Mutant, mutants_of


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in mutants_of("m", textwrap.dedent(source))[1]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a < b", {"a < b → a <= b", "a < b → a >= b"}),
        ("x = a is None", {"a is None → a is not None"}),
        ("x = 0 < a <= 9", {"0 < a <= 9 → 0 <= a <= 9", "0 < a <= 9 → 0 < a < 9", "9 → 10", "0 → 1"}),
        ("x = a and b", {"a and b → a or b", "a and b → a", "a and b → b"}),
        ("x = a + b", {"a + b → a - b"}),
        ("x = 'key'", {"'key' → 'mutant'"}),
        ("x = f'gl.{a}'", {"f'gl.{a}' → f'mutant{a}'"}),
        ("x = a if b else c", {"a if b else c → a", "a if b else c → c"}),
        ("x = [a for a in b if a > 0]", {"for a in b if a > 0 → for a in b", "a > 0 → a >= 0", "0 → 1"}),
        ("x = f(a, b, c=d)", {"f(a, b, c=d) → f(b, a, c=d)", "f(a, b, c=d) → f(a, b)"}),
        ("x = min(a, b)", {"min(a, b) → max(a, b)"}),
        ("x = a.f().g()", {"a.f().g() → a.f()"}),
        ("x = -a", {"-a → a"}),
    ],
)
def test_an_expression_is_changed_in_every_small_way(code: str, expected: set[str]) -> None:
    assert expected <= set(changes(code))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise E", {"raise E → pass"}),
        ("return a", {"return a → return None"}),
        ("if a: b()", {"if a: ... → if True: ...", "if a: ... → if False: ...", "b() → pass"}),
        ("for a in b: c()", {"for a in b: ... → for a in (): ..."}),
        ("a.b = c", {"a.b = c → pass"}),
        ("n += c", {"n += c → pass", "n += c → n -= c"}),
        ("n = c", {"n = c → pass"}),
        ("with a: b()", {"with a: ... → if True: ..."}),
        ("try: a()\n    except E: b()", {"except E: ... → except E: raise"}),
    ],
)
def test_a_statement_is_dropped_or_forced(code: str, expected: set[str]) -> None:
    assert expected <= set(changes(f"def f(n):\n    {code}"))


def test_a_bool_is_turned_round() -> None:
    assert changes("def f() -> bool:\n    return a") == ["return a → return not a"]


@pytest.mark.parametrize(
    "code",
    [
        '"""Prose."""',
        "def f(a: int | None) -> 'X': ...",
        "from a import b",
        "X = Literal['a', 'b']",
        "logger.info('a', n=1)",
        "x = 'There is none.'",
        "x = f'There is no {a}.'",
        "class P(Protocol):\n    x = 1",
    ],
)
def test_what_is_no_logic_stays_as_it_is(code: str) -> None:
    assert changes(code) == []


def test_a_mutant_is_its_change_and_says_where_and_when_it_runs() -> None:
    source = "LIMIT = 1\n\n\nclass A:\n    def f(self, most=2):\n        return self.x < most\n"
    tree, mutants = mutants_of("m", source)
    assert [(one.function, one.line, one.at_import) for one in mutants[:2]] == [
        ("", "LIMIT = 1", True),
        ("A.f", "def f(self, most=2):", True),
    ]
    [boundary] = [one for one in mutants if one.change.endswith("self.x <= most")]
    assert (boundary.key[1:3], boundary.first_line, boundary.at_import) == (("A.f", "return self.x < most"), 6, False)
    boundary.apply()
    assert ast.dump(tree) == ast.dump(ast.parse(source.replace(" < ", " <= ")))


def test_the_same_change_twice_on_a_line_is_two_mutants() -> None:
    assert [one for one in changes("x = (0, 0)") if "0" in one] == ["0 → 1", "0 → 1 (2)"]


def test_functions_are_found_after_the_collection_of_tests_was_frozen() -> None:
    """Else each mutant is tried on newly loaded code, which takes thirty times as long."""
    gc.freeze()
    found = trial.loaded_functions([due.__name__])
    assert found[due.__name__, "latest_due"] == [due.latest_due]


def test_code_that_is_loaded_is_not_tried_as_if_it_were_loaded_again() -> None:
    """Its mutants would all survive."""
    mutant = Mutant(due.__name__, "", "x = 1", "1 → 2", 7, 7, True, lambda: None)
    with pytest.raises(LookupError, match="is loaded: its mutants would change nothing"):
        trial.anew(ast.parse(""), mutant, ["tests/unit/test_money.py"], 1.0)


def test_nothing_that_could_load_the_bank_is_imported_ahead_of_trials() -> None:
    assert {"chalicelib", "infra", "tests", "bench", "app", "sampledata"} <= trial.OURS


def test_tests_are_near_that_import_the_module_themselves_or_through_another_of_the_tests(tmp_path: Path) -> None:
    sources = {
        "tests/unit/test_a.py": "from chalicelib.domain import money",
        "tests/helper.py": "from chalicelib.domain.money import parse",
        "tests/unit/test_b.py": "from tests.helper import x",
        "tests/unit/test_c.py": "from chalicelib.domain import month",
    }
    files = {name: tmp_path / name.replace("/", "_") for name in sources}
    for name, path in files.items():
        path.write_text(sources[name])
    assert near_tests(["chalicelib.domain.money"], files) == ["tests/unit/test_a.py", "tests/unit/test_b.py"]


def test_a_mutant_is_tried_on_the_quickest_tests_for_half_a_minute_at_most_and_on_one_at_least() -> None:
    mutant = Mutant("m", "f", "x = 1", "1 → 2", 7, 7, False, lambda: None)
    tests = ["quick", "slow", "slower", "other"]
    baseline = Baseline(
        dict(zip(tests, (0.1, SECONDS_MAX - 1, SECONDS_MAX, 0.0), strict=True)), {"m": {7: tests[:3], 8: ["other"]}}
    )
    assert baseline.tests_of(mutant, {}) == ["quick", "slow"]
    baseline.seconds = {"quick": 31.0, "slow": 32.0, "slower": 33.0}
    assert baseline.tests_of(mutant, {}) == ["quick"]
