"""Models of one table are interchangeable where the table is described: a process asks whichever it meets first."""

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from chalicelib import models
from chalicelib.models.everything import item_kinds
from chalicelib.models.item import BankItem, Item


def all_models(parent: type[Item] = Item) -> Iterator[type[Item]]:
    for model in parent.__subclasses__():
        yield model
        yield from all_models(model)


def test_models_of_one_table_agree_on_its_keys_and_indexes() -> None:
    for module in pkgutil.walk_packages(models.__path__, "chalicelib.models."):
        importlib.import_module(module.name)
    described: dict[str, list[Any]] = defaultdict(list)
    for model in all_models():
        schema = model._get_schema()
        indexes = {one["index_name"]: one["key_schema"] for one in schema["global_secondary_indexes"]}
        described[model.Meta.table_name].append((schema["key_schema"], indexes))
    assert set(described) == {"bank", "ledger", "audit", "keys", "reports", "events"}
    for told in described.values():
        assert all(one == told[0] for one in told)


def test_whoever_reads_a_partition_whole_has_every_kind_loaded() -> None:
    for module in pkgutil.walk_packages(models.__path__, "chalicelib.models."):
        importlib.import_module(module.name)
    loaded = {name for name, value in vars(item_kinds).items() if inspect.ismodule(value)}
    with_items = {model.__module__.rpartition(".")[2] for model in all_models(BankItem)}
    assert with_items - loaded - {"item", "numbered_setting", "personal", "run"} == set(), (
        "but for those that are no kind themselves"
    )
