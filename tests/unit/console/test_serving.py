"""The console's files at the emulator's address, and what a deployment uploads."""

import asyncio
import gzip
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.console import files
from infra.console.headers import CONTENT_SECURITY_POLICY, HEADERS
from infra.emulator.console import serve_console

ROOT = Path(__file__).parents[3]
TEXT = b"export default 1;\n" * 100


async def _emulator(scope: MutableMapping[str, Any], _: Any, send: Any) -> None:
    """Answer as the emulator's S3 does for a bucket with one file."""
    is_known = scope["path"] == "/florin-local-console-000000000000-us-east-1/app.js"
    kind = (b"Content-Type", b"text/javascript; charset=utf-8")
    headers = [kind, (b"ETag", b'"1"'), (b"x-amz-request-id", b"2")]
    await send({"type": "http.response.start", "status": 200 if is_known else 404, "headers": headers})
    await send({"type": "http.response.body", "body": TEXT if is_known else b"<Error/>"})


def _get(path: str, *, method: str = "GET", encoding: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    headers = [(b"host", b"127.0.0.1:4566"), (b"accept-encoding", encoding)]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}

    async def answer() -> None:
        await serve_console(_emulator)(scope, receive, send)

    asyncio.run(answer())
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_a_file_has_the_headers_of_the_console_and_none_of_s3() -> None:
    status, headers, body = _get("/console/app.js")
    assert (status, body) == (200, TEXT)
    assert headers[b"content-security-policy"] == CONTENT_SECURITY_POLICY.encode()
    assert headers[b"etag"] == b'"1"'
    assert b"x-amz-request-id" not in headers


def test_text_is_compressed_for_who_accepts_it() -> None:
    _, headers, body = _get("/console/app.js", encoding=b"gzip, br")
    assert headers[b"content-encoding"] == b"gzip"
    assert (gzip.decompress(body), int(headers[b"content-length"])) == (TEXT, len(body))


def test_a_head_request_gets_no_body() -> None:
    status, headers, body = _get("/console/app.js", method="HEAD")
    assert (status, body, headers[b"content-length"]) == (200, b"", str(len(TEXT)).encode())


@pytest.mark.parametrize("path", ["/console/other.js", "/console/", "/console-dev/app.js"])
def test_an_unknown_file_is_404(path: str) -> None:
    status, headers, body = _get(path)
    assert (status, body) == (404, b"There is no such file.\n")
    assert b"content-security-policy" in headers


def test_the_folder_leads_to_its_page() -> None:
    status, headers, _ = _get("/console")
    assert (status, headers[b"location"]) == (308, b"/console/")


def test_other_paths_are_the_emulators() -> None:
    assert _get("/consoles/app.js")[2] == b"<Error/>"


def test_the_distribution_sends_the_same_headers() -> None:
    fragment = yaml.safe_load((ROOT / "infra" / "fragments" / "console.yaml").read_text())
    policy = fragment["Resources"]["ConsoleHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    sent, others = policy["SecurityHeadersConfig"], policy["CustomHeadersConfig"]["Items"]
    assert {
        "content-security-policy": sent["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "x-content-type-options": "nosniff" if sent["ContentTypeOptions"]["Override"] else None,
        "x-frame-options": sent["FrameOptions"]["FrameOption"],
        "referrer-policy": sent["ReferrerPolicy"]["ReferrerPolicy"],
        **{one["Header"]: one["Value"] for one in others if one["Override"]},
    } == HEADERS


def test_what_is_served_has_no_originals_of_the_joined_file() -> None:
    served = set(files.list_files(ROOT))
    assert {"index.html", "app.js", "console.css", "vendor/preact.js", "strings/en.json"} <= served
    assert not any("packages" in name or "manifest" in name for name in served)


def test_the_page_has_the_address_of_the_api_and_the_zone() -> None:
    page = files.with_facts((ROOT / "console" / "index.html").read_text(), "/api-dev", "Europe/Berlin")
    assert '<meta name="florin-api" content="/api-dev">' in page
    assert '<meta name="florin-zone" content="Europe/Berlin">' in page


def test_a_page_without_its_place_for_the_address_is_refused() -> None:
    with pytest.raises(ValueError, match="0 times florin-api"):
        files.with_facts("<html></html>", "/api", "UTC")
