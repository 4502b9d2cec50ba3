"""Commands that prove, rebuild and look after a deployed bank."""

import subprocess
import sys

from chalicelib import config_check
from chalicelib.environment import SettingError
from infra import running_bank
from infra.deploy.digest_setup import seal_now
from infra.errors import CommandError
from infra.maintenance import reporting
from infra.progress import say
from infra.settings import Settings


def verify(settings: Settings) -> None:
    """Verify the ledger and the audit trail, and name the first broken link."""
    code = _maintain(settings, "verify")
    if code == reporting.BROKEN:
        raise CommandError("The bank does not verify.", "The lines above name what is broken. Change nothing by hand.")
    if code != 0:
        problem = "The bank could not be verified: nothing is known to be broken."
        raise CommandError(problem, "The lines above say what could not be read. Run the same command again.")


def make_rollups(settings: Settings) -> None:
    """Rebuild report totals, risk profiles and customers' search keys while the bank runs."""
    advice = "Reports still use the earlier totals. Run the same command again."
    make_reports(settings, CommandError("The report totals, risk profiles and search keys are not rebuilt.", advice))


def make_reports(settings: Settings, failure: CommandError) -> None:
    """Rebuild report totals and what else is derived. Raises `failure` if that fails."""
    if _maintain(settings, "rebuild", *(["--caught-up"] if settings.caught_up else [])) != 0:
        raise failure


def redrive(settings: Settings) -> None:
    """Handle what the consumers of the stream have set aside."""
    if _maintain(settings, "redrive") != 0:
        advice = "Mend what the lines above name, deploy if need be, and run the same command again: nothing is lost."
        raise CommandError("Records of the stream are still set aside.", advice)


def open_retained(settings: Settings) -> None:
    """Open what money-laundering law makes the bank keep of an erased customer. The audit records who, whom and why."""
    if not settings.customer_id or not settings.reason:
        raise CommandError(
            "Whose identity, and for what legal purpose?", 'Run: make open-retained CUSTOMER=cus_… REASON="Order 4 O 1"'
        )
    if _maintain(settings, "open_retained", settings.customer_id, settings.reason) != 0:
        raise CommandError(
            "Nothing was opened.", "The lines above say why. An attempt that got as far is in the audit."
        )


def seal(settings: Settings) -> None:
    """Sign a digest of new entries now, without waiting for the schedule."""
    made = ", ".join(map(str, seal_now(running_bank.find(settings), settings.stack_name)))
    say(f"  Digest {made}" if made else "  Nothing to seal: there is no new entry that is at least a minute old.")


def restore_drill(settings: Settings) -> None:
    """Restore the tables beside the running bank, and verify them."""
    from infra.restore import drill

    drill.drill(running_bank.find(settings), settings)


def rotate_webhook_key(settings: Settings) -> None:
    """Replace the key that signs webhook messages, in two runs; one that has leaked in one run."""
    _rotate(settings, "rotate_webhook_key")


def rotate_token_key(settings: Settings) -> None:
    """Replace the key that signs access tokens, in two runs; one that has leaked in one run."""
    _rotate(settings, "rotate_token_key")


def _rotate(settings: Settings, module: str) -> None:
    if _maintain(settings, module, *(["leaked"] if settings.is_leaked else [])) != 0:
        advice = "The lines above say why. A run that was cut off is repeated a minute later."
        raise CommandError("The key was not replaced.", advice)


def issue_metrics_token(settings: Settings) -> None:
    """Print a token with which Prometheus reads the metrics."""
    if _maintain(settings, "metrics_token") != 0:
        raise CommandError("No token was made.", "The lines above say why.")


def _maintain(settings: Settings, module: str, *arguments: str) -> int:
    """Run a module of infra/maintenance on the tables of a stage. Return its exit code."""
    environment = running_bank.find(settings).environment(settings.stage)
    try:
        config_check.check(environment)
    except SettingError as error:
        raise CommandError("The settings of the deployed functions, or of this shell, are wrong.", str(error)) from None
    command = [sys.executable, "-m", f"infra.maintenance.{module}", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode
