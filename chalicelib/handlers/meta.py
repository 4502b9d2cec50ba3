"""What the API says of itself."""

from typing import Literal

from chalicelib.handlers.door import Door
from chalicelib.handlers.request import Request
from chalicelib.handlers.shapes import View

door = Door("meta")


class Health(View):
    status: Literal["ok"] = "ok"


@door.route("GET", "/v1/health", "Is the API up?", answer=Health)
def health(request: Request[None, None]) -> Health:
    return Health()
