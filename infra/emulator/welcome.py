"""What the emulator's address itself answers, for people who open it."""

from html import escape

from infra.console.address import by_name

PATHS = {
    "the API, described": "v1/docs",
    "its OpenAPI document": "v1/openapi.json",
    "whether it is healthy": "v1/health",
}


def as_text(api_url: str) -> str:
    """Return the answer for a terminal."""
    links = "".join(f"  {api_url + '/' + path:<44} {name}\n" for name, path in PATHS.items())
    return (
        f"Florin, a bank on this machine. Open it in a browser: {console_url(api_url)}\n\n"
        f"The API's base URL is {api_url}\n\n{links}\n"
        "`make status` prints the admin's password, `make up` those of the demo customers.\n"
        "Other paths are the emulator's own: it serves the API of AWS at this address.\n"
    )


def as_html(api_url: str) -> str:
    """Return the answer for a browser."""
    links = "".join(
        f'<li><a href="{escape(api_url)}/{path}">{escape(api_url)}/{path}</a> {escape(name)}</li>'
        for name, path in PATHS.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Florin</title></head>'
        '<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem">'
        f'<h1>Florin</h1><p>A bank on this machine. <a href="{escape(console_url(api_url))}">Open the console</a>.</p>'
        f"<p>The API's base URL is <code>{escape(api_url)}</code></p><ul>{links}</ul>"
        "<p><code>make status</code> prints the admin's password, <code>make up</code> those of the demo customers. "
        "Other paths are the emulator's own: it serves the API of AWS at this address.</p></body></html>"
    )


def console_url(api_url: str) -> str:
    """Return the console's address, which is beside the API's."""
    return by_name(f"{api_url.rpartition('/')[0]}/console/")
