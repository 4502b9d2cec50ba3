"""The base of every item, and the actions of a DynamoDB transaction that items become."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Self, cast

from botocore.exceptions import ClientError
from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.constants import NULL
from pynamodb.exceptions import AttributeNullError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Change
from pynamodb.models import Model

from chalicelib import aws, resources
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.domain.traceparent import TraceParent
from chalicelib.models import connection
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.indexes import ByFirstIndex, BySecondIndex

Key = tuple[str, str]
"""Where an item is stored in its table: its partition key and its sort key."""

RawItem = dict[str, dict[str, Any]]
"""An item as DynamoDB writes it: `{"pk": {"S": "…"}, …}`."""

Action = dict[str, dict[str, Any]]
"""One action of `TransactWriteItems`: `{"Put": …}`, `{"Update": …}` or `{"ConditionCheck": …}`."""


_IF_ABSENT = {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def key_of(item: RawItem) -> Key:
    """Return the key of an item as DynamoDB writes it."""
    return item["pk"]["S"], item["sk"]["S"]


def key_written(action: Action) -> Key:
    """Return the key of the item that an action writes or checks."""
    [written] = action.values()
    return key_of(written.get("Key") or written["Item"])


class Item(Model):
    """An item of any table: a partition key and a sort key, both text."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    def _set_discriminator(self) -> None:
        """Leave it to `_set_defaults`, which comes next."""

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        """Set what each attribute is before anything is said of it, as PynamoDB does, which asks every attribute."""
        constants, factories = _defaults_of(type(self))
        self.attribute_values.update(constants)
        self.attribute_values.update((name, make()) for name, make in factories.items())

    def _set_attributes(self, **attributes: Any) -> None:
        """Set attributes by name, as PynamoDB does, which asks each attribute's descriptor. None is its own class."""
        unknown = attributes.keys() - self.get_attributes().keys()
        if unknown:
            raise ValueError(f"{type(self).__name__} has no {min(unknown)}.")
        self.attribute_values.update(attributes)

    def _container_serialize(self, null_check: bool = True) -> RawItem:
        """Return the item in DynamoDB's own notation, as PynamoDB does, which asks each attribute's descriptor for its
        value and type. Items have texts, numbers and such, but no maps or lists of attributes.
        """
        item: RawItem = {}
        for name, attribute in self.get_attributes().items():
            value = self.attribute_values.get(name)
            if value is not None:
                item[attribute.attr_name] = {attribute.attr_type: attribute.serialize(value)}
            elif null_check and not attribute.null:
                raise AttributeNullError(name)
        return item

    @classmethod
    def _instantiate(cls, attribute_values: RawItem) -> Self:
        """Return what is stored as an instance of its class, as PynamoDB does, which sets all defaults twice first."""
        kind = cls._get_discriminator_class(attribute_values) or cls
        if not issubclass(kind, cls):
            raise ValueError(f"Cannot read a {kind.__name__} as a {cls.__name__}.")  # noqa: TRY004 — as PynamoDB
        instance: Self = object.__new__(kind)
        constants, factories = _defaults_of(kind)
        instance.attribute_values = constants | {name: make() for name, make in factories.items()}
        for name, attribute in kind.get_attributes().items():
            stored = attribute_values.get(attribute.attr_name)
            if stored and NULL not in stored:
                instance.attribute_values[name] = attribute.deserialize(attribute.get_value(stored))
        return instance

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return connection.table(resources.table_name(cls.Meta.table_name), cls)

    @classmethod
    def find(cls, pk: str, sk: str, *, consistent: bool = True) -> Self | None:
        """Read an item by key, or return None; consistent by default."""
        try:
            with aws.translate_read_errors():
                found = cls.get(pk, sk, consistent_read=consistent)
        except cls.DoesNotExist:
            return None
        return found if isinstance(found, cls) else None

    @property
    def own_key(self) -> Key:
        """Return the key of this item, as opposed to `key(...)` of any."""
        return str(self.pk), str(self.sk)

    @classmethod
    def query_once(cls, partition: str, **how: Any) -> dict[str, Any]:
        """Call DynamoDB's Query once, with arguments of PynamoDB's table connection, and return the raw response."""
        with aws.translate_read_errors():
            answer: dict[str, Any] = cls._get_connection().query(partition, **how)
        return answer

    @classmethod
    def key_names(cls, index: str | None) -> list[str]:
        """Return the names of the key attributes of the table and its indexes."""
        table = cls._get_connection().get_meta_table()
        names: list[str] = table.get_key_names(index)  # type: ignore[no-untyped-call]  # PynamoDB's
        return names

    def put_if_absent(self) -> Action:
        """Write the whole item unless one with its key exists; the one that does comes back with the refusal."""
        put = {"TableName": resources.table_name(self.Meta.table_name), "Item": self._container_serialize()}
        return {"Put": put | _IF_ABSENT}

    def put(self) -> Self:
        """Put the item unless there is one under its key, and return the one that is there then."""
        try:
            connection.client().put_item(**self.put_if_absent()["Put"])
        except ClientError as error:
            if not is_failed_condition(error):
                raise
            return self.from_raw_data(cast(dict[str, RawItem], error.response)["Item"])
        return self

    def put_if(self, condition: Condition) -> bool:
        """Put the item, also over one under its key, if the condition holds; return whether it held."""
        try:
            connection.client().put_item(**self.get_save_kwargs_from_instance(condition))
        except ClientError as error:
            if not is_failed_condition(error):
                raise
            return False
        return True


