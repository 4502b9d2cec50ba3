"""The settings of a command: stage, target, port and folders."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
STAGES = ("local", "dev", "prod")
TARGETS = ("embedded", "localstack", "aws")
DEFAULT_PORT = 4566


@dataclass(frozen=True)
class Settings:
    """A stage of the bank at a target, and the folders that belong to it.

    `account_id`: an account of LocalStack besides its default one. Each has stacks, tables and names of its own.
    """

    stage: str = "local"
    target: str = "embedded"
    port: int = DEFAULT_PORT
    is_port_given: bool = False
    account_id: str | None = None
    with_layer: bool = False
    admin_email: str = "admin@florin.example"
    sandbox_people: int = 20
    caught_up: bool = False
    is_brief: bool = False
    follow: bool = False
    log_id: str = ""
    log_minutes: int = 15
    customer_id: str = ""
    reason: str = ""
    at: str = ""
    keep: bool = False
    is_leaked: bool = False
    plan: bool = False
    change_set: str = ""
    force: bool = False
    is_all_at_once: bool = False
    alarms: str = ""
    on_call: str = ""
    tickets: str = ""
    budget: int = 0
    root: Path = ROOT
    build_root: Path = ROOT / "build"
    state_root: Path = ROOT / ".florin"

    @property
    def stack_name(self) -> str:
        return f"florin-{self.stage}"

    @property
    def is_bundled(self) -> bool:
        """Return whether each function's zip has its dependencies. LocalStack's open core gives functions no layers."""
        return self.target == "localstack"

    @property
    def has_layer(self) -> bool:
        """Return whether dependencies are in a layer. In `local` the functions use the virtual environment instead."""
        return not self.is_bundled and (self.with_layer or self.stage != "local")

    @property
    def build_dir(self) -> Path:
        variant = "-bundled" if self.is_bundled else "-with-layer" if self.with_layer else ""
        return self.build_root / f"{self.stage}{variant}"

    @property
    def package_dir(self) -> Path:
        return self.build_dir / "package"

    @property
    def emulator_dir(self) -> Path:
        return self.state_root / "emulator"

    @property
    def stage_dir(self) -> Path:
        """Return the deployer's folder of a stage at a target. It has the first admin's password."""
        is_usual = self.target == ("embedded" if self.stage == "local" else "aws")
        return self.state_root / (self.stage if is_usual else f"{self.stage}-{self.target}")

    @property
    def deploying(self) -> str:
        """Return the command that deploys this stage to this target, for messages."""
        target = "" if self.target == "embedded" else f" TARGET={self.target}"
        if self.stage == "local" and self.target != "aws":
            return f"make up{target}"
        return f"make deploy STAGE={self.stage} TARGET={self.target}"
