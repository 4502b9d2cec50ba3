"""Origins from which passkeys are accepted."""

import json

import pytest

from chalicelib.domain.identity.passkey import Json, base64url, origin_of, with_local_port

LOCAL = "http://localhost"


def test_bank_on_this_machine_has_passkeys_at_each_port() -> None:
    assert with_local_port({LOCAL}, "http://localhost:4566") == {LOCAL, "http://localhost:4566"}


@pytest.mark.parametrize(
    "origin",
    [
        "https://localhost:4566",
        "http://localhost.evil.example:80",
        "http://localhost:4566.evil.example",
        "http://localhost:4566\n",
        "http://localhost:",
        "http://evil.example",
        "",
    ],
)
def test_other_origins_are_not_of_this_machine(origin: str) -> None:
    assert with_local_port({LOCAL}, origin) == {LOCAL}


def test_bank_elsewhere_takes_no_local_origin() -> None:
    assert with_local_port({"https://bank.example"}, "http://localhost:4566") == {"https://bank.example"}


def test_origin_is_read_from_the_answer() -> None:
    client_data = json.dumps({"origin": "http://localhost:4566"}).encode()
    assert origin_of({"response": {"clientDataJSON": base64url(client_data)}}) == "http://localhost:4566"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"response": []},
        {"response": {"clientDataJSON": 7}},
        {"response": {"clientDataJSON": "é"}},
        {"response": {"clientDataJSON": base64url(b"[]")}},
        {"response": {"clientDataJSON": base64url(b"{" * 9)}},
    ],
)
def test_answer_that_is_none_names_no_origin(answer: Json) -> None:
    assert origin_of(answer) == ""
