#!/bin/sh
# Prints the Python to build with: PYTHON3 if set, else the first of the usual names that is new enough and complete.
for candidate in "$PYTHON3" python3.11 python3.12 python3.13 python3.14 python3 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then
        command -v "$candidate"
        exit 0
    fi
done
{
    echo
    echo "✗ Florin needs Python 3.11 or newer with its venv module; found: $(python3 --version 2>&1)."
    echo
    echo "  Debian, Ubuntu: apt-get install python3 python3-venv    macOS: brew install python@3.12"
    echo "  If it is somewhere unusual: PYTHON3=/path/to/python3 make up"
} >&2
exit 1
