"""Every route against everything that clients get wrong: it is refused as the contract says, and nothing is written.

A new route is part of this matrix by being a route; one with a body also needs a right one in `helpers/requests.py`.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.permissions import OWN_ALWAYS, PERMISSIONS
from chalicelib.handlers.http.operation import Operation
from chalicelib.handlers.http.problems import ERRORS_MAX
from chalicelib.handlers.http.request import BODY_BYTES_MAX
from chalicelib.services.identity import login_attempts
from chalicelib.services.operations import bootstrap
from tests.api.helpers import cloud
from tests.api.helpers.accounts import deposit, new_key, opened
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.beneficiaries import saved
from tests.api.helpers.cloud import Saved
from tests.api.helpers.mailbox import open_mailbox
from tests.api.helpers.orders import ordered_ids
from tests.api.helpers.problems import flaw, names
from tests.api.helpers.requests import ADDRESS, ALL, BODIES, GUARDED, PASSWORD, QUERIES, WITH_BODY, WITH_ID, each
from tests.api.helpers.risk import raised

MALFORMED = [
    b"{", b"nonsense", b"{'a': 1}", b'{"a": 1,}', b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b"\xff\xfe{}",
    b'{"a": "\n"}', b"[" * 30_000, b'{"a":' * 10_000, b"{} {}", b"\x00",
    b'{"a": 1' + b"0" * 5000 + b"}",
]  # fmt: skip
NO_OBJECT = [b"[]", b'"text"', b"1", b"null", b"true", b"1e400", b"[[[[[[[[[[]]]]]]]]]]"]
MEDIA_TYPES = ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
CHARSETS = ["iso-8859-1", "UTF-16", "us-ascii", "utf-8; charset=latin1", "", '"windows-1252"', "utf-80"]
UTF_8 = [
    "application/json; charset=utf-8",
    'Application/JSON;CHARSET="UTF-8"',
    "application/json;odata=x; charset = utf8",
]
LOST = [b"a\xff", b"M\xfcller", b"\xed\xa0\x80", "\ufffd".encode(), b"\\ufffd", b"a\\ud800", b"\\udfffb"]
"""Text in a body that was not UTF-8, or was not when it came to the gateway."""
UNKNOWN_FIELDS = ["surprise", "", "Amount", "__class__", "a.b", "$ref", "é\u0000", "\ud800", "x" * 10_000]
OF_ANOTHER_TYPE: dict[str, list[Any]] = {
    "string": [0, 1, -1, 1.5, 10**30, 1e300, True, [], ["x"], {}, {"a": "b"}],
    "integer": ["1", 1.5, 10**30, True, [], {}],
    "boolean": ["true", "", 0, 1, 1.0, [], {}],
    "array": ["x", "", 1, True, {}, {"0": "x"}],
    "object": ["x", "", 1, True, [], [{}]],
}
SEVERAL_LINES = "a\nb"
"""Right in text that says so by its media type, wrong in any other."""
WRONG_TEXTS = ["", " ", "x" * 20_000, "a\u0000b", "\u001b[31m", SEVERAL_LINES, "a\u007f", "\ud800", "a\udfffb"]
ANSWER_BYTES_MAX = 8_000
"""Bytes of a refusal, however much was wrong in a body of 64 KB or in a query of 8 KB."""
ODD_IDS = [
    "{prefix}_01ARZ3NDEKTSV4RRFFQ69G5FAV", "{prefix}_", "{prefix}_01ARZ3NDEKTSV4RRFFQ69G5FA",
    "{prefix}_01ARZ3NDEKTSV4RRFFQ69G5FAVX", "{prefix}_01arz3ndektsv4rrffq69g5fav",
    "{prefix}_01ARZ3NDEKTSV4RRFFQ69G5FAI",
    "{prefix}_０1ARZ3NDEKTSV4RRFFQ69G5FAV", "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "0", "-1", "null", "undefined", ".",
    "..", "*", "%", "%00", "%2F..%2F", "a%20b", "a b", "é", "💶", "'; DROP TABLE bank; --", "<script>", "{{7*7}}",
    "{account_id}", "{0}", "ACCOUNT%23x", "gl.cash.x.USD.000", "x" * 3000, "💶" * 1000,
]  # fmt: skip
ODD_VALUES = [
    "", "x" * 5000, "%00", "%ED%A0%80", "%FF", "%F0%9F%92%B6", "%20", "%0A", "..%2F..", "'%20OR%201=1", "{}", "[]",
    "null", "NaN", "-1", "1e9", "9" * 400, "2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "%25s%25n",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59", "2026-11-21T08:30:00Z%00",
    "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV",
]  # fmt: skip
KEYS = ["x" * 65, "x" * 5000, "é", "a\tb", "\x00", "\x7f", "💶"]


@dataclass
class World:
    """Somebody for every route, who may use it, and the ids that it needs."""

    client: Api
    customer: User
    admin: User
    auditor: User
    ids: dict[str, str]

    def user(self, operation: Operation) -> User | None:
        """A customer where it writes, an admin where it reads, if that may: it reaches further."""
        permission = operation.route.permission
        if permission is None:
            return None
        allowed = PERMISSIONS[permission]
        is_customers = "customer" in allowed and (operation.route.method != "GET" or "admin" not in allowed)
        return self.customer if is_customers else self.admin

    def body(self, operation: Operation) -> Json:
        return {name: self._filled(value) for name, value in BODIES[operation.route.view].items()}

    def _filled(self, value: Any) -> Any:
        return self.ids[value.strip("{}")] if isinstance(value, str) and value.startswith("{") else value

    def send(self, operation: Operation, body: object = None, *, path: str | None = None, **options: Any) -> Reply:
        user = self.user(operation)
        options.setdefault("token", user.token if user else None)
        options.setdefault("key", None if operation.key == "ignored" else new_key())
        path = path or operation.route.path.format(**self.ids)
        if operation.about.document:
            options.setdefault("raw", b"<a/>")
            options["headers"] = {"Content-Type": "application/xml", **options.get("headers", {})}
        return self.client.send(operation.route.method, path, body, **options)


@pytest.fixture(scope="module", autouse=True)
def bank(empty_tables: Saved) -> None:
    """One bank for all of these tests, for they must not change it."""
    cloud.restore(empty_tables)
    bootstrap.ensure_head_office_and_admin("root@florin.example", PASSWORD)


@pytest.fixture(scope="module")
def world(
    bank: None, gateways_cache: None, client: Api, new_customer: Callable[[], User], log_in: Callable[[str], User]
) -> World:
    customer, admin = new_customer(), log_in("root@florin.example")
    staff = {"email": "auditor@florin.example", "password": PASSWORD, "first_name": "A", "last_name": "B"}
    client.post("/v1/users", staff | {"role": "auditor"}, token=admin.token).ok(201)
    account, other = opened(client, customer, "100.00"), opened(client, customer)
    made = deposit(client, customer, account, "1.00").ok(201)
    ids = {"account_id": account["id"], "other_account_id": other["id"], "transaction_id": made["id"]}
    ids |= {"period": "2026-10", "date": "2026-12-01", "account_type": "savings", "branch_id": HEAD_OFFICE_ID}
    ids |= {"month": f"{clock.now():%Y-%m}"}
    ticket = client.post("/v1/tickets", {"subject": "s", "message": "m"}, token=customer.token).ok(201)
    said = client.post("/v1/announcements", {"title": "t", "message": "m"}, token=admin.token).ok(201)
    address = client.post(f"/v1/customers/{customer.customer_id}/addresses", ADDRESS, token=customer.token).ok(201)
    ids |= {"customer_id": str(customer.customer_id), "address_id": address["id"]}
    ids |= {"ticket_id": ticket["id"], "announcement_id": said["id"], "user_id": customer.user_id}
    [session] = client.get("/v1/user/sessions", token=customer.token).ok()["data"]
    ids |= {"session_id": session["session_id"], "export_id": "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"event_id": "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV", "file_id": "pfl_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"upload_id": "upl_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"verification_id": "ver_1", "factor_id": "fac_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"approval_id": "apr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "action": "overdraft_limit"}
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["*"], "signature": "hmac"}
    with open_mailbox() as mailbox:
        mailbox.held = True
        ids |= {"endpoint_id": client.post("/v1/webhook-endpoints", hook, token=customer.token).ok(201)["id"]}
    ids |= {"recall_id": "rcl_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    ids |= {"delivery_id": "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    rule = {"contains": "rent", "field": "memo", "category": "housing"}
    ids |= {"rule_id": client.post("/v1/category-rules", rule, token=customer.token).ok(201)["id"]}
    ids["alert_id"] = raised(customer, account, "low")
    ids["beneficiary_id"] = saved(client, customer, other)["id"]
    ids |= ordered_ids(client, customer, account, other)
    return World(client, customer, admin, log_in(staff["email"]), ids)


@pytest.fixture(autouse=True)
def no_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out counts of wrong tokens, which tests/api/orders/test_calendar_links.py proves."""
    monkeypatch.setattr(login_attempts, "count_source", lambda *_: None)


