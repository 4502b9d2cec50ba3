"""Findings that are accepted, each with its reason: accepted.toml has them."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from infra.checks.linters import Finding

FILE = "infra/checks/accepted.toml"


@dataclass(frozen=True)
class Accepted:
    """A rule, the resources that it may be about as patterns, and the reason."""

    rule: str
    resources: tuple[str, ...]
    why: str

    def explains(self, finding: Finding) -> bool:
        return finding.rule == self.rule and any(fnmatchcase(finding.resource, one) for one in self.resources)


def read(root: Path) -> list[Accepted]:
    """Read the accepted findings. Raises KeyError if one has no reason."""
    listed = tomllib.loads((root / FILE).read_text())["accepted"]
    return [Accepted(one["rule"], tuple(one["resources"]), one["why"].strip()) for one in listed]


def find_unexplained(findings: Iterable[Finding], accepted: Iterable[Accepted]) -> list[Finding]:
    """Return the findings that no reason covers."""
    reasons = list(accepted)
    return [one for one in findings if not any(reason.explains(one) for reason in reasons)]


def find_unneeded(findings: Iterable[Finding], accepted: Iterable[Accepted]) -> list[str]:
    """Return what is accepted and is found in no stage: a rule, and the pattern of resources."""
    found = list(findings)
    return [
        f"{one.rule} {pattern}"
        for one in accepted
        for pattern in one.resources
        if not any(Accepted(one.rule, (pattern,), one.why).explains(finding) for finding in found)
    ]
