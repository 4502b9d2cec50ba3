"""Verifies the address that mails come from, where the template does not."""

from infra.deploy import change_set
from infra.settings import Settings
from infra.targets import Cloud


def ensure_sender(cloud: Cloud, settings: Settings) -> None:
    """Verify the sender at an emulator. On AWS the stack has the identity, and the owner of the address confirms it."""
    if cloud.endpoint_url is not None:
        sender = change_set.outputs(cloud, settings.stack_name)["MailSender"]
        cloud.client("ses").verify_email_identity(EmailAddress=sender)
