"""Builds, deploys and runs the bank: `python -m infra <command>`, called by the Makefile."""
