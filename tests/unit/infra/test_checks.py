"""Findings in templates: each needs a reason, and each reason a finding."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.checks import accepted, linters
from infra.checks.accepted import Accepted
from infra.checks.linters import Finding
from infra.errors import CommandError
from infra.settings import ROOT

OPEN_BUCKET = Finding("prod", "CKV_AWS_18", "ConsoleBucket", "Ensure the S3 bucket has access logging enabled")
OTHER_BUCKET = Finding("prod", "CKV_AWS_18", "StatementBucket", "Ensure the S3 bucket has access logging enabled")


def test_finding_without_a_reason_for_its_resource_is_unexplained() -> None:
    reasons = [Accepted("CKV_AWS_18", ("Console*",), "published"), Accepted("CKV_AWS_21", ("*",), "published")]
    assert accepted.find_unexplained([OPEN_BUCKET, OTHER_BUCKET], reasons) == [OTHER_BUCKET]


def test_reason_for_what_is_found_no_longer_is_named() -> None:
    reasons = [Accepted("CKV_AWS_18", ("ConsoleBucket", "Export*"), "published"), Accepted("E3601", ("*",), "JSONata")]
    assert accepted.find_unneeded([OPEN_BUCKET], reasons) == ["CKV_AWS_18 Export*", "E3601 *"]


def test_every_accepted_finding_has_a_reason_in_a_sentence() -> None:
    reasons = accepted.read(ROOT)
    assert reasons
    assert [one.rule for one in reasons if not one.why.endswith(".") or len(one.why.split()) < 5] == []
    assert [one.rule for one in reasons if not one.resources] == []


def test_finding_in_a_workflow_names_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"symbolic": {"key": {"Local": {"verbatim_path": ".github/workflows/ci.yml"}}}}
    found = [{"ident": "artipacked", "desc": "credential persistence", "locations": [place]}]
    done = SimpleNamespace(returncode=13, stdout=json.dumps(found), stderr="")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: done)
    [finding] = linters.find_with_zizmor(ROOT, Path("build"))
    assert (finding.rule, finding.resource) == ("artipacked", "ci.yml")


def test_linter_that_fails_is_no_workflow_without_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    done = SimpleNamespace(returncode=1, stdout="", stderr="no such file")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: done)
    with pytest.raises(CommandError, match="no such file"):
        linters.find_with_zizmor(ROOT, Path("build"))
