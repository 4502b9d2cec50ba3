"""Models of one table are interchangeable where the table is described: a process asks whichever it meets first."""

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.attributes import AttributeContainer
from pynamodb.exceptions import AttributeNullError

from chalicelib import models
from chalicelib.models.everything import item_kinds
from chalicelib.models.item import BankItem, Item
from chalicelib.models.ledger.transaction import Transaction


def all_models(parent: type[Item] = Item) -> Iterator[type[Item]]:
    """Yield the bank's models. Sample data and tests have others, if they are loaded."""
    for model in parent.__subclasses__():
        if model.__module__.startswith(models.__name__):
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


def test_item_is_stored_and_read_as_pynamodb_does() -> None:
    """The base class does it without asking each attribute's descriptor, and sets defaults once."""
    for module in pkgutil.walk_packages(models.__path__, "chalicelib.models."):
        importlib.import_module(module.name)
    for model in all_models():
        made = model("P", "S")
        stored = AttributeContainer._container_serialize(made, null_check=False)
        assert made._container_serialize(null_check=False) == stored
        read, again = model.from_raw_data(stored), model.from_raw_data(stored)
        assert (type(read), read.attribute_values) == (model, made.attribute_values)
        for name, value in read.attribute_values.items():
            assert not isinstance(value, list | dict) or value is not again.attribute_values[name], (
                "a default is shared"
            )


def test_item_that_lacks_what_it_must_have_is_not_stored() -> None:
    with pytest.raises(AttributeNullError, match="transaction_type"):
        Transaction(
            "P", "S", id="txn", fingerprint="f", status="posted", amount=1, currency="USD", initiated_by="u"
        ).put_if_absent()


def test_whoever_reads_a_partition_whole_has_every_kind_loaded() -> None:
    for module in pkgutil.walk_packages(models.__path__, "chalicelib.models."):
        importlib.import_module(module.name)
    loaded = {name for name, value in vars(item_kinds).items() if inspect.ismodule(value)}
    with_items = {model.__module__.rpartition(".")[2] for model in all_models(BankItem)}
    assert with_items - loaded - {"item", "numbered_setting", "personal", "run"} == set(), (
        "but for those that are no kind themselves"
    )
