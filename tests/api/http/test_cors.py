"""Pages of other origins: none by default, and only those that the setting names."""

import pytest

from chalicelib import config
from tests.api.helpers.bank import Api, Reply, User

CONSOLE = "https://console.example"
ASK = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
OTHERS = [
    "https://evil.example", "https://console.example.evil.example", "http://console.example",
    "https://console.example:8443", "https://CONSOLE.example", "null", "", "*", "https://console.example/",
]  # fmt: skip


def told(reply: Reply) -> list[str]:
    return [name for name in reply.headers if name.lower().startswith("access-control")]


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CORS_ORIGINS", f"http://127.0.0.1:5173,{CONSOLE}")
    return CONSOLE


def test_no_origin_is_allowed_by_default(client: Api, customer: User) -> None:
    for origin in (CONSOLE, "null", "*"):
        got = client.get("/v1/user/profile", token=customer.token, headers={"Origin": origin})
        asked = client.send("OPTIONS", "/v1/user/profile", headers={"Origin": origin, **ASK})
        assert (got.status, asked.status, told(got), told(asked)) == (200, 405, [], [])


def test_a_page_of_an_allowed_origin_asks_and_reads(client: Api, customer: User, console: str) -> None:
    asked = client.send("OPTIONS", "/v1/user/profile", headers={"Origin": console, **ASK})
    assert (asked.status, asked.text) == (204, "")
    assert asked.headers["Access-Control-Allow-Origin"] == console
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD, PATCH"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    for token, status in ((customer.token, 200), (None, 401)):
        got = client.get("/v1/user/profile", token=token, headers={"Origin": console})
        assert got.status == status
    got = client.get("/v1/accounts/acc_1", token=customer.token, headers={"Origin": console})
    assert (got.status, got.headers["Access-Control-Allow-Origin"], got.headers["Vary"]) == (404, console, "Origin")
    assert "ETag" in got.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in {*asked.headers, *got.headers}


@pytest.mark.parametrize("origin", OTHERS)
def test_a_page_of_another_origin_is_told_nothing(client: Api, customer: User, console: str, origin: str) -> None:
    asked = client.send("OPTIONS", "/v1/user/profile", headers={"Origin": origin, **ASK})
    got = client.get("/v1/user/profile", token=customer.token, headers={"Origin": origin})
    assert (asked.status, told(asked), told(got), got.headers["Vary"]) == (405, [], [], "Origin")


def test_a_method_that_a_path_lacks_is_not_allowed_to_pages_either(client: Api, console: str) -> None:
    for method in ("DELETE", "TRACE", "*", ""):
        asked = client.send(
            "OPTIONS", "/v1/user/profile", headers={"Origin": console, "Access-Control-Request-Method": method}
        )
        assert asked.status == 405


@pytest.mark.parametrize(
    "wrong", ["*", "https://*.example", "console.example", "https://a.example/x", "null", "https://a b"]
)
def test_what_is_no_origin_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("CORS_ORIGINS", wrong)
    with pytest.raises(ValueError, match="CORS_ORIGINS"):
        config.cors_origins()
