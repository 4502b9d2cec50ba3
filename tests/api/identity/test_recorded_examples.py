"""Examples of users and sessions in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.customers import ADDRESS
from tests.api.helpers.factors import App, challenge_of
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.recorder import PASSWORD, Recorder

OTHER_PASSWORD = "another-long-password-of-your-own"


def test_examples_of_identity_are_answers_of_the_api(recorder: Recorder, mailbox: Mailbox) -> None:
    person = {"first_name": "Ada", "last_name": "Marlowe", "phone": "+442079460123", "date_of_birth": "1990-12-10"}
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    recorder.example("register", None, credentials | person | {"address": ADDRESS})
    tokens = recorder.example("log_in", None, credentials)
    recorder.example("refresh", None, {"refresh_token": tokens["refresh_token"]})
    recorder.sign_in("customer", "ada@example.com")
    recorder.example("read_profile", "customer")
    recorder.example("edit_profile", "customer", {"last_name": "Marlowe-King", "phone": "+442079460124"})
    recorder.example("list_own_logins", "customer", query="limit=2")
    recorder.example("list_own_sessions", "customer", query="limit=2")
    user = {"email": "tess@florin.example", "password": PASSWORD, "role": "teller"}
    created = recorder.example("create_user", "admin", user | {"first_name": "Tess", "last_name": "Ito"})
    recorder.example("list_users", "admin", query="limit=1")
    recorder.example("get_user", "admin", user_id=created["user_id"])
    recorder.example("edit_user", "admin", {"role": "manager"}, user_id=created["user_id"])
    app = _record_use_of_an_app(recorder)
    recorder.example("renew_recovery_codes", "other_customer")
    recorder.example("remove_own_factor", "other_customer", factor_id=app)
    recorder.example("remove_factors", "admin", user_id=recorder.person("other_customer").user_id)
    recorder.example("jwks", None)
    _record_use_of_an_address(recorder, mailbox)
    recorder.example("change_password", "customer", {"current_password": PASSWORD, "new_password": OTHER_PASSWORD})
    recorder.example("log_out", "auditor", {"everywhere": True})
    recorder.example("request_password_reset", None, {"email": "ada@example.com"})
    code = mailbox.code_for("ada@example.com")
    recorder.example("reset_password", None, {"token": code, "new_password": PASSWORD})
    _record_an_invitation(recorder, mailbox)
    recorder.compare()


def _record_use_of_an_app(recorder: Recorder) -> str:
    """Record its enrolment, a step-up and a log-in, with codes of three steps; return the factor's id."""
    wanted = {"type": "totp", "name": "Phone", "current_password": PASSWORD}
    begun = recorder.example("enrol_factor", "other_customer", wanted)
    app = App(begun["id"], begun["secret"], [])
    recorder.example("confirm_factor", "other_customer", {"code": app.code(-1)}, factor_id=app.factor_id)
    recorder.example("list_own_factors", "other_customer")
    recorder.example("request_step_up", "other_customer")
    recorder.example("step_up_session", "other_customer", {"code": app.code()})
    asked = challenge_of(recorder, recorder.person("other_customer"))
    recorder.example("prove_factor", None, {"challenge": asked["challenge"], "code": app.code(1)})
    return app.factor_id


def _record_an_invitation(recorder: Recorder, mailbox: Mailbox) -> None:
    """Record that staff invite a customer whom they have created, who accepts."""
    person = {"first_name": "Mary", "last_name": "Somerville", "email": "mary@example.com"}
    person |= {"date_of_birth": "1980-12-26"}
    made = recorder.post("/v1/customers", person, token=recorder.token("admin")).ok(201)
    recorder.example("invite_customer", "admin", customer_id=made["id"])
    accepted = {"token": mailbox.code_for("mary@example.com"), "date_of_birth": "1980-12-26", "password": PASSWORD}
    recorder.example("get_invitation", "admin", customer_id=made["id"])
    recorder.example("accept_invitation", None, accepted)
    other = person | {"email": "martha@example.com", "first_name": "Martha"}
    made = recorder.post("/v1/customers", other, token=recorder.token("admin")).ok(201)
    recorder.post(f"/v1/customers/{made['id']}/invitation", token=recorder.token("admin")).ok(201)
    recorder.example("withdraw_invitation", "admin", customer_id=made["id"])


def _record_use_of_an_address(recorder: Recorder, mailbox: Mailbox) -> None:
    """Record that it is unlocked, asked to be another one, taken back, and verified."""
    customer = recorder.person("customer")
    recorder.example("unlock_user", "admin", {"reason": "Called from the registered number"}, user_id=customer.user_id)
    new_address = {"email": "ada.marlowe@example.com", "current_password": PASSWORD}
    recorder.example("change_email", "customer", new_address)
    recorder.example("change_email", "customer", new_address | {"email": customer.email})
    recorder.example("request_email_verification", "customer")
    recorder.example("verify_email", "customer", {"code": mailbox.code_for(customer.email)})