@pytest.fixture(autouse=True)
def nothing_is_written(world: World) -> Iterator[None]:
    """Compares everything in the six tables before and after."""
    before = cloud.save()
    assert len(before.tables) == 6
    assert any(table["items"] for table in before.tables.values())
    yield
    assert cloud.save() == before


def complain(complaints: Sequence[tuple[object, Reply]]) -> None:
    assert not complaints, "\n".join(f"{str(sent)[:200]!r} -> {str(reply)[:400]}" for sent, reply in complaints)


def fields(schema: Json, definitions: Json, path: str = "") -> Iterator[tuple[str, Json, bool]]:
    """Every field of a body, also of what is inside: its path, its schema, and whether it must be there."""
    for name, one in schema["properties"].items():
        choices = [definitions.get(part.get("$ref", "").rpartition("/")[2], part) for part in one.get("anyOf", [one])]
        yield path + name, {"choices": choices}, name in schema.get("required", [])
        for choice in choices:
            if "properties" in choice:
                yield from fields(choice, definitions, f"{path}{name}.")


ANOTHER_NAME = {"to_account_number": "to_account_id", "to_iban": "to_account_id", "iban": "account_number"}
"""Fields that name a payee in another way than the correct body does."""


def with_field(body: Json, path: str, value: object) -> Json:
    """The body with one field set; `...` takes it away. A payee is named in one way only."""
    first, _, rest = path.partition(".")
    if first in ANOTHER_NAME:
        body = with_field(body, ANOTHER_NAME[first], ...)
    if rest:
        return body | {first: with_field(body.get(first) or {}, rest, value)}
    return {name: part for name, part in body.items() if name != first} | ({} if value is ... else {first: value})


