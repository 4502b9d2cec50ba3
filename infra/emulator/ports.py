"""Ports: a free one, and the program that uses one, for error messages."""

import socket
import subprocess
from pathlib import Path

PORT_MAX = 65_535
LISTENING = "0A"  # the kernel's code for TCP_LISTEN in /proc/net/tcp


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def next_free(port: int) -> int:
    """Return the next port after this one that nobody uses."""
    return next((one for one in range(port + 1, PORT_MAX + 1) if not is_taken(one)), free_port())


def refusal(port: int) -> str | None:
    """Return why the system does not give this user a port, or None if it does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def owner(port: int) -> str:
    """Return the owner of a port, such as `pid 123 (python -m http.server)`, as far as this user may know."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        if inodes & socket_inodes(process):
            return f"pid {process.name} ({command_of(int(process.name))[:100]})"
    return "another program"


def command_of(pid: int) -> str:
    """Return the command line of a living process, or nothing."""
    if Path("/proc/self").exists():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return command.replace(b"\0", b" ").decode(errors="replace").strip()
    listing = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return listing.stdout.strip()


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for fields in map(str.split, lines):
            if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    return inodes


def socket_inodes(process: Path) -> set[str]:
    """Return the sockets that a process (`/proc/123`) has open, by the kernel's numbers for them."""
    inodes = set()
    try:
        for descriptor in (process / "fd").iterdir():
            link = str(descriptor.readlink())
            if link.startswith("socket:["):
                inodes.add(link[len("socket:[") : -1])
    except OSError:  # another user's process, or one that has just ended
        return inodes
    return inodes
