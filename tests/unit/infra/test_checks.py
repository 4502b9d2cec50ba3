"""Findings in templates: each needs a reason, and each reason a finding."""

from infra.checks import accepted
from infra.checks.accepted import Accepted
from infra.checks.linters import Finding
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
