"""Who runs a command on a bank."""

import getpass

from chalicelib import aws


def operator() -> str:
    """Return the operator's identity at AWS, which nobody can choose, and the name of the account on this machine."""
    return f"{aws.client('sts').get_caller_identity()['Arn']} ({getpass.getuser()})"
