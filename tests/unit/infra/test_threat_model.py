"""The threat model names each kind of threat at each boundary."""

import re

from infra.settings import ROOT

TEXT = (ROOT / "docs" / "threat-model.md").read_text()
STRIDE = set("STRIDE")


def threats() -> dict[str, set[str]]:
    """The kinds of threats by boundary."""
    chapter = TEXT.partition("## Threats")[2].partition("\n## ")[0]
    sections = re.split(r"^### (B\d) .*$", chapter, flags=re.MULTILINE)[1:]
    return {
        name: set(re.findall(r"^\| ([STRIDE]) \|", text, re.MULTILINE))
        for name, text in zip(sections[::2], sections[1::2], strict=True)
    }


def test_each_boundary_has_each_kind_of_threat() -> None:
    boundaries = set(re.findall(r"^\| \*\*(B\d)\*\* ", TEXT, re.MULTILINE))
    assert threats() == dict.fromkeys(sorted(boundaries), STRIDE)


def test_every_threat_has_something_that_stands_against_it() -> None:
    rows = re.findall(r"^\| [STRIDE] \|([^|]*)\|([^|]*)\|", TEXT, re.MULTILINE)
    assert len(rows) >= 36
    assert all(threat.strip() and answer.strip() for threat, answer in rows)


def test_each_requirement_of_pci_dss_has_an_answer() -> None:
    chapter = TEXT.partition("## PCI DSS")[2].partition("\n## ")[0]
    numbers = [int(one) for row in re.findall(r"^\| ([\d, ]+):", chapter, re.MULTILINE) for one in row.split(",")]
    assert numbers == list(range(1, 13))
