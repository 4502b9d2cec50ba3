"""Examples of customers in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.customers import ADDRESS
from tests.api.helpers.recorder import Recorder


def test_examples_of_customers_are_answers_of_the_api(recorder: Recorder) -> None:
    person = {"first_name": "Ada", "last_name": "Marlowe", "email": "ada@example.com", "phone": "+442079460123"}
    person |= {"date_of_birth": "1990-12-10", "national_id": "AB-123456"}
    made = recorder.example("create_customer", "teller", person | {"address": ADDRESS})
    ids = {"customer_id": made["id"]}
    recorder.example("edit_customer", "teller", {"phone": "+442079460124"}, **ids)
    verified = {"status": "verified", "reason": "Passport seen at the counter", "expires_on": "2031-11-20"}
    recorder.example("review_kyc", "teller", verified, **ids)
    recorder.example("set_legal_hold", "manager", {"reason": "Court order 4 O 112/26"}, **ids)
    recorder.example("end_legal_hold", "manager", **ids)
    recorder.example("get_customer", "teller", **ids)
    recorder.example("list_customers", "teller", query="last_name=Marlowe")
    moved = {"line1": "3 Harbour Row", "city": "Bristol", "postal_code": "BS1 4ZZ", "country": "GB"}
    ids["address_id"] = recorder.example("add_address", "teller", moved, **ids)["id"]
    recorder.example("get_address", "teller", **ids)
    recorder.example("edit_address", "teller", {"line2": "Flat 2", "is_primary": True}, **ids)
    recorder.example("list_addresses", "teller", query="limit=1", customer_id=made["id"])
    recorder.compare()
