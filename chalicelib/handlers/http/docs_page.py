"""The API's description as a page to read: plain HTML, no script, nothing loaded from elsewhere."""

import json
from html import escape
from typing import Any

Json = dict[str, Any]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }
summary { cursor: pointer; padding: .3rem 0 } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { background: #f4f6f8; padding: .8rem; overflow: auto }
.method { display: inline-block; width: 4.5rem; color: #0b6b53 }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top }
details { border-bottom: 1px solid #e3e7eb } h2 { margin-top: 2rem; text-transform: capitalize }
"""


def page(document: Json) -> str:
    """Return the page, with a section for each tag and a fold for each operation."""
    sections: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            sections.setdefault(operation["tags"][0], []).append(_operation(method, path, operation, document))
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(folds)}" for tag, folds in sections.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Florin API</title><style>{STYLE}</style>'
        f"</head><body><h1>Florin API</h1><p>{escape(document['info']['description'])}</p>"
        f'<p><a href="openapi.json">OpenAPI 3.1</a></p>{body}</body></html>'
    )


def _operation(method: str, path: str, operation: Json, document: Json) -> str:
    head = f'<code><span class="method">{method.upper()}</span>{escape(path)}</code> {escape(operation["summary"])}'
    return (
        f"<details><summary>{head}</summary><p>{escape(operation['description'])}</p>{_parameters(operation, document)}"
        f"{_request(operation, document)}{_responses(operation, document)}</details>"
    )


def _parameters(operation: Json, document: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td>"
        f"<td>{'required' if one['required'] else 'optional'}</td></tr>"
        for one in (_resolve(parameter, document) for parameter in operation["parameters"])
    )
    return f"<table>{rows}</table>" if rows else ""


def _resolve(parameter: Json, document: Json) -> Json:
    if "$ref" not in parameter:
        return parameter
    shared: Json = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return shared


def _request(operation: Json, document: Json) -> str:
    if "requestBody" not in operation:
        return ""
    return f"<p>Request</p>{_example(operation['requestBody'], document)}"


def _responses(operation: Json, document: Json) -> str:
    parts = []
    for status, response in operation["responses"].items():
        parts.append(f"<p><b>{status}</b> {escape(response['description'])}</p>{_example(response, document)}")
    return "".join(parts)


def _example(body: Json, document: Json) -> str:
    """Return the example of a body's schema, if it has JSON."""
    schema = body.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return ""
    return _json(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"][0])


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
