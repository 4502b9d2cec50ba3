"""The rules of second factors, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.identity import passkey, second_factor
from chalicelib.domain.time import timestamp
from chalicelib.services.identity import totp

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
USER, CHALLENGE = "usr_01M7Z4D4VE1FS7BZAHYSHJJ6EM", "chl_01M7Z4D4VE1FS7BZAHYSHJJ6EN"
SECRET = "A" * 43
RFC_6238 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of the RFC's test vectors, in Base32."""


def test_factor_is_fresh_for_fifteen_minutes() -> None:
    used_at = timestamp(NOW)
    assert second_factor.is_fresh(used_at, NOW)
    assert second_factor.is_fresh(used_at, NOW + timedelta(minutes=14, seconds=59))
    assert not second_factor.is_fresh(used_at, NOW + timedelta(minutes=15))
    assert not second_factor.is_fresh(None, NOW)


def test_challenge_names_its_user_and_item() -> None:
    token = second_factor.challenge_of(USER, CHALLENGE, SECRET)
    assert second_factor.parts_of(token) == (USER, CHALLENGE, SECRET)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        f"{USER}.{CHALLENGE}",
        f"{CHALLENGE}.{USER}.{SECRET}",
        f"{USER}.{CHALLENGE}.{SECRET}A",
        f"{USER}..{SECRET}",
    ],
)
def test_malformed_challenge_is_none(token: str) -> None:
    assert second_factor.parts_of(token) is None


def test_recovery_code_is_the_same_however_it_is_typed() -> None:
    code = "JQ2KTB5W7MZDR4XA"
    shown = second_factor.format_code(code)
    assert shown == "JQ2K-TB5W-7MZD-R4XA"
    assert {second_factor.normalise_code(typed) for typed in (shown, shown.lower(), code, "jq2k tb5w 7mzd r4xa")} == {
        code
    }


def test_factors_of_a_kind() -> None:
    factors: dict[str, second_factor.Kind] = {"fac_1": "totp", "fac_2": "passkey", "fac_3": "passkey"}
    assert second_factor.ids_of(factors, "passkey") == ["fac_2", "fac_3"]
    assert second_factor.ids_of(None, "totp") == []


def test_session_without_a_factor_may_only_enrol_one_and_log_out() -> None:
    assert {"factors.own", "session.own", "profile.read"} == second_factor.WITHOUT_FACTOR


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    """The last six of the eight digits of the RFC's appendix B, for SHA-1."""
    assert totp.step_of(RFC_6238, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize(("late", "is_right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_code_is_taken_one_step_early_and_one_late(late: int, is_right: bool) -> None:
    moment = datetime.fromtimestamp(1234567890 + late, UTC)
    assert (totp.step_of(RFC_6238, "005924", moment) == 41152263) is is_right


def test_address_for_an_app_names_bank_and_user() -> None:
    uri = totp.uri(RFC_6238, "ada@example.com")
    assert uri == f"otpauth://totp/Florin:ada%40example.com?secret={RFC_6238}&issuer=Florin"


def test_secrets_of_apps_differ_and_have_160_bits() -> None:
    secrets = {totp.new_secret() for _ in range(10)}
    assert len(secrets) == 10
    assert {len(secret) for secret in secrets} == {32}


def test_base64url_is_read_back() -> None:
    for length in range(5):
        assert passkey.from_base64url(passkey.base64url(b"\xff" * length)) == b"\xff" * length


def test_what_a_passkey_signs_depends_on_the_secret_and_does_not_show_it() -> None:
    nonce = passkey.nonce_of(SECRET)
    assert len(nonce) == 32
    assert nonce != passkey.nonce_of("B" * 43)
