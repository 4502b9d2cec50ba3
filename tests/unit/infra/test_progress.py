"""What the commands say while they work."""

import subprocess
import sys

SPEAK = """
import sys
from infra.progress import say
for number in range(1000):
    say(f"line {number} " + " " * 1000)
print("done", file=sys.stderr)
"""


def test_a_reader_who_has_seen_enough_stops_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", SPEAK], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as speaker:
        assert speaker.stdout
        assert speaker.stderr
        assert speaker.stdout.readline().startswith(b"line 0 ")
        speaker.stdout.close()
        assert speaker.stderr.read() == b"done\n"
    assert speaker.returncode == 0
