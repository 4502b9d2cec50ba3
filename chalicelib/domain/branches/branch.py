"""Branches, as far as the rest of the bank must know them."""

HEAD_OFFICE_ID = "brn_00000000000000000000000000"
"""The branch that every stage has from its first deployment; whoever names no branch belongs to it."""
