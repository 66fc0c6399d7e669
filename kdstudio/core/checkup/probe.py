"""Asks a process of its own what only libraries can tell that may be broken: an import that crashes ends nothing else.

A probe (`kdstudio --probe engine`, `kdstudio --probe window`) prints one JSON object a line. The first names what is
tried next, so that it is known what a probe died of.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kdstudio.core.paths import own_program

PATIENCE = 120.0  # seconds; importing torch from a cold disk takes a minute
_LINES = 6  # of what a probe said before it died


@dataclass(slots=True)
class Probed:
    """What a probe told: `facts` by name, `broken` library → what its import said, and why it ended (empty: well)."""

    facts: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    trying: str = ""
    death: str = ""


def say(**facts: Any) -> None:
    """Print facts, in a probe."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def ask(which: str, environment: Mapping[str, str] | None = None, patience: float = PATIENCE) -> Probed:
    """Run a probe to its end, or until patience ends, and return what it told."""
    program, arguments = own_program("--probe", which)
    command = [program, *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=patience, check=False, env={**os.environ, **(environment or {})}
        )
        found, ending, complaint = read(done.stdout), _ending(done.returncode), done.stderr
    except subprocess.TimeoutExpired as late:
        found, ending, complaint = read(late.stdout or b""), f"no answer within {patience:.0f} s", late.stderr or b""
    except OSError as error:
        return Probed(death=f"could not be started: {error}")
    if ending:
        last = complaint.decode(errors="replace").strip().splitlines()[-_LINES:]
        found.death = "; ".join([ending, *last])
    return found


def read(told: bytes) -> Probed:
    """Return what the lines of a probe mean; lines that are none were printed by a library."""
    found = Probed()
    for line in told.decode(errors="replace").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if not isinstance(value, dict):
            continue
        found.trying = value.pop("trying", found.trying)
        found.broken |= value.pop("broken", {})
        found.facts |= value
    return found


def _ending(status: int) -> str:
    if status == 0:
        return ""
    return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
