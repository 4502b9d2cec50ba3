"""Processes that tests fork and that start no other program: of tests, and of an emulator's functions."""

import sys

IS_FORK_SAFE = sys.platform == "linux"
"""System libraries of macOS, such as the one that knows the proxies, may end a forked process that has not started
another program. Python's multiprocessing has not forked there by itself since 3.8."""
