"""What the commands that work on a whole bank print, and the codes that they exit with."""

import pickle
from types import SimpleNamespace

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.checks import Broken
from chalicelib.services.identity.email_keys import Moved
from chalicelib.services.operations.rebuild import Rebuilt
from chalicelib.services.operations.rebuild_keys import MovedKeys
from chalicelib.services.progress import Pace
from chalicelib.services.verification.verify import Verdict
from chalicelib.services.verification.verify_parts import Checked
from infra import progress
from infra.errors import CommandError
from infra.maintenance import commands, rebuild, verify
from infra.maintenance.scans import SCANS
from infra.settings import Settings

HOLDS = "The ledger and its audit trail hold.\n"
LATE = "Report totals are behind: 2 transactions and labels are not counted yet.\n"
BROKEN = "BROKEN: acc_1 entry 2\n  expected: 100\n  found:    90\n"
CHECKED = Checked(accounts=3, entries=12, transactions=6, audit_records=40, digests=1, rollups=9)
COUNTS = "Checked: 3 accounts, 12 entries, 6 transactions, 40 audit records, 1 digest, 9 rollups, 0 stated payments\n"


LATER = Rebuilt(7, 3, MovedKeys(1, Moved(1, ["usr_1", "usr_2"])))
REFUSED = (
    "These users have an address that another user has in another notation; they cannot sign in with it:\n"
    "usr_1, usr_2\n"
)


@pytest.fixture(autouse=True)
def _no_batch_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would last for the tests that follow."""
    monkeypatch.setattr("chalicelib.models.connection.use_batch_timeouts", lambda: None)
    monkeypatch.setattr(verify, "prepare", lambda: None)


@pytest.mark.parametrize(
    ("verdict", "code", "printed"),
    [
        (Verdict(CHECKED), 0, HOLDS),
        (Verdict(CHECKED, late=2), 0, LATE + HOLDS),
        (Verdict(CHECKED, Broken("acc_1 entry 2", 100, 90)), 1, BROKEN),
    ],
)
def test_verify_prints_what_was_checked_and_the_first_broken_link(
    verdict: Verdict, code: int, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "chalicelib.services.verification.verify_by_links.verify",
        lambda _, scans, with_archive, spread, restored_to: (
            verdict if with_archive and scans is SCANS and restored_to is None else spread
        ),
    )
    assert verify.main([]) == code
    assert capsys.readouterr() == (COUNTS + printed, "")


@pytest.mark.parametrize(("arguments", "caught_up"), [([], False), (["--caught-up"], True)])
def test_rebuild_prints_what_it_has_rebuilt(
    arguments: list[str], caught_up: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rebuild, "rebuild", lambda _, caught_up: LATER if caught_up else Rebuilt(6, 2, MovedKeys()))
    assert rebuild.main(arguments) == 0
    totals, profiles, moved = (7, 3, 1) if caught_up else (6, 2, 0)
    assert capsys.readouterr().out == (
        f"Rebuilt the report totals of {totals} transactions and the risk profiles of {profiles} accounts. "
        f"Moved {moved} search keys of customers and {moved} addresses of users.\n"
        f"{REFUSED if caught_up else ''}"
    )


@pytest.mark.parametrize(
    ("trouble", "code", "printed"),
    [
        (KeyboardInterrupt(), 130, ""),
        (Unavailable("KMS does not respond."), 3, "KMS does not respond.\n"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
            3,
            'AWS or the emulator returned an error: Could not connect to the endpoint URL: "http://127.0.0.1:1"\n',
        ),
    ],
)
def test_bank_that_could_not_be_read_is_not_called_broken(
    trouble: BaseException, code: int, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr("chalicelib.services.verification.verify_by_links.verify", fail)
    assert verify.main([]) == code
    assert capsys.readouterr() == ("", printed)


@pytest.mark.parametrize(
    ("code", "problem"),
    [(1, "The bank does not verify."), (3, "The bank could not be verified: nothing is known to be broken.")],
)
def test_command_tells_a_broken_bank_from_one_that_could_not_be_read(
    code: int, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = SimpleNamespace(environment=lambda _: {})
    monkeypatch.setattr("infra.running_bank.checkout.require_running", lambda _: None)
    monkeypatch.setattr("infra.running_bank.connect", lambda _: running)
    monkeypatch.setattr("infra.running_bank.identity.require_ours", lambda *_: None)
    monkeypatch.setattr("infra.running_bank.identity.require_whole", lambda _: None)
    monkeypatch.setattr("infra.maintenance.commands.config_check.check", lambda _: None)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: SimpleNamespace(returncode=code))
    with pytest.raises(CommandError) as raised:
        commands.verify(Settings())
    assert raised.value.problem == problem


def test_rebuild_that_is_interrupted_leaves_the_words_to_its_caller(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rebuild, "rebuild", interrupt)
    assert rebuild.main([]) == 130
    assert capsys.readouterr() == ("", "")


def test_live_line_is_shown_at_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    progress.live_line()("1 account holds")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress.live_line()("1 account holds")
    assert capsys.readouterr() == ("", "    1 account holds\033[K\r")


def test_pace_says_how_fast_it_goes_and_how_much_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    moments, told = iter([0.0, 2.0, 4.0]), list[str]()
    monkeypatch.setattr("chalicelib.services.progress.time.monotonic", lambda: next(moments))
    pace = Pace(told.append)
    pace.tell(20, 1000, "accounts")
    pace.tell(1040, 1000, "accounts")
    assert told == [
        "20 of 1000 accounts: 10 a second, 1 min 38 s left",
        "1040 of 1040 accounts: 260 a second, 0 s left",
    ]


def test_broken_link_is_the_same_in_another_process() -> None:
    found = pickle.loads(pickle.dumps(Broken("acc_1 entry 2", 100, 90)))  # noqa: S301 — our own
    assert (found.where, found.expected, found.found, str(found)) == (
        "acc_1 entry 2", 100, 90, "acc_1 entry 2: expected 100, found 90"
    )  # fmt: skip
