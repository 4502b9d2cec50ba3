"""The console's address on this machine."""


def by_name(address: str) -> str:
    """Return an address of this machine by its name: browsers make passkeys for a domain, never for 127.0.0.1."""
    return address.replace("://127.0.0.1:", "://localhost:", 1)
