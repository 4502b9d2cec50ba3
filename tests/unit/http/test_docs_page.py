"""The reference page: a command, fields and a form for every operation, and nothing from elsewhere."""

import base64
import hashlib
import json
import re
import shlex
from html import unescape

import pytest

from chalicelib.handlers.http.docs_page import content_policy, page
from chalicelib.handlers.http.openapi import document
from chalicelib.handlers.http.openapi_examples import recordings
from chalicelib.handlers.http.operation import Operation, operations

PAGE = page(document())


def section_of(operation: Operation) -> str:
    start = PAGE.index(f'<details class="operation" id="{operation.view.__name__}">')
    ends = (PAGE.find(mark, start + 1) for mark in ('<details class="operation"', "<script>"))
    return PAGE[start : min(end for end in ends if end > 0)]


@pytest.mark.parametrize("operation", operations(), ids=lambda one: f"{one.route.method} {one.route.path}")
def test_every_operation_has_a_command_that_a_shell_understands(operation: Operation) -> None:
    section = section_of(operation)
    [text] = re.findall(r"<pre>(curl.*?)</pre>", section, re.DOTALL)
    words = shlex.split(unescape(text))
    assert words[:4] == ["curl", "-s", "-X", operation.route.method]
    assert re.fullmatch(r"\{url\}/v1/[^{}]*", words[4])
    assert ("Authorization: Bearer $TOKEN" in words) is (operation.route.permission is not None)
    if operation.about.body:
        assert isinstance(json.loads(words[words.index("-d") + 1]), dict)
    assert (any(word.startswith("Idempotency-Key: ") for word in words)) is (operation.key == "required")
    assert f'data-path="{operation.route.path}"' in section


def test_fields_have_types_and_say_whether_they_are_required() -> None:
    [transfer] = [section_of(one) for one in operations() if one.view.__name__ == "transfer"]
    assert "<tr><td><code>from_account_id</code></td><td>string</td><td></td><td>required</td>" in transfer
    assert "<small>minLength: 1, maxLength: 140</small>" in transfer
    assert "<td><code>memo</code></td><td>string or null</td><td></td><td>optional</td>" in transfer


def test_nothing_is_loaded_from_elsewhere_and_only_the_pages_own_script_runs() -> None:
    assert re.findall(r'(?:src|href)="(?!#|openapi\.json")[^"]*"', PAGE) == []
    [script] = re.findall(r"<script>(.*?)</script>", PAGE, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in content_policy()
    assert "innerHTML" not in script


def test_no_page_frames_the_docs_and_no_form_leaves_them() -> None:
    """None of the three follows from `default-src`."""
    policy = content_policy().split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} <= set(policy)


def test_links_lead_to_operations_and_schemas() -> None:
    anchors = set(re.findall(r'href="#([^"]*)"', PAGE))
    assert {one for one in anchors if not one.startswith("schema-")} == {one.view.__name__ for one in operations()}
    assert "schema-TransactionView" in anchors
    assert all(f'id="{anchor}"' in PAGE for anchor in anchors)


def test_a_form_has_the_examples_of_its_request() -> None:
    [transfer] = [section_of(one) for one in operations() if one.view.__name__ == "transfer"]
    [text] = re.findall(r"<textarea[^>]*>(.*?)</textarea>", transfer, re.DOTALL)
    assert json.loads(unescape(text)) == recordings()["transfer"]["request"]
    [read] = [section_of(one) for one in operations() if one.view.__name__ == "get_account"]
    assert 'name="account_id" data-in="path" size="50" placeholder="acc_' in read
