"""The first requests after a deployment to an emulator, where a cold function on busy cores may take half a minute."""

import time
import urllib.request

from infra.deploy.base_url import bank_url
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud

WARM_SECONDS_MAX = 300
POLL_SECONDS = 0.5


def warm_up(cloud: Cloud, settings: Settings) -> None:
    """Ask an emulator's API for its health until it answers. Raises CommandError. AWS starts functions in time."""
    if cloud.endpoint_url is None:
        return
    url = bank_url(cloud, settings)
    deadline = time.monotonic() + WARM_SECONDS_MAX
    while not _is_healthy(url):
        if time.monotonic() > deadline:
            raise CommandError(f"The API does not answer at {url}.", "The functions' logs may tell why: make logs")
        time.sleep(POLL_SECONDS)


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/v1/health", timeout=WARM_SECONDS_MAX) as answer:
            return bool(answer.status == 200)
    except OSError:  # HTTPError is one, too
        return False
