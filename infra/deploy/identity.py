"""The identity of a bank: an id that its first deployment writes at its target and into this checkout.

A command that finds another id at its target has met another bank, and stops. So no command reads or changes a bank
only because it is where this checkout's bank used to be, or has the same name.
"""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from infra import files
from infra.deploy import change_set
from infra.deploy.bank_keys import read_parameter
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

ID_BYTES = 8


@dataclass(frozen=True)
class Identity:
    """A bank as this checkout knows it.

    `folder` is the state folder that it was written to, by which a copy of this folder is recognised. `home` names the
    account and region on AWS. `is_whole` becomes true when the first deployment has done all its steps.
    """

    id: str
    folder: str
    home: str
    is_whole: bool = False


def claim(cloud: Cloud, settings: Settings) -> None:
    """Write this checkout's id at the target before it deploys there. Raises CommandError if another bank is there.

    Of two checkouts that deploy at the same moment, one writes its id and the other is refused.
    """
    known = _existing_identity(settings)
    found = _at_target(cloud, settings)
    if found is None:
        _require_no_other_stack(cloud, settings, known)
        known = known or Identity(secrets.token_hex(ID_BYTES), _folder(settings), _home(cloud, settings))
        _remember(settings, known)
        found = _write(cloud, settings, known.id)
    if known is None and settings.target == "aws":
        known = Identity(found, _folder(settings), _home(cloud, settings), is_whole=True)
    _require_same(cloud, settings, known, found)
    if known is not None:
        _remember(settings, replace(known, folder=_folder(settings)))


def require_ours(cloud: Cloud, settings: Settings) -> None:
    """Raise CommandError unless the bank at the target is this checkout's, or on AWS one that it may join."""
    known, found = _existing_identity(settings), _at_target(cloud, settings)
    if found is not None:
        _require_same(cloud, settings, known, found)
    elif change_set.stands(cloud, settings.stack_name):
        _require_no_other_stack(cloud, settings, known)
        raise CommandError("This bank was deployed by an earlier version.", f"Update it: {settings.deploying}")
    else:
        problem = f"There is no bank of stage {settings.stage} at {_place(cloud)}."
        raise CommandError(problem, f"Start it: {settings.deploying}")


def require_whole(settings: Settings) -> None:
    """Raise CommandError if this checkout has begun the bank's first deployment and not ended it."""
    known = _existing_identity(settings)
    if known is not None and not known.is_whole:
        raise CommandError("The bank's first deployment has not ended.", f"Go on with it: {settings.deploying}")


def mark_whole(settings: Settings) -> None:
    known = _existing_identity(settings)
    if known is not None:
        _remember(settings, replace(known, is_whole=True))


def is_claimed(cloud: Cloud, settings: Settings) -> bool:
    """Return whether a bank is at the target, or has begun to be."""
    return _at_target(cloud, settings) is not None or change_set.stands(cloud, settings.stack_name)


def parameter_name(stage: str) -> str:
    return f"/florin/{stage}/bank"


def _require_same(cloud: Cloud, settings: Settings, known: Identity | None, found: str) -> None:
    if known is None and settings.target == "aws":
        return
    if known is None or known.id != found:
        raise CommandError(f"Another checkout's bank is at {_place(cloud)}.", _elsewhere(settings))
    if settings.target == "localstack" and (original := _original(settings, known)):
        raise CommandError(
            f"The bank at {_place(cloud)} is that of {original}, of which this checkout has a copy.",
            f"Use it from there. For a bank of its own, delete {settings.stage_dir}, then name another LocalStack.",
        )


def _require_no_other_stack(cloud: Cloud, settings: Settings, known: Identity | None) -> None:
    """Refuse a bank without an id, unless this checkout has its admin, and a bank that was in another account."""
    if known is not None and settings.target == "aws" and known.home != _home(cloud, settings):
        raise CommandError(
            f"This checkout's bank of stage {settings.stage} is in {known.home}, not in {_home(cloud, settings)}.",
            "Use the credentials and region of that account. For another bank, use another checkout.",
        )
    is_unknown = known is None and settings.target != "aws" and not settings.stage_dir.exists()
    if is_unknown and change_set.stands(cloud, settings.stack_name):
        raise CommandError(f"Another checkout's bank is at {_place(cloud)}.", _elsewhere(settings))


def _original(settings: Settings, known: Identity) -> Path | None:
    """Return the checkout from which this state was copied, if it is still there and has it."""
    original = Path(known.folder) / settings.stage_dir.name
    if known.folder == _folder(settings) or not (original / "bank.json").exists():
        return None
    return original.parent.parent if _read(original / "bank.json").id == known.id else None


def _at_target(cloud: Cloud, settings: Settings) -> str | None:
    return read_parameter(cloud.client("ssm"), parameter_name(settings.stage))


def _write(cloud: Cloud, settings: Settings, bank_id: str) -> str:
    """Write an id where none is. Return the one that is there now."""
    parameters = cloud.client("ssm")
    try:
        parameters.put_parameter(Name=parameter_name(settings.stage), Value=bank_id, Type="String", Overwrite=False)
    except parameters.exceptions.ParameterAlreadyExists:
        return str(_at_target(cloud, settings))
    return bank_id


def _existing_identity(settings: Settings) -> Identity | None:
    path = _file(settings)
    return _read(path) if path.exists() else None


def _read(path: Path) -> Identity:
    return Identity(**json.loads(path.read_text()))


def _remember(settings: Settings, identity: Identity) -> None:
    files.write(_file(settings), json.dumps(asdict(identity)))


def _file(settings: Settings) -> Path:
    return settings.stage_dir / "bank.json"


def _folder(settings: Settings) -> str:
    return str(settings.state_root.resolve())


def _home(cloud: Cloud, settings: Settings) -> str:
    if settings.target != "aws":
        return settings.target
    return f"account {cloud.account_id()}, {cloud.session.region_name}"


def _place(cloud: Cloud) -> str:
    return cloud.endpoint_url or f"account {cloud.account_id()}, {cloud.session.region_name}"


def _elsewhere(settings: Settings) -> str:
    if settings.target == "embedded":
        return f"{settings.emulator_dir} or {settings.stage_dir} was replaced. To start anew: make reset, then make up"
    if settings.target == "aws":
        return "Use the credentials and region of this checkout's bank. For another bank, use another checkout."
    return f"Use it from there, or start a bank of your own on another port: {settings.deploying} PORT=4570"
