"""Examples of tickets and announcements in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`.
"""

from tests.api.helpers.recorder import Recorder


def test_examples_of_support_are_answers_of_the_api(recorder: Recorder) -> None:
    account = recorder.ask("open_account", "customer", {"type": "current"}).ok(201)["id"]
    asked = {"subject": "Card not accepted", "message": "It was refused twice this morning.", "account_id": account}
    ticket = recorder.example("raise_ticket", "customer", asked)["id"]
    recorder.example("write_message", "teller", {"message": "We are looking into it."}, ticket_id=ticket)
    resolved = {"status": "resolved", "resolution": "The card is unlocked."}
    assigned = {"assigned_to": recorder.person("teller").user_id}
    recorder.example("edit_ticket", "teller", resolved | assigned, ticket_id=ticket)
    recorder.example("get_ticket", "customer", ticket_id=ticket)
    recorder.example("list_tickets", "teller", query="status=resolved")
    recorder.example("list_messages", "customer", query="limit=1", ticket_id=ticket)
    said = {"title": "New opening hours", "message": "From 1 December we open at 8.", "audience": "everyone"}
    announcement = recorder.example("publish_announcement", "teller", said)["id"]
    edits = {"message": "From 1 December we open at 8:30."}
    recorder.example("edit_announcement", "teller", edits, announcement_id=announcement)
    recorder.example("get_announcement", "teller", announcement_id=announcement)
    for name, by in (("list_announcements", None), ("list_own_announcements", "customer")):
        recorder.example(name, by)
    recorder.example("withdraw_announcement", "teller", announcement_id=announcement)
    recorder.example("list_all_announcements", "teller")
    recorder.compare()
