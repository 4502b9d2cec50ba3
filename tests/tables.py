"""The tables of the template, made straight in a DynamoDB."""

from typing import Any

from infra.build.yaml_text import read_yaml
from infra.settings import ROOT

RESOURCES = read_yaml((ROOT / "infra/fragments/tables.yaml").read_text())["Resources"]
PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


def make_tables(database: Any, stage: str) -> list[str]:
    """Every table of a stage, empty; their names."""
    names = []
    for resource in RESOURCES.values():
        given = resource["Properties"]
        names.append(given["TableName"]["Fn::Sub"].replace("${Stage}", stage))
        database.create_table(TableName=names[-1], **{part: given[part] for part in PROPERTIES if part in given})
    return names