def is_failed_condition(error: ClientError) -> bool:
    """Return whether DynamoDB refused a write of one item because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


@cache
def _defaults_of(kind: type[Item]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Return what an item of a class has before its attributes are read: values, and functions that return new ones."""
    attributes = kind.get_attributes()
    factories = {name: one.default for name, one in attributes.items() if callable(one.default)}
    constants = {name: one.default for name, one in attributes.items() if name not in factories}
    for name, one in attributes.items():
        if isinstance(one, DiscriminatorAttribute) and one.get_discriminator(kind) is not None:
            constants[name] = kind
    return {name: value for name, value in constants.items() if value is not None}, factories


class BankItem(Item):
    """An item of the table `bank`, where all that changes is.

    `version` moves by one with every write, and the rest says who wrote, when and in which request: the audit
    consumer learns all of it from the stream's image. `trace_mark` is there if the client named a trace. `expires_at`
    (epoch seconds) lets DynamoDB clear the item; until it does, readers ask `has_expired`.
    """

    class Meta:
        table_name = "bank"

    type = DiscriminatorAttribute()
    version = IntegerAttribute(default=1)
    created_at = UnicodeAttribute(null=True)
    updated_at = UnicodeAttribute(null=True)
    updated_by = UnicodeAttribute(null=True)
    request_id = UnicodeAttribute(null=True)
    trace_mark = UnicodeAttribute(null=True)
    expires_at = IntegerAttribute(null=True)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    by_first = ByFirstIndex["BankItem"]()
    by_second = BySecondIndex["BankItem"]()

    def stamp(self, caller: Caller, at: datetime | str) -> Self:
        """Sign a new item with who makes it and when."""
        moment = at if isinstance(at, str) else timestamp(at)
        self.created_at = self.updated_at = moment
        self.updated_by = caller.user_id
        self.request_id = caller.request_id
        if caller.traceparent:
            self.trace_mark = TraceParent.mark(caller.request_id, caller.traceparent, caller.customer_id)
        return self

    def has_expired(self, now: datetime) -> bool:
        """Return whether DynamoDB may clear the item at any moment, which may take days: for readers it is gone."""
        return bool(self.expires_at) and self.expires_at <= now.timestamp()

    @classmethod
    def is_kept(cls, now: datetime) -> Condition:
        """Return the filter of a query that lets through what has not expired."""
        condition: Condition = cls.expires_at.does_not_exist() | (cls.expires_at > int(now.timestamp()))
        return condition

    @classmethod
    def setting(cls, values: Mapping[str, object]) -> list[Change]:
        """Return changes that set fields by name; None removes a field."""
        fields = [(getattr(cls, name), value) for name, value in values.items()]
        return [field.remove() if value is None else field.set(value) for field, value in fields]

    def stamp_changes(self, changes: Sequence[Change], caller: Caller, at: datetime | str) -> list[Change]:
        """Return the changes that move the version and sign an update of an existing item."""
        kind = type(self)
        moment = at if isinstance(at, str) else timestamp(at)
        mark = caller.traceparent and TraceParent.mark(caller.request_id, caller.traceparent, caller.customer_id)
        return [
            *changes,
            *([kind.trace_mark.set(mark)] if mark else []),
            kind.version.add(1),
            kind.updated_at.set(moment),
            kind.updated_by.set(caller.user_id),
            kind.request_id.set(caller.request_id),
        ]

    def is_as_read(self) -> Action:
        """Make a transaction depend on nobody having changed the item since it was read."""
        as_read = type(self).version == self.version
        return {"ConditionCheck": self.get_operation_kwargs_from_class(self.pk, self.sk, condition=as_read)}

    def set_as_read(self, values: Mapping[str, object], caller: Caller, at: datetime | str) -> Action:
        """Set fields by name, if the item is still just as it was read."""
        return self.update_if(type(self).version == self.version, self.setting(values), caller, at)

    def update_existing(self, changes: Sequence[Change], caller: Caller, at: datetime | str) -> Action:
        """Return the action that changes an existing item without any other condition."""
        return self.update_if(type(self).pk.exists(), changes, caller, at)

    def update_if(self, condition: Condition, changes: Sequence[Change], caller: Caller, at: datetime | str) -> Action:
        """Return the action that changes an existing item on a condition; if refused, the present item comes back."""
        actions = self.stamp_changes(changes, caller, at)
        return {"Update": self.get_update_kwargs_from_instance(actions, condition, "ALL_OLD")}