@each(WITH_BODY)
def test_a_body_of_thousands_of_wrong_fields_has_a_short_answer(world: World, operation: Operation) -> None:
    body = {f"{number:x}": 0 for number in range(6_000)}
    long_names = {"x" * 3000 + str(number): 0 for number in range(20)}
    for wrong in (body, long_names):
        reply = world.send(operation, wrong)
        assert not flaw(reply), reply
        assert len(reply.text) < 12_000
        assert len(reply.json["errors"]) == 20
        assert "fields are wrong" in reply.json["detail"] or wrong is long_names


@each([one for one in ALL if one.is_conditional])
def test_outdated_and_malformed_if_match(world: World, operation: Operation) -> None:
    """Of the same thing, the tag that a GET gives: as a weak one or without its quotes it matches nothing either."""
    body = world.body(operation) if operation.about.body else None
    [*_, reading] = [
        one for one in ALL if one.route.method == "GET" and one.about.versioned == operation.about.versioned
    ]
    user = world.user(operation)
    assert user
    path = reading.route.path.format(**world.ids)
    before = cloud.save()
    current = world.client.get(path, token=user.token).headers.get("ETag") or '"1"'
    cloud.restore(before)  # without the record of this read
    tags = [
        '"999999"',
        '""',
        "nonsense",
        f"W/{current}",
        current.strip('"'),
        f'"x", W/{current}',
        f"{current} {current}",
    ]
    replies = [(tag, world.send(operation, body, headers={"If-Match": tag})) for tag in tags]
    complain([(tag, reply) for tag, reply in replies if flaw(reply) or "current version" not in reply.json["detail"]])
    assert {(reply.status, reply.code) for _, reply in replies} == {(409, "conflict")}


