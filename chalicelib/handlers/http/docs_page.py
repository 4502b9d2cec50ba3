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
    """One section a tag, one fold an operation."""
    sections: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            sections.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(folds)}" for tag, folds in sections.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Florin API</title><style>{STYLE}</style>'
        f"</head><body><h1>Florin API</h1><p>{escape(document['info']['description'])}</p>"
        f'<p><a href="openapi.json">OpenAPI 3.1</a></p>{body}</body></html>'
    )


def _operation(method: str, path: str, operation: Json) -> str:
    head = f'<code><span class="method">{method.upper()}</span>{escape(path)}</code> {escape(operation["summary"])}'
    return (
        f"<details><summary>{head}</summary><p>{escape(operation['description'])}</p>{_parameters(operation)}"
        f"{_request(operation)}{_responses(operation)}</details>"
    )


def _parameters(operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td>"
        f"<td>{'required' if one['required'] else 'optional'}</td></tr>"
        for one in operation["parameters"]
    )
    return f"<table>{rows}</table>" if rows else ""


def _request(operation: Json) -> str:
    if "requestBody" not in operation:
        return ""
    return f"<p>Request</p>{_json(operation['requestBody']['content']['application/json']['example'])}"


def _responses(operation: Json) -> str:
    parts = []
    for status, response in operation["responses"].items():
        example = response.get("content", {}).get("application/json", {}).get("example")
        shown = _json(example) if example is not None else ""
        parts.append(f"<p><b>{status}</b> {escape(response['description'])}</p>{shown}")
    return "".join(parts)


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
