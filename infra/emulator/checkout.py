"""The emulator of this checkout: on which port it is, and whether it runs. No command uses another checkout's."""

from dataclasses import replace
from pathlib import Path

from infra import files
from infra.emulator import ports
from infra.emulator.ministack import Emulator, already_runs
from infra.errors import CommandError
from infra.progress import say
from infra.settings import Settings


def emulator_of(settings: Settings) -> Emulator:
    return Emulator(settings.emulator_dir, settings.port)


def on_its_port(settings: Settings, asked_port: int | None) -> Settings:
    """Return the settings with the emulator's port: where it runs, else the one asked for, else its last one."""
    if settings.target != "embedded":
        return settings
    running_port = emulator_of(settings).running_port()
    if running_port is None:
        return replace(settings, port=asked_port or _last_port(settings) or settings.port)
    if asked_port not in (None, running_port):
        raise already_runs(running_port)
    return replace(settings, port=running_port)


def ensure_running(settings: Settings) -> None:
    """Start it unless it runs, and wait until it answers. Raises CommandError if another program has its port."""
    emulator = emulator_of(settings)
    if emulator.running_port() == settings.port:
        say("    already running")
        emulator.wait()
        return
    if emulator.was_killed():
        say("    it was killed, not stopped: everything since the last `make down` is lost")
    emulator.start()
    files.write(_port_file(settings), str(settings.port))


def require_running(settings: Settings) -> None:
    """Raise CommandError unless this checkout's own emulator answers."""
    emulator = emulator_of(settings)
    if emulator.running_port() is None:
        taken = ports.is_taken(emulator.port)
        by = f" Port {emulator.port} is taken by {ports.owner(emulator.port)}." if taken else ""
        raise CommandError(f"This checkout's bank does not run.{by}", "Start it: make up")
    if not emulator.answers():
        raise CommandError(
            f"The emulator on port {emulator.port} does not answer.", f"It may still be starting: {emulator.log_file}"
        )


def _last_port(settings: Settings) -> int | None:
    file = _port_file(settings)
    return int(file.read_text()) if file.exists() else None


def _port_file(settings: Settings) -> Path:
    """Return the file with the last port. It outlives `make down` and `make reset`."""
    return settings.state_root / "port"