@each([one for one in ALL if one.route.method != "GET" and not one.is_conditional])
def test_if_match_where_nothing_has_a_version(world: World, operation: Operation) -> None:
    body = world.body(operation) if operation.about.body else None
    for tag in ("*", '"1"'):
        reply = world.send(operation, body, headers={"If-Match": tag})
        assert not flaw(reply), reply
        assert (reply.status, reply.wrong_fields) == (422, ["If-Match"])


def test_every_body_has_a_right_example() -> None:
    assert {one.route.view for one in WITH_BODY} == set(BODIES)


@each(WITH_BODY)
def test_bodies_that_are_none(world: World, operation: Operation) -> None:
    wanted: list[tuple[bytes, str]] = [(raw, "malformed_json") for raw in MALFORMED]
    wanted += [(raw, "validation_failed") for raw in NO_OBJECT]
    wanted += [(json.dumps(world.body(operation)).encode() + b" " * 65_536, "payload_too_large")]
    replies = [(raw, code, world.send(operation, raw=raw)) for raw, code in wanted]
    complain([(raw, reply) for raw, code, reply in replies if flaw(reply) or reply.code != code])


@each(WITH_BODY)
def test_other_media_types(world: World, operation: Operation) -> None:
    body = world.body(operation)
    replies = [(kind, world.send(operation, body, headers={"Content-Type": kind})) for kind in MEDIA_TYPES]
    complain([one for one in replies if flaw(one[1]) or one[1].code != "unsupported_media_type"])


@each(WITH_BODY)
def test_other_charsets(world: World, operation: Operation) -> None:
    body = world.body(operation)
    kinds = [f"application/json; charset={charset}" for charset in CHARSETS]
    replies = [(kind, world.send(operation, body, headers={"Content-Type": kind})) for kind in kinds]
    complain([one for one in replies if flaw(one[1]) or one[1].code != "unsupported_media_type"])
    for kind in UTF_8:
        reply = world.send(operation, body | {"surprise": 1}, headers={"Content-Type": kind})
        assert reply.refused(422, "validation_failed").wrong_fields == ["surprise"]


@each(WITH_BODY)
def test_texts_that_were_not_utf_8(world: World, operation: Operation) -> None:
    """Whatever the field means: also a password, and a field that nobody knows."""
    assert operation.about.body
    schema = operation.about.body.model_json_schema()
    complaints: list[tuple[object, Reply]] = []
    for path, field, _ in [
        *fields(schema, schema.get("$defs", {})),
        ("surprise", {"choices": [{"type": "string"}]}, 0),
    ]:
        kinds = {choice["type"] for choice in field["choices"]}
        if kinds & {"string", "array"}:
            body = with_field(world.body(operation), path, ["HERE"] if "array" in kinds else "HERE")
            for lost in LOST:
                reply = world.send(operation, raw=json.dumps(body).encode().replace(b"HERE", lost))
                if flaw(reply) or not names(reply, path) or "UTF-8" not in reply.json["detail"]:
                    complaints.append(((path, lost), reply))
    complain(complaints)


@each(ALL)
def test_a_query_and_a_path_that_were_not_utf_8(world: World, operation: Operation) -> None:
    body = world.body(operation) if operation.about.body else None
    path = operation.route.path.format(**world.ids)
    for query in ("%FF=1", "x=%FF", "x=%EF%BF%BD", "x=%ED%A0%80"):
        reply = world.send(operation, body, path=f"{path}?{query}").refused(422, "validation_failed")
        assert reply.wrong_fields == ["query" if query == "%FF=1" else "x"]
    for name in re.findall(r"{(\w+)}", operation.route.path):
        path = operation.route.path.format(**{**world.ids, name: "\ufffd"})
        reply = world.send(operation, body, path=path + QUERIES.get(operation.route.view, ""))
        assert reply.refused(422, "validation_failed").wrong_fields == [name]


