"""A response of `http.client` whose head is read line by line: Python has it parsed as that of an e-mail."""

from http.client import HTTPException, HTTPMessage, HTTPResponse, LineTooLong, UnknownProtocol
from typing import cast

LINE_MAX, LINES_MAX = 65_536, 100
"""As in `http.client`."""
LENGTH_DIGITS_MAX = 15
"""Of a length that a machine can have."""
INTERIM, BODILESS = range(100, 200), {204, 304}


class PlainResponse(HTTPResponse):
    """A response to a POST. The names of its `fields` are in lower case; of two alike the first one counts."""

    fields: dict[str, str]

    def begin(self) -> None:
        """Read the head, and find out how long the body is (RFC 9112, 6.3). Raises HTTPException if it is no HTTP."""
        status = INTERIM.start
        while status in INTERIM:  # else the next request would get the final response to this one
            version, status, _ = self._read_status()  # type: ignore[attr-defined]  # of http.client
            self.fields = self._read_fields()
        if not version.startswith("HTTP/1."):
            raise UnknownProtocol(version)
        self.status, self.headers = status, cast(HTTPMessage, self.fields)
        self.chunked, self.chunk_left = self.fields.get("transfer-encoding", "").lower() == "chunked", None
        self.length = self._find_length()
        has_end = self.chunked or self.length is not None
        self.will_close = not has_end or version == "HTTP/1.0" or "close" in self.fields.get("connection", "").lower()

    def _find_length(self) -> int | None:
        """Return the bytes of the body, or None if it ends with its chunks, or with the connection."""
        if self.status in BODILESS:
            return 0
        told = "" if self.chunked else self.fields.get("content-length", "")
        is_length = told.isascii() and told.isdigit() and len(told) <= LENGTH_DIGITS_MAX
        return int(told) if is_length else None

    def _read_fields(self) -> dict[str, str]:
        found = dict[str, str]()
        for _ in range(LINES_MAX):
            line = self.fp.readline(LINE_MAX + 1)
            if len(line) > LINE_MAX:
                raise LineTooLong("header line")
            if not line.endswith(b"\n"):  # Python takes it for the end: a read would find nothing where there is much
                raise HTTPException("the head is cut off")
            name, colon, value = line.decode("iso-8859-1").strip("\r\n").partition(":")
            if not name and not colon:
                return found
            if not colon or name != name.strip():
                raise HTTPException("a line of the head is no header")
            found.setdefault(name.lower(), value.strip())
        raise HTTPException(f"got more than {LINES_MAX} headers")
