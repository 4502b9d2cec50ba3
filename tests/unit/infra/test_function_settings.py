"""The settings of the functions are checked before anything is packaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.build.function_settings import of_stage, require_valid
from infra.build.package import package
from infra.build.template import merged_fragments
from infra.errors import CommandError
from infra.settings import ROOT, STAGES, Settings


def project(folder: Path, **variables: str) -> Settings:
    """A checkout whose stage `dev` has these settings beside the real ones."""
    given = json.loads((ROOT / ".chalice/config.json").read_text())
    given["stages"]["dev"]["environment_variables"] |= variables
    (folder / ".chalice").mkdir()
    (folder / ".chalice/config.json").write_text(json.dumps(given))
    return Settings(stage="dev", root=folder, build_root=folder / "build")


def fragments(**variables: Any) -> dict[str, Any]:
    return {"Resources": {"APIHandler": {"Properties": {"Environment": {"Variables": variables}}}}}


@pytest.mark.parametrize("stage", STAGES)
def test_settings_of_this_repository_are_right(stage: str) -> None:
    settings = Settings(stage=stage)
    require_valid(settings, merged_fragments(settings))


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "local"])
def test_a_bank_for_others_trusts_nobody_unseen(stage: str) -> None:
    settings = of_stage(Settings(stage=stage))
    strict = {
        "APPROVALS": "on",
        "BRANCH_CASH": "counted",
        "CUSTOMER_CASH": "off",
        "EMAIL_VERIFICATION": "on",
        "ERASURE_WAIT_HOURS": "24",
        "KYC_REQUIRED": "true",
        "MFA_REQUIRED": "staff",
        "RISK_UNKNOWN": "refuse",
        "SOURCE_FAILURES_MAX": "100",
        "WEBHOOK_LOOPBACK": "off",
    }
    assert strict.items() <= settings.items()


def test_wrong_setting_is_told_with_the_file_to_mend(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as wrong:
        require_valid(project(tmp_path, BANK_TIMEZONE="Mars"), fragments())
    assert wrong.value.problem == "The settings of stage dev are wrong."
    assert wrong.value.advice.startswith("Correct .chalice/config.json:\nBANK_TIMEZONE must be a time zone")


def test_other_stages_settings_do_not_count(tmp_path: Path) -> None:
    settings = project(tmp_path, BANK_TIMEZONE="Mars")
    require_valid(Settings(stage="prod", root=settings.root), fragments())


def test_wrong_setting_of_a_fragment_is_found(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="LEDGER_SHARDS must be a whole number"):
        require_valid(project(tmp_path), fragments(LEDGER_SHARDS="0", DIGEST_KEY_ID={"Ref": "DigestKey"}))


def test_setting_with_a_slip_in_its_name_is_found(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no setting BANK_TIMEZON\."):
        require_valid(project(tmp_path, BANK_TIMEZON="UTC"), fragments())


def test_nothing_is_packaged_with_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = project(tmp_path, DAILY_LIMIT="much")
    monkeypatch.setattr("infra.build.package.merged_fragments", lambda _: fragments())
    with pytest.raises(CommandError, match="DAILY_LIMIT must be a positive decimal number"):
        package(settings)
    assert not settings.build_root.exists()