@each(WITH_BODY)
def test_unknown_fields(world: World, operation: Operation) -> None:
    replies = [(name, world.send(operation, world.body(operation) | {name: "x"})) for name in UNKNOWN_FIELDS]
    complain([(name, reply) for name, reply in replies if flaw(reply) or reply.code != "validation_failed"])
    assert "surprise" in replies[0][1].wrong_fields


@each(WITH_BODY)
def test_answer_to_a_body_full_of_unknown_fields_is_small(world: World, operation: Operation) -> None:
    raw = json.dumps({f"x{number}": number for number in range(4_300)}).encode()
    assert 0.9 * BODY_BYTES_MAX < len(raw) <= BODY_BYTES_MAX
    reply = world.send(operation, raw=raw).refused(422, "validation_failed")
    assert flaw(reply) is None
    assert len(reply.wrong_fields) == ERRORS_MAX
    assert len(reply.text.encode()) < ANSWER_BYTES_MAX


@each(WITH_BODY)
def test_answer_to_a_field_with_a_name_of_64_kb_is_small(world: World, operation: Operation) -> None:
    for name in ("x" * 60_000, "💶" * 5_000, "a." * 30_000):
        reply = world.send(operation, world.body(operation) | {name: "x"}).refused(422, "validation_failed")
        assert flaw(reply) is None
        assert len(reply.text.encode()) < ANSWER_BYTES_MAX


@each(WITH_BODY)
def test_answer_to_many_long_unknown_fields_is_smaller_than_they_are(world: World, operation: Operation) -> None:
    raw = json.dumps({f"{number}{'💶' * 200}": 1 for number in range(70)}, ensure_ascii=False).encode()
    reply = world.send(operation, raw=raw).refused(422, "validation_failed")
    assert len(reply.wrong_fields) == ERRORS_MAX
    assert len(reply.text.encode()) < len(raw) / 2


@each(ALL)
def test_answer_to_a_query_full_of_unknown_parameters_is_small(world: World, operation: Operation) -> None:
    body = world.body(operation) if operation.about.body else None
    path = operation.route.path.format(**world.ids)
    query = "&".join(f"x{number}={number}" for number in range(700))
    reply = world.send(operation, body, path=f"{path}?{query}").refused(422, "validation_failed")
    assert len(reply.wrong_fields) == ERRORS_MAX
    assert len(reply.text.encode()) < ANSWER_BYTES_MAX


@each(WITH_BODY)
def test_fields_missing_null_and_of_other_types(world: World, operation: Operation) -> None:
    assert operation.about.body
    schema = operation.about.body.model_json_schema()
    complaints: list[tuple[object, Reply]] = []
    for path, field, required in fields(schema, schema.get("$defs", {})):
        types = {choice["type"] for choice in field["choices"]}
        wrong: list[Any] = [...] if required else []
        wrong += [] if "null" in types else [None]
        of_others = [{json.dumps(value) for value in OF_ANOTHER_TYPE[kind]} for kind in types - {"null"}]
        wrong += [json.loads(text) for text in set.intersection(*of_others)]
        for value in wrong:
            reply = world.send(operation, with_field(world.body(operation), path, value))
            if flaw(reply) or not names(reply, path):
                complaints.append(((path, value), reply))
    complain(complaints)


