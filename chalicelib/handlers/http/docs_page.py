"""The API's description as a page: for each operation its fields, errors, a command for curl, and a form to try it.

Everything is in the page, so it works offline. The browser runs only `docs_page.js`, which the policy names by hash.
"""

import base64
import hashlib
import json
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

Json = dict[str, Any]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }
summary { cursor: pointer; padding: .3rem 0 } code, pre, input, textarea { font: 14px/1.4 ui-monospace, monospace }
pre { background: #f4f6f8; padding: .8rem; overflow: auto }
.method { display: inline-block; width: 4.5rem; color: #0b6b53 }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top }
details { border-bottom: 1px solid #e3e7eb } h2 { margin-top: 2rem } small { color: #67727e }
input[type=search], textarea { width: 100%; box-sizing: border-box } label { display: block } a { color: #0b6b53 }
"""
AUTHENTICATE = """curl -s {url}/v1/auth/login -H 'Content-Type: application/json' \\
  -d '{{"email": "ada@florin.example", "password": "florin-demo-password"}}'"""
LINE = " \\\n  "
SCHEMAS = "#/components/schemas/"
BOUNDS = (
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMaximum",
    "maxItems",
    "default",
)


def page(document: Json) -> str:
    """Return the page, with a section for each tag and a fold for each operation."""
    sections = [
        f'<h2 id="{escape(tag["name"])}">{escape(tag["name"].capitalize())}</h2><p>{escape(tag["description"])}</p>'
        + "".join(
            _operation(method, path, operation, document)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if tag["name"] in operation["tags"]
        )
        for tag in document["tags"]
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Florin API</title><style>{STYLE}</style>'
        f"</head><body><h1>Florin API</h1><p>{escape(document['info']['description'])}</p>"
        '<p>Base URL: <code class="url">{url}</code> · <a href="openapi.json">OpenAPI 3.1</a></p>'
        "<h2>Authenticate</h2><p>Log in, and send the response's <code>access_token</code> as "
        "<code>Authorization: Bearer …</code>. It is valid for some minutes; <code>refresh_token</code> gets another."
        f"</p><pre>{escape(AUTHENTICATE.format(url='{url}'))}</pre>"
        '<label>Access token, for the forms below: <input id="token" size="60" autocomplete="off"></label>'
        '<p><input type="search" id="search" placeholder="Search paths, summaries and fields" aria-label="Search"></p>'
        f'{"".join(sections)}<h2 id="schemas">Schemas</h2>{_schemas(document)}<script>{script()}</script></body></html>'
    )


@cache
def script() -> str:
    return Path(__file__).with_name("docs_page.js").read_text()


def content_policy() -> str:
    """Return the policy of the page: its own script and style, and requests to the bank that served it.

    No page frames it, for its forms have a token and move money; no form leaves it, for the script sends them.
    """
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    own = f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'; connect-src 'self'"
    return f"default-src 'none'; {own}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def _operation(method: str, path: str, operation: Json, document: Json) -> str:
    name = escape(operation["operationId"])
    head = f'<code><span class="method">{method.upper()}</span>{escape(path)}</code> {escape(operation["summary"])}'
    parameters = [_resolve(parameter, document) for parameter in operation["parameters"]]
    return (
        f'<details class="operation" id="{name}"><summary>{head}</summary><p>{escape(operation["description"])} '
        f'<a href="#{name}">#</a></p>{_parameters(parameters)}{_request(operation, document)}'
        f"<p>curl</p><pre>{escape(_curl(method, path, operation, parameters, document))}</pre>"
        f"{_form(method, path, operation, parameters, document)}{_responses(operation, document)}</details>"
    )


def _parameters(parameters: list[Json]) -> str:
    return _table((one["name"], one["schema"], f"in {one['in']}", one["required"]) for one in parameters)


def _table(rows: Any) -> str:
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{_type(schema)}</td><td>{where}</td>"
        f"<td>{'required' if required else 'optional'}</td><td>{escape(schema.get('description', ''))}"
        f"{_bounds(schema)}</td></tr>"
        for name, schema, where, required in rows
    )
    return f"<table>{lines}</table>" if lines else ""


def _type(schema: Json) -> str:
    """Return the type of a field in a word or two, as HTML with links to schemas."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"array of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("const", schema.get("type", "any"))))


def _bounds(schema: Json) -> str:
    """Return what a value has to keep to, as HTML."""
    parts = [schema, *schema.get("anyOf", []), schema.get("items", {})]
    bounds = [f"{name}: {part[name]}" for part in parts for name in BOUNDS if name in part]
    return f" <small>{escape(', '.join(bounds))}</small>" if bounds else ""


def _schemas(document: Json) -> str:
    """Return a fold for each schema that a field of another one has, for the links of types."""
    schemas: Json = document["components"]["schemas"]
    linked = sorted(set(re.findall(f"{SCHEMAS}(\\w+)", json.dumps(schemas))))
    return "".join(
        f'<details class="operation" id="schema-{name}"><summary><code>{name}</code></summary>'
        f"<p>{escape(schemas[name].get('description', ''))}</p>{_fields(schemas[name])}</details>"
        for name in linked
    )


def _resolve(parameter: Json, document: Json) -> Json:
    if "$ref" not in parameter:
        return parameter
    shared: Json = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return shared


def _schema(body: Json, document: Json) -> Json | None:
    """Return the schema of a body, if it has JSON."""
    reference = body.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
    if reference is None:
        return None
    found: Json = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found


def _fields(schema: Json) -> str:
    """Return the fields of a schema, or of which other schemas it is one."""
    if "anyOf" in schema:
        return f"<p>{_type(schema)}</p>"
    required = schema.get("required", [])
    return _table((name, one, "", name in required) for name, one in schema.get("properties", {}).items())


def example(body: Json, document: Json) -> Any:
    """Return the example of a body, its own or the one that it shares with others."""
    content = body.get("content", {}).get("application/json", {})
    for one in content.get("examples", {}).values():
        return document["components"]["examples"][one["$ref"].rpartition("/")[2]]["value"]
    return content.get("example")


def _request(operation: Json, document: Json) -> str:
    body = operation.get("requestBody", {})
    schema = _schema(body, document)
    return f"<p>Request</p>{_fields(schema)}{_json(example(body, document))}" if schema else ""


def _responses(operation: Json, document: Json) -> str:
    parts = []
    for status, response in operation["responses"].items():
        schema = _schema(response, document)
        parts.append(f"<p><b>{status}</b> {escape(response['description'])}</p>")
        if schema:
            parts.append(f"{_fields(schema)}{_json(example(response, document))}")
    return "".join(parts)


def _curl(method: str, path: str, operation: Json, parameters: list[Json], document: Json) -> str:
    """Return a command that makes an operation's example request; `$TOKEN` is the access token."""
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(one.get("example", one["name"])))
    query = "&".join(
        f"{one['name']}={one.get('example', '')}" for one in parameters if one["in"] == "query" and one["required"]
    )
    parts = [f"curl -s -X {method.upper()} '{{url}}{path}{'?' + query if query else ''}'"]
    if "security" not in operation:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += [
        f"-H '{one['name']}: {one.get('example', '')}'"
        for one in parameters
        if one["in"] == "header" and one["required"]
    ]
    if "requestBody" in operation:
        body = json.dumps(example(operation["requestBody"], document), ensure_ascii=False).replace("'", "'\\''")
        parts += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return LINE.join(parts)


def _form(method: str, path: str, operation: Json, parameters: list[Json], document: Json) -> str:
    """Return a form that sends the request to the bank that served the page."""
    inputs = "".join(
        f'<label>{escape(one["name"])} <input name="{escape(one["name"])}" data-in="{one["in"]}" size="50"'
        f' placeholder="{escape(str(one.get("example", "")))}"></label>'
        for one in parameters
    )
    area = ""
    if "requestBody" in operation:
        body = escape(json.dumps(example(operation["requestBody"], document), indent=2, ensure_ascii=False))
        area = f'<textarea name="body" rows="8">{body}</textarea>'
    sent = f'data-method="{method.upper()}" data-path="{escape(path)}"'
    return (
        f"<details><summary>Try it</summary><form {sent}>{inputs}{area}"
        "<button>Send</button> <small>To the bank that served this page.</small><pre></pre></form></details>"
    )


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
