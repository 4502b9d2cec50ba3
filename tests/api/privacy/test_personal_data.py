"""What must not be anywhere but in its own field: passwords, tokens, and who somebody is."""

import io

import pytest

from chalicelib.observability import logger
from tests.api.helpers.bank import Api, User, items
from tests.api.helpers.log_watch import LogWatch

PASSWORD = "a-password-to-look-for"
EMAIL = "look.for.me@example.com"
PERSON = {"first_name": "Zebulon", "last_name": "Quisenberry", "phone": "+442079460000", "date_of_birth": "1991-02-03"}


def test_no_secret_and_no_personal_datum_is_logged(
    client: Api, log: io.StringIO, capfd: pytest.CaptureFixture[str], admin: User
) -> None:
    client.post("/v1/auth/register", {"email": EMAIL, "password": PASSWORD, **PERSON}).ok(201)
    tokens = client.post("/v1/auth/login", {"email": EMAIL, "password": PASSWORD}).ok()
    token = tokens["access_token"]
    changed = {"current_password": PASSWORD, "new_password": PASSWORD[::-1]}
    replies = [
        client.post("/v1/auth/register", {"email": EMAIL, "password": PASSWORD, **PERSON}),
        client.post(
            "/v1/auth/register", {"email": EMAIL, "password": PASSWORD, "phone": PERSON["phone"] + "x", **PERSON}
        ),
        client.post("/v1/auth/login", {"email": EMAIL, "password": PASSWORD + "!"}),
        client.post("/v1/auth/login", {"email": EMAIL, "password": PASSWORD, "x": PASSWORD}),
        client.patch("/v1/user/profile", {"first_name": PERSON["first_name"], "phone": "x"}, token=token),
        client.post("/v1/auth/password", {**changed, "current_password": PASSWORD + "!"}, token=token),
        client.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"][:-1] + "!"}),
        client.post("/v1/users", {"email": EMAIL, "password": PASSWORD, "role": "x", **PERSON}, token=admin.token),
        client.post("/v1/customers", {"email": EMAIL, **PERSON, "national_id": "!"}, token=admin.token),
        client.get(f"/v1/customers?email={EMAIL}&last_name={PERSON['last_name']}", token=admin.token),
    ]
    assert client.get(f"/v1/customers?email={EMAIL}", token=admin.token).ok()["data"]
    assert all(reply.status >= 400 for reply in replies)
    assert client.post("/v1/auth/password", changed, token=token).status == 204
    secrets = [PASSWORD, PASSWORD[::-1], token, *tokens["refresh_token"].split(".")[2:]]
    logged = log.getvalue() + "".join(capfd.readouterr())
    assert "request refused" in logged
    for text in [*secrets, EMAIL, *PERSON.values()]:
        assert text not in logged
        assert not any(text in reply.text for reply in replies), text


def test_secrets_are_not_kept_and_keys_tell_nobody(client: Api) -> None:
    client.post("/v1/auth/register", {"email": EMAIL, "password": PASSWORD, **PERSON}).ok(201)
    tokens = client.post("/v1/auth/login", {"email": EMAIL, "password": PASSWORD}).ok()
    stored = items()
    assert {"customer", "user", "session"} <= {item.get("type") for item in stored}
    for item in stored:
        kept = str({name: value for name, value in item.items() if name != "email"})
        assert PASSWORD not in kept
        assert EMAIL not in kept.lower()
        assert tokens["access_token"] not in kept
        assert tokens["refresh_token"].rpartition(".")[2] not in kept


def test_log_of_every_test_is_watched_for_people_and_secrets(customer: User, log_watch: LogWatch) -> None:
    leaking = (customer.email, customer.password, customer.token, customer.refresh_token, "LV69FLRN0123456789005")
    logger.info("harmless", principal_id=customer.user_id)
    assert log_watch.leaks == []
    for text in leaking:
        logger.info("leaking", told=text)
    logger.error("failed", exc_info=ValueError("Ada Lovelace"))
    assert len(log_watch.leaks) == len(leaking) + 1
    log_watch.leaks.clear()