@each(WITH_BODY)
def test_texts_that_are_none(world: World, operation: Operation) -> None:
    """Too long, empty, or with characters that nobody can see: refused, whatever the field means."""
    assert operation.about.body
    schema = operation.about.body.model_json_schema()
    complaints: list[tuple[object, Reply]] = []
    for path, field, _ in fields(schema, schema.get("$defs", {})):
        kinds = {choice["type"] for choice in field["choices"]}
        wrong = WRONG_TEXTS if "string" in kinds else []
        if any("contentMediaType" in choice for choice in field["choices"]):
            wrong = [text for text in wrong if text != SEVERAL_LINES]
        for text in wrong:
            reply = world.send(operation, with_field(world.body(operation), path, text))
            if flaw(reply) or not (names(reply, path) or reply.status == 404):
                complaints.append(((path, text), reply))
        for text in WRONG_TEXTS if "array" in kinds else []:
            reply = world.send(operation, with_field(world.body(operation), path, [text]))
            if flaw(reply) or not names(reply, path):
                complaints.append(((path, [text]), reply))
    complain(complaints)


@each(WITH_ID)
def test_odd_ids(world: World, operation: Operation) -> None:
    names = re.findall(r"{(\w+)}", operation.route.path)
    body = world.body(operation) if operation.about.body else None
    query, complaints = QUERIES.get(operation.route.view, ""), []
    for name, odd in product(names, ODD_IDS):
        odd_id = odd.replace("{prefix}", world.ids[name].partition("_")[0])
        path = operation.route.path.format(**{**world.ids, name: odd_id})
        reply = world.send(operation, body, path=path + query)
        if flaw(reply) or reply.code != ("validation_failed" if name == "month" else "not_found"):
            complaints.append((odd_id, reply))
    complain(complaints)


@each([one for one in ALL if one.route.method != "GET"])
def test_unknown_query_parameters_change_nothing(world: World, operation: Operation) -> None:
    body = world.body(operation) if operation.about.body else None
    path = operation.route.path.format(**world.ids)
    replies = [(query, world.send(operation, body, path=f"{path}?{query}")) for query in ("dry_run=1", "=", "a=1&a=2")]
    complain([one for one in replies if flaw(one[1]) or one[1].code != "validation_failed"])


@each([one for one in ALL if one.route.method == "GET"])
def test_odd_queries(world: World, operation: Operation) -> None:
    """An odd value may be a right one where text is free; what is refused is refused in the contract's words."""
    path = operation.route.path.format(**world.ids)
    fields_ = operation.about.query.model_json_schema(by_alias=True)["properties"] if operation.about.query else {}
    complaints = []
    for query in ("surprise=1", "%00=1", *(f"{name}=1&{name}=2" for name in fields_)):
        reply = world.send(operation, path=f"{path}?{query}")
        if flaw(reply) or not names(reply, query.partition("=")[0].replace("%00", "\x00")):
            complaints.append((query, reply))
    for name in fields_:
        for value in ODD_VALUES:
            reply = world.send(operation, path=f"{path}?{name}={value}")
            if reply.status != 200 and flaw(reply):
                complaints.append((f"{name}={value}", reply))
    complain(complaints)


@each([one for one in ALL if one.key != "ignored"])
def test_idempotency_keys_that_are_none(world: World, operation: Operation) -> None:
    body = world.body(operation) if operation.about.body else None
    replies = [(key, world.send(operation, body, key=key)) for key in KEYS]
    complain([one for one in replies if flaw(one[1]) or one[1].code != "validation_failed"])
    if operation.key == "required":
        for key in (None, ""):
            world.send(operation, body, key=key).refused(400, "idempotency_key_missing")


@each(GUARDED)
def test_a_guarded_route_needs_a_token(world: World, operation: Operation) -> None:
    body = world.body(operation) if operation.about.body else None
    for token in (None, "", "x", "x.y.z", "é", world.customer.token[:-2], world.customer.refresh_token):
        world.send(operation, body, token=token).refused(401, "unauthorized")


@each([one for one in GUARDED if one.route.method != "GET" and one.route.permission not in OWN_ALWAYS])
def test_an_auditor_changes_nothing(world: World, operation: Operation) -> None:
    body = world.body(operation) if operation.about.body else None
    assert not flaw(world.send(operation, body, token=world.auditor.token).refused(403, "forbidden"))
