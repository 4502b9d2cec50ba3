"""Finds a browser of the Chromium family on this machine. Playwright's own are downloads, which nothing here needs."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
HOW_TO_GET_ONE = (
    "No Chromium, Chrome or Edge was found, so the tests of the console did not run. Install one "
    "(Debian and Ubuntu: apt-get install chromium), or name one: BROWSER=/path/to/chrome"
)


def find() -> str | None:
    """Return the path of a browser, or None."""
    named = os.environ.get("BROWSER", "")
    if named and Path(named).is_file():
        return named
    found = (shutil.which(name) for name in NAMES)
    return next(filter(None, found), None) or next((place for place in PLACES if Path(place).is_file()), None)


if __name__ == "__main__":
    print(f"The console is tested in {path}." if (path := find()) else HOW_TO_GET_ONE)
