"""Uploads the console's files to the stack's bucket, with the stage's address of the API and time zone in its page."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.console.address import by_name
from infra.deploy import change_set
from infra.deploy.base_url import bank_url
from infra.settings import Settings
from infra.targets import Cloud

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
NOT_SERVED = ("vendor/packages/", "vendor/manifest.json")
PAGE = "index.html"
UPLOADS_AT_ONCE = 8
REVALIDATE = "no-cache"
"""Browsers ask for each file again and get 304 while it is the same, so that files of two deployments never mix."""


def list_files(root: Path) -> Iterator[str]:
    """Yield the names of the files that browsers get, relative to console/."""
    folder = root / "console"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix in TYPES and not name.startswith(NOT_SERVED) and "node_modules" not in path.parts:
            yield name


def upload(cloud: Cloud, settings: Settings) -> None:
    """Upload each file, and remove those that the console no longer has."""
    bucket = change_set.outputs(cloud, settings.stack_name)["ConsoleBucketName"]
    s3, names = cloud.client("s3"), list(list_files(settings.root))
    api, zone = urlsplit(console_api(cloud, settings)).path, _zone(cloud, settings.stage)

    def put(name: str) -> None:
        body = (settings.root / "console" / name).read_bytes()
        if name == PAGE:
            body = with_facts(body.decode(), api, zone).encode()
        content_type = TYPES[Path(name).suffix]
        s3.put_object(Bucket=bucket, Key=name, Body=body, ContentType=content_type, CacheControl=REVALIDATE)

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as uploading:
        list(uploading.map(put, sorted(names, key=PAGE.__eq__)))  # the page last: what it names is there
    for old in _list_keys(s3, bucket) - set(names):
        s3.delete_object(Bucket=bucket, Key=old)


def with_facts(page: str, api: str, zone: str) -> str:
    """Return the page with the path of the API and the bank's time zone."""
    for name, value in (("florin-api", api), ("florin-zone", zone)):
        page, count = re.subn(rf'(<meta name="{name}" content=")[^"]*', _keep_beginning(value), page)
        if count != 1:
            raise ValueError(f"The page has {count} times {name}, not once.")
    return page


def _keep_beginning(value: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[1] + value


def console_api(cloud: Cloud, settings: Settings) -> str:
    """Return the API's address as the console calls it: on AWS through the distribution."""
    return bank_url(cloud, settings) if cloud.endpoint_url else "/api"


def console_url(cloud: Cloud, settings: Settings) -> str:
    """Return the address to open in a browser."""
    if settings.target == "embedded":
        return by_name(f"{cloud.endpoint_url}/{base_path(settings.stage)}/")
    found = change_set.outputs(cloud, settings.stack_name)
    return found.get("ConsoleAddress") or f"{cloud.endpoint_url}/{found['ConsoleBucketName']}/{PAGE}"


def base_path(stage: str) -> str:
    """Return the folder of a stage's console at the embedded emulator's address."""
    return "console" if stage == "local" else f"console-{stage}"


def _zone(cloud: Cloud, stage: str) -> str:
    return cloud.environment(stage).get("BANK_TIMEZONE", "UTC")


def _list_keys(s3: Any, bucket: str) -> set[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {one["Key"] for page in pages for one in page.get("Contents", [])}
