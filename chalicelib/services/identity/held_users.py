"""Whom a request that waits would let in: shown to those who decide about it."""

from chalicelib.domain.permissions import Caller
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.user import User
from chalicelib.services.crypto import personal_fields
from chalicelib.services.crypto.personal_fields import Fields


def person_in(caller: Caller, approval: Approval) -> Fields | None:
    """Decrypt the name and address of the user whom a request would create, for its maker and those who may decide.

    None of any other request, and of one that has ended: the fields are removed then.
    """
    is_asked = caller.user_id == approval.requested_by or caller.role in approval.roles
    if approval.action != "user.create" or approval.sealed is None or not is_asked:
        return None
    sealed = {name: approval.sealed[name] for name in User.personal_fields()}
    return personal_fields.decrypt(User(*User.key(str(approval.resource_id)), id=approval.resource_id, **sealed))
