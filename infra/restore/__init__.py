"""Restores the tables of a stage beside the running bank, and proves that they are a whole bank."""
